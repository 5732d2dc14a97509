//! The one file that reads the time. Everybody else is told.

use decide::time::Time;
use std::sync::OnceLock;
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

/// How long this program has been running, more or less: since somebody first asked. Never jumps, whatever is
/// done to the clock on the wall.
#[must_use]
pub fn running() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed()
}

/// A clock that starts with the time of now and never jumps, whatever is done to the one on the wall.
pub fn forward() -> impl Fn() -> Time {
    let (start, began) = (now(), Instant::now());
    move || start.plus(i64::try_from(began.elapsed().as_secs()).unwrap_or(i64::MAX))
}

/// A number that no other run is likely to have.
#[must_use]
pub fn seed() -> u64 {
    u64::try_from(fine().as_nanos() & u128::from(u64::MAX)).unwrap_or_default()
}

/// Since 1970, as fine as the machine tells it: for spans, which others lay side by side with their own.
#[must_use]
pub fn fine() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
