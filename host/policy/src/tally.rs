//! How often each policy of a set was asked since somebody last looked, and how it went.

use crate::wasm::Spent;
use decide::world::Name;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// More calls of one policy in a tick than are told apart.
const OUTCOMES_MAX: usize = 4096;

/// The calls of one hook of one policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    pub used: Used,
    /// In their order: whether it failed.
    pub failed: Vec<bool>,
    /// What it said when it failed last.
    pub fault: Option<String>,
}

/// What the calls of one hook of one policy used, in sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    pub policy: Name,
    pub hook: &'static str,
    pub fuel: u64,
    /// Nothing where nobody has a clock.
    pub took: Duration,
}

#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Vec<Calls>>);

impl Tally {
    pub fn add(
        &self,
        policy: &Name,
        hook: &'static str,
        (spent, took): (Spent, Duration),
        fault: Option<&str>,
    ) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = calls.iter().position(|it| it.used.policy == *policy && it.used.hook == hook);
        let at = at.unwrap_or_else(|| {
            let used = Used { policy: policy.clone(), hook, fuel: 0, took: Duration::ZERO };
            calls.push(Calls { used, failed: Vec::new(), fault: None });
            calls.len() - 1
        });
        let it = &mut calls[at];
        it.used.fuel = it.used.fuel.saturating_add(spent.fuel);
        it.used.took = it.used.took.saturating_add(took);
        if it.failed.len() < OUTCOMES_MAX {
            it.failed.push(fault.is_some());
        }
        if let Some(fault) = fault {
            it.fault = Some(fault.to_owned());
        }
    }

    /// What was added since it was last taken.
    pub fn take(&self) -> Vec<Calls> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
