//! What a node is, whatever runs on it: whose, how marked, how well.

use super::text::{count, list, phrase, quoted, when};
use super::{from, lasting};
use crate::marks::{self, Mark};
use crate::plan::{Cordon, Disabled, NotManaged, NotYet};
use crate::time::{Stamp, Time, said};

impl Mark {
    /// The mark as it stands.
    pub(super) fn said(&self) -> String {
        format!("{}: {}", self.place(), quoted(&self.value))
    }

    pub(super) fn place(&self) -> String {
        format!("{} {}", if self.label { "label" } else { "annotation" }, self.key)
    }
}

impl NotManaged {
    pub(super) fn blocker(&self) -> Option<String> {
        match self {
            NotManaged::NoLabel | NotManaged::NoGroupNamed => None,
            NotManaged::NoSuchGroup { group }
            | NotManaged::GroupNotManaged { group }
            | NotManaged::SeveralGroups { group, .. } => Some(group.to_string()),
        }
    }

    pub(super) fn detail(&self) -> String {
        match self {
            NotManaged::NoLabel => format!("it has no label {}: \"true\"", marks::MANAGED),
            NotManaged::NoGroupNamed => format!("it has no label {} that names its NodeGroup", marks::GROUP),
            NotManaged::NoSuchGroup { group } => {
                format!("its label {} names {}, and there is no such NodeGroup", marks::GROUP, quoted(group))
            }
            NotManaged::GroupNotManaged { group } => {
                format!("its NodeGroup {group} has no label {}: \"true\"", marks::MANAGED)
            }
            NotManaged::SeveralGroups { group, namespaces } => {
                let all: Vec<String> = namespaces.iter().map(|it| format!("{it}/{group}")).collect();
                format!("{} are {} managed NodeGroups of one name", list(&all), all.len())
            }
        }
    }

    pub(super) fn flips(&self) -> String {
        match self {
            NotManaged::NoLabel => format!("label {}: \"true\"", marks::MANAGED),
            NotManaged::NoGroupNamed => format!("label {} that names a managed NodeGroup", marks::GROUP),
            NotManaged::NoSuchGroup { group } => format!("a managed NodeGroup {}", quoted(group)),
            NotManaged::GroupNotManaged { group } => {
                format!("label {}: \"true\" on NodeGroup {group}", marks::MANAGED)
            }
            NotManaged::SeveralGroups { group, .. } => format!("only one managed NodeGroup {group}"),
        }
    }
}

impl Disabled {
    pub(super) fn policy(&self) -> Option<&str> {
        match self {
            Disabled::Paused | Disabled::Everywhere | Disabled::Group { .. } => None,
            Disabled::Mode { policy, .. } => Some(policy),
        }
    }

    pub(super) fn detail(&self, now: Time) -> String {
        match self {
            Disabled::Paused => {
                "removals are paused: scaleDown.paused of the AutoscalerConfig is true".into()
            }
            Disabled::Everywhere => {
                "scale-down is off: scaleDown.enabled of the AutoscalerConfig is false".into()
            }
            Disabled::Group { group } => {
                format!("scale-down of group {group} is off: its scaleDownPolicy.enabled is false")
            }
            Disabled::Mode { policy, why, until } => {
                let said = match phrase(why) {
                    why if why.is_empty() => format!("policy {policy} disables scale-down"),
                    why => format!("policy {policy} disables scale-down: {why}"),
                };
                match until {
                    Some(until) => format!("{said}; changes at {}", when(*until, now)),
                    None => said,
                }
            }
        }
    }

    pub(super) fn flips(&self, now: Time) -> Option<String> {
        match self {
            Disabled::Paused => Some("scaleDown.paused: false".into()),
            Disabled::Everywhere => Some("scaleDown.enabled: true".into()),
            Disabled::Group { group } => Some(format!("scaleDownPolicy.enabled: true of group {group}")),
            Disabled::Mode { until, .. } => until.map(|it| from(it, now)),
        }
    }
}

impl Cordon {
    pub(super) fn detail(&self, now: Time) -> String {
        let (taint, mark) = (marks::LEAVING, marks::LEAVING_SINCE);
        match self {
            Cordon::Unschedulable => "somebody made it unschedulable (kubectl uncordon undoes it)".into(),
            Cordon::OtherAutoscaler { taint } => {
                format!("taint {taint}: another autoscaler is about to remove it")
            }
            Cordon::TaintAlone { mark: Stamp::Absent } => {
                format!("taint {taint} without the annotation {mark}: not set by us")
            }
            Cordon::TaintAlone { mark: Stamp::At(at) } => {
                format!("taint {taint}, but annotation {mark} lies in the future: {}", when(*at, now))
            }
            Cordon::TaintAlone { mark: Stamp::Unreadable(text) } => {
                format!("taint {taint}, but annotation {mark} is no RFC 3339 time: {}", quoted(text))
            }
            Cordon::MarkAlone => {
                format!("annotation {mark} without the taint {taint}:NoSchedule: not set by us")
            }
        }
    }

    pub(super) fn flips(&self, now: Time) -> String {
        match self {
            Cordon::Unschedulable => "spec.unschedulable: false".into(),
            Cordon::OtherAutoscaler { taint } => format!("taint {taint} removed"),
            Cordon::TaintAlone { mark: Stamp::At(at) } => from(*at, now),
            Cordon::TaintAlone { mark: Stamp::Absent | Stamp::Unreadable(_) } => {
                format!("taint {} removed", marks::LEAVING)
            }
            Cordon::MarkAlone => format!("annotation {} removed", marks::LEAVING_SINCE),
        }
    }
}

impl NotYet {
    pub(super) fn detail(&self, now: Time) -> String {
        match self {
            NotYet::NeverReady => "it has not been Ready yet".into(),
            NotYet::Starting { taint } => format!("it is still being set up: start-up taint {taint}"),
            NotYet::Young { age_secs, min_secs } if *age_secs < 0 => {
                let ahead = said(age_secs.saturating_neg());
                format!("created {ahead} in the future; at least {} old it may go", lasting(*min_secs))
            }
            NotYet::Young { age_secs, min_secs } => {
                let then = grown(*age_secs, *min_secs, now);
                format!(
                    "{} old; at least {} from {} on",
                    said(*age_secs),
                    lasting(*min_secs),
                    when(then, now)
                )
            }
        }
    }

    pub(super) fn flips(&self, now: Time) -> String {
        match self {
            NotYet::NeverReady => "condition Ready".into(),
            NotYet::Starting { taint } => format!("taint {taint} removed"),
            NotYet::Young { age_secs, min_secs } => from(grown(*age_secs, *min_secs, now), now),
        }
    }
}

/// When a node of this age is old enough.
fn grown(age_secs: i64, min_secs: u32, now: Time) -> Time {
    now.plus(i64::from(min_secs).saturating_sub(age_secs))
}

/// A node that is not Ready now.
pub(super) fn unready(since: Option<Time>, wait_secs: Option<u32>, now: Time) -> String {
    let said = since.map_or_else(|| "not Ready".into(), |it| format!("not Ready since {}", when(it, now)));
    match wait_secs {
        None => format!("{said}; scaleDown.unreadyNodes keeps such nodes"),
        Some(secs) => match since {
            None => format!("{said}; removed after {}", lasting(secs)),
            Some(since) => {
                let then = when(since.plus(i64::from(secs)), now);
                format!("{said}; removed after {}, from {then} on", lasting(secs))
            }
        },
    }
}

/// So many nodes at once, as a limit.
pub(super) fn at_once(most: u32) -> String {
    format!("{} at once", count(u64::from(most), "node"))
}
