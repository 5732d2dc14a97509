//! The rules about what remains: they rest on the world on paper and may be asked again in a tick.

use policy_sdk::records::{Fault, Vetoed};
use policy_sdk::rows::Node;

use crate::remainder::{Short, capacity, headroom};
use crate::veto::Question;

/// What each node falls short of, by index. Off is empty.
struct Shortages {
    headroom: Vec<u32>,
    capacity: Vec<u32>,
}

impl Question<'_> {
    /// The vetoes so far and those of the nodes that have none yet, in order as they are.
    pub(crate) fn with_remainder(self, vetoed: Vec<Vetoed>) -> Result<Vec<Vetoed>, Fault> {
        let shortages = self.shortages()?;
        let mut vetoed = vetoed.into_iter().peekable();
        let mut all = Vec::new();
        for node in self.batch.nodes() {
            let known = vetoed.next_if(|vetoed| vetoed.node == node.index());
            all.extend(known.or_else(|| self.by_remainder_of(node, &shortages)));
        }
        Ok(all)
    }

    fn shortages(self) -> Result<Shortages, Fault> {
        let paper = self.host.paper;
        Ok(Shortages {
            headroom: self.asked(self.safety.headroom_percent, |percent| paper.room_short(percent))?,
            capacity: self.asked(self.safety.capacity_percent_max, |percent| paper.use_above(percent))?,
        })
    }

    fn asked(self, percent: u32, ask: impl FnOnce(u32) -> Vec<u32>) -> Result<Vec<u32>, Fault> {
        if percent == 0 {
            return Ok(Vec::new());
        }
        let answer = ask(percent * 100);
        if answer.len() != self.batch.nodes.name.len() {
            return Err(Fault {
                code: "paper-answer".to_owned(),
                text: format!("asked of every node, the host answered for {}", answer.len()),
            });
        }
        Ok(answer)
    }

    /// The numbers are read only for a node that is kept: one that is not, and whose numbers were read, would
    /// be asked again after every removal.
    fn by_remainder_of(self, node: Node<'_>, shortages: &Shortages) -> Option<Vetoed> {
        let short = |of: &[u32]| Short::of(of.get(node.index() as usize).copied().unwrap_or_default());
        let remains = || self.host.paper.remains(node.index());
        let why = if let Some(short) = short(&shortages.headroom) {
            headroom(&short, &remains(), self.safety.headroom_percent)
        } else if let Some(short) = short(&shortages.capacity) {
            capacity(&short, &remains(), self.safety.capacity_percent_max)
        } else {
            return None;
        };
        Some(Vetoed { node: node.index(), pod: None, why, until: None })
    }
}
