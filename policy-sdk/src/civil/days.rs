//! Sets of week days, and how people write them.

use std::fmt;

use crate::in_two;

/// The names that are read and written, Monday first.
pub const DAY_NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A set of week days; bit 0 is Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(u8);

impl Days {
    pub const NONE: Self = Self(0);
    pub const EVERY: Self = Self(0b111_1111);

    /// From one day up to another, 0 is Monday; `Fri-Mon` goes round, `Fri-Fri` is Friday.
    pub const fn range(first: u8, last: u8) -> Self {
        let mut days = 0;
        let mut day = first % 7;
        loop {
            days |= 1 << day;
            if day == last % 7 {
                return Self(days);
            }
            day = (day + 1) % 7;
        }
    }

    pub const fn contains(self, weekday: u8) -> bool {
        self.0 & (1 << (weekday % 7)) != 0
    }

    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// `Fri` or `Mon-Fri`; blanks around a name are nothing.
    pub fn read(text: &str) -> Option<Self> {
        let day = |name: &str| DAY_NAMES.iter().position(|known| *known == name.trim());
        let (first, last) = in_two(text, '-').unwrap_or((text, text));
        Some(Self::range(day(first)? as u8, day(last)? as u8))
    }

    /// `Sat,Sun` or `Mon-Wed,Fri`.
    pub fn read_list(text: &str) -> Option<Self> {
        let (mut days, mut rest) = (Self::NONE, text);
        while let Some((item, more)) = in_two(rest, ',') {
            days = days.and(Self::read(item)?);
            rest = more;
        }
        Some(days.and(Self::read(rest)?))
    }
}

/// As [`Days::read_list`] reads it: three and more in a row as a range.
impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        let mut day = 0;
        while day < DAY_NAMES.len() {
            let row = (day..DAY_NAMES.len()).take_while(|day| self.contains(*day as u8)).count();
            if row > 0 {
                f.write_str(comma)?;
                f.write_str(DAY_NAMES[day])?;
                comma = ",";
            }
            if row > 1 {
                f.write_str(if row == 2 { "," } else { "-" })?;
                f.write_str(DAY_NAMES[day + row - 1])?;
            }
            day += row.max(1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_written() {
        let rows = [
            ("Mon", Some("Mon")),
            ("Mon-Fri", Some("Mon-Fri")),
            ("Fri-Mon", Some("Mon,Fri-Sun")),
            ("Fri-Fri", Some("Fri")),
            ("Sat,Sun", Some("Sat,Sun")),
            (" Sat , Mon - Tue ", Some("Mon,Tue,Sat")),
            ("Mon-Sun", Some("Mon-Sun")),
            ("Sun-Tue,Thu", Some("Mon,Tue,Thu,Sun")),
            ("", None),
            ("Mon,", None),
            ("Funday", None),
            ("Mon-Funday", None),
            ("Mon-Tue-Wed", None),
            ("-Fri", None),
            ("monday", None),
            ("1", None),
        ];
        for (text, written) in rows {
            let read = Days::read_list(text).map(|days| days.to_string());
            assert_eq!(read.as_deref(), written, "{text:?}");
        }
        assert_eq!(Days::NONE.to_string(), "");
    }
}
