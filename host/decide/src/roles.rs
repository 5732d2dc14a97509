//! What a pod is to the node that it runs on: does it use room, must it move, can it block?

use crate::marks;
use crate::settings::Settings;
use crate::world::{Effect, OwnerKind, Phase, Place, Pod, Shape, Taint, World};

/// How long past its deletionTimestamp a pod still counts. The timestamp already holds the grace.
const GONE_AFTER_SECS: i64 = 30;

/// A set of answers about one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Role(u16);

impl Role {
    /// It takes room where it is, and counts in use and score.
    pub const USES: Role = Role(1);
    /// It needs a place elsewhere before its node can go.
    pub const MOVES: Role = Role(2);
    /// Somebody would miss it: it is evicted, and its node is not empty.
    pub const EVICTED: Role = Role(4);
    /// Marks, budgets and volumes on it can keep the node.
    pub const BLOCKS: Role = Role(8);
    /// A policy may judge it.
    pub const LISTED: Role = Role(16);
    pub const MIRROR: Role = Role(32);
    pub const DAEMON: Role = Role(64);
    /// Tolerates our taint and may stay until the server goes.
    pub const STAYS: Role = Role(128);
    pub const EXPENDABLE: Role = Role(256);
    pub const DELETING: Role = Role(512);

    #[must_use]
    pub fn is(self, other: Role) -> bool {
        self.0 & other.0 == other.0
    }

    fn with(self, other: Role, on: bool) -> Role {
        if on { Role(self.0 | other.0) } else { self }
    }
}

/// The role of one pod. Nothing at all for one that is finished or as good as gone.
#[must_use]
pub fn role(world: &World, pod: &Pod, tolerates_leaving: bool, settings: &Settings) -> Role {
    let none = Role::default();
    if matches!(pod.phase, Phase::Succeeded | Phase::Failed) {
        return none;
    }
    if pod.deleting.is_some_and(|at| world.now.since(at) >= GONE_AFTER_SECS) {
        return none;
    }
    let annotations = world.annotations_of(pod);
    let deleting = pod.deleting.is_some();
    let expendable = pod.priority < settings.scale_down.expendable_priority_below;
    let mirror = marks::is_mirror(annotations);
    let daemon = !mirror && is_daemon(world, pod);
    let bound_to_node = mirror || daemon;
    let returns = !bound_to_node
        && !expendable
        && pod.owner.as_ref().is_some_and(|it| it.kind == OwnerKind::StatefulSet);
    let vanishing = deleting && !returns;
    let stays = !bound_to_node && !vanishing && tolerates_leaving;
    none.with(Role::USES, !expendable)
        .with(Role::MOVES, !bound_to_node && !vanishing && !stays && !expendable)
        .with(Role::EVICTED, !bound_to_node && !vanishing)
        .with(Role::BLOCKS, !mirror && !deleting)
        .with(Role::LISTED, !deleting && !expendable)
        .with(Role::MIRROR, mirror)
        .with(Role::DAEMON, daemon)
        .with(Role::STAYS, stays)
        .with(Role::EXPENDABLE, expendable)
        .with(Role::DELETING, deleting)
}

/// A pod that comes and goes with its node.
#[must_use]
pub fn is_daemon(world: &World, pod: &Pod) -> bool {
    pod.owner.as_ref().is_some_and(|it| it.kind == OwnerKind::DaemonSet)
        || marks::is_daemon(world.annotations_of(pod))
}

/// Waits for a node: nothing holds it back but room.
#[must_use]
pub fn is_pending(world: &World, pod: &Pod, settings: &Settings) -> bool {
    pod.place == Place::Unbound
        && pod.deleting.is_none()
        && !pod.gated
        && !matches!(pod.phase, Phase::Succeeded | Phase::Failed)
        && pod.priority >= settings.scale_down.expendable_priority_below
        && !is_daemon(world, pod)
}

/// Whether a pod of this shape may stay on a node that carries our taint.
#[must_use]
pub fn tolerates_leaving(shape: &Shape) -> bool {
    let taint =
        Taint { key: marks::LEAVING.into(), value: "".into(), effect: Effect::NoSchedule, since: None };
    crate::place::fixed::tolerates(&shape.tolerations, &taint)
}
