//! The vetoer: the pods of each node first, then what would remain.

use policy_sdk::records::{Batch, Fault, Vetoed};
use policy_sdk::{Host, Vetoer};

use crate::Safety;

/// What is the same for all nodes.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) safety: &'a Safety,
    pub(crate) batch: &'a Batch,
    pub(crate) host: &'a Host<'a>,
}

impl Vetoer for Safety {
    fn veto(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        let question = Question { safety: self, batch, host };
        let vetoed = if self.asks_for_pods() { question.by_pods() } else { Vec::new() };
        if vetoed.len() < batch.nodes().len() { question.with_remainder(vetoed) } else { Ok(vetoed) }
    }
}
