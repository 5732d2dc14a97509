//! The imports of a component, behind the traits that policies know.

use crate::records::{
    Count, GroupIndex, Hits, NodeIndex, Offset, PodColumns, PodIndex, Remainder, Table, Taint, Volume,
};
use crate::{Log, Paper, View, Zones};
use vpsie::scale_down::{log, paper, view, zones};

wit_bindgen::generate!({
    path: "wit",
    inline: "package sdk:guest; world imports {
        import vpsie:scale-down/zones@1.0.0;
        import vpsie:scale-down/view@1.0.0;
        import vpsie:scale-down/paper@1.0.0;
        import vpsie:scale-down/log@1.0.0;
    }",
    with: {
        "vpsie:scale-down/types@1.0.0": crate::records,
        "vpsie:scale-down/zones@1.0.0/offset": crate::records::Offset,
        "vpsie:scale-down/view@1.0.0/found": crate::records::Found,
        "vpsie:scale-down/view@1.0.0/hits": crate::records::Hits,
        "vpsie:scale-down/view@1.0.0/taint": crate::records::Taint,
        "vpsie:scale-down/view@1.0.0/count": crate::records::Count,
        "vpsie:scale-down/paper@1.0.0/remainder": crate::records::Remainder,
    },
    ownership: Borrowing { duplicate_if_necessary: false },
    generate_all,
});

#[derive(Debug)]
pub struct Imported;

/// For hooks that are exported without the world on paper.
#[derive(Debug)]
pub struct NoPaper;

impl Zones for Imported {
    fn offsets(&self, zone: &str, start: i64, end: i64) -> Option<Vec<Offset>> {
        zones::offsets(zone, start, end)
    }
}

/// [`View`], without a table of all its functions: what a component does not call, it does not import.
impl Imported {
    pub fn labels(&self, keys: &[&str], most: u32) -> Hits {
        view::labels(keys, most)
    }

    pub fn annotations(&self, keys: &[&str], most: u32) -> Hits {
        view::annotations(keys, most)
    }

    pub fn pods(&self, first: NodeIndex, count: u32) -> PodColumns {
        view::pods(first, count)
    }

    pub fn pod_names(&self, first: NodeIndex, count: u32) -> Table {
        view::pod_names(first, count)
    }

    pub fn volumes(&self, node: NodeIndex, pod: PodIndex) -> Vec<Volume> {
        view::volumes(node, pod)
    }

    pub fn volume_names(&self, node: NodeIndex, pod: PodIndex) -> Table {
        view::volume_names(node, pod)
    }

    pub fn pod_label(&self, node: NodeIndex, pod: PodIndex, key: &str) -> Option<String> {
        view::pod_label(node, pod, key)
    }

    pub fn pod_annotation(&self, node: NodeIndex, pod: PodIndex, key: &str) -> Option<String> {
        view::pod_annotation(node, pod, key)
    }

    pub fn taints(&self, node: NodeIndex) -> Vec<Taint> {
        view::taints(node)
    }

    pub fn taint_texts(&self, node: NodeIndex) -> Table {
        view::taint_texts(node)
    }

    pub fn group_label(&self, group: GroupIndex, key: &str) -> Option<String> {
        view::group_label(group, key)
    }

    pub fn group_annotation(&self, group: GroupIndex, key: &str) -> Option<String> {
        view::group_annotation(group, key)
    }

    pub fn tally(&self, label: &str) -> (Table, Vec<Count>) {
        view::tally(label)
    }
}

/// For whoever asks for any view.
impl View for Imported {
    fn labels(&self, keys: &[&str], most: u32) -> Hits {
        Self::labels(self, keys, most)
    }

    fn annotations(&self, keys: &[&str], most: u32) -> Hits {
        Self::annotations(self, keys, most)
    }

    fn pods(&self, first: NodeIndex, count: u32) -> PodColumns {
        Self::pods(self, first, count)
    }

    fn pod_names(&self, first: NodeIndex, count: u32) -> Table {
        Self::pod_names(self, first, count)
    }

    fn volumes(&self, node: NodeIndex, pod: PodIndex) -> Vec<Volume> {
        Self::volumes(self, node, pod)
    }

    fn volume_names(&self, node: NodeIndex, pod: PodIndex) -> Table {
        Self::volume_names(self, node, pod)
    }

    fn pod_label(&self, node: NodeIndex, pod: PodIndex, key: &str) -> Option<String> {
        Self::pod_label(self, node, pod, key)
    }

    fn pod_annotation(&self, node: NodeIndex, pod: PodIndex, key: &str) -> Option<String> {
        Self::pod_annotation(self, node, pod, key)
    }

    fn taints(&self, node: NodeIndex) -> Vec<Taint> {
        Self::taints(self, node)
    }

    fn taint_texts(&self, node: NodeIndex) -> Table {
        Self::taint_texts(self, node)
    }

    fn group_label(&self, group: GroupIndex, key: &str) -> Option<String> {
        Self::group_label(self, group, key)
    }

    fn group_annotation(&self, group: GroupIndex, key: &str) -> Option<String> {
        Self::group_annotation(self, group, key)
    }

    fn tally(&self, label: &str) -> (Table, Vec<Count>) {
        Self::tally(self, label)
    }
}

impl Paper for Imported {
    fn room_short(&self, percent: u32) -> Vec<u32> {
        paper::room_short(percent)
    }

    fn use_above(&self, percent: u32) -> Vec<u32> {
        paper::use_above(percent)
    }

    fn fewer_than(&self, label: &str, least: u32) -> Vec<u32> {
        paper::fewer_than(label, least)
    }

    fn remains(&self, node: NodeIndex) -> Remainder {
        paper::remains(node)
    }
}

impl Paper for NoPaper {
    fn room_short(&self, _: u32) -> Vec<u32> {
        no_paper()
    }

    fn use_above(&self, _: u32) -> Vec<u32> {
        no_paper()
    }

    fn fewer_than(&self, _: &str, _: u32) -> Vec<u32> {
        no_paper()
    }

    fn remains(&self, _: NodeIndex) -> Remainder {
        no_paper()
    }
}

fn no_paper() -> ! {
    panic!(
        "this hook is exported without the world on paper: write `vetoer with paper` in policy_sdk::export!"
    );
}

impl Log for Imported {
    fn enabled(&self, level: u32) -> bool {
        log::enabled(level)
    }

    fn write(&self, level: u32, line: &str) {
        log::write(level, line);
    }
}
