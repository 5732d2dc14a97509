//! Reasons to keep a node that need no trial: one rule a file. Their order is the meaning: the
//! first that finds something decides.
//!
//! A rule looks and tells; it changes nothing. Beside its check each has a `fact`: what stands
//! against what, and where the limit comes from, for explanations.

mod busy;
mod cluster_unhealthy;
mod control_plane;
mod cordoned;
mod idle;
mod inventory_frozen;
mod managed;
mod metrics;
mod nominated;
mod pod_blocks;
mod protected;
mod ready;
mod scale_down_disabled;

use crate::pace::Pace;
use crate::plan::Reason;
use crate::tick::Tick;
use crate::world::{Group, Node, NodeId};
use serde::{Deserialize, Serialize};

/// One node before the rules.
#[derive(Debug, Clone, Copy)]
pub struct Case<'t, 'w> {
    pub tick: &'t Tick<'w>,
    pub paces: &'t [Pace],
    pub node: NodeId,
}

pub struct Rule {
    /// The reasons that it can give.
    pub names: &'static str,
    pub check: fn(Case<'_, '_>) -> Option<Reason>,
    pub fact: fn(Case<'_, '_>) -> Fact,
    /// What of it also stops a removal that is under way, if anything.
    pub stops: Option<fn(Case<'_, '_>) -> Option<Reason>>,
}

/// What a rule looked at, in words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fact {
    pub value: String,
    pub limit: String,
    /// Where the limit is set.
    pub source: String,
}

pub const RULES: [Rule; 14] = [
    Rule { names: "ControlPlane", check: control_plane::check, fact: control_plane::fact, stops: None },
    Rule { names: "NotManaged", check: managed::check, fact: managed::fact, stops: None },
    Rule {
        names: "InventoryFrozen",
        check: inventory_frozen::check,
        fact: inventory_frozen::fact,
        stops: Some(inventory_frozen::check),
    },
    Rule {
        names: "ClusterUnhealthy",
        check: cluster_unhealthy::check,
        fact: cluster_unhealthy::fact,
        stops: Some(cluster_unhealthy::check),
    },
    Rule {
        names: "Protected",
        check: protected::check,
        fact: protected::fact,
        stops: Some(protected::check),
    },
    Rule {
        names: "ScaleDownDisabled",
        check: scale_down_disabled::check,
        fact: scale_down_disabled::fact,
        stops: Some(scale_down_disabled::check),
    },
    Rule { names: "Cordoned", check: cordoned::check, fact: cordoned::fact, stops: None },
    Rule { names: "NotReadyYet", check: ready::check_yet, fact: ready::fact_yet, stops: None },
    Rule { names: "Unready", check: ready::check_now, fact: ready::fact_now, stops: None },
    Rule {
        names: "Nominated",
        check: nominated::check,
        fact: nominated::fact,
        stops: Some(nominated::check),
    },
    Rule {
        names: "NoMetrics, StaleMetrics, TooFewSamples",
        check: metrics::check,
        fact: metrics::fact,
        stops: None,
    },
    Rule { names: "Busy", check: busy::check, fact: busy::fact, stops: None },
    Rule { names: "NotIdleLongEnough", check: idle::check, fact: idle::fact, stops: None },
    Rule {
        names: "PodBlocks",
        check: pod_blocks::check,
        fact: pod_blocks::fact,
        stops: Some(pod_blocks::stops),
    },
];

/// The first reason to keep the node.
#[must_use]
pub fn first(case: Case<'_, '_>) -> Option<Reason> {
    RULES.iter().find_map(|it| (it.check)(case))
}

/// The first reason to stop the removal of a node that is leaving.
#[must_use]
pub fn first_to_stop(case: Case<'_, '_>) -> Option<Reason> {
    RULES.iter().filter_map(|it| it.stops).find_map(|stops| stops(case))
}

pub use pod_blocks::blocked;

impl<'t, 'w> Case<'t, 'w> {
    fn node(self) -> &'w Node {
        self.tick.world.node(self.node)
    }

    /// The group; rules after `NotManaged` can rely on it.
    fn group(self) -> Option<(&'w Group, &'t Pace)> {
        let group = self.tick.facts.standing(self.node).group?;
        Some((&self.tick.world.groups[group.at()], &self.paces[group.at()]))
    }
}

impl Fact {
    fn new(value: impl Into<String>, limit: impl Into<String>, source: impl Into<String>) -> Fact {
        Fact { value: value.into(), limit: limit.into(), source: source.into() }
    }
}
