//! Keeps zones even: no zone shrinks while it is the smallest by more than is allowed.

use policy_sdk::prelude::*;

const ZONE_LABEL: &str = "topology.kubernetes.io/zone";

/// The vetoer.
#[derive(Clone, Debug, Settings)]
pub struct ZoneBalance {
    /// how many ready nodes a zone may have less than the one with the most
    #[setting(default = 1, range = 1..=1_000)]
    skew: u32,
}

policy_sdk::policy!(ZoneBalance: vetoer with paper);

impl Vetoer for ZoneBalance {
    fn veto(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        let (_, zones) = host.view.tally(ZONE_LABEL);
        let most = zones.iter().map(|zone| zone.ready).max().unwrap_or(0);
        let least = most.saturating_sub(self.skew);
        // The others shrink too in this tick: the host asks again about a node whose answer that changes.
        let short = host.paper.fewer_than(ZONE_LABEL, least);
        let kept = batch.nodes().zip(short).filter(|(_, short)| *short != 0).map(|(node, _)| {
            let zone = node.zone();
            node.vetoed(
                "zone-balance",
                format!("zone {zone} would have fewer than {least} of up to {most} nodes"),
            )
            .flips(format!("a node more in zone {zone}, or a larger skew"))
        });
        Ok(kept.collect())
    }
}
