//! The one file that reads the time. Everybody else is told.

use decide::time::Time;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[must_use]
pub fn now() -> Time {
    let seconds = |it: Duration| i64::try_from(it.as_secs()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => Time(seconds(since)),
        Err(before) => Time(-seconds(before.duration())),
    }
}

/// How long some work takes, in sum.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stopwatch {
    pub total: Duration,
}

impl Stopwatch {
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.total += start.elapsed();
        done
    }
}

/// A moment, for judging how long ago something was by two clocks: one stands while the machine sleeps,
/// the other can be set. The longer of both counts.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    steady: Instant,
    wall: SystemTime,
}

impl Moment {
    #[must_use]
    pub fn now() -> Moment {
        Moment { steady: Instant::now(), wall: SystemTime::now() }
    }

    #[must_use]
    pub fn age(&self) -> Duration {
        let wall = SystemTime::now().duration_since(self.wall).unwrap_or_default();
        self.steady.elapsed().max(wall)
    }
}
