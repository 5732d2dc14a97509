//! A server that only fails is left alone for a while. What counts are answers of 5xx and none at all; that it
//! says no is an answer.

use std::time::Duration;
use tokio::time::Instant;

/// However often it opens, it does not stay open longer than so many times the first pause: one request a minute
/// burdens nobody, and who waits for the server should not wait for us.
const LONGEST: u32 = 2;

#[derive(Debug)]
pub struct Breaker {
    failures_max: u32,
    pause: Duration,
    failures: u32,
    /// How often it has opened since the last success.
    opened: u32,
    open_until: Option<Instant>,
    /// The last failure, for those who are turned away because of it.
    why: String,
}

impl Breaker {
    pub fn new(failures_max: u32, pause: Duration) -> Breaker {
        Breaker { failures_max, pause, failures: 0, opened: 0, open_until: None, why: String::new() }
    }

    /// Whether a request may go; else how long none may.
    pub fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        match self.open_until {
            Some(until) if until > now => Err(until - now),
            // One goes and tries; the others wait for what it finds, or for the pause where it never tells.
            Some(_) => {
                self.open_until = Some(now + self.pause);
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub fn why(&self) -> &str {
        &self.why
    }

    pub fn succeeded(&mut self) {
        *self = Breaker::new(self.failures_max, self.pause);
    }

    pub fn failed(&mut self, now: Instant, why: String) {
        self.why = why;
        self.failures = self.failures.saturating_add(1);
        if self.failures >= self.failures_max {
            self.opened = self.opened.saturating_add(1);
            let times = 1_u32.checked_shl(self.opened - 1).unwrap_or(LONGEST).min(LONGEST);
            self.open_until = Some(now + self.pause * times);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const PAUSE: Duration = Duration::from_secs(30);

    #[test]
    fn opens_tries_and_closes() {
        let now = clock::now();
        let mut breaker = Breaker::new(3, PAUSE);
        breaker.failed(now, String::new());
        breaker.failed(now, String::new());
        assert_eq!(breaker.admit(now), Ok(()));
        breaker.failed(now, String::new());
        assert_eq!(breaker.admit(now), Err(PAUSE), "three in a row");

        let later = now + PAUSE;
        assert_eq!(breaker.admit(later), Ok(()), "one tries");
        assert_eq!(breaker.admit(later), Err(PAUSE), "the others wait");
        breaker.failed(later, String::new());
        assert_eq!(breaker.admit(later), Err(PAUSE * 2), "longer each time");

        breaker.succeeded();
        assert_eq!(breaker.admit(later), Ok(()));
        breaker.failed(later, String::new());
        assert_eq!(breaker.admit(later), Ok(()), "counting begins anew");
    }

    #[test]
    fn a_try_that_never_tells_does_not_block_for_ever() {
        let now = clock::now();
        let mut breaker = Breaker::new(1, PAUSE);
        breaker.failed(now, String::new());
        assert_eq!(breaker.admit(now + PAUSE), Ok(()));
        assert_eq!(breaker.admit(now + PAUSE * 2), Ok(()));
    }

    #[test]
    fn pauses_end() {
        let now = clock::now();
        let mut breaker = Breaker::new(1, PAUSE);
        (0..100).for_each(|_| breaker.failed(now, String::new()));
        assert_eq!(breaker.admit(now), Err(PAUSE * LONGEST));
    }
}
