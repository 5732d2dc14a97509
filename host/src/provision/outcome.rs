//! What an error of the provider's client means to the engine.

use super::Ended;
use decide::provision::Outcome;
use std::time::Duration;
use vpsie::{Cause, Deletion, Error};

/// Where nobody says for how long, so long is the provider left alone after a 429.
const BUSY_SECS: u32 = 30;

/// How long the provider, or our own limits, want to be left alone.
pub(super) fn wait_secs(cause: Cause) -> Option<u32> {
    let secs = |it: Duration| u32::try_from(it.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1);
    match cause {
        Cause::Busy { retry_after } => Some(retry_after.map_or(BUSY_SECS, secs)),
        Cause::Queue { wait: it } | Cause::LeftAlone { until: it } => Some(secs(it)),
        _ => None,
    }
}

pub(super) fn ended(error: &Error) -> Ended {
    let outcome = match (error.cause, error.outcome) {
        (_, vpsie::Outcome::Unknown) => Outcome::Unknown,
        (Cause::Limit | Cause::SameSize, _) => Outcome::Refused { why: short(error) },
        (cause, _) => match wait_secs(cause) {
            Some(wait_secs) => Outcome::Throttled { wait_secs },
            None => Outcome::Failed,
        },
    };
    Ended { outcome, said: Some(error.to_string().into()) }
}

/// Of a deletion: that there is no such thing is as good as any.
pub(super) fn deleted(deletion: Result<Deletion, Error>) -> Ended {
    match deletion {
        Ok(Deletion::Accepted) => Outcome::Done.into(),
        Ok(Deletion::Unknown) => Outcome::Absent.into(),
        Err(error) => ended(&error),
    }
}

/// The provider's own words, where it has any.
fn short(error: &Error) -> decide::world::Name {
    if error.said.is_empty() { error.to_string().into() } else { error.said.as_str().into() }
}
