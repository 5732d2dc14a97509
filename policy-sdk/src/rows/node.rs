//! A candidate as a row.

use super::{entry, time};
use crate::records::{Batch, Group, GroupIndex, NONE, NodeIndex, Reason, Scored, Sym, Vetoed, node_bits};

/// What a host takes for a score.
const SCORE_MAX: i64 = 1_000_000;

/// A candidate.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    batch: &'a Batch,
    at: usize,
}

impl<'a> Node<'a> {
    pub(super) fn new(batch: &'a Batch, at: usize) -> Self {
        Self { batch, at }
    }

    pub fn index(self) -> NodeIndex {
        self.at as NodeIndex
    }

    pub fn name(self) -> &'a str {
        self.symbol(&self.batch.nodes.name)
    }

    pub fn group(self) -> Option<&'a Group> {
        self.batch.groups.get(entry(&self.batch.nodes.group, self.at, NONE) as usize)
    }

    /// The position of its group, where it has one.
    pub fn group_index(self) -> Option<GroupIndex> {
        self.group().map(|_| entry(&self.batch.nodes.group, self.at, NONE))
    }

    pub fn group_name(self) -> &'a str {
        self.group().and_then(|group| self.batch.symbols.get(group.name)).unwrap_or_default()
    }

    /// Empty where it has none.
    pub fn zone(self) -> &'a str {
        self.symbol(&self.batch.nodes.zone)
    }

    /// The zone's index in the table of texts: nodes of one zone have the same.
    pub fn zone_symbol(self) -> Sym {
        entry(&self.batch.nodes.zone, self.at, NONE)
    }

    /// Instance type; empty where it has none.
    pub fn size(self) -> &'a str {
        self.symbol(&self.batch.nodes.size)
    }

    pub fn ready(self) -> bool {
        self.bit(node_bits::READY)
    }

    /// Nothing is left on it that anyone would miss.
    pub fn empty(self) -> bool {
        self.bit(node_bits::EMPTY)
    }

    pub fn created(self) -> Option<i64> {
        time(&self.batch.nodes.created, self.at)
    }

    pub fn idle_since(self) -> Option<i64> {
        let known = self.bit(node_bits::IDLE_SINCE_KNOWN);
        time(&self.batch.nodes.idle_since, self.at).filter(|_| known)
    }

    /// Milli-cores, like all CPU.
    pub fn cpu_alloc(self) -> u64 {
        entry(&self.batch.nodes.cpu_alloc, self.at, 0)
    }

    /// Bytes, like all memory.
    pub fn memory_alloc(self) -> u64 {
        entry(&self.batch.nodes.memory_alloc, self.at, 0)
    }

    pub fn cpu_requested(self) -> u64 {
        entry(&self.batch.nodes.cpu_requested, self.at, 0)
    }

    pub fn memory_requested(self) -> u64 {
        entry(&self.batch.nodes.memory_requested, self.at, 0)
    }

    pub fn cpu_moves(self) -> u64 {
        entry(&self.batch.nodes.cpu_moves, self.at, 0)
    }

    pub fn memory_moves(self) -> u64 {
        entry(&self.batch.nodes.memory_moves, self.at, 0)
    }

    /// Use of CPU and of memory, hundredths of a percent, where it is known.
    pub fn usage(self) -> Option<(u32, u32)> {
        let columns = &self.batch.nodes;
        let known = self.bit(node_bits::USE_KNOWN);
        let usage = (entry(&columns.cpu_use, self.at, 0), entry(&columns.memory_use, self.at, 0));
        known.then_some(usage)
    }

    /// As the documented priority counts them: DaemonSet and mirror pods too.
    pub fn pods(self) -> u32 {
        entry(&self.batch.nodes.pods, self.at, 0)
    }

    pub fn system_pods(self) -> u32 {
        entry(&self.batch.nodes.system_pods, self.at, 0)
    }

    pub fn pods_listed(self) -> u32 {
        entry(&self.batch.nodes.pods_listed, self.at, 0)
    }

    pub fn pods_moving(self) -> u32 {
        entry(&self.batch.nodes.pods_moving, self.at, 0)
    }

    pub fn pods_daemon(self) -> u32 {
        entry(&self.batch.nodes.pods_daemon, self.at, 0)
    }

    /// In 10^-9 of the currency, where it is known.
    pub fn price_per_hour(self) -> Option<i64> {
        self.batch.nodes.price_per_hour.get(self.at).copied().filter(|price| *price >= 0)
    }

    /// Its place in the order of removal, higher goes earlier; what a host does not take is cut.
    pub fn scored(self, points: i64) -> Scored {
        let score = points.clamp(-SCORE_MAX, SCORE_MAX) as i32;
        Scored { node: self.index(), score, why: None }
    }

    /// That it is kept. See [`Reason`] for what a code and a text may be.
    pub fn vetoed(self, code: &str, text: impl Into<String>) -> Vetoed {
        let why = Reason { code: code.to_owned(), text: text.into(), flips: None };
        Vetoed { node: self.index(), pod: None, why, until: None }
    }

    fn bit(self, bit: u32) -> bool {
        entry(&self.batch.nodes.bits, self.at, 0) & bit != 0
    }

    fn symbol(self, column: &[u32]) -> &'a str {
        self.batch.symbols.get(entry(column, self.at, NONE)).unwrap_or_default()
    }
}
