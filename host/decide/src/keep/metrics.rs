//! Without enough fresh samples nobody knows how used the node is, and it stays.

use super::{Case, Fact};
use crate::plan::Reason;
use crate::time::said;
use crate::usage::{Measured, samples_needed};

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    if !applies(case) {
        return None;
    }
    let (_, pace) = case.group()?;
    let window_secs = pace.window.value;
    match case.tick.measured(case.node, window_secs) {
        Measured::Nothing => Some(Reason::NoMetrics { gap: !case.tick.world.gaps.is_empty() }),
        Measured::Stale { age_secs } => {
            let max_secs = case.tick.world.settings.scale_down.sample_age_secs_max;
            Some(Reason::StaleMetrics { age_secs, max_secs })
        }
        Measured::TooFew { have, need } => Some(Reason::TooFewSamples { have, need, window_secs }),
        Measured::Window(_) => None,
    }
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    if !applies(case) {
        return Fact::new("not needed", "-", "scaleDown.utilizationSource");
    }
    let window = case.group().map_or(0, |it| it.1.window.value);
    let need = samples_needed(window);
    let value = match case.tick.measured(case.node, window) {
        Measured::Nothing => "no sample".to_string(),
        Measured::Stale { age_secs } => format!("newest is {} old", said(age_secs)),
        Measured::TooFew { have, .. } => format!("{have} samples"),
        Measured::Window(_) => format!("at least {need} samples, fresh"),
    };
    let age = said(i64::from(case.tick.world.settings.scale_down.sample_age_secs_max));
    let limit = format!("{need} in {}, newest at most {age} old", said(i64::from(window)));
    Fact::new(value, limit, "stabilizationWindowSeconds, scaleDown.sampleMaxAgeSeconds")
}

fn applies(case: Case<'_, '_>) -> bool {
    case.tick.world.settings.scale_down.source.measures() && !case.tick.facts.goes_unasked(case.node)
}
