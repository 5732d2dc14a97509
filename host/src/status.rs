//! How the controller is and what it is at, in figures and names: what `status` shows.

use crate::looked::Looked;
use crate::serve::Check;
use decide::plan::{Outlook, PendingReason, Plan, Verdict};
use decide::world::{Group, Name};
use policy::Line;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Nodes that are told by name.
const LEAVING_MAX: usize = 100;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    pub version: &'static str,
    /// All checks are passed and nothing could not be read.
    pub well: bool,
    pub checks: Vec<Check>,
    /// None before the first decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Last>,
}

/// The last decision.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Last {
    pub tick: u64,
    pub now: String,
    /// Since the loop turned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<u64>,
    pub leads: bool,
    pub dry: bool,
    /// What could not be read.
    pub gaps: Vec<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory_frozen: Option<Name>,
    pub nodes: Vec<Count>,
    /// Those to remove, best first, then those that are on their way out.
    pub leaving: Vec<Leaving>,
    /// Of them all.
    pub leaving_count: usize,
    pub groups: Vec<GroupLine>,
    /// Pods that wait and get no new node.
    pub pods_without_node: usize,
    pub policies: Vec<Line>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    pub verdict: &'static str,
    pub reason: &'static str,
    pub nodes: usize,
}

#[derive(Debug, Serialize)]
pub struct Leaving {
    pub node: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Name>,
    /// `Decided` before the first.
    pub step: &'static str,
    pub detail: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupLine {
    pub name: Name,
    pub namespace: Name,
    pub ready: u32,
    pub leaving: u32,
    pub min: u32,
    pub max: u32,
    /// Nodes that the plan adds.
    pub adding: u32,
    /// Pods that wait for it: for nodes that are coming, or until it may grow.
    pub pending: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backs_off_until: Option<String>,
    pub may_remove: u32,
    pub why: String,
}

impl Status {
    /// `silence`: how long ago the loop turned.
    #[must_use]
    pub fn of(looked: Option<&Looked>, checks: Vec<Check>, silence: Option<Duration>) -> Status {
        let last = looked.map(|it| Last::of(it, silence));
        let whole = last.as_ref().is_none_or(|it| it.gaps.is_empty() && it.inventory_frozen.is_none());
        Status {
            version: env!("CARGO_PKG_VERSION"),
            well: whole && checks.iter().all(|it| it.well),
            checks,
            last,
        }
    }
}

impl Last {
    fn of(looked: &Looked, silence: Option<Duration>) -> Last {
        let Looked { tick, world, plan, policies, leads, dry, memory: _ } = looked;
        let mut leaving = leaving(plan);
        let leaving_count = leaving.len();
        leaving.truncate(LEAVING_MAX);
        Last {
            tick: *tick,
            now: plan.now.to_string(),
            age_seconds: silence.map(|it| it.as_secs()),
            leads: *leads,
            dry: *dry,
            gaps: world.gaps.clone(),
            inventory_frozen: world.inventory_frozen.clone(),
            nodes: counts(plan),
            leaving,
            leaving_count,
            groups: groups(&world.groups, plan),
            pods_without_node: plan.pending.iter().filter(|it| without_node(it.reason.as_ref())).count(),
            policies: policies.lines(),
        }
    }
}

/// The word of a verdict, and the one that says most about it.
#[must_use]
pub fn words(verdict: &Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Keep(reason) => ("Keep", reason.name()),
        Verdict::Remove { how, .. } => ("Remove", how.name()),
        Verdict::Leaving { step, .. } => ("Leaving", step.name()),
    }
}

/// Nodes by verdict and reason; in each verdict the most frequent first.
fn counts(plan: &Plan) -> Vec<Count> {
    let mut nodes: BTreeMap<_, usize> = BTreeMap::new();
    for entry in &plan.nodes {
        *nodes.entry(words(&entry.verdict)).or_default() += 1;
    }
    let count = |((verdict, reason), nodes)| Count { verdict, reason, nodes };
    let mut counts: Vec<Count> = nodes.into_iter().map(count).collect();
    let place = |verdict: &str| ["Remove", "Leaving", "Keep"].iter().position(|it| *it == verdict);
    counts.sort_by_key(|it| (place(it.verdict), std::cmp::Reverse(it.nodes)));
    counts
}

fn leaving(plan: &Plan) -> Vec<Leaving> {
    let decided = plan.removals.iter().filter_map(|name| {
        let at = plan.nodes.binary_search_by(|it| it.name.cmp(name)).ok()?;
        let Verdict::Remove { how, moves } = &plan.nodes[at].verdict else { return None };
        let group = plan.nodes[at].group.clone();
        let pods = decide::say::count(moves.len() as u64, "pod");
        let detail = format!("{}, {pods} to move", how.name());
        Some(Leaving { node: name.clone(), group, step: "Decided", detail })
    });
    let on_the_way = plan.nodes.iter().filter_map(|it| {
        let Verdict::Leaving { step, why, left, delayed_by } = &it.verdict else { return None };
        let detail = step.detail(*left, why.as_ref(), delayed_by.as_deref(), plan.now);
        Some(Leaving { node: it.name.clone(), group: it.group.clone(), step: step.name(), detail })
    });
    decided.chain(on_the_way).collect()
}

fn groups(groups: &[Group], plan: &Plan) -> Vec<GroupLine> {
    let line = |it: &Outlook| {
        let group = groups.iter().find(|group| group.name == it.name && group.namespace == it.namespace);
        let back_off = group.and_then(|it| it.back_off_until).filter(|until| *until > plan.now);
        let added = plan.additions.iter().filter(|addition| addition.group == it.name);
        let waits = |group: Option<&Name>| group.is_some_and(|group| *group == it.name);
        GroupLine {
            name: it.name.clone(),
            namespace: it.namespace.clone(),
            ready: it.ready,
            leaving: it.leaving,
            min: it.min,
            max: it.max,
            adding: added.map(|it| it.count).sum(),
            pending: plan
                .pending
                .iter()
                .filter(|it| waits(it.placed.as_ref().or(it.reason.as_ref().and_then(group_of))))
                .count(),
            backs_off_until: back_off.map(|it| it.to_string()),
            may_remove: it.may_remove,
            why: it.why.detail(plan.now),
        }
    };
    plan.groups.iter().map(line).collect()
}

/// The group that a pending pod waits for.
#[must_use]
pub fn group_of(reason: &PendingReason) -> Option<&Name> {
    match reason {
        PendingReason::OnItsWay { group }
        | PendingReason::ScaleUpDisabled { group }
        | PendingReason::BackOff { group, .. }
        | PendingReason::Cooldown { group, .. }
        | PendingReason::AtMaximum { group, .. } => Some(group),
        PendingReason::NotOurs { .. }
        | PendingReason::TooYoung { .. }
        | PendingReason::ClusterAtMaximum { .. }
        | PendingReason::BudgetSpent { .. }
        | PendingReason::NoGroupFits { .. } => None,
    }
}

fn without_node(reason: Option<&PendingReason>) -> bool {
    match reason {
        None
        | Some(
            PendingReason::NotOurs { .. } | PendingReason::TooYoung { .. } | PendingReason::OnItsWay { .. },
        ) => false,
        Some(
            PendingReason::ScaleUpDisabled { .. }
            | PendingReason::BackOff { .. }
            | PendingReason::Cooldown { .. }
            | PendingReason::AtMaximum { .. }
            | PendingReason::ClusterAtMaximum { .. }
            | PendingReason::BudgetSpent { .. }
            | PendingReason::NoGroupFits { .. },
        ) => true,
    }
}
