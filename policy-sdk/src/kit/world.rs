//! The world by hand, and the questions to a policy.

use std::cell::RefCell;

use super::{Group, Node, instant};
use crate::records::{
    Batch, Fault, NodeColumns, NodeIndex, Offset, Pace, Remainder, Scored, Table, Tick, Vetoed,
};
use crate::{Host, Log, Paper, Scorer, Vetoer, Windows, Zones};

const SYSTEM_NAMESPACE: &str = "kube-system";

/// A world in which every node is a candidate. It answers what a host answers, and keeps what it was asked.
pub struct World {
    now: i64,
    pub(super) groups: Vec<Group>,
    pub(super) nodes: Vec<Node>,
    zones: Vec<(String, Vec<Offset>)>,
    asked: RefCell<Vec<String>>,
}

impl World {
    /// RFC 3339.
    pub fn at(now: &str) -> Self {
        Self::at_instant(instant(now))
    }

    pub fn at_instant(now: i64) -> Self {
        Self { now, groups: Vec::new(), nodes: Vec::new(), zones: Vec::new(), asked: RefCell::default() }
    }

    pub fn group(mut self, group: Group) -> Self {
        self.groups.push(group);
        self
    }

    pub fn node(mut self, node: Node) -> Self {
        self.nodes.push(node);
        self
    }

    /// A zone by its offsets in seconds, each from an instant (RFC 3339) on; the first is in force before
    /// too.
    pub fn zone(mut self, name: &str, offsets: &[(&str, i32)]) -> Self {
        let offsets = offsets.iter().map(|(at, seconds)| Offset { at: instant(at), seconds: *seconds });
        self.zones.push((name.to_owned(), offsets.collect()));
        self
    }

    pub fn batch(&self) -> Batch {
        let symbols = self.symbols();
        let mut nodes = NodeColumns::default();
        for node in &self.nodes {
            node.push(&mut nodes, &symbols, &self.groups, SYSTEM_NAMESPACE);
        }
        let groups = self.groups.iter().map(|group| group.record(&symbols)).collect();
        let count = self.nodes.len() as u32;
        let system_namespace = symbols.find(SYSTEM_NAMESPACE).unwrap_or(crate::records::NONE);
        let tick = Tick {
            now: self.now,
            system_namespace,
            candidates: count,
            nodes: count,
            ready: count,
            at_once: 1,
            ..Tick::default()
        };
        Batch { tick, symbols, groups, nodes }
    }

    pub fn host(&self) -> Host<'_> {
        Host { zones: self, view: self, paper: self, log: self }
    }

    pub fn paces(&self, policy: &impl Windows) -> Result<Vec<Pace>, Fault> {
        let batch = self.batch();
        policy.paces(&batch.tick, &batch.symbols, &batch.groups, &self.host())
    }

    pub fn veto(&self, policy: &impl Vetoer) -> Result<Vec<Vetoed>, Fault> {
        policy.veto(&self.batch(), &self.host())
    }

    pub fn score(&self, policy: &impl Scorer) -> Result<Vec<Scored>, Fault> {
        policy.score(&self.batch(), &self.host())
    }

    /// The questions so far, in order: `room_short 12000`, `pods 0 64`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }

    pub(super) fn ask(&self, question: String) {
        self.asked.borrow_mut().push(question);
    }

    pub(super) fn symbols(&self) -> Table {
        let names = self.groups.iter().map(|group| group.name.as_str());
        let mut texts: Vec<&str> = names.chain(self.nodes.iter().flat_map(Node::texts)).collect();
        texts.sort_unstable();
        texts.dedup();
        Table::of(texts)
    }
}

impl Zones for World {
    fn offsets(&self, zone: &str, start: i64, end: i64) -> Option<Vec<Offset>> {
        let (_, all) = self.zones.iter().find(|(name, _)| name == zone)?;
        let before = all.iter().rev().find(|offset| offset.at <= start).or(all.first());
        let mut offsets: Vec<Offset> =
            before.map(|now| Offset { at: start, ..now.clone() }).into_iter().collect();
        offsets.extend(all.iter().filter(|offset| offset.at > start && offset.at < end).cloned());
        Some(offsets)
    }
}

impl Paper for World {
    fn room_short(&self, percent: u32) -> Vec<u32> {
        self.ask(format!("room_short {percent}"));
        self.nodes.iter().map(|node| node.room_short).collect()
    }

    fn use_above(&self, percent: u32) -> Vec<u32> {
        self.ask(format!("use_above {percent}"));
        self.nodes.iter().map(|node| node.use_above).collect()
    }

    fn fewer_than(&self, label: &str, least: u32) -> Vec<u32> {
        self.ask(format!("fewer_than {label} {least}"));
        let values: Vec<Option<&str>> = self.nodes.iter().map(|node| node.labels.get(label)).collect();
        let carry = |value: Option<&str>| values.iter().filter(|other| **other == value).count();
        let fewer = |value: Option<&str>| value.is_some() && carry(value) <= least as usize;
        values.iter().map(|value| u32::from(fewer(*value))).collect()
    }

    fn remains(&self, node: NodeIndex) -> Remainder {
        self.ask(format!("remains {node}"));
        self.nodes[node as usize].remains.clone()
    }
}

impl Log for World {
    fn enabled(&self, _level: u32) -> bool {
        true
    }

    fn write(&self, level: u32, line: &str) {
        self.ask(format!("log {level} {line}"));
    }
}
