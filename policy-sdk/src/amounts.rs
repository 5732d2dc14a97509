//! Numbers as people read them, cut and never rounded: what is said to be below a limit is below it.

use std::fmt;

/// Milli-cores: `250m CPU`, `3.5 CPU`, all digits.
pub struct Cpu(pub u64);

/// Bytes: `512 MiB`, `12.5 GiB`.
pub struct Bytes(pub u64);

/// A share of a whole in percent, with two digits: `86.02 %`. Of nothing, or above what 64 bits hold, it is
/// `more than there is`.
pub struct Share {
    pub part: u128,
    pub whole: u128,
}

const KIB: u64 = 1 << 10;
const UNITS: [(u64, &str); 4] =
    [(KIB * KIB * KIB * KIB, "TiB"), (KIB * KIB * KIB, "GiB"), (KIB * KIB, "MiB"), (KIB, "KiB")];

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1..1_000 => write!(f, "{}m CPU", self.0),
            milli => {
                let digits = format!("{}.{:03}", milli / 1_000, milli % 1_000);
                write!(f, "{} CPU", digits.trim_end_matches('0').trim_end_matches('.'))
            }
        }
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(unit, _)| self.0 >= *unit) {
            Some(&(unit, name)) => write!(f, "{} {name}", Hundredths { of: self.0, unit }),
            None => write!(f, "{} B", self.0),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = self.part.saturating_mul(10_000).checked_div(self.whole);
        // Numbers of 128 bits have a printer of their own, which no component has to carry for this.
        match share.and_then(|share| u64::try_from(share).ok()) {
            Some(share) => write!(f, "{}.{:02} %", share / 100, share % 100),
            None => f.write_str("more than there is"),
        }
    }
}

/// A number of units with as many digits, up to two, as it needs.
struct Hundredths {
    of: u64,
    unit: u64,
}

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.of / self.unit;
        // Units are far below 2^57.
        let rest = self.of % self.unit * 100 / self.unit;
        match rest {
            0 => write!(f, "{whole}"),
            _ if rest.is_multiple_of(10) => write!(f, "{whole}.{}", rest / 10),
            _ => write!(f, "{whole}.{rest:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        let rows = [
            (Cpu(0).to_string(), "0 CPU"),
            (Cpu(999).to_string(), "999m CPU"),
            (Cpu(1_000).to_string(), "1 CPU"),
            (Cpu(3_500).to_string(), "3.5 CPU"),
            (Cpu(12_059).to_string(), "12.059 CPU"),
            (Bytes(1_023).to_string(), "1023 B"),
            (Bytes(12 << 30 | 1 << 29).to_string(), "12.5 GiB"),
            (Bytes(u64::MAX).to_string(), "16777215.99 TiB"),
            (Share { part: 8_602, whole: 10_000 }.to_string(), "86.02 %"),
            (Share { part: 1, whole: 0 }.to_string(), "more than there is"),
        ];
        for (text, wanted) in rows {
            assert_eq!(text, wanted);
        }
        assert_eq!(Share { part: u128::MAX, whole: 1 }.to_string(), "more than there is");
    }
}
