//! Many nodes are unwell at once: that is no time to take others away.

use super::{Case, Fact};
use crate::plan::Reason;

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    let health = case.tick.health;
    let settings = &case.tick.world.settings.scale_down;
    let (percent_max, nodes_min) = (settings.unhealthy_percent_max, settings.unhealthy_nodes_min);
    let share = u64::from(health.unready) * 100 > u64::from(health.nodes) * u64::from(percent_max);
    (share && health.unready > nodes_min).then_some(Reason::ClusterUnhealthy {
        unready: health.unready,
        nodes: health.nodes,
        percent_max,
        nodes_min,
    })
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    let health = case.tick.health;
    let settings = &case.tick.world.settings.scale_down;
    Fact::new(
        format!("{} of {} nodes unready", health.unready, health.nodes),
        format!("at most {} %, or at most {}", settings.unhealthy_percent_max, settings.unhealthy_nodes_min),
        "scaleDown.unhealthyPercentMax, unhealthyNodesMin",
    )
}
