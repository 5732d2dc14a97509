//! Too soon after something else.

use super::text::{quoted, when};
use super::{from, lasting};
use crate::marks;
use crate::plan::Cooling;
use crate::time::{Stamp, Time};

impl Cooling {
    pub(super) fn blocker(&self) -> Option<String> {
        match self {
            Cooling::ThisPlan { node, .. } => Some(node.to_string()),
            _ => None,
        }
    }

    pub(super) fn detail(&self, now: Time) -> String {
        match self {
            Cooling::Group { group, changed, secs } => format!(
                "group {group} changed its size at {}; it cools down for {}, until {}",
                when(*changed, now),
                lasting(*secs),
                when(changed.plus(i64::from(*secs)), now)
            ),
            Cooling::Grows { group, secs } => {
                format!("group {group} grows in this plan; it cools down for {} after that", lasting(*secs))
            }
            Cooling::Removal { at, secs } => format!(
                "a node was removed at {}; the next goes {} later (scaleDownCooldownSeconds), from {} on",
                when(*at, now),
                lasting(*secs),
                when(at.plus(i64::from(*secs)), now)
            ),
            Cooling::ThisPlan { node, secs } => {
                format!("{node} goes now, the next {} later (scaleDownCooldownSeconds)", lasting(*secs))
            }
            Cooling::TakenBack { not_before: Stamp::Unreadable(text) } => {
                format!("annotation {} is no RFC 3339 time: {}", marks::NOT_BEFORE, quoted(text))
            }
            Cooling::TakenBack { not_before } => match not_before.at() {
                Some(at) => {
                    format!("its removal was taken back, and is not tried again before {}", when(at, now))
                }
                None => "its removal was taken back".into(),
            },
            Cooling::DrainTimeout { draining_since, secs } => format!(
                "not gone within {}: its drain began at {}",
                lasting(*secs),
                when(*draining_since, now)
            ),
        }
    }

    pub(super) fn flips(&self, now: Time) -> Option<String> {
        match self {
            Cooling::Group { changed: at, secs, .. } | Cooling::Removal { at, secs } => {
                Some(from(at.plus(i64::from(*secs)), now))
            }
            Cooling::Grows { secs, .. } | Cooling::ThisPlan { secs, .. } => {
                Some(from(now.plus(i64::from(*secs)), now))
            }
            Cooling::TakenBack { not_before } => Some(match not_before.at() {
                Some(at) => from(at, now),
                None => format!("annotation {} removed", marks::NOT_BEFORE),
            }),
            Cooling::DrainTimeout { .. } => None,
        }
    }
}
