//! A slow and obvious check of a plan, written from the rules and from what the scheduler does,
//! not from the program: it knows objects and the plan, and looks at everything again each time.
//!
//! Besides the plan it is told where pods had their room on paper when the decision opened and
//! when it ended, which no plan lists; these are claims too, and are checked like the rest.

mod entries;
mod fit;
mod growth;
mod keep;
mod ledger;
mod nodes;
mod objects;
mod pace;
mod pods;
mod replay;
mod select;

use decide::ask::{Answers, Paces};
use decide::plan::{Plan, Reason, Verdict};
use objects::Cluster;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// All that a decision went by, and what came of it.
#[derive(Debug)]
pub struct Case<'a> {
    pub objects: &'a [Value],
    pub now: i64,
    pub paces: &'a [Paces],
    pub answers: &'a Answers,
    /// Second questions, and whether the answer was a veto or a fault.
    pub asked: &'a [Asked],
    pub seats: &'a Seats,
    /// Headroom and most use of what remains, in percent, that some policy stands up for.
    pub sums: Option<(u32, u32)>,
    /// Whether there was a time box.
    pub boxed: bool,
    pub plan: &'a Plan,
}

/// Nodes on which pods have their room on paper, by `namespace/name`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seats {
    pub before: BTreeMap<String, String>,
    pub after: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub policy: String,
    pub node: String,
    pub answer: Result<bool, ()>,
}

/// What is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name of the check.
    pub check: &'static str,
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.check, self.what)
    }
}

#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &'static str, what: String) {
        self.0.push(Finding { check, what });
    }
}

/// Everything that is wrong with the plan; nothing, if all is well.
#[must_use]
pub fn check(case: &Case<'_>) -> Vec<Finding> {
    let cluster = Cluster::of(case.objects, case.now);
    let mut findings = Findings::default();
    entries::check(case, &cluster, &mut findings);
    if findings.0.iter().any(|it| it.check == "entries") {
        return findings.0; // what follows relies on one entry a node
    }
    replay::Replay::of(case, &cluster).run(&mut findings);
    let opened = replay::Replay::of(case, &cluster).opened();
    growth::Growth::of(case, &cluster, opened).run(&mut findings);
    findings.0
}

fn said(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Remove { .. } => "Remove",
        Verdict::Leaving { .. } => "Leaving",
        Verdict::Keep(reason) => name_of(reason),
    }
}

fn name_of(reason: &Reason) -> &'static str {
    match reason {
        Reason::ControlPlane { .. } => "ControlPlane",
        Reason::NotManaged(_) => "NotManaged",
        Reason::InventoryFrozen { .. } => "InventoryFrozen",
        Reason::ClusterUnhealthy { .. } => "ClusterUnhealthy",
        Reason::Protected(_) => "Protected",
        Reason::ScaleDownDisabled(_) => "ScaleDownDisabled",
        Reason::Cordoned(_) => "Cordoned",
        Reason::NotReadyYet(_) => "NotReadyYet",
        Reason::Unready { .. } => "Unready",
        Reason::Nominated { .. } => "Nominated",
        Reason::NoMetrics { .. } => "NoMetrics",
        Reason::StaleMetrics { .. } => "StaleMetrics",
        Reason::TooFewSamples { .. } => "TooFewSamples",
        Reason::Busy(_) => "Busy",
        Reason::NotIdleLongEnough { .. } => "NotIdleLongEnough",
        Reason::PodBlocks { .. } => "PodBlocks",
        Reason::NoPlaceToMovePods { .. } => "NoPlaceToMovePods",
        Reason::OutsideWindow { .. } => "OutsideWindow",
        Reason::Vetoed(_) => "Vetoed",
        Reason::PolicyFault { .. } => "PolicyFault",
        Reason::Cooldown(_) => "Cooldown",
        Reason::MinSize { .. } => "MinSize",
        Reason::ClusterMinimum { .. } => "ClusterMinimum",
        Reason::BudgetSpent(_) => "BudgetSpent",
        Reason::NotEvaluated => "NotEvaluated",
    }
}
