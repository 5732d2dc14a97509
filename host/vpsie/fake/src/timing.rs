//! How long things take, in milliseconds of the fake's time. Chosen to fit the time-outs of known
//! clients, not measured.

#[derive(Debug, Clone)]
pub struct Timing {
    /// How long an answer takes.
    pub latency_ms: u64,
    /// From an accepted worker to its entry in the cluster's list.
    pub visible_ms: u64,
    pub boot_ms: u64,
    pub join_ms: u64,
    /// From an accepted deletion until it is gone.
    pub delete_ms: u64,
    /// From an accepted server to its entry in the list.
    pub alloc_ms: u64,
    pub server_boot_ms: u64,
    pub power_ms: u64,
    pub balancer_ms: u64,
    pub access_ms: u64,
    pub refresh_ms: u64,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            latency_ms: 80,
            visible_ms: 15_000,
            boot_ms: 120_000,
            join_ms: 45_000,
            delete_ms: 20_000,
            alloc_ms: 20_000,
            server_boot_ms: 60_000,
            power_ms: 5_000,
            balancer_ms: 60_000,
            access_ms: 3_600_000,
            refresh_ms: 86_400_000,
        }
    }
}
