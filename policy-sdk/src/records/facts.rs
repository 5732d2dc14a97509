//! What the host answers when a policy asks.

use super::{NodeIndex, Table};

/// From `at` on, up to the next entry, local time is UTC + `seconds`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Offset {
    pub at: i64,
    pub seconds: i32,
}

/// A label or annotation that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Found {
    pub node: NodeIndex,
    /// Position in the list of keys that were asked for.
    pub key: u32,
    /// Length in bytes before it was cut.
    pub whole: u32,
}

/// All that were found, in the order of node then key; entry `i` of `values` is the value of `found[i]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    pub found: Vec<Found>,
    pub values: Table,
}

/// A taint of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Taint {
    /// See [`effects`].
    pub effect: u32,
    pub since: i64,
}

/// Codes of [`Taint::effect`].
pub mod effects {
    pub const NO_SCHEDULE: u32 = 1;
    pub const PREFER_NO_SCHEDULE: u32 = 2;
    pub const NO_EXECUTE: u32 = 3;
    pub const OTHER: u32 = 255;
}

/// How many nodes of the cluster carry a value of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Count {
    pub nodes: u32,
    pub ready: u32,
    pub candidates: u32,
}

/// Bits of the answers of [`Paper::room_short`](crate::Paper::room_short) and
/// [`Paper::use_above`](crate::Paper::use_above).
pub mod short_bits {
    pub const CPU: u32 = 1;
    pub const MEMORY: u32 = 1 << 1;
}

/// The numbers behind the answers of [`Paper`](crate::Paper), for texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remainder {
    /// Of the other nodes, nothing added, like the next three.
    pub cpu_alloc: u64,
    pub memory_alloc: u64,
    pub cpu_requested: u64,
    pub memory_requested: u64,
    pub cpu_free: u64,
    pub memory_free: u64,
    /// What must move from the node now.
    pub cpu_moves: u64,
    pub memory_moves: u64,
    pub destinations: u32,
    pub removed: u32,
}
