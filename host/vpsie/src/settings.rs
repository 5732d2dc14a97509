//! How the API is talked to.

use crate::base::Base;
use crate::random;
use std::num::NonZeroU32;
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Settings {
    pub base: Base,
    /// From a request to the end of its answer.
    pub timeout: Duration,
    pub connect_timeout: Duration,
    pub requests_per_minute: NonZeroU32,
    /// How often a read is tried in all. Writes are sent once.
    pub tries: NonZeroU32,
    /// Between the first try and the second; it doubles from there.
    pub delay: Duration,
    pub delay_max: Duration,
    /// Nobody waits longer for a turn, or because the server asks for it.
    pub wait_max: Duration,
    /// Failures in a row after which the server is left alone, and for how long the first time.
    pub breaker_failures: u32,
    pub breaker_pause: Duration,
    pub body_bytes_max: usize,
    /// Of jitter and request ids.
    pub seed: u64,
}

impl Settings {
    #[must_use]
    pub fn new(base: Base) -> Settings {
        Settings {
            base,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            // No limit is documented; this is what another client keeps to.
            requests_per_minute: NonZeroU32::new(100).expect("not 0"),
            tries: NonZeroU32::new(4).expect("not 0"),
            delay: Duration::from_secs(1),
            delay_max: Duration::from_secs(30),
            wait_max: Duration::from_secs(90),
            breaker_failures: 5,
            breaker_pause: Duration::from_secs(30),
            // Lists are the longest; a server is about 2 KB of one.
            body_bytes_max: 32 << 20,
            seed: random::seed(),
        }
    }
}
