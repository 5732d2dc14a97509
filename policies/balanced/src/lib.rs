//! What removing a node saves, over what it disturbs: the `Balanced` consolidation of Karpenter, as it is
//! published, for the order of removal.
//!
//! The score of a node is its share of what its group costs over its share of what moving all pods of the
//! group would disturb, in thousandths. A pod disturbs 1 + deletion cost / 2^27 + priority / 2^25, from 0 to
//! 10, and a node itself 1. Karpenter rejects what is below 1/k; here a vetoer judges each node by itself and
//! knows no totals, so that such a node only goes last.

use policy_sdk::prelude::*;
use policy_sdk::rows;

/// One pod of priority 0, in units of 2^-27.
const POD: i128 = 1 << 27;

/// The scorer.
#[derive(Clone, Debug, Settings)]
pub struct Balanced {
    /// a node scores below zero where it saves less than a k-th of what it disturbs
    #[setting(default = 2, range = 1..=3)]
    k: i64,
}

policy_sdk::policy!(Balanced: scorer);

impl Scorer for Balanced {
    fn score(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Scored>, Fault> {
        let mut nodes = Vec::new();
        let mut totals = vec![(0, 0); batch.groups.len()];
        for page in batch.pages(host) {
            for (node, pods) in page.nodes() {
                let moving = pods.iter().filter(|pod| !pod.daemon() && !pod.mirror());
                let disturbed = POD + moving.map(disturbed).sum::<i128>();
                let saved = i128::from(node.price_per_hour().unwrap_or(0));
                let Some(group) = node.group_index() else { continue };
                totals[group as usize].0 += saved;
                totals[group as usize].1 += disturbed;
                nodes.push((node, group, saved, disturbed));
            }
        }
        let scored =
            nodes.into_iter().filter(|(_, _, saved, _)| *saved > 0).map(|(node, group, saved, disturbed)| {
                let (cost, disruption) = totals[group as usize];
                let ratio = 1_000 * saved * disruption / (cost * disturbed);
                let points = i64::try_from(ratio).unwrap_or(i64::MAX).saturating_sub(1_000 / self.k);
                node.scored(points).because(format!("saves {ratio} thousandths of what it disturbs"))
            });
        Ok(scored.collect())
    }
}

fn disturbed(pod: rows::Pod<'_>) -> i128 {
    (POD + i128::from(pod.deletion_cost()) + 4 * i128::from(pod.priority())).clamp(0, 10 * POD)
}
