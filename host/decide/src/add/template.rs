//! What a new node of a group will be like, and the nodes that are on their way.

use crate::facts::{Facts, is_ours, ours_named};
use crate::marks;
use crate::place::{Floor, NewNode, SiteId, fixed};
use crate::plan::Creation;
use crate::resources::Amounts;
use crate::select::Labels;
use crate::world::{Daemon, Group, GroupId, Name, Node, NodeId, OwnerKind, Taint, World};
use std::collections::BTreeSet;

/// Room for ephemeral storage where the offer does not tell: every server has a disk.
const EPHEMERAL_UNTOLD: i64 = 1 << 60;
/// What every worker is, whatever its group says.
const PLATFORM: [(&str, &str); 2] = [("kubernetes.io/os", "linux"), ("kubernetes.io/arch", "amd64")];

#[derive(Debug)]
pub(super) struct Template {
    group: Name,
    labels: Labels,
    taints: Vec<Taint>,
    /// What is left for pods when DaemonSets have taken their share.
    pub(super) room: Amounts,
}

impl Template {
    /// The first node of the group by name that is initialised and open; without one, what the
    /// group says and the provider's offer gives.
    pub(super) fn of(facts: &Facts<'_>, group: GroupId) -> Option<Template> {
        let world = facts.world;
        let it = &world.groups[group.at()];
        if !is_ours(world, group) || it.leaving {
            return None;
        }
        let fits = |node: &NodeId| {
            let standing = facts.standing(*node);
            standing.group == Some(group)
                && standing.initialised()
                && standing.leaving.is_none()
                && !world.node(*node).unschedulable
        };
        let (labels, taints, room) = match facts.nodes().find(fits) {
            Some(node) => like(world.node(node)),
            None => promised(it)?,
        };
        Some(Template::less_daemons(world, it.name.clone(), labels, taints, room, |_| false))
    }

    /// Of a group that is still to be made.
    pub(super) fn of_new(world: &World, it: &Creation, room: &Amounts) -> Template {
        let labels = with_platform(labels_of(&it.group, &it.labels));
        let room = with_disk(room.clone());
        Template::less_daemons(world, it.group.clone(), labels, it.taints.clone(), room, |_| false)
    }

    /// A node of which nobody knows what fits.
    pub(super) fn unknown() -> Template {
        Template { group: "".into(), labels: Labels::default(), taints: Vec::new(), room: Amounts::default() }
    }

    /// One such node, with a name that no real node can have.
    pub(super) fn node(&self, number: usize) -> NewNode {
        let name: Name = format!("{}/new-{number}", self.group).into();
        let mut labels = self.labels.0.clone();
        labels.retain(|it| &*it.0 != marks::HOSTNAME);
        labels.push((marks::HOSTNAME.into(), name.clone()));
        NewNode { name, labels: Labels::of(labels), taints: self.taints.clone(), room: self.room.clone() }
    }

    fn less_daemons(
        world: &World,
        group: Name,
        labels: Labels,
        taints: Vec<Taint>,
        mut room: Amounts,
        is_there: impl Fn(&Daemon) -> bool,
    ) -> Template {
        let name: Name = "".into();
        let lowest = world.settings.scale_down.expendable_priority_below;
        for daemon in world.daemons.iter().filter(|it| it.priority >= lowest) {
            let ground = fixed::Ground { name: &name, labels: &labels, taints: &taints };
            let shape = &world.shapes[daemon.shape.at()];
            if fixed::judge(shape, ground) == fixed::Fixed::Fits && !is_there(daemon) {
                room.take(&shape.requests);
                room.pods -= 1;
            }
        }
        Template { group, labels, taints, room }
    }
}

fn like(node: &Node) -> (Labels, Vec<Taint>, Amounts) {
    let taints = node.taints.iter().filter(|it| !marks::is_passing(&it.key)).cloned().collect();
    (node.labels.clone(), taints, node.allocatable.clone())
}

fn promised(group: &Group) -> Option<(Labels, Vec<Taint>, Amounts)> {
    let room = with_disk(group.offer.clone()?);
    Some((with_platform(labels_of(&group.name, &group.node_labels)), group.node_taints.clone(), room))
}

fn with_platform(mut labels: Vec<(Name, Name)>) -> Labels {
    for (key, value) in PLATFORM {
        if labels.iter().all(|it| &*it.0 != key) {
            labels.push((key.into(), value.into()));
        }
    }
    Labels::of(labels)
}

fn with_disk(mut room: Amounts) -> Amounts {
    if room.ephemeral == 0 {
        room.ephemeral = EPHEMERAL_UNTOLD;
    }
    room
}

/// What each node of the group is labelled with.
fn labels_of(group: &Name, own: &Labels) -> Vec<(Name, Name)> {
    let mut labels = own.0.clone();
    labels.push((marks::GROUP.into(), group.clone()));
    labels.push((marks::MANAGED.into(), "true".into()));
    labels
}

/// A machine that is on its way.
pub(super) struct Coming {
    /// Its group, where that is one of ours.
    pub(super) group: Option<GroupId>,
    /// The Node that it has become, as long as that has not got what makes it one of the group.
    pub(super) node: Option<NodeId>,
}

/// Machines that are on their way and no node of their group yet.
pub(super) fn machines(facts: &Facts<'_>) -> Vec<Coming> {
    let world = facts.world;
    let before_ready =
        |phase: &str| matches!(phase, "" | "Pending" | "Provisioning" | "Provisioned" | "Joining");
    let named = |name: &str| {
        let alike = || world.nodes.iter().position(|it| it.name.eq_ignore_ascii_case(name)).map(NodeId::new);
        world.find_node(name).or_else(alike)
    };
    let is_bare = |node: NodeId| {
        let standing = facts.standing(node);
        standing.group.is_none() && !standing.control_plane && standing.leaving.is_none()
    };
    let mut told = BTreeSet::new();
    let coming = world.machines.iter().filter(|it| before_ready(&it.phase)).filter_map(|it| {
        let node = named(&it.node);
        let comes = node.is_none_or(|node| is_bare(node) && told.insert(node));
        comes.then_some(Coming { group: ours_named(world, &it.group), node })
    });
    coming.collect()
}

/// A node that is registered and not Ready yet.
pub(super) fn is_arriving(facts: &Facts<'_>, node: NodeId) -> bool {
    let standing = facts.standing(node);
    !standing.ever_ready && standing.leaving.is_none()
}

/// Puts everything on its way on the floor, with the room that it will have: machines by name,
/// then nodes that are there but take no pods yet, by name.
pub(super) fn seat_coming(
    facts: &Facts<'_>,
    templates: &[Option<Template>],
    floor: &mut Floor<'_>,
) -> Vec<(SiteId, GroupId)> {
    let mut coming = Vec::new();
    let open = |node: NodeId| !facts.world.node(node).unschedulable;
    for machine in machines(facts) {
        let Some(group) = machine.group else { continue };
        match (machine.node, &templates[group.at()]) {
            (Some(node), _) if open(node) => {
                let will_be = Some(&facts.world.groups[group.at()]);
                coming.push((floor.add(registered(facts, node, will_be)), group));
            }
            (None, Some(template)) => {
                coming.push((floor.add(template.node(floor.site_count())), group));
            }
            _ => {}
        }
    }
    for node in facts.nodes() {
        let standing = facts.standing(node);
        let starts = standing.ready && standing.starting && standing.leaving.is_none();
        if let Some(group) = standing.group.filter(|_| open(node) && (starts || is_arriving(facts, node))) {
            coming.push((floor.add(registered(facts, node, None)), group));
        }
    }
    coming
}

/// A node that is there but takes no pods yet: what it will have when it does. `will_be`: the group
/// whose labels and taints it has still to get.
fn registered(facts: &Facts<'_>, id: NodeId, will_be: Option<&Group>) -> NewNode {
    let world = facts.world;
    let node = world.node(id);
    let (mut labels, mut taints, mut room) = like(node);
    if let Some(group) = will_be {
        let own = labels_of(&group.name, &group.node_labels);
        labels.0.retain(|it| own.iter().all(|own| own.0 != it.0));
        labels = Labels::of(labels.0.into_iter().chain(own).collect());
        taints.extend(group.node_taints.iter().cloned());
    }
    let mut daemons = Vec::new();
    for pod in facts.with_role(id, crate::roles::Role::USES) {
        let pod = world.pod(pod);
        room.take(&world.shape_of(pod).requests);
        room.pods -= 1;
        if let Some(owner) = pod.owner.as_ref().filter(|it| it.kind == OwnerKind::DaemonSet) {
            daemons.push((pod.namespace, owner.name.clone()));
        }
    }
    let is_there = |it: &Daemon| daemons.contains(&(it.namespace, it.name.clone()));
    let left = Template::less_daemons(world, node.name.clone(), labels, taints, room, is_there);
    NewNode { name: node.name.clone(), labels: left.labels, taints: left.taints, room: left.room }
}
