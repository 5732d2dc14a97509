//! Below the thresholds, but not for the whole window yet. Only where requests are the source:
//! samples carry their own history.

use super::{Case, Fact};
use crate::plan::Reason;
use crate::settings::Source;
use crate::time::{Stamp, said};

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    if case.tick.world.settings.scale_down.source != Source::Requests
        || case.tick.facts.goes_unasked(case.node)
    {
        return None;
    }
    let (_, pace) = case.group()?;
    let window_secs = pace.window.value;
    if window_secs == 0 {
        return None;
    }
    let since = case.tick.idle_since(case.node);
    let long_enough = matches!(since, Stamp::At(at)
        if case.tick.world.now.since(at) >= i64::from(window_secs));
    (!long_enough).then_some(Reason::NotIdleLongEnough { since, window_secs })
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    let window = case.group().map_or(0, |it| it.1.window.value);
    if case.tick.world.settings.scale_down.source != Source::Requests {
        return Fact::new("by samples", "-", "scaleDown.utilizationSource");
    }
    let value = match case.tick.idle_since(case.node) {
        Stamp::Absent => "no idle-since".to_string(),
        Stamp::Unreadable(text) => format!("idle-since {text:?} cannot be read"),
        Stamp::At(at) => format!("idle for {}", said(case.tick.world.now.since(at))),
    };
    Fact::new(value, format!("at least {}", said(i64::from(window))), "stabilizationWindowSeconds")
}
