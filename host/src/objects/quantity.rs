//! Kubernetes' quantities: `500m`, `2`, `128Mi`, `1e3`, `1.5Gi`.
//!
//! Whole numbers throughout. What is finer than a billionth is rounded up to one, as upstream
//! does, and what is beyond any machine is cut to 2^60, so that sums of many never wrap.

/// A quantity that is not negative, in billionths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

const NANOS: i128 = 1_000_000_000;
const MOST: i128 = 1 << 60;

impl Quantity {
    pub const EXPECTED: &str = "a quantity (expected for example 500m, 2, 128Mi)";

    pub fn parse(text: &str) -> Option<Quantity> {
        let (negative, text) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let digits = |it: &str| it.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, rest) = text.split_at(digits(text));
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(digits(rest)),
            None => ("", rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (twos, tens) = scale(suffix)?;

        // Significant digits, as many as leave room for the binary suffix; one more where some are cut.
        let room = if twos > 0 { 19 } else { 36 };
        let fraction = fraction.trim_end_matches('0');
        let mut significant: i128 = 0;
        let mut taken = 0;
        let mut tens = tens.saturating_sub(i64::try_from(fraction.len()).ok()?);
        let mut cut = false;
        for digit in whole.bytes().chain(fraction.bytes()).map(|it| i128::from(it - b'0')) {
            if taken < room {
                significant = significant * 10 + digit;
                taken += u32::from(significant > 0);
            } else {
                cut |= digit > 0;
                tens = tens.saturating_add(1);
            }
        }
        significant += i128::from(cut);
        if negative && significant > 0 {
            return None;
        }
        Some(Quantity(times_ten_to(significant << twos, tens.saturating_add(9)).min(MOST * NANOS)))
    }

    /// Billionths, as far as there is room for them: no machine has 2^60 of anything that is counted so finely.
    pub fn nanos(self) -> u64 {
        u64::try_from(self.0).unwrap_or(u64::MAX)
    }

    /// Thousandths, rounded up.
    pub fn millis(self) -> i64 {
        capped((self.0 + 999_999) / 1_000_000)
    }

    /// Units, rounded up.
    pub fn units(self) -> i64 {
        capped((self.0 + NANOS - 1) / NANOS)
    }

    #[must_use]
    pub fn plus(self, more: Quantity) -> Quantity {
        Quantity(self.0.saturating_add(more.0))
    }
}

fn capped(number: i128) -> i64 {
    i64::try_from(number.min(MOST)).unwrap_or(i64::MAX)
}

/// Powers of two and of ten that a suffix stands for.
fn scale(suffix: &str) -> Option<(u32, i64)> {
    Some(match suffix {
        "n" => (0, -9),
        "u" => (0, -6),
        "m" => (0, -3),
        "" => (0, 0),
        "k" => (0, 3),
        "M" => (0, 6),
        "G" => (0, 9),
        "T" => (0, 12),
        "P" => (0, 15),
        "E" => (0, 18),
        "Ki" => (10, 0),
        "Mi" => (20, 0),
        "Gi" => (30, 0),
        "Ti" => (40, 0),
        "Pi" => (50, 0),
        "Ei" => (60, 0),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
                return None;
            }
            (0, exponent.parse().ok()?)
        }
    })
}

/// Rounded up; saturates.
fn times_ten_to(number: i128, tens: i64) -> i128 {
    if number == 0 {
        return 0;
    }
    let power = u32::try_from(tens.unsigned_abs()).ok().and_then(|it| 10_i128.checked_pow(it));
    match power {
        Some(power) if tens >= 0 => number.saturating_mul(power),
        Some(power) => (number - 1) / power + 1,
        None if tens >= 0 => i128::MAX,
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_whole_grammar() {
        let mega = 1 << 20;
        let table = [
            ("0", Some((0, 0))),
            ("500m", Some((500, 1))),
            ("2", Some((2_000, 2))),
            ("2.", Some((2_000, 2))),
            (".5", Some((500, 1))),
            ("+1.5", Some((1_500, 2))),
            ("-0", Some((0, 0))),
            ("-0.0Ki", Some((0, 0))),
            ("0.0001", Some((1, 1))),
            ("1n", Some((1, 1))),
            ("1u", Some((1, 1))),
            ("1400000000n", Some((1_400, 2))),
            ("100.5m", Some((101, 1))),
            ("1k", Some((1_000_000, 1_000))),
            ("1M", Some((1_000_000_000, 1_000_000))),
            ("128Mi", Some((128_000 * mega, 128 * mega))),
            ("1.5Gi", Some((1_536_000 * mega, 1_536 * mega))),
            ("0.5Ki", Some((512_000, 512))),
            ("1e3", Some((1_000_000, 1_000))),
            ("1E3", Some((1_000_000, 1_000))),
            ("1e+3", Some((1_000_000, 1_000))),
            ("15e-1", Some((1_500, 2))),
            ("1e-40", Some((1, 1))),
            ("0e99999", Some((0, 0))),
            ("1E", Some((1 << 60, 1_000_000_000_000_000_000))),
            ("1Ei", Some((1 << 60, 1 << 60))),
            ("9Ei", Some((1 << 60, 1 << 60))),
            ("1e99999", Some((1 << 60, 1 << 60))),
            ("1.00000000000000000000000000000Ki", Some((1_024_000, 1_024))),
            ("1.00000000000000000000000000001Ki", Some((1_024_001, 1_025))),
            ("0.00000000000000000000000000001Ei", Some((1, 1))),
            ("00000000000000000000000000000000000000000000000001", Some((1_000, 1))),
            ("100000000000000000000000000000000000000000000000000", Some((1 << 60, 1 << 60))),
            ("-1", None),
            ("-1n", None),
            ("", None),
            ("-", None),
            (".", None),
            ("+.", None),
            ("Ki", None),
            ("12Q", None),
            ("1i", None),
            ("1mi", None),
            ("1K", None),
            ("1ki", None),
            ("1 Mi", None),
            (" 1", None),
            ("1e", None),
            ("1e+", None),
            ("1e1.5", None),
            ("1e3Ki", None),
            ("1.1.M", None),
            ("0x10", None),
            ("1_000", None),
            ("१", None),
        ];
        for (text, expect) in table {
            let have = Quantity::parse(text).map(|it| (it.millis(), it.units()));
            assert_eq!(have, expect, "{text}");
        }
    }
}
