//! Since when a node has been idle, as it must stand on the node where requests are the source: they
//! carry no history, and a restart must not begin it anew.

use crate::marks;
use crate::plan::{Plan, Reason, Verdict};
use crate::settings::Source;
use crate::time::Stamp;
use crate::world::{Name, World};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is idle from now on.
    Begin,
    /// It is not idle, or nobody knows.
    End,
}

/// What is to be written, by node.
#[must_use]
pub fn changes(world: &World, plan: &Plan) -> Vec<(Name, Change)> {
    if world.settings.scale_down.source != Source::Requests {
        return Vec::new();
    }
    let nodes = world.nodes.iter().zip(&plan.nodes);
    nodes
        .filter_map(|(node, entry)| {
            debug_assert_eq!(node.name, entry.name, "a plan has all nodes of its world, in order");
            let since = Stamp::of(node.annotations.get(marks::IDLE_SINCE));
            let known = matches!(since, Stamp::At(at) if at <= world.now);
            let change = match &entry.verdict {
                Verdict::Leaving { .. } | Verdict::Remove { .. } => return None,
                Verdict::Keep(reason) => match (is_idle(reason), known, since == Stamp::Absent) {
                    (true, false, _) => Change::Begin,
                    (false, _, false) => Change::End,
                    (true, true, _) | (false, _, true) => return None,
                },
            };
            Some((node.name.clone(), change))
        })
        .collect()
}

/// The node has passed the thresholds. Not every reason before them means that it is busy, but then
/// nobody looked.
fn is_idle(reason: &Reason) -> bool {
    match reason {
        Reason::ControlPlane { .. }
        | Reason::NotManaged(_)
        | Reason::InventoryFrozen { .. }
        | Reason::ClusterUnhealthy { .. }
        | Reason::Protected(_)
        | Reason::ScaleDownDisabled(_)
        | Reason::Cordoned(_)
        | Reason::NotReadyYet(_)
        | Reason::Unready { .. }
        | Reason::Nominated { .. }
        | Reason::NoMetrics { .. }
        | Reason::StaleMetrics { .. }
        | Reason::TooFewSamples { .. }
        | Reason::Busy(_) => false,
        Reason::NotIdleLongEnough { .. }
        | Reason::PodBlocks { .. }
        | Reason::NoPlaceToMovePods { .. }
        | Reason::OutsideWindow { .. }
        | Reason::Vetoed(_)
        | Reason::PolicyFault { .. }
        | Reason::Cooldown(_)
        | Reason::MinSize { .. }
        | Reason::ClusterMinimum { .. }
        | Reason::BudgetSpent(_)
        | Reason::NotEvaluated => true,
    }
}
