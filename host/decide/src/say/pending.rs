//! Why a pending pod brings no node.

use super::obstacle;
use super::text::{count, when};
use crate::plan::PendingReason;
use crate::time::{Time, said};

impl PendingReason {
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            PendingReason::NotOurs { .. } => "NotOurs",
            PendingReason::TooYoung { .. } => "TooYoung",
            PendingReason::OnItsWay { .. } => "OnItsWay",
            PendingReason::ScaleUpDisabled { .. } => "ScaleUpDisabled",
            PendingReason::BackOff { .. } => "BackOff",
            PendingReason::Cooldown { .. } => "Cooldown",
            PendingReason::AtMaximum { .. } => "AtMaximum",
            PendingReason::ClusterAtMaximum { .. } => "ClusterAtMaximum",
            PendingReason::BudgetSpent { .. } => "BudgetSpent",
            PendingReason::NoGroupFits { .. } => "NoGroupFits",
        }
    }

    #[must_use]
    pub fn detail(&self, now: Time) -> String {
        match self {
            PendingReason::NotOurs { node } => format!("fits {node} as it is; the scheduler will see to it"),
            PendingReason::TooYoung { age_secs, grace_secs } => {
                let left = i64::from(*grace_secs).saturating_sub(*age_secs);
                format!(
                    "{} old; left to the scheduler for {}, until {}",
                    said(*age_secs),
                    said(i64::from(*grace_secs)),
                    when(now.plus(left), now)
                )
            }
            PendingReason::OnItsWay { group } => {
                format!("a machine of group {group} that is on its way has room for it")
            }
            PendingReason::ScaleUpDisabled { group } => {
                format!("group {group} would take it, but its scaleUpPolicy.enabled is false")
            }
            PendingReason::BackOff { group, until } => {
                format!(
                    "group {group} would take it; the provider refused it a server, next try at {}",
                    when(*until, now)
                )
            }
            PendingReason::Cooldown { group, until } => {
                format!(
                    "group {group} would take it, but it grew a moment ago; again at {}",
                    when(*until, now)
                )
            }
            PendingReason::AtMaximum { group, max } => {
                let max = count(u64::from(*max), "node");
                format!("group {group} would take it, but is at its maximum of {max}")
            }
            PendingReason::ClusterAtMaximum { workers, max } => {
                let workers = count(u64::from(*workers), "worker");
                format!("the cluster has {workers}, at most {max} may be (maxClusterWorkers)")
            }
            PendingReason::BudgetSpent { max } => {
                let max = count(u64::from(*max), "machine");
                format!("no more than {max} on their way at once (maxConcurrentScaleUps)")
            }
            PendingReason::NoGroupFits { nearest: None } => {
                "there is no group whose node could take it".into()
            }
            PendingReason::NoGroupFits { nearest: Some((group, against)) } => {
                format!("fits an empty node of no group; nearest {group}: {}", obstacle::said(against))
            }
        }
    }
}
