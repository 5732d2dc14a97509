//! Instants, in whole seconds. Nothing here reads a clock: `now` always comes from outside.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z. Fractions are cut: Kubernetes writes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub i64);

impl Time {
    /// Reads RFC 3339 as Kubernetes writes and reads it: `2026-11-20T10:00:00Z`, with an offset
    /// or a fraction if need be. Nothing looser, so that a mark means the same to every reader.
    #[must_use]
    pub fn parse(text: &str) -> Option<Time> {
        let bytes = text.as_bytes();
        let shape = b"dddd-dd-ddTdd:dd:dd";
        if bytes.len() < shape.len() + 1 || bytes.len() > 40 {
            return None;
        }
        let fits = |(byte, kind): (&u8, &u8)| match kind {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        };
        if !bytes.iter().zip(shape).all(fits) {
            return None;
        }
        let zone = match text[shape.len()..].strip_prefix('.') {
            Some(fraction) => {
                let zone = fraction.trim_start_matches(|it: char| it.is_ascii_digit());
                if zone.len() == fraction.len() {
                    return None;
                }
                zone
            }
            None => &text[shape.len()..],
        };
        let digits = |at: usize| -> i8 {
            ((zone.as_bytes()[at] - b'0') * 10 + (zone.as_bytes()[at + 1] - b'0')) as i8
        };
        let offset = match zone.as_bytes() {
            b"Z" => 0,
            [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2]
                if [h1, h2, m1, m2].iter().all(|it| it.is_ascii_digit())
                    && digits(1) < 24
                    && digits(4) < 60 =>
            {
                let seconds = i64::from(digits(1)) * 3600 + i64::from(digits(4)) * 60;
                if *sign == b'+' { seconds } else { -seconds }
            }
            _ => return None,
        };
        let civil: jiff::civil::DateTime = text[..shape.len()].parse().ok()?;
        if &text[17..19] == "60" {
            return None; // a leap second is no instant here
        }
        let utc = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
        Some(Time(utc.as_second() - offset))
    }

    /// Seconds from `earlier` until this instant; negative when it lies before.
    #[must_use]
    pub fn since(self, earlier: Time) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    #[must_use]
    pub fn plus(self, seconds: i64) -> Time {
        Time(self.0.saturating_add(seconds))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(instant) => write!(out, "{instant}"),
            Err(_) => write!(out, "{} s", self.0),
        }
    }
}

/// A mark that holds an instant: it may be missing, or hold something else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Stamp {
    #[default]
    Absent,
    At(Time),
    /// What stands there instead, as written.
    Unreadable(crate::world::Name),
}

impl Stamp {
    #[must_use]
    pub fn of(text: Option<&crate::world::Name>) -> Stamp {
        match text {
            None => Stamp::Absent,
            Some(text) => match Time::parse(text) {
                // A started second has not passed: elapsed times are never too long.
                Some(at) => Stamp::At(at.plus(i64::from(has_fraction(text)))),
                None => Stamp::Unreadable(text.clone()),
            },
        }
    }

    #[must_use]
    pub fn at(&self) -> Option<Time> {
        match self {
            Stamp::At(at) => Some(*at),
            Stamp::Absent | Stamp::Unreadable(_) => None,
        }
    }
}

/// Whether a readable time is not a whole second.
fn has_fraction(text: &str) -> bool {
    let fraction = text.split_once('.').map_or("", |it| it.1);
    fraction.bytes().take_while(u8::is_ascii_digit).any(|it| it != b'0')
}

/// A length of time as a person says it: `45 s`, `10 min`, `2 h 5 min`, `3 d`.
#[must_use]
pub fn said(seconds: i64) -> String {
    let (sign, left) = if seconds < 0 { ("-", -seconds) } else { ("", seconds) };
    let parts = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = left;
    let mut words = Vec::new();
    for (size, unit) in parts {
        let count = rest / size;
        rest %= size;
        if count > 0 && words.len() < 2 {
            words.push(format!("{count} {unit}"));
        }
    }
    if words.is_empty() { "0 s".to_string() } else { format!("{sign}{}", words.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubernetes_writes() {
        let table = [
            ("2026-11-20T10:00:00Z", Some(1_795_168_800)),
            ("2026-11-20T10:00:00.999Z", Some(1_795_168_800)),
            ("2026-11-20T15:30:00+05:30", Some(1_795_168_800)),
            ("2026-11-20T05:00:00-05:00", Some(1_795_168_800)),
            ("2026-11-20 10:00:00Z", None),
            ("2026-11-20T10:00:00", None),
            ("2026-11-20T10:00:00z", None),
            ("2026-11-20T10:00:00.Z", None),
            ("2026-02-30T10:00:00Z", None),
            ("2026-11-20T24:00:00Z", None),
            ("2026-11-20T10:00:60Z", None),
            ("2026-11-20T10:00:00+5:30", None),
            ("2026-11-20T10:00:00+24:00", None),
            ("20261120T100000Z", None),
            ("an hour ago", None),
            ("2026-11-20T10:00:00é", None),
            ("", None),
        ];
        for (text, expect) in table {
            assert_eq!(Time::parse(text).map(|it| it.0), expect, "{text}");
        }
    }

    #[test]
    fn a_mark_inside_a_second_is_that_seconds_end() {
        for (text, expect) in
            [("2026-11-20T10:00:00.5Z", 1), ("2026-11-20T10:00:00.000Z", 0), ("2026-11-20T10:00:00Z", 0)]
        {
            assert_eq!(Stamp::of(Some(&text.into())).at(), Some(Time(1_795_168_800 + expect)), "{text}");
        }
    }

    #[test]
    fn says_lengths() {
        for (seconds, expect) in [
            (0, "0 s"),
            (45, "45 s"),
            (600, "10 min"),
            (7500, "2 h 5 min"),
            (90_061, "1 d 1 h"),
            (-60, "-1 min"),
        ] {
            assert_eq!(said(seconds), expect);
        }
    }
}
