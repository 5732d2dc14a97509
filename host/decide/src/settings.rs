//! What the operator sets for the whole cluster (AutoscalerConfig), with the documented defaults.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings {
    pub scale_down: ScaleDown,
    pub global: Global,
}

/// `spec.scaleDown`, ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleDown {
    pub enabled: bool,
    pub paused: bool,
    pub source: Source,
    pub quorum_percent: u32,
    pub sample_age_secs_max: u32,
    pub count_daemon_pods: bool,
    /// None: as many as may go at once.
    pub drains_max: Option<u32>,
    pub remove_unready: bool,
    pub unready_secs: u32,
    pub age_secs_min: u32,
    pub expendable_priority_below: i32,
    pub unhealthy_percent_max: u32,
    pub unhealthy_nodes_min: u32,
    pub cores_min: u64,
    pub memory_bytes_min: u64,
    pub spare_daemon_budgets: bool,
    pub grace_secs_max: u32,
    pub drain_timeout_secs: u32,
    pub pace_bounds: PaceBounds,
}

/// Where the figures come from that thresholds are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// What the metrics API measures.
    Usage,
    /// What pods request.
    Requests,
    /// Both, and both must be low.
    Highest,
}

impl Source {
    #[must_use]
    pub fn measures(self) -> bool {
        self != Source::Requests
    }
}

/// How far a windows policy can go beyond a group's own setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaceBounds {
    pub cpu_threshold_percent_max: u32,
    pub memory_threshold_percent_max: u32,
    pub window_secs_min: u32,
    pub removals_max: u32,
}

/// `spec.globalSettings`, the reference's ten; the four that only an actor reads are kept beside
/// the others so that one value holds them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Global {
    pub removals_at_once: u32,
    pub additions_at_once: u32,
    /// 0: no limit.
    pub cluster_workers_max: u32,
    pub removal_cooldown_secs: u32,
    pub addition_cooldown_secs: u32,
    pub pending_grace_secs: u32,
    pub node_ready_timeout_secs: u32,
    pub eviction_timeout_secs: u32,
    pub dynamic_groups: bool,
    pub rebalancing: bool,
}

impl Default for ScaleDown {
    fn default() -> Self {
        ScaleDown {
            enabled: true,
            paused: false,
            source: Source::Usage,
            quorum_percent: 80,
            sample_age_secs_max: 300,
            count_daemon_pods: true,
            drains_max: None,
            remove_unready: false,
            unready_secs: 1200,
            age_secs_min: 600,
            expendable_priority_below: -10,
            unhealthy_percent_max: 45,
            unhealthy_nodes_min: 3,
            cores_min: 0,
            memory_bytes_min: 0,
            spare_daemon_budgets: true,
            grace_secs_max: 600,
            drain_timeout_secs: 300,
            pace_bounds: PaceBounds::default(),
        }
    }
}

impl Default for PaceBounds {
    fn default() -> Self {
        PaceBounds {
            cpu_threshold_percent_max: 80,
            memory_threshold_percent_max: 80,
            window_secs_min: 300,
            removals_max: 10,
        }
    }
}

impl Default for Global {
    fn default() -> Self {
        Global {
            removals_at_once: 1,
            additions_at_once: 10,
            cluster_workers_max: 0,
            removal_cooldown_secs: 0,
            addition_cooldown_secs: 60,
            pending_grace_secs: 30,
            node_ready_timeout_secs: 600,
            eviction_timeout_secs: 120,
            dynamic_groups: true,
            rebalancing: false,
        }
    }
}
