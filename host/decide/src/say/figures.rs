//! Figures as people read them, cut and never rounded up, without a float anywhere.

use std::fmt;

/// A number of `10^-places`, written as a decimal without needless zeroes: `0.62`, `0.1234`, `1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    pub units: u64,
    pub places: u32,
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = 10u64.pow(self.places);
        write!(out, "{}", self.units / whole)?;
        let rest = self.units % whole;
        if rest == 0 {
            return Ok(());
        }
        let digits = format!("{rest:0width$}", width = self.places as usize);
        write!(out, ".{}", digits.trim_end_matches('0'))
    }
}

/// Hundredths of a percent as a figure: `62.0 %`, `49.99 %`.
#[must_use]
pub fn percent(hundredths: u32) -> String {
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    if rest.is_multiple_of(10) { format!("{whole}.{} %", rest / 10) } else { format!("{whole}.{rest:02} %") }
}

/// Hundredths of a percent as a limit that somebody set: `50 %`, `62.5 %`.
#[must_use]
pub fn threshold(hundredths: u32) -> String {
    format!("{} %", Decimal { units: u64::from(hundredths), places: 2 })
}

/// An amount of a resource with its name: `500m CPU`, `2 CPU`, `1.5Gi memory`, `1 nvidia.com/gpu`.
#[must_use]
pub fn amount(resource: &str, units: i64) -> String {
    format!("{} {}", plain(resource, units), noun(resource))
}

/// Two amounts of one resource that differ, so that they can be told apart as they stand.
pub fn apart(resource: &str, one: i64, other: i64) -> (String, String) {
    let said = (plain(resource, one), plain(resource, other));
    if said.0 == said.1 { (one.to_string(), other.to_string()) } else { said }
}

pub fn noun(resource: &str) -> &str {
    if resource == "cpu" { "CPU" } else { resource }
}

fn plain(resource: &str, units: i64) -> String {
    match resource {
        "cpu" if units % 1000 == 0 => (units / 1000).to_string(),
        "cpu" => format!("{units}m"),
        "memory" | "ephemeral-storage" => bytes(units),
        it if it.starts_with("hugepages-") => bytes(units),
        _ => units.to_string(),
    }
}

/// Bytes in the largest unit of which there is one, with two decimals at most, cut.
pub fn bytes(units: i64) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let units = units.unsigned_abs();
    for (shift, unit) in [(40, "Ti"), (30, "Gi"), (20, "Mi"), (10, "Ki")] {
        if units >> shift > 0 {
            let hundredths = u64::try_from((u128::from(units) * 100) >> shift).unwrap_or(u64::MAX);
            return format!("{sign}{}{unit}", Decimal { units: hundredths, places: 2 });
        }
    }
    format!("{sign}{units}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_cut_exactly() {
        for (units, expect) in [
            (6200, "0.62"),
            (1234, "0.1234"),
            (1200, "0.12"),
            (10_000, "1"),
            (0, "0"),
            (5, "0.0005"),
            (12_345, "1.2345"),
        ] {
            assert_eq!(Decimal { units, places: 4 }.to_string(), expect);
        }
        for (hundredths, figure, limit) in [
            (6200, "62.0 %", "62 %"),
            (4999, "49.99 %", "49.99 %"),
            (5, "0.05 %", "0.05 %"),
            (6250, "62.5 %", "62.5 %"),
        ] {
            assert_eq!((percent(hundredths), threshold(hundredths)), (figure.into(), limit.into()));
        }
        for (resource, units, expect) in [
            ("cpu", 500, "500m CPU"),
            ("cpu", 2000, "2 CPU"),
            ("cpu", -250, "-250m CPU"),
            ("memory", 1023, "1023 memory"),
            ("memory", 1024, "1Ki memory"),
            ("memory", 1_610_612_736, "1.5Gi memory"),
            ("memory", 2_147_483_647, "1.99Gi memory"),
            ("memory", i64::MAX, "8388607.99Ti memory"),
            ("memory", i64::MIN, "-8388608Ti memory"),
            ("hugepages-2Mi", 4_194_304, "4Mi hugepages-2Mi"),
            ("nvidia.com/gpu", 1, "1 nvidia.com/gpu"),
        ] {
            assert_eq!(amount(resource, units), expect);
        }
        assert_eq!(apart("memory", 1_048_576_001, 1_048_576_000), ("1048576001".into(), "1048576000".into()));
    }
}
