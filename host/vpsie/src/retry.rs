//! How long to wait before a read is tried again: longer each time, and never all callers at once.

use crate::random::Random;
use std::time::Duration;

/// Up to so many thousandths more or less.
const JITTER: u64 = 200;

/// `tried`: how often so far.
pub fn delay(tried: u32, first: Duration, most: Duration, random: &mut Random) -> Duration {
    let times = 1_u32.checked_shl(tried.saturating_sub(1)).unwrap_or(u32::MAX);
    let plain = first.saturating_mul(times).min(most);
    let thousandths = 1000 - JITTER + random.next() % (2 * JITTER + 1);
    let micros = u64::try_from(plain.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(micros.saturating_mul(thousandths) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_a_limit_with_a_little_chance() {
        let mut random = Random::new(7);
        let (first, most) = (Duration::from_secs(1), Duration::from_secs(30));
        for (tried, secs) in [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (60, 30)] {
            let got = delay(tried, first, most, &mut random);
            let near = Duration::from_millis(secs * 800)..=Duration::from_millis(secs * 1200);
            assert!(near.contains(&got), "{tried}: {got:?}");
        }
        let of_seed = |seed| delay(1, first, most, &mut Random::new(seed));
        assert_eq!(of_seed(1), of_seed(1));
        assert_ne!(of_seed(1), of_seed(2));
    }
}
