//! The seam between the host and whatever runs a policy.

use crate::wasm::Guest;
use policy_sdk::{Scorer, Vetoer, Windows};
use std::fmt::Debug;

/// A policy that has its settings, with the hooks that it has. A component answers through the same
/// three traits as its source, so that the two can be compared.
pub(crate) trait Hooks: Debug + Send + Sync {
    /// The component behind it, which can be asked what a call used.
    fn guest(&self) -> Option<&Guest> {
        None
    }

    fn windows(&self) -> Option<&dyn Windows> {
        None
    }

    fn vetoer(&self) -> Option<&dyn Vetoer> {
        None
    }

    fn scorer(&self) -> Option<&dyn Scorer> {
        None
    }
}
