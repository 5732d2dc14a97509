//! Pods of nodes, fetched many nodes a call.

use std::ops::Range;

use super::{Node, Pod};
use crate::Host;
use crate::records::{Batch, NodeIndex, PodColumns, Table};

/// Nodes a call: one call a node and one call for all are three times as slow.
const PAGE_NODES: u32 = 64;

impl Batch {
    /// The pods of all candidates, page by page.
    pub fn pages<'a>(&'a self, host: &Host<'a>) -> impl Iterator<Item = Page<'a>> {
        let host = *host;
        let firsts = (0..self.nodes.name.len()).step_by(PAGE_NODES as usize);
        firsts.map(move |first| Page::fetch(self, host, first as NodeIndex))
    }
}

/// Some candidates one after the other, with their pods.
pub struct Page<'a> {
    batch: &'a Batch,
    host: Host<'a>,
    first: NodeIndex,
    columns: PodColumns,
}

impl<'a> Page<'a> {
    fn fetch(batch: &'a Batch, host: Host<'a>, first: NodeIndex) -> Self {
        Self { batch, host, first, columns: host.view.pods(first, PAGE_NODES) }
    }

    pub fn nodes(&self) -> impl Iterator<Item = (Node<'a>, Pods<'_>)> {
        let nodes = self.batch.nodes().skip(self.first as usize).take(PAGE_NODES as usize);
        nodes.scan(0, |end: &mut usize, node| {
            let start = *end;
            *end = start.saturating_add(node.pods_listed() as usize);
            let range = start..(*end).min(self.columns.bits.len());
            Some((node, Pods { columns: &self.columns, range }))
        })
    }

    /// The names of all pods of the page, by [`Pod::position`].
    pub fn names(&self) -> Table {
        self.host.view.pod_names(self.first, PAGE_NODES)
    }
}

/// The pods of a node, by namespace and name.
pub struct Pods<'p> {
    columns: &'p PodColumns,
    range: Range<usize>,
}

impl<'p> Pods<'p> {
    pub fn iter(&self) -> impl Iterator<Item = Pod<'p>> + use<'p> {
        let columns = self.columns;
        let start = self.range.start;
        self.range.clone().map(move |at| Pod::new(columns, at, at - start))
    }
}
