//! Stretches of time that people write down: so many hours on some days of the week, or from one instant to
//! another.

use std::fmt;

use super::{Days, Local};

/// A time of day in minutes, 24:00 included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoursMinutes(u16);

impl HoursMinutes {
    pub const MIDNIGHT: Self = Self(0);
    /// 24:00, the end of the day.
    pub const DAY_END: Self = Self(24 * 60);

    /// None past 24:00.
    pub const fn new(hours: u16, minutes: u16) -> Option<Self> {
        if hours < 24 && minutes < 60 || hours == 24 && minutes == 0 {
            Some(Self(hours * 60 + minutes))
        } else {
            None
        }
    }

    /// `HH:MM` with two digits each, up to `24:00`.
    pub fn read(text: &str) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
        match *text.as_bytes() {
            [a, b, b':', c, d] => Self::new(digit(a)? * 10 + digit(b)?, digit(c)? * 10 + digit(d)?),
            _ => None,
        }
    }

    pub(super) const fn seconds(self) -> i64 {
        self.0 as i64 * 60
    }
}

impl fmt::Display for HoursMinutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// The same hours on some days of every week. Half-open; an end before the beginning is past midnight, and
/// the span belongs to the day on which it began; equal is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekly {
    pub days: Days,
    pub from: HoursMinutes,
    pub to: HoursMinutes,
}

impl Weekly {
    /// The whole of some days.
    pub const fn whole(days: Days) -> Self {
        Self { days, from: HoursMinutes::MIDNIGHT, to: HoursMinutes::DAY_END }
    }

    pub fn contains(&self, local: Local) -> bool {
        let (from, to) = (self.from.seconds(), self.to.seconds());
        let begun = from <= local.second;
        let goes_on = local.second < to;
        let inside = if from <= to { begun && goes_on } else { begun || goes_on };
        inside && self.days.contains(self.day_begun(local))
    }

    /// The day of the week on which the span that is open at this time would have begun; outside the hours,
    /// today.
    pub fn day_begun(&self, local: Local) -> u8 {
        let since_yesterday = self.to < self.from && local.second < self.to.seconds();
        (local.weekday() + if since_yesterday { 6 } else { 0 }) % 7
    }
}

/// `Mon-Fri 09:00-17:00`.
impl fmt::Display for Weekly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}-{}", self.days, self.from, self.to)
    }
}

/// A stretch of time, repeated or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    Weekly(Weekly),
    /// From one instant up to another, whatever the clock on the wall shows.
    Absolute {
        from: i64,
        to: i64,
    },
}

impl Span {
    pub fn contains(&self, instant: i64, local: Local) -> bool {
        match self {
            Self::Weekly(weekly) => weekly.contains(local),
            Self::Absolute { from, to } => (*from..*to).contains(&instant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read_and_written() {
        for text in ["00:00", "09:05", "23:59", "24:00"] {
            let read = HoursMinutes::read(text).map(|time| time.to_string());
            assert_eq!(read.as_deref(), Some(text));
        }
        for text in ["", "9:00", "24:01", "25:00", "09:60", "09-00", "+9:00", "09:00 ", "ü:00", "09:00:00"] {
            assert_eq!(HoursMinutes::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_span_past_midnight_belongs_to_the_day_it_began() {
        let span = |from, to| Weekly {
            days: Days::range(0, 4),
            from: HoursMinutes::read(from).unwrap(),
            to: HoursMinutes::read(to).unwrap(),
        };
        // Day 4 is Monday, 1970-01-05.
        let at = |day: i64, hour: i64, second: i64| Local { day: 4 + day, second: hour * 3_600 + second };
        let night = span("22:00", "02:00");
        let rows = [
            (night, at(0, 1, 0), false, "Sunday's night"),
            (night, at(0, 22, 0), true, "Monday's, first second"),
            (night, at(0, 22, -1), false, "the second before"),
            (night, at(5, 1, 3_599), true, "Friday's, last second"),
            (night, at(5, 2, 0), false, "over"),
            (night, at(5, 22, 0), false, "Saturday's"),
            (span("22:00", "00:00"), at(1, 0, 0), false, "ends at midnight"),
            (span("00:00", "24:00"), at(4, 23, 3_599), true, "the day's last second"),
            (span("09:00", "09:00"), at(1, 9, 0), false, "equal is empty"),
            (span("00:00", "00:00"), at(1, 0, 0), false, "equal is empty"),
        ];
        for (span, local, inside, what) in rows {
            assert_eq!(span.contains(local), inside, "{what}");
        }
        assert_eq!(night.to_string(), "Mon-Fri 22:00-02:00");
    }
}
