//! A world of odd numbers and texts.

use super::{Chance, Group, Node, Pod, World};
use crate::records::{Remainder, volume_kinds};

const ZONES: [&str; 4] = ["", "a", "b", "Europe/Berlin"];
const NAMESPACES: [&str; 3] = ["kube-system", "web", "db"];
const NAMES: [&str; 5] = ["a", "etcd", "kube-", "k", "eüe"];

/// Around the days on which clocks change.
const INSTANTS: [&str; 4] =
    ["2026-03-29T00:30:00Z", "2026-10-25T00:30:00Z", "2026-11-20T10:00:00Z", "2026-12-31T23:59:59Z"];

impl Chance {
    /// A world of a few groups and nodes, with anything anywhere. Nodes and groups carry some of these
    /// annotations.
    pub fn world(&mut self, annotations: &[&str]) -> World {
        let now = if self.one_in(3) { self.number() } else { super::instant(self.of::<&str>(&INSTANTS)) };
        let berlin = [("2026-01-01T00:00:00Z", 3_600), ("2026-03-29T01:00:00Z", 7_200)];
        let later = [("2026-10-25T01:00:00Z", 3_600), ("2027-03-28T01:00:00Z", 7_200)];
        let mut world = World::at_instant(now).zone("Europe/Berlin", &[berlin, later].concat());
        let groups = ["workers", "batch", "db"];
        for name in groups.iter().take(self.below(4)) {
            let mut group = Group::named(name).at_once(self.number() as u32);
            group = group.thresholds(self.below(101) as u32, self.below(101) as u32);
            for key in annotations.iter().filter(|_| self.one_in(3)).collect::<Vec<_>>() {
                group = group.annotation(key, &self.text());
            }
            world = world.group(group);
        }
        for number in 0..self.below(6) {
            let node = self.node(&format!("n{number}"), annotations).group(self.of::<&str>(&groups));
            world = world.node(node);
        }
        world
    }

    /// What would remain without a node: any amounts.
    pub fn remainder(&mut self) -> Remainder {
        let mut amount = || self.number() as u64;
        Remainder {
            cpu_alloc: amount(),
            memory_alloc: amount(),
            cpu_requested: amount(),
            memory_requested: amount(),
            cpu_free: amount(),
            memory_free: amount(),
            cpu_moves: amount(),
            memory_moves: amount(),
            ..Remainder::default()
        }
    }

    fn node(&mut self, name: &str, annotations: &[&str]) -> Node {
        let zone = *self.of(&ZONES);
        let mut node = Node::named(name).price_per_hour(self.number());
        node = if zone.is_empty() { node } else { node.zone(zone) };
        node = node.cpu(self.number() as u64, self.number() as u64);
        node = node.memory(self.number() as u64, self.number() as u64);
        node = node.usage(self.number() as u32, self.number() as u32);
        if self.one_in(4) {
            node = node.usage_unknown();
        }
        if self.one_in(2) {
            node = node.created(self.of::<&str>(&INSTANTS));
        }
        node = node.room_short(self.below(4) as u32).use_above(self.below(4) as u32);
        node = node.remains(self.remainder());
        for key in annotations {
            if self.one_in(3) {
                node = node.annotation(key, &self.text());
            }
        }
        (0..self.below(4)).fold(node, |node, number| node.pod(self.pod(number)))
    }

    fn pod(&mut self, number: usize) -> Pod {
        let (namespace, name) = (*self.of(&NAMESPACES), *self.of(&NAMES));
        let mut pod = Pod::named(&format!("{namespace}/{name}-{number}"));
        if self.one_in(2) {
            pod = pod.owner(self.below(8) as u32).replicas(self.number() as i32);
        }
        if self.one_in(3) {
            pod = pod.bits(self.bits() as u32);
        }
        if self.one_in(3) {
            pod = pod.volume("data", self.below(8) as u32).volume("more", volume_kinds::EMPTY_DIR);
        }
        pod.pdbs(self.below(2) as u32)
    }
}
