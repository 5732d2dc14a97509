//! From a plan to what is carried out of it now. What the plan does not permit is not done, and what a
//! person wants to be left alone is left alone.

use crate::facts::ours_named;
use crate::idle;
use crate::marks::DRY_RUN;
use crate::plan::{Creation, NotManaged, Plan, Reason, Step, Verdict};
use crate::provision::{Machine, Wish, server_id};
use crate::world::{Group, Name, World};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// Since when the node has been idle is written on it, or taken off.
    Idle { node: Name, change: idle::Change },
    /// The removal is given up.
    TakeBack { node: Name, cause: &'static str },
    /// The node is one of this group, and nothing on it says so.
    Label { node: Name, group: Name },
    /// The node begins to leave.
    Mark { node: Name },
    /// The node has no machine yet that says which server it is.
    Adopt { node: Name, group: Name },
    /// Machines are wanted.
    Add { group: Name, count: u32 },
    /// No group takes some pods, and this one would.
    Create(Creation),
    /// The group is not to go before its machines.
    Hold { group: Name },
    /// Nothing of the group is left.
    Release { group: Name },
}

#[derive(Debug, PartialEq, Eq)]
pub struct Steps {
    pub doings: Vec<Doing>,
    /// Of machines that are not to stay as they are, by uid.
    pub wishes: BTreeMap<Name, Wish>,
}

#[must_use]
pub fn steps(world: &World, plan: &Plan, machines: &[Machine]) -> Steps {
    let dry: BTreeSet<&str> = world.groups.iter().filter(|it| is_dry(it)).map(|it| &*it.name).collect();
    let is_dry = |group: Option<&Name>| group.is_some_and(|it| dry.contains(&**it));
    let of_node = machines_of_nodes(world, machines);

    let idle = idle::changes(world, plan).into_iter().map(|(node, change)| Doing::Idle { node, change });
    let mut doings: Vec<Doing> = idle.collect();
    let mut wishes = BTreeMap::new();
    for entry in &plan.nodes {
        let machine = of_node.get(&*entry.name.to_lowercase()).copied();
        // What was decided for good, or deleted by a person, leaves in any case.
        let goes = machine.is_some_and(|it| it.deleted || it.papers.condemned.is_some());
        match &entry.verdict {
            Verdict::Leaving { step, why, .. } => {
                // It cannot be taken back, only held.
                if *step == Step::TakeBack && !goes && !is_dry(entry.group.as_ref()) {
                    let cause = why.as_ref().map_or("Unknown", |it| it.name());
                    doings.push(Doing::TakeBack { node: entry.name.clone(), cause });
                }
                if let Some(machine) = machine {
                    let stops = matches!(step, Step::TakeBack | Step::Held) || is_dry(entry.group.as_ref());
                    wishes.insert(machine.uid.clone(), if stops { Wish::Wait } else { Wish::Leave });
                }
            }
            // It has joined after its machine was deleted: only what bears our labels is judged.
            Verdict::Keep(Reason::NotManaged(NotManaged::NoLabel | NotManaged::NoGroupNamed)) => {
                let joined = machine.filter(|it| it.deleted && it.papers.condemned.is_none());
                if let Some(machine) = joined.filter(|it| ours_named(world, &it.group).is_some()) {
                    wishes.insert(machine.uid.clone(), Wish::Wait);
                    if !is_dry(Some(&machine.group)) {
                        let group = machine.group.clone();
                        doings.push(Doing::Label { node: entry.name.clone(), group });
                    }
                }
            }
            // These are never judged as leaving.
            Verdict::Keep(Reason::ControlPlane { .. } | Reason::NotManaged(_)) => {}
            Verdict::Remove { .. } | Verdict::Keep(_) => {
                // Marked, it is judged as leaving before anything is done to it; `removals` are marked below.
                if let Some(machine) = machine.filter(|_| goes) {
                    wishes.insert(machine.uid.clone(), Wish::Wait);
                    if matches!(entry.verdict, Verdict::Keep(_)) && !is_dry(entry.group.as_ref()) {
                        doings.push(Doing::Mark { node: entry.name.clone() });
                    }
                }
            }
        }
    }
    for name in &plan.removals {
        let entry = plan.nodes.iter().find(|it| it.name == *name);
        let Some(group) = entry.and_then(|it| it.group.clone()).filter(|it| !is_dry(Some(it))) else {
            continue;
        };
        match of_node.get(&*name.to_lowercase()) {
            Some(machine) if machine.papers.server.is_some() => {
                doings.push(Doing::Mark { node: name.clone() });
                // Marked, it is judged once more before it goes on.
                wishes.insert(machine.uid.clone(), Wish::Wait);
            }
            // It is about to learn which server it is.
            Some(_) => {}
            None => doings.push(Doing::Adopt { node: name.clone(), group }),
        }
    }
    let wanted = plan.additions.iter().filter(|it| it.count > 0 && !is_dry(Some(&it.group)));
    doings.extend(wanted.map(|it| Doing::Add { group: it.group.clone(), count: it.count }));
    doings.extend(plan.creation.clone().map(Doing::Create));
    for group in world.groups.iter().filter(|it| !is_dry(Some(&it.name))) {
        doings.extend(tie(world, plan, group));
        wishes.extend(nodeless(world, plan, group, &of_node, machines));
    }
    Steps { doings, wishes }
}

/// A group that went before its machines would take them with it, and their nodes, whoever needs those.
fn tie(world: &World, plan: &Plan, group: &Group) -> Option<Doing> {
    let left = plan.nodes.iter().any(|it| it.group.as_ref() == Some(&group.name))
        || world.machines.iter().any(|it| it.group == group.name);
    let name = group.name.clone();
    match (group.leaving, group.held) {
        (false, false) if group.managed => Some(Doing::Hold { group: name }),
        (true, true) if !left => Some(Doing::Release { group: name }),
        _ => None,
    }
}

/// Machines of a group that is to go which are no node yet: nothing runs on them. One that becomes a node is judged
/// as all others.
fn nodeless(
    world: &World,
    plan: &Plan,
    group: &Group,
    of_node: &BTreeMap<String, &Machine>,
    machines: &[Machine],
) -> BTreeMap<Name, Wish> {
    let settings = &world.settings.scale_down;
    let allowed = settings.enabled && !settings.paused && group.scale_down.enabled;
    if !group.leaving || !group.managed || !allowed || world.inventory_frozen.is_some() {
        return BTreeMap::new();
    }
    let nodes = plan.nodes.iter().filter_map(|it| of_node.get(&*it.name.to_lowercase()));
    let nodes: BTreeSet<&Name> = nodes.map(|it| &it.uid).collect();
    // One of which only the provider's id is known may be a node all the same.
    let named = |it: &Machine| it.papers.server.as_ref().is_none_or(|it| !it.host.is_empty());
    let alone = machines.iter().filter(|it| it.group == group.name && !nodes.contains(&it.uid) && named(it));
    alone.map(|it| (it.uid.clone(), Wish::Leave)).collect()
}

fn is_dry(group: &Group) -> bool {
    group.annotations.is(DRY_RUN, "true")
}

/// By name of the Node, in lower case: as its server is called, else as the machine's status says, else as the Node
/// says which server it is.
fn machines_of_nodes<'m>(world: &World, machines: &'m [Machine]) -> BTreeMap<String, &'m Machine> {
    let told: BTreeMap<&str, &str> =
        world.machines.iter().filter(|it| !it.node.is_empty()).map(|it| (&*it.name, &*it.node)).collect();
    let servers = world.nodes.iter().map(|it| (server_id(&it.provider_id), &*it.name));
    let servers: BTreeMap<Name, &str> = servers.filter(|it| !it.0.is_empty()).collect();
    let node = |it: &Machine| match (it.papers.server.as_ref(), told.get(&*it.name)) {
        (Some(claim), _) if !claim.host.is_empty() => Some(claim.host.to_lowercase()),
        (_, Some(node)) => Some((*node).to_string()),
        (Some(claim), None) => servers.get(&*claim.id.to_lowercase()).map(|it| it.to_lowercase()),
        (None, None) => None,
    };
    machines.iter().filter_map(|it| Some((node(it)?, it))).collect()
}
