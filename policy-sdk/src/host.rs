//! What the host offers, by the interfaces of the contract. Natively they are handed over as one [`Host`]; in
//! a component the imports take its place.

use crate::records::{
    Count, GroupIndex, Hits, NodeIndex, Offset, PodColumns, PodIndex, Remainder, Table, Taint, Volume,
};

/// All that a hook may ask.
#[derive(Clone, Copy)]
pub struct Host<'a> {
    pub zones: &'a dyn Zones,
    /// In a component the imports themselves and no table of them all: it then imports, and carries, what it
    /// calls and nothing else.
    #[cfg(target_family = "wasm")]
    pub view: &'a crate::guest::Imported,
    #[cfg(not(target_family = "wasm"))]
    pub view: &'a dyn View,
    /// A vetoer that asks it rests on the removals accepted so far and may be asked again; scorers and
    /// windows leave it alone.
    pub paper: &'a dyn Paper,
    pub log: &'a dyn Log,
}

/// Civil time. No policy needs a zone database, and none is asked to know one.
pub trait Zones {
    /// The offsets of the whole range; entry 0 is in force at `start` (its `at` is `start`). At most 400 days
    /// and 64 entries. `None`: no such zone. `""` is no zone; names are matched exactly.
    fn offsets(&self, zone: &str, start: i64, end: i64) -> Option<Vec<Offset>>;
}

/// Facts that are not in the batch, of the same frozen world.
pub trait View {
    /// Of all nodes of the batch, in one call; each value cut at `most` bytes on a character boundary.
    fn labels(&self, keys: &[&str], most: u32) -> Hits;
    fn annotations(&self, keys: &[&str], most: u32) -> Hits;
    /// The pods of `count` nodes from `first` on (fewer at the end). 64 nodes a call is best.
    fn pods(&self, first: NodeIndex, count: u32) -> PodColumns;
    /// The names of the same pods in the same order.
    fn pod_names(&self, first: NodeIndex, count: u32) -> Table;
    fn volumes(&self, node: NodeIndex, pod: PodIndex) -> Vec<Volume>;
    fn volume_names(&self, node: NodeIndex, pod: PodIndex) -> Table;
    fn pod_label(&self, node: NodeIndex, pod: PodIndex, key: &str) -> Option<String>;
    fn pod_annotation(&self, node: NodeIndex, pod: PodIndex, key: &str) -> Option<String>;
    fn taints(&self, node: NodeIndex) -> Vec<Taint>;
    /// `2i` is the key and `2i + 1` the value of taint `i`.
    fn taint_texts(&self, node: NodeIndex) -> Table;
    fn group_label(&self, group: GroupIndex, key: &str) -> Option<String>;
    fn group_annotation(&self, group: GroupIndex, key: &str) -> Option<String>;
    /// The whole cluster by the values of a label (zones, pools).
    fn tally(&self, label: &str) -> (Table, Vec<Count>);
}

/// The world on paper: the tick's world less the removals accepted so far. The lists are aligned with the
/// nodes of the batch, one call for all. Ask with a bound, not for a number.
pub trait Paper {
    /// [`short_bits`](crate::records::short_bits): what of the free room in sum on the other destinations
    /// falls short of `percent` (hundredths) of what must move from the node now.
    fn room_short(&self, percent: u32) -> Vec<u32>;
    /// [`short_bits`](crate::records::short_bits): what would be requested above `percent` (hundredths) of
    /// allocatable on the other ready, schedulable nodes, with what must move added.
    fn use_above(&self, percent: u32) -> Vec<u32>;
    /// 1 where, the node itself gone, fewer than `least` ready nodes would carry the value that it has for
    /// this label; 0 too where it has none.
    fn fewer_than(&self, label: &str, least: u32) -> Vec<u32>;
    /// For texts. A node whose numbers were read and that got no veto is always asked again.
    fn remains(&self, node: NodeIndex) -> Remainder;
}

/// Lines for people. Levels: 0 error, 1 warn, 2 info, 3 debug.
pub trait Log {
    fn enabled(&self, level: u32) -> bool;
    fn write(&self, level: u32, line: &str);
}
