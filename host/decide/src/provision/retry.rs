//! How long to wait after a failure.

use super::settings::{Settings, later};
use crate::time::Time;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Failures in a row since the last park.
    pub tries: u32,
    /// Nothing is begun before.
    pub until: Time,
    pub parked: bool,
}

impl Retry {
    pub(super) fn new(now: Time) -> Retry {
        Retry { tries: 0, until: now, parked: false }
    }

    /// `chance` is any number; it decides about the jitter.
    pub(super) fn failed(&mut self, settings: &Settings, chance: u64, now: Time) {
        self.tries += 1;
        self.parked = self.tries >= settings.tries_max;
        if self.parked {
            self.tries = 0;
            self.until = later(now, settings.park_secs);
            return;
        }
        self.until = later(now, pause(settings, self.tries, chance));
    }
}

/// Doubled with each failure up to the most there is, and up to so much of jitter on top.
pub(super) fn pause(settings: &Settings, tries: u32, chance: u64) -> u32 {
    let doubled = settings.retry_secs.saturating_mul(1 << tries.saturating_sub(1).min(16));
    let pause = doubled.min(settings.retry_secs_max);
    let jitter = pause * settings.jitter_percent / 100;
    pause + (chance % u64::from(jitter + 1)) as u32
}

/// Splitmix64: spreads what is counted up.
pub(super) fn mix(number: u64) -> u64 {
    let mut it = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    it ^ (it >> 31)
}
