//! How a node goes, and what one that is leaving is at.

use super::text::count;
use crate::plan::{How, Reason, Step};
use crate::time::Time;

impl How {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            How::Empty => "Empty",
            How::Drain => "Drain",
        }
    }
}

impl Step {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Step::Marked => "Marked",
            Step::Detaching => "Detaching",
            Step::Evicting => "Evicting",
            Step::Volumes => "Volumes",
            Step::Deleting => "Deleting",
            Step::Cleaning => "Cleaning",
            Step::TakeBack => "TakeBack",
            Step::Held => "Held",
        }
    }

    /// What it is at, with the pods that are left to evict, what speaks against going on, and the
    /// annotation that delays the end.
    #[must_use]
    pub fn detail(self, left: u32, why: Option<&Reason>, delayed_by: Option<&str>, now: Time) -> String {
        let pods = count(u64::from(left), "pod");
        match (self, why) {
            (Step::TakeBack | Step::Held, Some(why)) => why.detail(now),
            (Step::TakeBack, None) => "its removal is taken back".into(),
            (Step::Held, None) => "its removal is held".into(),
            (Step::Marked, _) => format!("{pods} to evict, once no load balancer leads to it"),
            (Step::Detaching, _) => format!("{pods} to evict; the load balancers let go of it"),
            (Step::Evicting, _) => format!("{pods} left"),
            (Step::Volumes, _) => match delayed_by {
                Some(it) => format!("no pods left; its server waits for annotation {it} to go"),
                None => "no pods left; its volumes are being detached".into(),
            },
            (Step::Deleting, _) => "no pods and no volumes left; its server goes".into(),
            (Step::Cleaning, _) => "its server is gone; its Node object goes".into(),
        }
    }
}
