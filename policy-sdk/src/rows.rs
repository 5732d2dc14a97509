//! Rows over the columns: a candidate, a pod, and the pods of nodes fetched many nodes a call.
//!
//! A column that is shorter than it should be reads as zero, no symbol, no time; nothing here panics.

mod column;
mod node;
mod page;
mod pod;

pub use column::Column;
pub use node::Node;
pub use page::{Page, Pods};
pub use pod::{Owner, Pod};

use crate::records::{Batch, NONE_TIME};

impl Batch {
    /// The candidates.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = Node<'_>> + Clone {
        (0..self.nodes.name.len()).map(|at| Node::new(self, at))
    }

    /// The candidate at an index, where there is one.
    pub fn node(&self, index: u32) -> Option<Node<'_>> {
        let at = index as usize;
        (at < self.nodes.name.len()).then(|| Node::new(self, at))
    }
}

/// The entry of a column, where it is there.
fn entry<T: Copy>(column: &[T], at: usize, otherwise: T) -> T {
    column.get(at).copied().unwrap_or(otherwise)
}

/// A time, where it is known.
fn time(column: &[i64], at: usize) -> Option<i64> {
    column.get(at).copied().filter(|time| *time != NONE_TIME)
}
