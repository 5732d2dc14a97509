//! One tick, with all that is needed to decide it again.

use super::difference::Difference;
use crate::tick;
use crate::voices::{Answered, Voices};
use decide::memory::Memory;
use decide::plan::Plan;
use decide::world::World;
use policy::Line;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Higher than that of every entry before, also of an earlier run of the program.
    pub tick: u64,
    pub world: Arc<World>,
    /// As the decision was given it.
    pub memory: Arc<Memory>,
    pub time_box: Option<u64>,
    pub policies: Vec<Line>,
    /// Of the policies.
    pub generation: u64,
    pub answered: Answered,
    pub plan: Arc<Plan>,
    pub outcomes: Vec<Noted>,
}

impl Entry {
    /// The decision once more, with others' answers: those of the recording itself give the same plan.
    #[must_use]
    pub fn decide(&self, voices: &impl Voices) -> Plan {
        tick::within(&self.world, &self.memory, voices, self.time_box, None).plan
    }
}

/// Something that was carried out since the entry before, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// What was done, such as `mark`.
    pub what: String,
    /// To what.
    pub object: String,
    pub outcome: String,
}

/// How an entry lies in the journal.
#[derive(Debug, Serialize, Deserialize)]
pub enum Record<E> {
    Whole(E),
    Since(Box<Difference>),
}
