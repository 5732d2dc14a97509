//! The last ticks, in memory: what new policies are tried on before they take over.

use super::changes::changes;
use crate::tick;
use decide::memory::Memory;
use decide::world::World;
use policy::Set;
use std::collections::VecDeque;
use std::sync::Arc;

/// Of the changes that a replay found, so many are told.
const TOLD_MAX: usize = 5;

/// Cloning it copies no world.
#[derive(Debug, Clone)]
pub struct Recording {
    most: usize,
    ticks: VecDeque<Seen>,
}

#[derive(Debug, Clone)]
struct Seen {
    tick: u64,
    world: Arc<World>,
    memory: Arc<Memory>,
    time_box: Option<u64>,
}

/// What other policies would have decided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replayed {
    pub ticks: usize,
    /// Of how many verdicts.
    pub verdicts: usize,
    pub changed: usize,
    /// The first few changes, in words.
    pub told: Vec<String>,
}

impl Recording {
    /// `most`: how many ticks are kept. Each holds a whole world.
    #[must_use]
    pub fn new(most: usize) -> Recording {
        Recording { most, ticks: VecDeque::new() }
    }

    pub fn push(&mut self, tick: u64, world: Arc<World>, memory: Arc<Memory>, time_box: Option<u64>) {
        self.ticks.push_back(Seen { tick, world, memory, time_box });
        let more = self.ticks.len().saturating_sub(self.most);
        self.ticks.drain(..more);
    }

    /// Both are asked: what was recorded may have been decided with yet others.
    #[must_use]
    pub fn replay(&self, new: &Set, active: &Set) -> Replayed {
        let mut replayed = Replayed { ticks: self.ticks.len(), ..Replayed::default() };
        for it in &self.ticks {
            let plan = |set: &Set| tick::within(&it.world, &it.memory, set, it.time_box, None).plan;
            let changes = changes(&plan(active), &plan(new));
            replayed.verdicts += it.world.nodes.len();
            replayed.changed += changes.len();
            let room = TOLD_MAX - replayed.told.len();
            replayed
                .told
                .extend(changes.iter().take(room).map(|change| format!("tick {}: {change}", it.tick)));
        }
        replayed
    }
}
