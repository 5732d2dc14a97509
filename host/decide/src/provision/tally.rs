//! What has happened so far, counted where it happens and nowhere else.

use super::event::{Outcome, Work};
use super::objects::Backend;
use super::stage::Stage;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Machines by stage, kept up with every change.
    pub(super) stages: Vec<u32>,
    /// From stage x to stage.
    transitions: Vec<u64>,
    /// Kind of operation x how it ended.
    calls: Vec<Histogram>,
    /// Life x backend.
    lives: Vec<Histogram>,
    retries: Vec<Histogram>,
    /// Life x backend x well or not.
    attempts: Vec<u64>,
    /// How long machines that leave were held by something.
    pub gate: Histogram,
    pub batch: Histogram,
}

/// The two long ways of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Life {
    /// From being seen to being Ready.
    Create,
    /// From leaving to being gone.
    Delete,
}

/// How an operation ended, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum End {
    Ok,
    Error,
    Unknown,
}

/// Whole seconds, or counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Histogram {
    /// How many were at most as large as each bound, and no smaller bound.
    pub counts: Vec<u64>,
    pub sum: u64,
    pub count: u64,
}

pub const SECS: &[u64] = &[0, 1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800];
pub const COUNTS: &[u64] = &[0, 1, 2, 3, 5, 10, 20, 50, 100];

impl Life {
    pub const ALL: [Life; 2] = [Life::Create, Life::Delete];
}

impl Backend {
    pub const ALL: [Backend; 2] = [Backend::Managed, Backend::Plain];
}

impl End {
    pub const ALL: [End; 3] = [End::Ok, End::Error, End::Unknown];

    pub(super) fn of(outcome: &Outcome) -> End {
        match outcome {
            Outcome::Done | Outcome::Written { .. } | Outcome::Absent => End::Ok,
            Outcome::Conflict | Outcome::Failed | Outcome::Throttled { .. } | Outcome::Refused { .. } => {
                End::Error
            }
            Outcome::Unknown => End::Unknown,
        }
    }
}

impl Histogram {
    fn observe(&mut self, bounds: &[u64], value: u64) {
        let at = bounds.iter().position(|it| value <= *it).unwrap_or(bounds.len());
        *slot(&mut self.counts, at) += 1;
        self.sum = self.sum.saturating_add(value);
        self.count += 1;
    }
}

impl Tally {
    pub(super) fn entered(&mut self, stage: Stage) {
        *slot(&mut self.stages, stage.at()) += 1;
    }

    pub(super) fn left(&mut self, stage: Stage) {
        *slot(&mut self.stages, stage.at()) -= 1;
    }

    pub(super) fn moved(&mut self, from: Stage, to: Stage) {
        self.left(from);
        self.entered(to);
        *slot(&mut self.transitions, from.at() * Stage::ALL.len() + to.at()) += 1;
    }

    pub(super) fn called(&mut self, work: Work, backend: Backend, outcome: &Outcome, secs: u64) {
        let end = End::of(outcome);
        slot(&mut self.calls, work as usize * End::ALL.len() + end as usize).observe(SECS, secs);
        let life = match work {
            Work::Create => Life::Create,
            Work::Delete => Life::Delete,
            _ => return,
        };
        *slot(&mut self.attempts, (life as usize * 2 + backend as usize) * End::ALL.len() + end as usize) +=
            1;
    }

    pub(super) fn lived(&mut self, life: Life, backend: Backend, secs: u64, tries: u32) {
        let at = life as usize * 2 + backend as usize;
        slot(&mut self.lives, at).observe(SECS, secs);
        slot(&mut self.retries, at).observe(COUNTS, u64::from(tries));
    }

    pub(super) fn gated(&mut self, secs: u64) {
        self.gate.observe(SECS, secs);
    }

    pub(super) fn batched(&mut self, effects: usize) {
        self.batch.observe(COUNTS, effects as u64);
    }

    #[must_use]
    pub fn transitions(&self, from: Stage, to: Stage) -> u64 {
        self.transitions.get(from.at() * Stage::ALL.len() + to.at()).copied().unwrap_or_default()
    }

    #[must_use]
    pub fn calls(&self, work: Work, end: End) -> Option<&Histogram> {
        self.calls.get(work as usize * End::ALL.len() + end as usize)
    }

    #[must_use]
    pub fn lives(&self, life: Life, backend: Backend) -> Option<&Histogram> {
        self.lives.get(life as usize * 2 + backend as usize)
    }

    #[must_use]
    pub fn retries(&self, life: Life, backend: Backend) -> Option<&Histogram> {
        self.retries.get(life as usize * 2 + backend as usize)
    }

    #[must_use]
    pub fn attempts(&self, life: Life, backend: Backend, end: End) -> u64 {
        let at = (life as usize * 2 + backend as usize) * End::ALL.len() + end as usize;
        self.attempts.get(at).copied().unwrap_or_default()
    }
}

fn slot<T: Default + Clone>(of: &mut Vec<T>, at: usize) -> &mut T {
    if of.len() <= at {
        of.resize(at + 1, T::default());
    }
    &mut of[at]
}
