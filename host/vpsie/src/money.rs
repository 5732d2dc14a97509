//! Amounts of US dollars, exactly.

use std::fmt;

const PLACES: usize = 9;
const ONE: i64 = 1_000_000_000;

/// In 10^-9 dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i64);

impl Money {
    /// `32`, `0.048`, `1e-7`; digits behind the ninth are dropped.
    #[must_use]
    pub fn parse(text: &str) -> Option<Money> {
        let text = text.trim();
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |it| (true, it));
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
        if whole.len() + part.len() == 0 || !is_number(whole) || !is_number(part) || exponent.abs() > 30 {
            return None;
        }
        // The place of the point among all digits, when it stands behind the ninth.
        let end = i64::try_from(whole.len() + PLACES).ok()? + i64::from(exponent);
        let mut amount = 0_i64;
        let mut all = whole.bytes().chain(part.bytes());
        for _ in 0..end.max(0) {
            let digit = all.next().map_or(0, |it| it - b'0');
            amount = amount.checked_mul(10)?.checked_add(digit.into())?;
        }
        Some(Money(if negative { -amount } else { amount }))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) =
            (self.0.unsigned_abs() / ONE.unsigned_abs(), self.0.unsigned_abs() % ONE.unsigned_abs());
        let digits = format!("{part:09}");
        // Cents always, and what is behind them where there is something.
        let part = digits.trim_end_matches('0');
        write!(out, "{sign}{whole}.{part:0<2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        let cases = [
            ("32", Some(32 * ONE), "32.00"),
            ("32.0", Some(32 * ONE), "32.00"),
            ("0.048", Some(48_000_000), "0.048"),
            ("-12.5", Some(-12 * ONE - ONE / 2), "-12.50"),
            (".5", Some(ONE / 2), "0.50"),
            ("1e-7", Some(100), "0.0000001"),
            ("1.5e3", Some(1500 * ONE), "1500.00"),
            ("0.1234567899", Some(123_456_789), "0.123456789"),
            ("", None, ""),
            (".", None, ""),
            ("1,5", None, ""),
            ("NaN", None, ""),
            ("1e99", None, ""),
            ("99999999999", None, ""),
        ];
        for (text, expect, said) in cases {
            let got = Money::parse(text);
            assert_eq!(got, expect.map(Money), "{text}");
            assert_eq!(got.map_or(String::new(), |it| it.to_string()), said, "{text}");
        }
    }
}
