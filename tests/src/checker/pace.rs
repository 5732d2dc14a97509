//! How fast each group may shrink now: its own settings, and what windows policies say.

use super::objects::Cluster;
use decide::ask::Paces;

#[derive(Debug, Clone)]
pub struct Pace {
    /// Hundredths of a percent.
    pub cpu: i64,
    pub memory: i64,
    pub window: i64,
    pub at_once: i64,
    pub disabled: bool,
    pub closed: bool,
    pub fault: bool,
}

/// Of each number the strictest that a policy names, within the bounds; the group's own where none
/// does.
#[must_use]
pub fn paces(cluster: &Cluster, answers: &[Paces]) -> Vec<Pace> {
    let at_once = cluster.number("/globalSettings/maxConcurrentScaleDowns", 1);
    let bound = |name: &str, default: i64| cluster.number(&format!("/scaleDown/paceBounds/{name}"), default);
    let fault = answers.iter().any(|it| it.answer.is_err());
    let of_group = |group: usize| {
        let it = &cluster.groups[group];
        let own = |name: &str, default: i64| it.number(&format!("/scaleDownPolicy/{name}"), default);
        let said: Vec<_> = answers
            .iter()
            .filter_map(|it| it.answer.as_ref().ok())
            .flatten()
            .filter(|it| it.group.at() == group)
            .collect();
        // A looser number goes as far as the bound or the group's own, whichever is further.
        let least = |named: Vec<u32>, own: i64, bound: i64| {
            named.into_iter().map(|it| i64::from(it).min(own.max(bound))).min().unwrap_or(own)
        };
        let (own_cpu, own_memory) = (100 * own("cpuThreshold", 50), 100 * own("memoryThreshold", 50));
        let own_window = own("stabilizationWindowSeconds", 600);
        let floor = own_window.min(bound("windowSecondsMin", 300));
        let windows = said.iter().filter_map(|it| it.window_secs).map(|it| i64::from(it).max(floor));
        Pace {
            cpu: least(
                said.iter().filter_map(|it| it.cpu_threshold).collect(),
                own_cpu,
                100 * bound("cpuThresholdMax", 80),
            ),
            memory: least(
                said.iter().filter_map(|it| it.memory_threshold).collect(),
                own_memory,
                100 * bound("memoryThresholdMax", 80),
            ),
            window: windows.max().unwrap_or(own_window),
            at_once: least(
                said.iter().filter_map(|it| it.at_once).collect(),
                at_once,
                bound("removalsMax", 10),
            ),
            disabled: said.iter().any(|it| it.disabled),
            closed: said.iter().any(|it| it.at_once == Some(0)),
            fault,
        }
    };
    (0..cluster.groups.len()).map(of_group).collect()
}

/// How many nodes may be on their way out in the whole cluster.
#[must_use]
pub fn cluster_at_once(cluster: &Cluster, paces: &[Pace]) -> i64 {
    let managed = cluster.groups.iter().zip(paces).filter(|it| it.0.managed);
    let largest = managed.map(|it| it.1.at_once).max().unwrap_or(0);
    largest.max(cluster.number("/globalSettings/maxConcurrentScaleDowns", 1))
}
