//! The fake's own time, in milliseconds since it started; the only file that reads a clock.
//!
//! Real time may run faster by a factor; a test may also turn the hands itself. It is tokio's time,
//! so that a test which pauses that has paused the fake as well.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// What the calendar shows when the fake starts: the same on every run.
const START: i64 = 1_768_903_200; // 2026-01-20T10:00:00Z

#[derive(Debug)]
pub enum Clock {
    Real { start: Instant, speed: u32 },
    ByHand { now_ms: u64 },
}

impl Clock {
    #[must_use]
    pub fn real(speed: u32) -> Clock {
        Clock::Real { start: Instant::now(), speed: speed.max(1) }
    }

    #[must_use]
    pub fn now_ms(&self) -> u64 {
        match self {
            Clock::Real { start, speed } => {
                let passed = start.elapsed().as_millis().saturating_mul(u128::from(*speed));
                u64::try_from(passed).unwrap_or(u64::MAX)
            }
            Clock::ByHand { now_ms } => *now_ms,
        }
    }

    /// How often a second of the fake fits into a real one; none: its seconds do not pass.
    #[must_use]
    pub fn speed(&self) -> Option<u32> {
        match self {
            Clock::Real { speed, .. } => Some(*speed),
            Clock::ByHand { .. } => None,
        }
    }
}

/// The calendar's time, as the API writes it.
#[must_use]
pub fn stamp(ms: u64) -> String {
    format!("{:.3}", timestamp(ms))
}

/// The same as HTTP writes it, for the header `Date`.
#[must_use]
pub fn http_date(ms: u64) -> String {
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    printer.timestamp_to_rfc9110_string(&timestamp(ms)).expect("a year of four digits")
}

fn timestamp(ms: u64) -> Timestamp {
    let since = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    let start = Timestamp::from_second(START).expect("a time of our calendar");
    start.checked_add(since).unwrap_or(Timestamp::MAX)
}
