//! The second and third step: the pace of each group, and every node settled with a reason or a
//! candidate.

use crate::ask::Paces;
use crate::keep::{self, Case};
use crate::pace;
use crate::plan::Reason;
use crate::question::Question;
use crate::tick::Tick;
use crate::world::NodeId;

/// What is known of each node before policies are asked about candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standpoint {
    Kept(Reason),
    /// Leaving, and perhaps something speaks against it.
    Leaving(Option<Reason>),
    Candidate,
}

#[derive(Debug)]
pub struct Shortlist<'w> {
    pub question: Question<'w>,
    pub standpoints: Vec<Standpoint>,
}

impl<'w> Tick<'w> {
    #[must_use]
    pub fn shortlist(self, answers: &[Paces]) -> Shortlist<'w> {
        let paces = pace::paces(self.world, answers);
        let mut standpoints = Vec::with_capacity(self.world.nodes.len());
        let mut candidates = Vec::new();
        for node in self.facts.nodes() {
            let case = Case { tick: &self, paces: &paces, node };
            let leaver = self.leavers.iter().find(|it| it.node == node);
            standpoints.push(match leaver {
                Some(leaver) => {
                    let stuck = || leaver.places.as_ref().err().map(|it| it.reason(self.world));
                    Standpoint::Leaving(keep::first_to_stop(case).or_else(stuck))
                }
                None => match keep::first(case) {
                    Some(reason) => Standpoint::Kept(reason),
                    None => {
                        candidates.push(node);
                        Standpoint::Candidate
                    }
                },
            });
        }
        let undecided = |it: &NodeId| standpoints[it.at()] == Standpoint::Leaving(None);
        let leaving: Vec<NodeId> = self.leavers.iter().map(|it| it.node).filter(undecided).collect();
        Shortlist { question: Question::new(self, paces, candidates, &leaving), standpoints }
    }
}
