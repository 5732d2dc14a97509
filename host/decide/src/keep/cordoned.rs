//! Somebody else keeps pods off the node: a person, another autoscaler, or half a mark of ours.

use super::{Case, Fact};
use crate::marks;
use crate::plan::{Cordon, Reason};
use crate::time::Stamp;

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    cordon(case).map(Reason::Cordoned)
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    let value = match cordon(case) {
        None => "schedulable".to_string(),
        Some(Cordon::Unschedulable) => "spec.unschedulable".to_string(),
        Some(Cordon::OtherAutoscaler { taint }) => format!("taint {taint}"),
        Some(Cordon::TaintAlone { .. }) => format!("taint {} without a usable mark", marks::LEAVING),
        Some(Cordon::MarkAlone) => format!("annotation {} without the taint", marks::LEAVING_SINCE),
    };
    Fact::new(value, "schedulable", "node spec")
}

fn cordon(case: Case<'_, '_>) -> Option<Cordon> {
    if !case.tick.facts.standing(case.node).cordoned {
        return None;
    }
    let node = case.node();
    if let Some(taint) = marks::taken_by_other(&node.taints) {
        return Some(Cordon::OtherAutoscaler { taint: taint.key.clone() });
    }
    let mark = Stamp::of(node.annotations.get(marks::LEAVING_SINCE));
    if marks::leaving_taint(&node.taints).is_some() {
        return Some(Cordon::TaintAlone { mark });
    }
    Some(if mark == Stamp::Absent { Cordon::Unschedulable } else { Cordon::MarkAlone })
}
