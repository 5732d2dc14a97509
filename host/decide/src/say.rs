//! How what was decided is said in words: names, codes, details that a person can act on, and the
//! smallest change that would flip a verdict.
//!
//! A detail is a phrase, not a sentence: it says what stands against what, and what to do or when
//! it passes. Instants are said as they are and as seen from `now`. The words of others (policies,
//! annotations) are quoted or tidied, so that none of them can break a line.

mod block;
mod busy;
mod cooling;
mod figures;
mod leaving;
mod obstacle;
mod outlook;
mod pending;
mod spent;
mod standing;
mod text;

#[cfg(test)]
mod tests;

pub use figures::{Decimal, amount, percent, threshold};
pub use obstacle::said as obstacle;
pub use text::{count, when};

use crate::plan::{Block, Reason, Veto};
use crate::time::{Time, said};
use figures::bytes;
use obstacle::missing;
use text::phrase;

impl Reason {
    /// All names, in the order of the rules.
    pub const NAMES: [&'static str; 25] = [
        "ControlPlane",
        "NotManaged",
        "InventoryFrozen",
        "ClusterUnhealthy",
        "Protected",
        "ScaleDownDisabled",
        "Cordoned",
        "NotReadyYet",
        "Unready",
        "Nominated",
        "NoMetrics",
        "StaleMetrics",
        "TooFewSamples",
        "Busy",
        "NotIdleLongEnough",
        "PodBlocks",
        "NoPlaceToMovePods",
        "OutsideWindow",
        "Vetoed",
        "PolicyFault",
        "Cooldown",
        "MinSize",
        "ClusterMinimum",
        "BudgetSpent",
        "NotEvaluated",
    ];

    #[must_use]
    pub fn name(&self) -> &'static str {
        Reason::NAMES[self.order()]
    }

    /// Its place in the order of the rules; lower decides first.
    #[must_use]
    pub fn order(&self) -> usize {
        match self {
            Reason::ControlPlane { .. } => 0,
            Reason::NotManaged(_) => 1,
            Reason::InventoryFrozen { .. } => 2,
            Reason::ClusterUnhealthy { .. } => 3,
            Reason::Protected(_) => 4,
            Reason::ScaleDownDisabled(_) => 5,
            Reason::Cordoned(_) => 6,
            Reason::NotReadyYet(_) => 7,
            Reason::Unready { .. } => 8,
            Reason::Nominated { .. } => 9,
            Reason::NoMetrics { .. } => 10,
            Reason::StaleMetrics { .. } => 11,
            Reason::TooFewSamples { .. } => 12,
            Reason::Busy(_) => 13,
            Reason::NotIdleLongEnough { .. } => 14,
            Reason::PodBlocks { .. } => 15,
            Reason::NoPlaceToMovePods { .. } => 16,
            Reason::OutsideWindow { .. } => 17,
            Reason::Vetoed(_) => 18,
            Reason::PolicyFault { .. } => 19,
            Reason::Cooldown(_) => 20,
            Reason::MinSize { .. } => 21,
            Reason::ClusterMinimum { .. } => 22,
            Reason::BudgetSpent(_) => 23,
            Reason::NotEvaluated => 24,
        }
    }

    /// Which rule said so, where a reason has several.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Reason::PodBlocks { block, .. } => Some(block.code()),
            Reason::Vetoed(veto) => Some(&veto.code),
            _ => None,
        }
    }

    /// The policy that said so, where one did.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        match self {
            Reason::Vetoed(veto) => Some(&veto.policy),
            Reason::OutsideWindow { policy, .. } | Reason::PolicyFault { policy, .. } => Some(policy),
            Reason::ScaleDownDisabled(disabled) => disabled.policy(),
            _ => None,
        }
    }

    /// The pod that decided, as `namespace/name`, or the name of the object, where one did.
    #[must_use]
    pub fn blocker(&self) -> Option<String> {
        match self {
            Reason::Nominated { pod }
            | Reason::PodBlocks { pod, .. }
            | Reason::NoPlaceToMovePods { pod, .. } => Some(pod.to_string()),
            Reason::Vetoed(veto) => veto.pod.as_ref().map(ToString::to_string),
            Reason::NotManaged(it) => it.blocker(),
            Reason::Cooldown(it) => it.blocker(),
            Reason::BudgetSpent(it) => it.blocker(),
            _ => None,
        }
    }

    /// What stands against what, so that a person can act on it.
    #[must_use]
    pub fn detail(&self, now: Time) -> String {
        match self {
            Reason::ControlPlane { label } => {
                format!("label {label} makes it a control-plane node, and those never go")
            }
            Reason::NotManaged(it) => it.detail(),
            Reason::InventoryFrozen { why } => {
                format!("the provider's list of servers cannot be trusted just now: {}", phrase(why))
            }
            Reason::ClusterUnhealthy { unready, nodes, percent_max, nodes_min } => format!(
                "{unready} of {} are not Ready; with more than {percent_max} % and more than {nodes_min} nobody goes",
                count(u64::from(*nodes), "node"),
            ),
            Reason::Protected(mark) => mark.said(),
            Reason::ScaleDownDisabled(it) => it.detail(now),
            Reason::Cordoned(it) => it.detail(now),
            Reason::NotReadyYet(it) => it.detail(now),
            Reason::Unready { since, wait_secs } => standing::unready(*since, *wait_secs, now),
            Reason::Nominated { pod } => format!("pending pod {pod} is about to use it"),
            Reason::NoMetrics { gap: false } => {
                "the metrics API has no sample of it in the observation window; does metrics-server run?"
                    .into()
            }
            Reason::NoMetrics { gap: true } => {
                "no sample of it in the observation window, and not all of the cluster could be read".into()
            }
            Reason::StaleMetrics { age_secs, max_secs } => {
                format!("its newest sample is {} old, at most {} may be", said(*age_secs), lasting(*max_secs))
            }
            Reason::TooFewSamples { have, need, window_secs } => {
                format!("{have} of the {need} samples that {} must hold", lasting(*window_secs))
            }
            Reason::Busy(it) => it.detail(),
            Reason::NotIdleLongEnough { since, window_secs } => busy::idle(since, *window_secs, now),
            Reason::PodBlocks { pod, block } => block.detail(pod, now),
            Reason::NoPlaceToMovePods { pod, alone, nearest } => match (alone, nearest) {
                (false, _) => {
                    format!("pod {pod} finds no place once the other pods of the node have taken theirs")
                }
                (true, None) => format!("pod {pod} fits nowhere else: no other node takes pods"),
                (true, Some((node, obstacle))) => {
                    format!("pod {pod} fits nowhere else; nearest {node}: {}", obstacle::said(obstacle))
                }
            },
            Reason::OutsideWindow { policy, why, until } => outlook::closed(policy, why, *until, now),
            Reason::Vetoed(it) => it.detail(),
            Reason::PolicyFault { policy, text } => format!("policy {policy} failed: {}", phrase(text)),
            Reason::Cooldown(it) => it.detail(now),
            Reason::MinSize { group, ready, min } => {
                let ready = count(u64::from(*ready), "Ready node");
                format!("group {group} has {ready} to stay, its minimum is {min}")
            }
            Reason::ClusterMinimum { resource, would_be, min } => cluster_minimum(resource, *would_be, *min),
            Reason::BudgetSpent(it) => it.detail(),
            Reason::NotEvaluated => {
                "the time box of this round ended before its turn; it is first in line next time".into()
            }
        }
    }

    /// The smallest change that would have let it pass this rule, where there is one.
    #[must_use]
    pub fn flips(&self, now: Time) -> Option<String> {
        match self {
            Reason::ControlPlane { .. }
            | Reason::NoMetrics { .. }
            | Reason::PolicyFault { .. }
            | Reason::NotEvaluated => None,
            Reason::NotManaged(it) => Some(it.flips()),
            Reason::InventoryFrozen { .. } => {
                Some("condition InventoryFrozen of the AutoscalerConfig no longer True".into())
            }
            Reason::ClusterUnhealthy { nodes, percent_max, nodes_min, .. } => {
                let share = u64::from(*nodes) * u64::from(*percent_max) / 100;
                Some(format!("at most {} not Ready", count(share.max(u64::from(*nodes_min)), "node")))
            }
            Reason::Protected(mark) => Some(format!("{} removed", mark.place())),
            Reason::ScaleDownDisabled(it) => it.flips(now),
            Reason::Cordoned(it) => Some(it.flips(now)),
            Reason::NotReadyYet(it) => Some(it.flips(now)),
            Reason::Unready { .. } => Some("Ready again".into()),
            Reason::Nominated { pod } => Some(format!("pod {pod} placed elsewhere")),
            Reason::StaleMetrics { max_secs, .. } => {
                Some(format!("a sample at most {} old", lasting(*max_secs)))
            }
            Reason::TooFewSamples { have, need, .. } => {
                let more = u64::from(need.saturating_sub(*have));
                Some(format!("{} more in the window", count(more, "sample")))
            }
            Reason::Busy(it) => Some(it.flips()),
            Reason::NotIdleLongEnough { since, window_secs } => {
                Some(busy::idle_flips(since, *window_secs, now))
            }
            Reason::PodBlocks { pod, block } => block.flips(pod, now),
            Reason::NoPlaceToMovePods { alone, nearest, .. } => {
                let (node, obstacle) = nearest.as_ref().filter(|_| *alone)?;
                missing(obstacle).map(|it| format!("{it} on {node}"))
            }
            Reason::OutsideWindow { until, .. } => until.map(|it| from(it, now)),
            Reason::Vetoed(it) => it.flips(now),
            Reason::Cooldown(it) => it.flips(now),
            Reason::MinSize { group, ready, .. } => {
                let least = count(u64::from(*ready) + 1, "Ready node");
                Some(format!("{least} in group {group}, or minNodes {}", ready.saturating_sub(1)))
            }
            Reason::ClusterMinimum { resource, would_be, .. } => {
                Some(cluster_minimum_flips(resource, *would_be))
            }
            Reason::BudgetSpent(it) => Some(it.flips()),
        }
    }
}

impl Veto {
    fn detail(&self) -> String {
        match phrase(&self.text) {
            text if text.is_empty() => format!("policy {} says no, with code {}", self.policy, self.code),
            text => text,
        }
    }

    fn flips(&self, now: Time) -> Option<String> {
        let told = self.flips.as_ref().map(|it| phrase(it)).filter(|it| !it.is_empty());
        told.or_else(|| self.until.map(|it| from(it, now)))
    }
}

impl Block {
    /// All codes, in the order of the rules.
    pub const CODES: [&'static str; 9] = [
        "not-safe-to-evict",
        "do-not-disrupt",
        "waits-for-completion",
        "pdb-invalid",
        "pdb-multiple",
        "pdb-stale",
        "pdb-exhausted",
        "local-volume",
        "volume-unknown",
    ];

    #[must_use]
    pub fn code(&self) -> &'static str {
        Block::CODES[usize::from(self.order())]
    }

    /// Its place in the order of the rules; lower decides first.
    #[must_use]
    pub fn order(&self) -> u8 {
        match self {
            Block::NotSafeToEvict => 0,
            Block::DoNotDisrupt(_) => 1,
            Block::WaitsForCompletion => 2,
            Block::PdbInvalid { .. } => 3,
            Block::PdbMultiple { .. } => 4,
            Block::PdbStale { .. } => 5,
            Block::PdbExhausted { .. } => 6,
            Block::LocalVolume { .. } => 7,
            Block::VolumeUnknown { .. } => 8,
        }
    }
}

/// From an instant on.
fn from(at: Time, now: Time) -> String {
    format!("from {} on", when(at, now))
}

/// A length of time that settings give.
fn lasting(seconds: u32) -> String {
    said(i64::from(seconds))
}

fn cluster_minimum(resource: &str, would_be: i64, min: u64) -> String {
    if resource == "cpu" {
        let min = i64::try_from(min).unwrap_or(i64::MAX);
        let (left, min) = (amount(resource, would_be), amount(resource, min));
        return format!(
            "without it the cluster would have {left}, at least {min} must stay (scaleDown.minCores)"
        );
    }
    let (left, min) = (bytes(would_be), bytes(i64::try_from(min).unwrap_or(i64::MAX)));
    format!(
        "without it the cluster would have {left} of memory, at least {min} must stay (scaleDown.minMemoryBytes)"
    )
}

fn cluster_minimum_flips(resource: &str, would_be: i64) -> String {
    let would_be = would_be.max(0);
    if resource == "cpu" {
        format!("scaleDown.minCores at most {}", would_be / 1000)
    } else {
        format!("scaleDown.minMemoryBytes at most {would_be}")
    }
}
