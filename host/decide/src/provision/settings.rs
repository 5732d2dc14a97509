//! How patient the engine is: every length and limit of it, with the documented defaults.

use crate::time::Time;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Operations under way at once, over all machines.
    pub operations_max: u32,
    /// The first pause after a failure; each further one is twice as long, up to the next.
    pub retry_secs: u32,
    pub retry_secs_max: u32,
    pub jitter_percent: u32,
    /// So many failures in a row, and the machine is parked for so long; then it starts again.
    pub tries_max: u32,
    pub park_secs: u32,
    /// How long a group buys nothing after a refusal that would only be repeated.
    pub back_off_secs: u32,
    /// An operation of which nothing is heard for so long may or may not have taken effect.
    pub call_secs_max: u32,
    /// An accepted server must be seen within so long.
    pub provisioning_secs: u32,
    /// A server must become a Node that can be used within so long.
    pub joining_secs: u32,
    /// A failed machine stays for people to look at.
    pub failed_kept_secs: u32,
    /// How often the provider's list is read while something waits for it, and otherwise.
    pub poll_secs: u32,
    pub idle_poll_secs: u32,
    /// A list this old tells nothing about what is new.
    pub list_age_secs_max: u32,
    /// How old a world the provider's list may show. A server that is missing from reads that began
    /// later than this after it was last seen is gone.
    pub lag_secs: u32,
    /// How long after a request of unknown outcome its server may still appear. Buying again
    /// earlier would buy twice.
    pub absent_secs: u32,
    /// When an idempotent step is repeated that was done, but whose effect is not seen.
    pub recheck_secs: u32,
    /// Whether the load balancers can be read. Without, the label is set and `settle_secs` pass.
    pub balancers: bool,
    /// How long the cloud controller may take to drop a node before we drop it ourselves.
    pub balancer_grace_secs: u32,
    /// How long balancers take to act on what they were told: a poll of 30 s and a margin.
    pub balancer_settle_secs: u32,
    /// A server or Node without a machine is only reported until both are over.
    pub stray_secs: u32,
    pub stray_reads: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            operations_max: 10,
            retry_secs: 1,
            retry_secs_max: 30,
            jitter_percent: 20,
            tries_max: 12,
            park_secs: 300,
            back_off_secs: 300,
            call_secs_max: 60,
            provisioning_secs: 600,
            joining_secs: 900,
            failed_kept_secs: 1800,
            poll_secs: 10,
            idle_poll_secs: 60,
            list_age_secs_max: 30,
            lag_secs: 60,
            absent_secs: 180,
            recheck_secs: 15,
            balancers: false,
            balancer_grace_secs: 60,
            balancer_settle_secs: 45,
            stray_secs: 900,
            stray_reads: 5,
        }
    }
}

pub(super) fn later(at: Time, secs: u32) -> Time {
    at.plus(i64::from(secs))
}
