//! Only nodes of a managed group are ours, and only where it is clear which group that is.

use super::{Case, Fact};
use crate::facts::managed_named;
use crate::marks;
use crate::plan::{NotManaged, Reason};

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    if case.tick.facts.standing(case.node).group.is_some() {
        return None;
    }
    let (world, node) = (case.tick.world, case.node());
    if !node.labels.is(marks::MANAGED, "true") {
        return Some(Reason::NotManaged(NotManaged::NoLabel));
    }
    let Some(group) = node.labels.get(marks::GROUP).cloned() else {
        return Some(Reason::NotManaged(NotManaged::NoGroupNamed));
    };
    let named: Vec<_> =
        managed_named(world, &group).map(|it| world.groups[it.at()].namespace.clone()).collect();
    Some(Reason::NotManaged(if named.len() > 1 {
        NotManaged::SeveralGroups { group, namespaces: named }
    } else if world.groups.iter().any(|it| it.name == group) {
        NotManaged::GroupNotManaged { group }
    } else {
        NotManaged::NoSuchGroup { group }
    }))
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    let labels = &case.node().labels;
    let managed = labels.get(marks::MANAGED).map_or("absent", |it| it);
    let group = labels.get(marks::GROUP).map_or("none", |it| it);
    Fact::new(
        format!("managed {managed}, group {group}"),
        "managed true, one managed NodeGroup",
        "node labels, NodeGroup",
    )
}
