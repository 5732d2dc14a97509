//! Times as people say them in a case: so long ago, so long from now.

use super::Mistake;
use jiff::{SignedDuration, Timestamp};

/// `30m` is 30 minutes ago, `+30m` in 30 minutes, `now` is now; an RFC 3339 time is itself, and what
/// follows `raw:` is written as it stands.
pub fn instant(text: &str, now: Timestamp, line: usize) -> Result<String, Mistake> {
    if let Some(raw) = text.strip_prefix("raw:") {
        return Ok(raw.to_string());
    }
    if text.parse::<Timestamp>().is_ok() {
        return Ok(text.to_string());
    }
    Ok(shifted(text, now, line)?.to_string())
}

/// As `instant`, where the time is wanted and not the text.
pub fn shifted(text: &str, now: Timestamp, line: usize) -> Result<Timestamp, Mistake> {
    if text == "now" {
        return Ok(now);
    }
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let (ahead, length) = match text.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let seconds = seconds(length).ok_or_else(|| Mistake::at(line, format!("{text:?} is no time")))?;
    let shift = SignedDuration::from_secs(if ahead { seconds } else { -seconds });
    now.checked_add(shift).map_err(|_| Mistake::at(line, format!("{text:?} is too far away")))
}

/// `1d`, `90s`, `1h30m`.
#[must_use]
pub fn seconds(text: &str) -> Option<i64> {
    let mut sum = 0_i64;
    let mut digits = String::new();
    for letter in text.chars() {
        let unit = match letter {
            '0'..='9' => {
                digits.push(letter);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        sum = sum.checked_add(digits.parse::<i64>().ok()?.checked_mul(unit)?)?;
        digits.clear();
    }
    (digits.is_empty() && !text.is_empty()).then_some(sum)
}
