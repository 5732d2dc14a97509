//! What a policy implements: [`Policy`], and the hooks it has an opinion for.

use crate::records::{Batch, Diagnostic, Fault, Group, Metadata, Pace, Scored, Table, Tick, Vetoed};
use crate::{Host, Zones, settings::Tree};

/// Every policy. The value holds the settings, read once; hooks never change it.
pub trait Policy: Sized {
    fn describe() -> Metadata;

    /// What is wrong with the settings, all of it at once, or the policy.
    fn configure(settings: &Tree<'_>, zones: &dyn Zones) -> Result<Self, Vec<Diagnostic>>;
}

/// How fast each group may shrink now; asked once a tick, before anything else.
pub trait Windows {
    fn paces(
        &self,
        tick: &Tick,
        symbols: &Table,
        groups: &[Group],
        host: &Host<'_>,
    ) -> Result<Vec<Pace>, Fault>;
}

/// Which candidates are kept. Each node is judged by itself: the host may ask any subset, in any order,
/// again.
pub trait Vetoer {
    fn veto(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault>;
}

/// Which candidates go first.
pub trait Scorer {
    fn score(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Scored>, Fault>;
}
