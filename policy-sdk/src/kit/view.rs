//! The rarer facts of a world by hand.

use super::pairs::Pairs;
use super::{Node, Pod, World};
use crate::View;
use crate::records::{Count, Found, GroupIndex, Hits, NodeIndex, PodColumns, PodIndex, Table, Taint, Volume};

impl World {
    fn pods_of(&self, first: NodeIndex, count: u32) -> impl Iterator<Item = &Pod> {
        let nodes = self.nodes.iter().skip(first as usize).take(count as usize);
        nodes.flat_map(|node| &node.pods)
    }

    fn pod(&self, node: NodeIndex, pod: PodIndex) -> &Pod {
        &self.nodes[node as usize].pods[pod as usize]
    }

    fn hits(&self, keys: &[&str], most: u32, of: fn(&Node) -> &Pairs) -> Hits {
        let mut found = Vec::new();
        let mut values = Vec::new();
        for (node, pairs) in self.nodes.iter().map(of).enumerate() {
            for (position, key) in keys.iter().enumerate() {
                let Some(value) = pairs.get(key) else {
                    continue;
                };
                let whole = value.len() as u32;
                found.push(Found { node: node as NodeIndex, key: position as u32, whole });
                values.push(&value[..value.floor_char_boundary(most as usize)]);
            }
        }
        Hits { found, values: Table::of(values) }
    }
}

impl View for World {
    fn labels(&self, keys: &[&str], most: u32) -> Hits {
        self.ask(format!("labels {} {most}", keys.join(" ")));
        self.hits(keys, most, |node| &node.labels)
    }

    fn annotations(&self, keys: &[&str], most: u32) -> Hits {
        self.ask(format!("annotations {} {most}", keys.join(" ")));
        self.hits(keys, most, |node| &node.annotations)
    }

    fn pods(&self, first: NodeIndex, count: u32) -> PodColumns {
        self.ask(format!("pods {first} {count}"));
        let symbols = self.symbols();
        let mut columns = PodColumns::default();
        for pod in self.pods_of(first, count) {
            pod.push(&mut columns, &symbols);
        }
        columns
    }

    fn pod_names(&self, first: NodeIndex, count: u32) -> Table {
        self.ask(format!("pod_names {first} {count}"));
        Table::of(self.pods_of(first, count).map(|pod| pod.name.as_str()))
    }

    fn volumes(&self, node: NodeIndex, pod: PodIndex) -> Vec<Volume> {
        self.pod(node, pod).volumes.iter().map(|(volume, _)| volume.clone()).collect()
    }

    fn volume_names(&self, node: NodeIndex, pod: PodIndex) -> Table {
        Table::of(self.pod(node, pod).volumes.iter().map(|(_, name)| name.as_str()))
    }

    fn pod_label(&self, node: NodeIndex, pod: PodIndex, key: &str) -> Option<String> {
        self.pod(node, pod).labels.get(key).map(str::to_owned)
    }

    fn pod_annotation(&self, node: NodeIndex, pod: PodIndex, key: &str) -> Option<String> {
        self.pod(node, pod).annotations.get(key).map(str::to_owned)
    }

    fn taints(&self, node: NodeIndex) -> Vec<Taint> {
        self.nodes[node as usize].taints.iter().map(|(taint, _)| taint.clone()).collect()
    }

    fn taint_texts(&self, node: NodeIndex) -> Table {
        let taints = &self.nodes[node as usize].taints;
        Table::of(taints.iter().flat_map(|(_, texts)| texts).map(String::as_str))
    }

    fn group_label(&self, group: GroupIndex, key: &str) -> Option<String> {
        self.groups[group as usize].labels.get(key).map(str::to_owned)
    }

    fn group_annotation(&self, group: GroupIndex, key: &str) -> Option<String> {
        self.groups[group as usize].annotations.get(key).map(str::to_owned)
    }

    fn tally(&self, label: &str) -> (Table, Vec<Count>) {
        self.ask(format!("tally {label}"));
        let all: Vec<&str> = self.nodes.iter().filter_map(|node| node.labels.get(label)).collect();
        let mut values = all.clone();
        values.sort_unstable();
        values.dedup();
        let count = |value: &&str| all.iter().filter(|other| *other == value).count() as u32;
        let counts = values.iter().map(count).map(|n| Count { nodes: n, ready: n, candidates: n });
        let counts = counts.collect();
        (Table::of(values), counts)
    }
}
