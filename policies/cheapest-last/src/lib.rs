//! Cheapest last: the dearer a node is, the earlier it goes. What is not priced is neither.

use policy_sdk::prelude::*;

/// Prices are in 10^-9 of the currency.
const PRICE_A_HUNDREDTH: i64 = 10_000_000;

/// The scorer.
#[derive(Clone, Debug, Settings)]
pub struct CheapestLast {
    /// points for each hundredth of the currency that a node costs an hour
    #[setting(default = 10, range = 1..=1_000)]
    points: i64,
    /// a node that costs less an hour, in hundredths of the currency, counts as one that costs nothing
    #[setting(default = 0, range = 0..=1_000_000)]
    cheap_below: i64,
}

policy_sdk::policy!(CheapestLast: scorer);

impl Scorer for CheapestLast {
    fn score(&self, batch: &Batch, _: &Host<'_>) -> Result<Vec<Scored>, Fault> {
        let scored = batch.nodes().filter_map(|node| {
            let hundredths = node.price_per_hour()? / PRICE_A_HUNDREDTH;
            let counted = if hundredths < self.cheap_below { 0 } else { hundredths };
            let scored = node.scored(counted.saturating_mul(self.points));
            Some(scored.because(format!("costs {}.{:02} an hour", hundredths / 100, hundredths % 100)))
        });
        Ok(scored.collect())
    }
}
