//! One label or annotation of all candidates.

use super::Node;
use crate::Host;
use crate::records::{Batch, Hits};

/// What is read of a value, in bytes.
const VALUE_BYTES_READ: u32 = 1_024;

/// The values of one key, by node.
pub struct Column(Hits);

impl Batch {
    /// A label of all candidates, in one call; values are cut after a kilobyte.
    pub fn label(&self, key: &str, host: &Host<'_>) -> Column {
        Column(host.view.labels(&[key], VALUE_BYTES_READ))
    }

    /// An annotation of all candidates, in one call; values are cut after a kilobyte.
    pub fn annotation(&self, key: &str, host: &Host<'_>) -> Column {
        Column(host.view.annotations(&[key], VALUE_BYTES_READ))
    }
}

impl Column {
    /// The value that a node has.
    pub fn of(&self, node: Node<'_>) -> Option<&str> {
        let at = self.0.found.binary_search_by_key(&node.index(), |found| found.node).ok()?;
        self.0.values.get(at as u32)
    }
}
