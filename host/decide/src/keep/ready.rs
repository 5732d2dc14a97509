//! A node that is not there yet, or not well now.

use super::{Case, Fact};
use crate::marks;
use crate::plan::{NotYet, Reason};
use crate::time::said;

pub(super) fn check_yet(case: Case<'_, '_>) -> Option<Reason> {
    let standing = case.tick.facts.standing(case.node);
    if !standing.ever_ready {
        return Some(Reason::NotReadyYet(NotYet::NeverReady));
    }
    if let Some(taint) = marks::startup_taint(&case.node().taints) {
        return Some(Reason::NotReadyYet(NotYet::Starting { taint: taint.key.clone() }));
    }
    let min_secs = case.tick.world.settings.scale_down.age_secs_min;
    let age_secs = case.tick.world.now.since(case.node().created);
    (age_secs < i64::from(min_secs)).then_some(Reason::NotReadyYet(NotYet::Young { age_secs, min_secs }))
}

pub(super) fn fact_yet(case: Case<'_, '_>) -> Fact {
    let age = said(case.tick.world.now.since(case.node().created));
    let value = match check_yet(case) {
        Some(Reason::NotReadyYet(NotYet::NeverReady)) => "never Ready".to_string(),
        Some(Reason::NotReadyYet(NotYet::Starting { taint })) => format!("start-up taint {taint}"),
        _ => format!("{age} old"),
    };
    let min = said(i64::from(case.tick.world.settings.scale_down.age_secs_min));
    Fact::new(value, format!("at least {min} old, once Ready"), "scaleDown.minAgeSeconds")
}

pub(super) fn check_now(case: Case<'_, '_>) -> Option<Reason> {
    let standing = case.tick.facts.standing(case.node);
    if standing.ready || case.tick.facts.dead(case.node) {
        return None;
    }
    let settings = &case.tick.world.settings.scale_down;
    let since = case.tick.facts.unready_since(case.node);
    Some(Reason::Unready { since, wait_secs: settings.remove_unready.then_some(settings.unready_secs) })
}

pub(super) fn fact_now(case: Case<'_, '_>) -> Fact {
    let settings = &case.tick.world.settings.scale_down;
    let value = match case.tick.facts.unready_since(case.node) {
        Some(since) => format!("not Ready for {}", said(case.tick.world.now.since(since))),
        None => "Ready".to_string(),
    };
    let limit = if settings.remove_unready {
        format!("Ready, or unready for {}", said(i64::from(settings.unready_secs)))
    } else {
        "Ready".to_string()
    };
    Fact::new(value, limit, "scaleDown.unreadyNodes, unreadySeconds")
}
