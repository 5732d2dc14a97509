//! The shell around the provisioning engine: one task owns its state, tells it what happens, carries out what
//! it asks for and shows others where everything stands.
//!
//! Invariant: nothing here decides what a machine needs. What an operation brought is told as it is: where
//! nobody knows, that is what is told.

mod base64;
mod engine;
mod groups;
mod inbox;
mod outcome;
mod plain;
mod provider;
mod snapshot;

pub use engine::{Engine, Rim, Start};
pub use groups::{Facts, Order, Table};
pub use inbox::Wishes;
pub use provider::Provider;
pub use snapshot::{Seen, Snapshot};

use decide::provision::{Listing, Machine, Operation, Outcome, Rule};
use decide::world::Name;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

/// Carries out what concerns objects of the cluster. The future is dropped when it takes too long.
pub trait Cluster: Send + Sync + 'static {
    fn run(&self, machine: &Machine, operation: Operation) -> impl Future<Output = Outcome> + Send;
}

/// Carries out what concerns servers and balancers. Futures are dropped when they take too long.
pub trait Cloud: Send + Sync + 'static {
    fn run(&self, machine: &Machine, operation: Operation) -> impl Future<Output = Ended> + Send;

    /// Every server there is of these groups, and of all others that are known.
    fn servers(&self, groups: BTreeSet<Name>) -> impl Future<Output = Reading> + Send;

    /// None where any of them could not be read.
    fn balancers(&self) -> impl Future<Output = Result<Vec<Rule>, Name>> + Send;

    /// What a reading of the servers would look at. A list of something else tells nothing about what is new.
    fn scope(&self) -> BTreeSet<Name>;

    /// Its own number of each group that was found or made.
    fn numbers(&self) -> BTreeMap<Name, u64>;
}

/// How an operation ended, and what was said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub outcome: Outcome,
    /// For people; none where it went well.
    pub said: Option<Name>,
}

/// What a reading brought, and why that is not all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub listing: Listing,
    pub said: Option<Name>,
}

impl From<Outcome> for Ended {
    fn from(outcome: Outcome) -> Ended {
        Ended { outcome, said: None }
    }
}
