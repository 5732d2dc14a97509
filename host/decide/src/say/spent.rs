//! This round's numbers are used up.

use super::standing::at_once;
use crate::plan::Spent;

impl Spent {
    pub(super) fn blocker(&self) -> Option<String> {
        match self {
            Spent::Cluster { .. } | Spent::Group { .. } | Spent::Drains { .. } => None,
            Spent::TakesPods { pod, .. } => Some(pod.to_string()),
        }
    }

    pub(super) fn detail(&self) -> String {
        match self {
            Spent::Cluster { at_once: 0 } => "no node may go: maxConcurrentScaleDowns is 0".into(),
            Spent::Cluster { at_once: most } => {
                format!("could go, but no more than {} (maxConcurrentScaleDowns)", at_once(*most))
            }
            Spent::Group { group, at_once: most } => {
                format!("could go, but no more than {} in group {group}", at_once(*most))
            }
            Spent::Drains { most: 0 } => "has pods to evict, and scaleDown.maxDrains is 0".into(),
            Spent::Drains { most } => {
                format!(
                    "could go, but no more than {} with pods to evict (scaleDown.maxDrains)",
                    at_once(*most)
                )
            }
            Spent::TakesPods { of, pod } => format!("takes pod {pod} of {of}, which goes in this plan"),
        }
    }

    pub(super) fn flips(&self) -> String {
        match self {
            Spent::Cluster { at_once } => format!("maxConcurrentScaleDowns {}", at_once.saturating_add(1)),
            Spent::Group { group, at_once } => {
                format!("{} at once in group {group}", at_once.saturating_add(1))
            }
            Spent::Drains { most } => format!("scaleDown.maxDrains {}", most.saturating_add(1)),
            Spent::TakesPods { of, .. } => format!("{of} does not go"),
        }
    }
}
