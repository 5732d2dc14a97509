//! How used a node is: samples over a window, or what its pods request.

use crate::memory::{COLLECTION_SECS, Reading, Series};
use crate::plan::{Busy, Resource};
use crate::resources::Amounts;
use crate::time::Time;

/// A sample may be this far ahead of us: clocks differ.
pub(crate) const AHEAD_SECS: i64 = 60;
/// The share of the window's samples that must be there before it counts, in percent.
const FILLED_PERCENT: u64 = 80;

/// What the window of a node's samples says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured<'m> {
    Nothing,
    Stale { age_secs: i64 },
    TooFew { have: u32, need: u32 },
    Window(Window<'m>),
}

/// The samples that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window<'m> {
    readings: &'m [Reading],
}

/// Figures in hundredths of a percent, cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    pub cpu: u32,
    pub memory: u32,
}

impl Figures {
    #[must_use]
    pub fn higher(self, other: Figures) -> Figures {
        Figures { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }
}

/// How many samples a window must hold: 80 % of what it could, rounded up, at least one.
#[must_use]
pub fn samples_needed(window_secs: u32) -> u32 {
    let needed = (u64::from(window_secs) * FILLED_PERCENT).div_ceil(u64::from(COLLECTION_SECS) * 100);
    u32::try_from(needed.max(1)).unwrap_or(u32::MAX)
}

/// The samples of the last `window_secs`, if there are enough and the newest is fresh.
#[must_use]
pub fn measured(series: Option<&Series>, now: Time, window_secs: u32, age_max_secs: u32) -> Measured<'_> {
    let all = series.map_or(&[][..], |it| &it.0[..]);
    let from = all.partition_point(|it| now.since(it.at) > i64::from(window_secs));
    let to = all.partition_point(|it| it.at <= now.plus(AHEAD_SECS));
    let readings = &all[from.min(to)..to];
    let Some(newest) = readings.last() else { return Measured::Nothing };
    let age_secs = now.since(newest.at);
    if age_secs > i64::from(age_max_secs) {
        return Measured::Stale { age_secs };
    }
    let (have, need) = (u32::try_from(readings.len()).unwrap_or(u32::MAX), samples_needed(window_secs));
    if have < need { Measured::TooFew { have, need } } else { Measured::Window(Window { readings }) }
}

impl Window<'_> {
    /// The mean of the window.
    #[must_use]
    pub fn mean(&self, allocatable: &Amounts) -> Figures {
        let count = self.readings.len() as i128;
        let share = |sum: i128, whole: i128| match whole {
            ..=0 => 0,
            _ => u32::try_from(sum * 10_000 / (whole * count)).unwrap_or(u32::MAX),
        };
        let cpu = self.readings.iter().map(|it| i128::from(it.cpu_nanos)).sum();
        let memory = self.readings.iter().map(|it| i128::from(it.memory_bytes)).sum();
        Figures { cpu: share(cpu, nanos(allocatable.cpu)), memory: share(memory, allocatable.memory.into()) }
    }

    /// What makes the node busy by its samples: a mean, or too few samples below.
    #[must_use]
    pub fn busy(
        &self,
        allocatable: &Amounts,
        cpu: u32,
        memory: u32,
        window_secs: u32,
        quorum: u32,
    ) -> Option<Busy> {
        let mean = self.mean(allocatable);
        if let Some(busy) = above(mean, cpu, memory, Some(window_secs)) {
            return Some(busy);
        }
        let of = u32::try_from(self.readings.len()).unwrap_or(u32::MAX);
        let below = self.below(allocatable, cpu, memory).filter(|it| *it).count() as u32;
        (u64::from(below) * 100 < u64::from(of) * u64::from(quorum)).then_some(Busy::Quorum {
            below,
            of,
            percent: quorum,
            window_secs,
        })
    }

    /// For how long it has been below both thresholds without a break, up to `now`.
    #[must_use]
    pub fn idle_secs(&self, allocatable: &Amounts, cpu: u32, memory: u32, now: Time) -> i64 {
        let low: Vec<bool> = self.below(allocatable, cpu, memory).collect();
        let first = low.iter().rposition(|it| !it).map_or(0, |it| it + 1);
        self.readings.get(first).map_or(0, |it| now.since(it.at).max(0))
    }

    fn below<'a>(
        &'a self,
        allocatable: &'a Amounts,
        cpu: u32,
        memory: u32,
    ) -> impl Iterator<Item = bool> + 'a {
        let low = |part: u64, whole: i128, threshold: u32| {
            i128::from(part) * 10_000 < whole * i128::from(threshold)
        };
        self.readings.iter().map(move |it| {
            low(it.cpu_nanos, nanos(allocatable.cpu), cpu)
                && low(it.memory_bytes, allocatable.memory.into(), memory)
        })
    }
}

/// Thousandths of a core in the unit of samples.
fn nanos(millis: i64) -> i128 {
    i128::from(millis) * 1_000_000
}

/// The first figure that is not below its threshold. Exactly at the threshold is busy.
#[must_use]
pub fn above(figures: Figures, cpu: u32, memory: u32, window_secs: Option<u32>) -> Option<Busy> {
    [(Resource::Cpu, figures.cpu, cpu), (Resource::Memory, figures.memory, memory)]
        .into_iter()
        .find(|(_, use_, threshold)| use_ >= threshold)
        .map(|(resource, use_hundredths, threshold_hundredths)| Busy::Use {
            resource,
            use_hundredths,
            threshold_hundredths,
            window_secs,
        })
}
