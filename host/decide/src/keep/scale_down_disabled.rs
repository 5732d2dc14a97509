//! Scale-down is off: everywhere, for the group, or by the mode in force.

use super::{Case, Fact};
use crate::plan::{Disabled, Reason};

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    disabled(case).map(Reason::ScaleDownDisabled)
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    let (value, source) = match disabled(case) {
        None => ("on".to_string(), "scaleDown.enabled, paused, scaleDownPolicy.enabled, windows policies"),
        Some(Disabled::Paused) => ("paused".to_string(), "scaleDown.paused"),
        Some(Disabled::Everywhere) => ("off everywhere".to_string(), "scaleDown.enabled"),
        Some(Disabled::Group { group }) => (format!("off for {group}"), "scaleDownPolicy.enabled"),
        Some(Disabled::Mode { why, .. }) => (why.to_string(), "windows policy"),
    };
    Fact::new(value, "on", source)
}

fn disabled(case: Case<'_, '_>) -> Option<Disabled> {
    let group = case.tick.facts.standing(case.node).group?;
    case.paces[group.at()].disabled(case.tick.world, group)
}
