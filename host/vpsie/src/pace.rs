//! How fast we may ask: so many requests in any minute, and none while the server wants to be left alone.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::time::Instant;

/// A minute, and what requests may catch up with one another on their way.
const WINDOW: Duration = Duration::from_millis(60_500);

#[derive(Debug)]
pub struct Pace {
    most: usize,
    /// When the latest were or will be sent, never more than may be in one window.
    slots: VecDeque<Instant>,
    held_until: Option<Instant>,
}

impl Pace {
    pub fn new(requests_per_minute: NonZeroU32) -> Pace {
        let most = usize::try_from(requests_per_minute.get()).unwrap_or(usize::MAX);
        Pace { most, slots: VecDeque::new(), held_until: None }
    }

    /// When the caller may send. Whoever would wait longer than `wait_max` is told how long, and takes no slot.
    pub fn reserve(&mut self, now: Instant, wait_max: Duration) -> Result<Instant, Duration> {
        let full = self.slots.len() >= self.most;
        let free = self.slots.front().filter(|_| full).map(|it| *it + WINDOW);
        let last = self.slots.back().copied();
        let at = [Some(now), free, last, self.held_until].into_iter().flatten().max().unwrap_or(now);
        let wait = at.saturating_duration_since(now);
        if wait > wait_max {
            return Err(wait);
        }
        if full {
            self.slots.pop_front();
        }
        self.slots.push_back(at);
        Ok(at)
    }

    /// The server asked not to be asked until then.
    pub fn hold(&mut self, until: Instant) {
        self.held_until = self.held_until.max(Some(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn never_more_in_any_minute() {
        let start = clock::now();
        for most in [1, 3, 100] {
            let mut pace = Pace::new(NonZeroU32::new(most).expect("not 0"));
            let mut sent = Vec::new();
            for step in 0..400_u64 {
                let now = start + Duration::from_millis(step * 137);
                if let Ok(at) = pace.reserve(now, Duration::from_secs(1000)) {
                    assert!(at >= now);
                    sent.push(at);
                }
            }
            assert!(sent.is_sorted());
            for window in sent.windows(most as usize + 1) {
                assert!(window[most as usize] - window[0] > MINUTE, "{most}: {window:?}");
            }
            assert!(sent.len() > most as usize, "it goes on");
        }
    }

    #[test]
    fn who_would_wait_too_long_takes_no_slot() {
        let start = clock::now();
        let mut pace = Pace::new(NonZeroU32::MIN);
        assert_eq!(pace.reserve(start, MINUTE), Ok(start));
        assert_eq!(pace.reserve(start, Duration::from_secs(1)), Err(WINDOW));
        assert_eq!(pace.reserve(start + WINDOW, Duration::ZERO), Ok(start + WINDOW));
    }

    #[test]
    fn a_server_that_wants_rest_has_it() {
        let start = clock::now();
        let mut pace = Pace::new(NonZeroU32::MAX);
        pace.hold(start + MINUTE);
        pace.hold(start);
        assert_eq!(pace.reserve(start, MINUTE), Ok(start + MINUTE));
    }
}
