//! What policies are asked and what they answer, as values. Questions go out and answers come in;
//! who works them out, and how, is not known here. Answers can be kept and replayed.

use crate::time::Time;
use crate::world::{GroupId, Name, NodeId, PodId};
use serde::{Deserialize, Serialize};

/// What went wrong with a policy, in words.
pub type Fault = Name;

/// One windows policy about the pace of the groups it has an opinion on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paces {
    pub policy: Name,
    pub answer: Result<Vec<PaceAnswer>, Fault>,
}

/// What is none is no opinion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaceAnswer {
    pub group: GroupId,
    /// A label for people.
    pub mode: Name,
    pub disabled: bool,
    pub at_once: Option<u32>,
    /// Hundredths of a percent.
    pub cpu_threshold: Option<u32>,
    pub memory_threshold: Option<u32>,
    pub window_secs: Option<u32>,
    pub why: Name,
    /// When the pace changes next; where it is closed, when it opens.
    pub until: Option<Time>,
}

/// One vetoer about all the nodes of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vetoes {
    pub policy: Name,
    pub answer: Result<Vec<VetoAnswer>, Fault>,
    /// What the answers rested on, of the world on paper.
    pub rested_on: Vec<PaperAsk>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VetoAnswer {
    pub node: NodeId,
    pub pod: Option<PodId>,
    pub code: Name,
    pub text: Name,
    pub flips: Option<Name>,
    pub until: Option<Time>,
}

/// One scorer about all candidates; silence is 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scores {
    pub policy: Name,
    pub weight: i64,
    pub answer: Result<Vec<ScoreAnswer>, Fault>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreAnswer {
    pub node: NodeId,
    pub score: i32,
    pub why: Option<Name>,
}

/// All that was answered about the candidates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Answers {
    pub vetoes: Vec<Vetoes>,
    pub scores: Vec<Scores>,
}

/// A question about the world on paper, which each accepted removal changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaperAsk {
    /// Bits of what is short (0 CPU, 1 memory): free room elsewhere against this many hundredths
    /// of a percent of what must move.
    RoomShort { hundredths: u32 },
    /// Bits of what would be requested above this share of what remains.
    UseAbove { hundredths: u32 },
    /// 1 where, the node gone, fewer ready nodes than this would carry its value of the label.
    FewerThan { label: Name, least: u32 },
    /// All the numbers, of this node.
    Remains { node: NodeId },
}

/// The numbers behind, for one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Remainder {
    pub cpu_allocatable: i128,
    pub memory_allocatable: i128,
    pub cpu_requested: i128,
    pub memory_requested: i128,
    pub cpu_free: i128,
    pub memory_free: i128,
    pub cpu_moves: i128,
    pub memory_moves: i128,
    pub destinations: u32,
    pub removed: u32,
}

/// Bit 0 CPU, bit 1 memory: one word for the answers above.
pub const CPU: u32 = 1;
pub const MEMORY: u32 = 2;

impl Remainder {
    /// Compared exactly. Nothing left elsewhere is too little.
    #[must_use]
    pub fn room_short(&self, hundredths: u32) -> u32 {
        let short = |free: i128, moves: i128, allocatable: i128| {
            allocatable <= 0 || free * 10_000 < moves * i128::from(hundredths)
        };
        let cpu = short(self.cpu_free, self.cpu_moves, self.cpu_allocatable);
        let memory = short(self.memory_free, self.memory_moves, self.memory_allocatable);
        u32::from(cpu) * CPU + u32::from(memory) * MEMORY
    }

    #[must_use]
    pub fn use_above(&self, hundredths: u32) -> u32 {
        let above = |requested: i128, moves: i128, allocatable: i128| {
            allocatable <= 0 || (requested + moves) * 10_000 > allocatable * i128::from(hundredths)
        };
        let cpu = above(self.cpu_requested, self.cpu_moves, self.cpu_allocatable);
        let memory = above(self.memory_requested, self.memory_moves, self.memory_allocatable);
        u32::from(cpu) * CPU + u32::from(memory) * MEMORY
    }
}
