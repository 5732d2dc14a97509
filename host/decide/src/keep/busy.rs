//! CPU or memory is not below its threshold.

use super::{Case, Fact};
use crate::pace::Pace;
use crate::plan::{Busy, Reason, Resource};
use crate::say::percent;
use crate::settings::Source;
use crate::usage::{self, Measured};

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    if case.tick.facts.goes_unasked(case.node) {
        return None;
    }
    let (_, pace) = case.group()?;
    busy(case, pace).map(Reason::Busy)
}

fn busy(case: Case<'_, '_>, pace: &Pace) -> Option<Busy> {
    let allocatable = &case.node().allocatable;
    for (resource, amount) in [(Resource::Cpu, allocatable.cpu), (Resource::Memory, allocatable.memory)] {
        if amount <= 0 {
            return Some(Busy::NothingAllocatable { resource });
        }
    }
    let (cpu, memory) = (pace.cpu.value, pace.memory.value);
    let settings = &case.tick.world.settings.scale_down;
    let measured = || match case.tick.measured(case.node, pace.window.value) {
        Measured::Window(window) => {
            window.busy(allocatable, cpu, memory, pace.window.value, settings.quorum_percent)
        }
        Measured::Nothing | Measured::Stale { .. } | Measured::TooFew { .. } => None,
    };
    let requested = || match case.tick.requested(case.node) {
        Some(figures) => usage::above(figures, cpu, memory, None),
        // Its DaemonSet pods ask for all that there is.
        None => Some(Busy::NothingAllocatable { resource: Resource::Cpu }),
    };
    match settings.source {
        Source::Usage => measured(),
        Source::Requests => requested(),
        Source::Highest => measured().or_else(requested),
    }
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    let Some((_, pace)) = case.group() else { return Fact::default() };
    let value = match case.tick.figures(case.node, pace.window.value) {
        Some(it) => format!("CPU {}, memory {}", percent(it.cpu), percent(it.memory)),
        None => "unknown".to_string(),
    };
    let limit = format!("CPU below {}, memory below {}", percent(pace.cpu.value), percent(pace.memory.value));
    let source = match (&pace.cpu.policy, &pace.memory.policy) {
        (None, None) => "NodeGroup scaleDownPolicy".to_string(),
        (Some((policy, mode)), _) | (None, Some((policy, mode))) => format!("policy {policy}, {mode}"),
    };
    Fact::new(value, limit, source)
}
