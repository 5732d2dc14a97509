//! A pending pod is about to use the node.

use super::{Case, Fact};
use crate::plan::Reason;

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    case.tick.nominated[case.node.at()].map(|pod| Reason::Nominated { pod: case.tick.world.name_of(pod) })
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    let pod = case.tick.nominated[case.node.at()];
    let value = pod.map_or_else(|| "none".to_string(), |it| case.tick.world.name_of(it).to_string());
    Fact::new(value, "no pending pod that would use it", "pending pods")
}
