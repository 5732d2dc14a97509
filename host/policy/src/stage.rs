//! How far a generation of policies has come on its way to being active.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Stage {
    /// Something changed in the directory.
    Observed,
    /// The change is over and all of it was read.
    Settled,
    Parsed,
    Compiled,
    Linked,
    /// It was described, configured and really asked.
    Probed,
    /// Recorded ticks were decided again with it.
    Replayed,
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
