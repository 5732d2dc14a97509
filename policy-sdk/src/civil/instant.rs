//! Instants as people write them.

use super::DAY_SECS;

/// Reads RFC 3339 as Go's strict reader does: upper-case `T` and `Z`, two digits each, seconds up to 59, any
/// number of digits after a point, an offset below 24:00. A fraction counts as the whole second after it,
/// which keeps half-open spans exact where time is in whole seconds.
///
/// ```
/// # use policy_sdk::civil::instant;
/// assert_eq!(instant("1970-01-02T01:00:00+01:00"), Some(86_400));
/// assert_eq!(instant("1970-01-01T00:00:00.5Z"), Some(1));
/// assert_eq!(instant("1970-02-30T00:00:00Z"), None);
/// ```
pub fn instant(text: &str) -> Option<i64> {
    let mut rest = Rest(text.as_bytes());
    let year = rest.number(4)?;
    rest.byte(b'-')?;
    let month = rest.number(2).filter(|month| (1..=12).contains(month))?;
    rest.byte(b'-')?;
    let day = rest.number(2).filter(|day| (1..=days_in(year, month)).contains(day))?;
    rest.byte(b'T')?;
    let hour = rest.number(2).filter(|hour| *hour < 24)?;
    rest.byte(b':')?;
    let minute = rest.number(2).filter(|minute| *minute < 60)?;
    rest.byte(b':')?;
    let second = rest.number(2).filter(|second| *second < 60)?;
    let begun = rest.fraction()?;
    let offset = rest.offset()?;
    let local = day_number(year, month, day) * DAY_SECS + hour * 3_600 + minute * 60 + second;
    rest.0.is_empty().then_some(local - offset + i64::from(begun))
}

/// What is still to be read.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number
            .iter()
            .try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
    }

    fn byte(&mut self, wanted: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[wanted])?;
        Some(())
    }

    /// Whether a second has begun: a fraction that is not zero. None where the point has no digits.
    fn fraction(&mut self) -> Option<bool> {
        let Some(rest) = self.0.strip_prefix(b".") else {
            return Some(false);
        };
        let digits = rest.iter().take_while(|digit| digit.is_ascii_digit()).count();
        let (fraction, rest) = rest.split_at_checked(digits)?;
        self.0 = rest;
        (digits > 0).then(|| fraction.iter().any(|digit| *digit != b'0'))
    }

    fn offset(&mut self) -> Option<i64> {
        let (sign, rest) = self.0.split_first()?;
        self.0 = rest;
        let sign = match sign {
            b'Z' => return Some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.number(2).filter(|hours| *hours < 24)?;
        self.byte(b':')?;
        let minutes = self.number(2).filter(|minutes| *minutes < 60)?;
        Some(sign * (hours * 3_600 + minutes * 60))
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01, of the proleptic Gregorian calendar. The year begins in March here, so that the
/// leap day is its last.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read() {
        let rows = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:00Z", Some(951_825_600)),
            ("2026-11-20T10:00:00Z", Some(1_795_168_800)),
            ("2026-11-20T15:30:00+05:30", Some(1_795_168_800)),
            ("2026-11-20T10:00:00-00:00", Some(1_795_168_800)),
            ("0000-03-01T00:00:00Z", Some(-62_162_035_200)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799)),
            ("2026-11-20T10:00:00.000Z", Some(1_795_168_800)),
            ("2026-11-20T10:00:00.0000000001Z", Some(1_795_168_801)),
            ("", None),
            ("2026-11-20", None),
            ("2026-11-20T10:00:00", None),
            ("2026-11-20t10:00:00Z", None),
            ("2026-11-20T10:00:00z", None),
            ("2026-11-20 10:00:00Z", None),
            ("2026-11-20T10:00:60Z", None),
            ("2026-11-20T24:00:00Z", None),
            ("2026-11-20T1:00:00Z", None),
            ("2026-11-20T10:00:00,5Z", None),
            ("2026-11-20T10:00:00.Z", None),
            ("2026-11-20T10:00:00+24:00", None),
            ("2026-11-20T10:00:00+01", None),
            ("2026-11-20T10:00:00Z ", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-00-01T00:00:00Z", None),
            ("2026-02-29T00:00:00Z", None),
            ("1900-02-29T00:00:00Z", None),
            ("2026-11-31T00:00:00Z", None),
            ("+026-11-20T10:00:00Z", None),
            ("2026-11-20T10:00:00ü", None),
        ];
        for (text, read) in rows {
            assert_eq!(instant(text), read, "{text:?}");
        }
    }
}
