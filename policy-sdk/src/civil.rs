//! Civil time from the offsets that the host gives.
//!
//! Whether an instant is inside a weekly span is asked of the wall clock at that instant. All else follows: a
//! local time that daylight saving skips never comes, one that comes twice is inside both times, and of a
//! span that is partly skipped what is left opens. Integers only; instants are Unix seconds.

mod clock;
mod days;
mod instant;
mod local;
mod span;

pub use clock::Clock;
pub use days::{DAY_NAMES, Days};
pub use instant::instant;
pub use local::Local;
pub use span::{HoursMinutes, Span, Weekly};

/// Seconds of a civil day.
const DAY_SECS: i64 = 86_400;
