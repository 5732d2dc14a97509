//! A scorer as users write them, to measure: one label of each node is read.

use policy_sdk::prelude::*;

#[derive(Debug, Settings)]
pub struct ByLabel {
    /// whose longer values go first
    #[setting(default = "node.kubernetes.io/instance-type")]
    label: String,
}

policy_sdk::policy!(ByLabel: scorer);

impl Scorer for ByLabel {
    fn score(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Scored>, Fault> {
        let labels = batch.label(&self.label, host);
        Ok(batch.nodes().map(|node| node.scored(labels.of(node).map_or(0, |it| it.len() as i64))).collect())
    }
}
