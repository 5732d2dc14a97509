//! What limits the removals of a group.

use super::standing::at_once;
use super::text::{count, phrase, when};
use crate::plan::Limit;
use crate::time::Time;

impl Limit {
    #[must_use]
    pub fn detail(&self, now: Time) -> String {
        match self {
            Limit::Disabled(it) => it.detail(now),
            Limit::Closed { policy, why, until } => closed(policy, why, *until, now),
            Limit::Cooling(it) => it.detail(now),
            Limit::Minimum { ready, min } => {
                format!("{} to stay, minimum {min}", count(u64::from(*ready), "Ready node"))
            }
            Limit::AtOnce { at_once: most, leaving: 0 } => at_once(*most),
            Limit::AtOnce { at_once: most, leaving } => {
                let verb = if *leaving == 1 { "is" } else { "are" };
                format!("{}, {leaving} {verb} leaving", at_once(*most))
            }
        }
    }
}

/// A windows policy gives no removals now.
pub(super) fn closed(policy: &str, why: &str, until: Option<Time>, now: Time) -> String {
    let said = match phrase(why) {
        why if why.is_empty() => format!("policy {policy} allows no removals now"),
        why => format!("policy {policy}: {why}"),
    };
    match until {
        Some(until) => format!("{said}; opens at {}", when(until, now)),
        None => format!("{said}; no opening in sight"),
    }
}
