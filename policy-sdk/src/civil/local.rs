//! What the clock on the wall shows.

use std::fmt;

use super::{DAY_NAMES, DAY_SECS};

/// A wall clock: the civil day, counted from 1970-01-01, and the second of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    pub day: i64,
    pub second: i64,
}

impl Local {
    pub fn new(instant: i64, offset_secs: i32) -> Self {
        let seconds = instant.saturating_add(i64::from(offset_secs));
        Self { day: seconds.div_euclid(DAY_SECS), second: seconds.rem_euclid(DAY_SECS) }
    }

    /// 0 is Monday. 1970-01-01 was a Thursday.
    pub fn weekday(self) -> u8 {
        ((self.day.rem_euclid(7) + 3) % 7) as u8
    }
}

/// `Fri 18:00`.
impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = DAY_NAMES.get(usize::from(self.weekday())).copied().unwrap_or_default();
        write!(f, "{day} {:02}:{:02}", self.second / 3_600, self.second / 60 % 60)
    }
}
