//! The seam between the host and whatever runs a policy.

use policy_sdk::{Scorer, Vetoer, Windows};
use std::fmt::Debug;

/// A policy that has its settings, with the hooks that it has. Today these are calls of Rust code;
/// a component answers through the same three traits.
pub(crate) trait Hooks: Debug + Send + Sync {
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
