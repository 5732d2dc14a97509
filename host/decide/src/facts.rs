//! What follows at once from the world, worked out once a tick: the role of each pod, who lives
//! on which node, how each node stands. A handful of allocations, however large the cluster.

use crate::marks;
use crate::roles::{self, Role};
use crate::time::{Stamp, Time};
use crate::world::{Effect, GroupId, Name, Node, NodeId, Place, PodId, Ready, World};

/// A node that was not Ready within this long of its creation was never Ready since: the
/// controller writes the condition once at the start, and again when it changes.
const FIRST_CONDITION_SECS: i64 = 10;

#[derive(Debug)]
pub struct Facts<'w> {
    pub world: &'w World,
    pub roles: Vec<Role>,
    pub standing: Vec<Standing>,
    starts: Vec<u32>,
    residents: Vec<PodId>,
}

/// How a node stands, whatever its pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub control_plane: bool,
    /// The managed group that it belongs to, where there is exactly one.
    pub group: Option<GroupId>,
    pub ready: bool,
    pub ever_ready: bool,
    /// Carries a start-up taint.
    pub starting: bool,
    /// Being removed by us, since then.
    pub leaving: Option<Time>,
    /// Somebody else wants it left alone: it does not go.
    pub cordoned: bool,
    /// Somebody else keeps pods off it: it takes none of ours.
    pub closed: bool,
}

impl Standing {
    /// Whether pods of other nodes may be put on it.
    #[must_use]
    pub fn takes_pods(&self) -> bool {
        self.ready && !self.closed && self.leaving.is_none() && !self.starting
    }

    #[must_use]
    pub fn initialised(&self) -> bool {
        self.ever_ready && !self.starting
    }
}

impl<'w> Facts<'w> {
    #[must_use]
    pub fn of(world: &'w World) -> Facts<'w> {
        let tolerant: Vec<bool> = world.shapes.iter().map(roles::tolerates_leaving).collect();
        let roles = world
            .pods
            .iter()
            .map(|it| roles::role(world, it, tolerant[it.shape.at()], &world.settings))
            .collect();

        let mut starts = vec![0u32; world.nodes.len() + 1];
        for pod in &world.pods {
            if let Place::On(node) = pod.place {
                starts[node.at() + 1] += 1;
            }
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut residents = vec![PodId(0); starts.last().map_or(0, |it| *it as usize)];
        for (at, pod) in world.pods.iter().enumerate() {
            if let Place::On(node) = pod.place {
                let slot = &mut next[node.at()];
                residents[*slot as usize] = PodId::new(at);
                *slot += 1;
            }
        }

        let standing = world.nodes.iter().map(|it| standing(world, it)).collect();
        Facts { world, roles, standing, starts, residents }
    }

    /// The pods bound to the node, by namespace and name, finished ones too.
    #[must_use]
    pub fn residents(&self, node: NodeId) -> &[PodId] {
        &self.residents[self.starts[node.at()] as usize..self.starts[node.at() + 1] as usize]
    }

    #[must_use]
    pub fn role(&self, pod: PodId) -> Role {
        self.roles[pod.at()]
    }

    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.world.nodes.len()).map(NodeId::new)
    }

    #[must_use]
    pub fn standing(&self, node: NodeId) -> &Standing {
        &self.standing[node.at()]
    }

    /// Residents with this role.
    pub fn with_role(&self, node: NodeId, role: Role) -> impl Iterator<Item = PodId> + '_ {
        self.residents(node).iter().copied().filter(move |it| self.role(*it).is(role))
    }

    /// Since when the node has not been Ready, if it is not.
    #[must_use]
    pub fn unready_since(&self, node: NodeId) -> Option<Time> {
        match self.world.node(node).ready {
            Ready::No { since } => Some(since),
            Ready::Absent | Ready::Yes { .. } => None,
        }
    }

    /// How much it is used does not count: it is dead, or its group is to go.
    #[must_use]
    pub fn goes_unasked(&self, node: NodeId) -> bool {
        let group = self.standing(node).group.map(|it| &self.world.groups[it.at()]);
        self.dead(node) || group.is_some_and(|it| it.leaving)
    }

    /// Unready for so long that it may be removed for that alone.
    #[must_use]
    pub fn dead(&self, node: NodeId) -> bool {
        let settings = &self.world.settings.scale_down;
        settings.remove_unready
            && self
                .unready_since(node)
                .is_some_and(|it| self.world.now.since(it) >= i64::from(settings.unready_secs))
    }
}

fn standing(world: &World, node: &Node) -> Standing {
    let leaving = leaving(world, node);
    let half_marked = leaving.is_none()
        && (marks::leaving_taint(&node.taints).is_some()
            || node.annotations.get(marks::LEAVING_SINCE).is_some());
    let (ready, ever_ready) = match node.ready {
        Ready::Absent => (false, false),
        Ready::Yes { .. } => (true, true),
        Ready::No { since } => (false, since.since(node.created) > FIRST_CONDITION_SECS),
    };
    let taken = marks::taken_by_other(&node.taints);
    Standing {
        control_plane: marks::control_plane(&node.labels).is_some(),
        group: group_of(world, node),
        ready,
        ever_ready,
        starting: marks::startup_taint(&node.taints).is_some(),
        leaving,
        cordoned: leaving.is_none() && (node.unschedulable || half_marked || taken.is_some()),
        closed: node.unschedulable || taken.is_some_and(|it| it.effect != Effect::PreferNoSchedule),
    }
}

/// Taint and annotation are written in one patch, so one without the other is not ours.
fn leaving(world: &World, node: &Node) -> Option<Time> {
    marks::leaving_taint(&node.taints)?;
    match Stamp::of(node.annotations.get(marks::LEAVING_SINCE)) {
        Stamp::At(since) if since <= world.now => Some(since),
        _ => None,
    }
}

/// The managed groups of this name. Where there are several, nobody can tell whose a node is.
pub(crate) fn managed_named<'w>(world: &'w World, name: &Name) -> impl Iterator<Item = GroupId> + use<'w> {
    let from = world.groups.partition_point(|it| it.name < *name);
    let name = name.clone();
    let named = world.groups[from..].iter().enumerate().take_while(move |(_, it)| it.name == name);
    named.filter(|(_, it)| it.managed).map(move |(at, _)| GroupId::new(from + at))
}

/// Whether the group is one that we look after: managed, and the only managed one of its name.
#[must_use]
pub fn is_ours(world: &World, group: GroupId) -> bool {
    managed_named(world, &world.groups[group.at()].name).eq([group])
}

/// The group of this name, if it is one that we look after.
pub(crate) fn ours_named(world: &World, name: &Name) -> Option<GroupId> {
    managed_named(world, name).next().filter(|it| is_ours(world, *it))
}

fn group_of(world: &World, node: &Node) -> Option<GroupId> {
    if !node.labels.is(marks::MANAGED, "true") {
        return None;
    }
    ours_named(world, node.labels.get(marks::GROUP)?)
}
