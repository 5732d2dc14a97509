//! How used a node is, and for how long it has been idle.

use super::figures::{percent, threshold};
use super::text::{quoted, when};
use super::{from, lasting};
use crate::marks;
use crate::plan::{Busy, Resource};
use crate::time::{Stamp, Time};

impl Resource {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Resource::Cpu => "CPU",
            Resource::Memory => "memory",
        }
    }
}

impl Busy {
    pub(super) fn detail(&self) -> String {
        match self {
            Busy::NothingAllocatable { resource } => {
                format!("it has no allocatable {}, so nobody can say how used it is", resource.name())
            }
            Busy::Use { resource, use_hundredths, threshold_hundredths, window_secs } => {
                let figure = percent(*use_hundredths);
                let what = match window_secs {
                    Some(window) => {
                        format!("{} {figure} of allocatable over {}", resource.name(), lasting(*window))
                    }
                    None => format!("{} requests {figure} of allocatable", resource.name()),
                };
                match threshold_hundredths {
                    0 => format!("{what}; a threshold of 0 never lets a node go"),
                    limit => format!("{what}; removed below {}", threshold(*limit)),
                }
            }
            Busy::Quorum { below, of, percent, window_secs } => format!(
                "{below} of {of} samples of {} are below both thresholds; {percent} % must be",
                lasting(*window_secs)
            ),
        }
    }

    pub(super) fn flips(&self) -> String {
        match self {
            Busy::NothingAllocatable { resource } => format!("allocatable {} above 0", resource.name()),
            Busy::Use { resource, use_hundredths, threshold_hundredths: 0, .. } => {
                format!("{} threshold above {}", resource.name(), percent(*use_hundredths))
            }
            Busy::Use { resource, threshold_hundredths, window_secs, .. } => {
                let what = if window_secs.is_some() { "use" } else { "requests" };
                format!("{} {what} below {}", resource.name(), threshold(*threshold_hundredths))
            }
            Busy::Quorum { of, percent, .. } => {
                let least = (u64::from(*of) * u64::from(*percent)).div_ceil(100);
                format!("{least} of {of} samples below both thresholds")
            }
        }
    }
}

pub(super) fn idle(since: &Stamp, window_secs: u32, now: Time) -> String {
    let (mark, window) = (marks::IDLE_SINCE, lasting(window_secs));
    match since {
        Stamp::Absent => {
            format!("removed when idle for {window}; annotation {mark} does not say since when it is")
        }
        Stamp::Unreadable(text) => {
            format!("removed when idle for {window}; annotation {mark} is no RFC 3339 time: {}", quoted(text))
        }
        Stamp::At(at) if *at > now => {
            format!(
                "removed when idle for {window}; annotation {mark} lies in the future: {}",
                when(*at, now)
            )
        }
        Stamp::At(at) => {
            let then = at.plus(i64::from(window_secs));
            format!(
                "idle since {}; removed when idle for {window}, from {} on",
                when(*at, now),
                when(then, now)
            )
        }
    }
}

pub(super) fn idle_flips(since: &Stamp, window_secs: u32, now: Time) -> String {
    match since {
        Stamp::Absent | Stamp::Unreadable(_) => {
            format!("annotation {} at least {} ago", marks::IDLE_SINCE, lasting(window_secs))
        }
        Stamp::At(at) => from(at.plus(i64::from(window_secs)), now),
    }
}
