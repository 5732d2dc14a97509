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
    let ([year, month, day, hour, minute, second], rest) = fields(text.as_bytes(), b"0000-00-00T00:00:00")?;
    let right = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    if !right || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (begun, rest) = fraction(rest)?;
    let offset = match rest.split_first()? {
        (b'Z', []) => 0,
        (sign @ (b'+' | b'-'), rest) => {
            let ([hours, minutes, ..], []) = fields(rest, b"00:00")? else {
                return None;
            };
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = hours * 3_600 + minutes * 60;
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    let of_day = hour * 3_600 + minute * 60 + second - offset + i32::from(begun);
    Some(i64::from(day_number(year, month, day)) * DAY_SECS + i64::from(of_day))
}

/// The numbers of a text that looks like a pattern, in which `0` is any digit, and what follows.
fn fields<'t>(text: &'t [u8], pattern: &[u8]) -> Option<([i32; 6], &'t [u8])> {
    let (text, rest) = text.split_at_checked(pattern.len())?;
    let (mut fields, mut field) = ([0; 6], 0);
    for (byte, wanted) in text.iter().zip(pattern) {
        match wanted {
            b'0' if byte.is_ascii_digit() => fields[field] = fields[field] * 10 + i32::from(byte - b'0'),
            b'0' => return None,
            _ if byte == wanted => field += 1,
            _ => return None,
        }
    }
    Some((fields, rest))
}

/// Whether a second has begun, by a fraction that is not zero, and what follows. None where the point has no
/// digits.
fn fraction(text: &[u8]) -> Option<(bool, &[u8])> {
    let Some(text) = text.strip_prefix(b".") else {
        return Some((false, text));
    };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = text.split_at_checked(digits)?;
    (digits > 0).then(|| (fraction.iter().any(|digit| *digit != b'0'), rest))
}

fn days_in(year: i32, month: i32) -> i32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01, of the proleptic Gregorian calendar. The year begins in March here, so that the
/// leap day is its last.
fn day_number(year: i32, month: i32, day: i32) -> i32 {
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
