//! The rarer facts of the same frozen world.
//!
//! A policy that asks about a node or pod that is not there has failed; it is told so by the
//! panic that ends its call.

use crate::frame::{Frame, is_spared};
use decide::select::Labels;
use decide::world::{Effect, Name, Node, NodeId, Pod, PodId, PodVolume, PodVolumeKind};
use policy_sdk::View;
use policy_sdk::records::{
    Count, Found, GroupIndex, Hits, NONE_TIME, NodeIndex, PodColumns, PodIndex, Table, Taint, Volume,
    effects, volume_bits, volume_kinds,
};
use std::collections::BTreeMap;

impl Frame<'_, '_> {
    fn node_of(&self, index: NodeIndex) -> &Node {
        let Some(id) = self.nodes.get(index as usize) else {
            panic!("asked about node {index} of {}", self.nodes.len());
        };
        self.tick.world.node(*id)
    }

    fn pod_of(&self, node: NodeIndex, pod: PodIndex) -> &Pod {
        let name = &self.node_of(node).name;
        let Some(id) = self.pod_at(node, pod) else {
            panic!("asked about pod {pod} of node {name}, which lists fewer");
        };
        self.tick.world.pod(id)
    }

    fn volumes_of(&self, node: NodeIndex, pod: PodIndex) -> &[PodVolume] {
        &self.tick.world.shape_of(self.pod_of(node, pod)).volumes
    }

    fn group_of(&self, index: GroupIndex) -> &decide::world::Group {
        let groups = &self.tick.world.groups;
        let Some(it) = groups.get(index as usize) else {
            panic!("asked about group {index} of {}", groups.len());
        };
        it
    }

    fn hits(&self, keys: &[&str], most: u32, of: fn(&Node) -> &Labels) -> Hits {
        let mut hits = Hits::default();
        for (node, id) in (0..).zip(self.nodes) {
            let pairs = of(self.tick.world.node(*id));
            for (key, name) in (0..).zip(keys) {
                let Some(value) = pairs.get(name) else { continue };
                hits.found.push(Found { node, key, whole: length(value) });
                hits.values.text.push_str(&value[..value.floor_char_boundary(most as usize)]);
                hits.values.ends.push(length(&hits.values.text));
            }
        }
        hits
    }

    fn all_listed(&self, first: NodeIndex, count: u32) -> impl Iterator<Item = PodId> {
        self.range(first, count).iter().flat_map(|it| self.listed(*it))
    }
}

impl View for Frame<'_, '_> {
    fn labels(&self, keys: &[&str], most: u32) -> Hits {
        self.hits(keys, most, |it| &it.labels)
    }

    fn annotations(&self, keys: &[&str], most: u32) -> Hits {
        self.hits(keys, most, |it| &it.annotations)
    }

    fn pods(&self, first: NodeIndex, count: u32) -> PodColumns {
        self.pod_columns(first, count)
    }

    fn pod_names(&self, first: NodeIndex, count: u32) -> Table {
        Table::of(self.all_listed(first, count).map(|it| &*self.tick.world.pod(it).name))
    }

    fn volumes(&self, node: NodeIndex, pod: PodIndex) -> Vec<Volume> {
        let annotations = self.tick.world.annotations_of(self.pod_of(node, pod));
        let record = |it: &PodVolume| Volume {
            kind: kind(&it.kind),
            bits: if is_spared(annotations, &it.name) { volume_bits::SAFE_TO_EVICT } else { 0 },
        };
        self.volumes_of(node, pod).iter().map(record).collect()
    }

    fn volume_names(&self, node: NodeIndex, pod: PodIndex) -> Table {
        Table::of(self.volumes_of(node, pod).iter().map(|it| &*it.name))
    }

    fn pod_label(&self, node: NodeIndex, pod: PodIndex, key: &str) -> Option<String> {
        value(self.tick.world.labels_of(self.pod_of(node, pod)), key)
    }

    fn pod_annotation(&self, node: NodeIndex, pod: PodIndex, key: &str) -> Option<String> {
        value(self.tick.world.annotations_of(self.pod_of(node, pod)), key)
    }

    fn taints(&self, node: NodeIndex) -> Vec<Taint> {
        let taints = &self.node_of(node).taints;
        taints
            .iter()
            .map(|it| Taint { effect: effect(it.effect), since: it.since.map_or(NONE_TIME, |it| it.0) })
            .collect()
    }

    fn taint_texts(&self, node: NodeIndex) -> Table {
        Table::of(self.node_of(node).taints.iter().flat_map(|it| [&*it.key, &*it.value]))
    }

    fn group_label(&self, group: GroupIndex, key: &str) -> Option<String> {
        value(&self.group_of(group).labels, key)
    }

    fn group_annotation(&self, group: GroupIndex, key: &str) -> Option<String> {
        value(&self.group_of(group).annotations, key)
    }

    fn tally(&self, label: &str) -> (Table, Vec<Count>) {
        let mut counts: BTreeMap<&Name, Count> = BTreeMap::new();
        for (at, node) in self.tick.world.nodes.iter().enumerate() {
            let Some(value) = node.labels.get(label) else { continue };
            let id = NodeId::new(at);
            let count = counts.entry(value).or_default();
            count.nodes += 1;
            count.ready += u32::from(self.tick.facts.standing(id).ready);
            count.candidates += u32::from(self.candidates.binary_search(&id).is_ok());
        }
        (Table::of(counts.keys().map(|it| &***it)), counts.into_values().collect())
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).expect("texts of one answer are far below 4 GiB")
}

fn value(pairs: &Labels, key: &str) -> Option<String> {
    pairs.get(key).map(|it| (**it).to_owned())
}

fn kind(kind: &PodVolumeKind) -> u32 {
    match kind {
        PodVolumeKind::EmptyDir { memory: false } => volume_kinds::EMPTY_DIR,
        PodVolumeKind::EmptyDir { memory: true } => volume_kinds::EMPTY_DIR_IN_MEMORY,
        PodVolumeKind::HostPath => volume_kinds::HOST_PATH,
        PodVolumeKind::Claim(_) => volume_kinds::CLAIM,
        PodVolumeKind::EphemeralClaim => volume_kinds::EPHEMERAL_CLAIM,
        PodVolumeKind::Config => volume_kinds::PROJECTED,
        PodVolumeKind::Csi => volume_kinds::CSI,
        PodVolumeKind::Other => volume_kinds::OTHER,
    }
}

fn effect(effect: Effect) -> u32 {
    match effect {
        Effect::NoSchedule => effects::NO_SCHEDULE,
        Effect::PreferNoSchedule => effects::PREFER_NO_SCHEDULE,
        Effect::NoExecute => effects::NO_EXECUTE,
        Effect::Other => effects::OTHER,
    }
}
