//! What a hook is handed: the tick, the texts, the groups and one column entry a candidate.

use super::{GroupIndex, Sym};

/// Texts: entry `i` is `text[ends[i-1]..ends[i]]` in bytes, entry 0 starts at 0. A symbol table is sorted and
/// without duplicates, so that equal texts have equal indexes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub text: String,
    pub ends: Vec<u32>,
}

/// The tick and the cluster as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    pub id: u64,
    /// Unix seconds; the only time there is.
    pub now: i64,
    /// `kube-system`, or [`NONE`](super::NONE) when no name of the batch is in it.
    pub system_namespace: Sym,
    /// Of the whole cluster, like `nodes` and `ready`.
    pub candidates: u32,
    pub nodes: u32,
    pub ready: u32,
    /// The cluster's number of removals at once, as configured.
    pub at_once: u32,
    /// Nodes that are being removed now, by us.
    pub leaving: u32,
    /// Hash of the frozen world, for stable tie breaks.
    pub seed: u64,
}

/// A group of nodes and its own numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Group {
    /// Of its size, by us; [`NONE_TIME`](super::NONE_TIME) when never.
    pub last_change: i64,
    pub name: Sym,
    pub namespace: Sym,
    /// See [`group_bits`].
    pub bits: u32,
    /// Ready and not leaving: the size that `min` counts.
    pub ready: u32,
    pub leaving: u32,
    pub on_the_way: u32,
    pub min: u32,
    pub max: u32,
    pub desired: u32,
    /// Hundredths of a percent, like `memory_threshold`.
    pub cpu_threshold: u32,
    pub memory_threshold: u32,
    pub window_seconds: u32,
    pub cooldown_seconds: u32,
    /// The configured number of removals at once for this group.
    pub at_once: u32,
}

/// Bits of [`Group::bits`].
pub mod group_bits {
    pub const SCALE_DOWN_ENABLED: u32 = 1;
    pub const IN_COOLDOWN: u32 = 1 << 1;
}

/// One entry a candidate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeColumns {
    pub name: Vec<Sym>,
    pub group: Vec<GroupIndex>,
    pub zone: Vec<Sym>,
    /// Instance type.
    pub size: Vec<Sym>,
    /// See [`node_bits`].
    pub bits: Vec<u32>,
    pub created: Vec<i64>,
    pub idle_since: Vec<i64>,
    /// Milli-cores and bytes, like all amounts.
    pub cpu_alloc: Vec<u64>,
    pub memory_alloc: Vec<u64>,
    /// Of all pods that use room here.
    pub cpu_requested: Vec<u64>,
    pub memory_requested: Vec<u64>,
    /// Requests that must move, at the start of the tick.
    pub cpu_moves: Vec<u64>,
    pub memory_moves: Vec<u64>,
    /// The figure the thresholds are compared with, hundredths of a percent, cut.
    pub cpu_use: Vec<u32>,
    pub memory_use: Vec<u32>,
    /// Not finished and not expendable; DaemonSet and mirror pods too: the documented priority counts these.
    pub pods: Vec<u32>,
    pub system_pods: Vec<u32>,
    /// How many pods [`View::pods`](crate::View::pods) gives for it.
    pub pods_listed: Vec<u32>,
    pub pods_moving: Vec<u32>,
    pub pods_daemon: Vec<u32>,
    /// In 10^-9 of the currency; [`NONE_PRICE`](super::NONE_PRICE) when unknown.
    pub price_per_hour: Vec<i64>,
}

/// Bits of [`NodeColumns::bits`].
pub mod node_bits {
    pub const READY: u32 = 1;
    pub const EMPTY: u32 = 1 << 1;
    pub const USE_KNOWN: u32 = 1 << 2;
    pub const IDLE_SINCE_KNOWN: u32 = 1 << 3;
}

/// All that a vetoer or scorer is handed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    pub tick: Tick,
    pub symbols: Table,
    pub groups: Vec<Group>,
    pub nodes: NodeColumns,
}
