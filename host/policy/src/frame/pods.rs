//! The pods of a batch as columns, and single ones of them.

use super::owners::{Controller, Owners};
use super::recent::Recent;
use super::{Frame, amount, length};
use decide::marks::{self, SafeToEvict};
use decide::place::fixed::tolerates;
use decide::roles::Role;
use decide::select::Labels;
use decide::tick::Tick;
use decide::world::{
    Effect, LabelsId, NamespaceId, NodeId, Phase, Pod, PodId, PodVolumeKind, Shape, Taint, World,
};
use policy_sdk::records::{NONE, NONE_TIME, NodeIndex, PodColumns, PodIndex, Sym, pod_bits};

impl<'w> Frame<'_, 'w> {
    /// The nodes of a range, as much of it as there is.
    pub fn range(&self, first: NodeIndex, count: u32) -> &[NodeId] {
        let from = (first as usize).min(self.nodes.len());
        let to = from.saturating_add(count as usize).min(self.nodes.len());
        &self.nodes[from..to]
    }

    /// The pods of a node that a policy may judge, by namespace and name.
    pub fn listed(&self, node: NodeId) -> impl Iterator<Item = PodId> + '_ {
        self.tick.facts.with_role(node, Role::LISTED)
    }

    /// The pod at a position among those of its node.
    pub fn pod_at(&self, node: NodeIndex, pod: PodIndex) -> Option<PodId> {
        let node = *self.nodes.get(node as usize)?;
        self.listed(node).nth(pod as usize)
    }

    /// One column after the other: what a pod points to is seldom near, and many fetches at a time
    /// take no longer than one.
    pub fn pod_columns(&self, first: NodeIndex, count: u32) -> PodColumns {
        let world = self.tick.world;
        let mut desk = self.desk.borrow_mut();
        let desk = desk.get_or_insert_with(|| {
            let all: u32 = self.batch.nodes.pods_listed.iter().sum();
            Desk::new(world, all as usize)
        });
        let ids: Vec<PodId> = self.range(first, count).iter().flat_map(|it| self.listed(*it)).collect();
        let pods: Vec<&Pod> = ids.iter().map(|it| world.pod(*it)).collect();
        let shapes: Vec<&Shape> = pods.iter().map(|it| world.shape_of(it)).collect();
        let notes: Vec<Notes> = pods.iter().map(|it| desk.notes(it)).collect();
        let controllers: Vec<Controller> = pods.iter().map(|it| desk.controller(it)).collect();
        let kinds: Vec<(Sym, Sym)> = pods.iter().map(|it| self.kind_of(it)).collect();
        let locals: Vec<LocalVolumes> = (0..pods.len())
            .map(|at| LocalVolumes::of(shapes[at], &notes[at], world.annotations_of(pods[at])))
            .collect();
        let bits = (0..pods.len())
            .map(|at| bits(self.tick.facts.role(ids[at]), pods[at], shapes[at], &notes[at], &desk.leaving))
            .collect();
        PodColumns {
            started: pods.iter().map(|it| it.started.map_or(NONE_TIME, |it| it.0)).collect(),
            cpu: shapes.iter().map(|it| amount(it.requests.cpu)).collect(),
            memory: shapes.iter().map(|it| amount(it.requests.memory)).collect(),
            namespace: pods.iter().map(|it| self.symbols.of_namespace(it.namespace)).collect(),
            bits,
            owner: controllers.iter().map(|it| it.code).collect(),
            owner_kind: kinds.iter().map(|it| it.0).collect(),
            owner_api_group: kinds.iter().map(|it| it.1).collect(),
            owner_found: controllers.iter().map(|it| it.found).collect(),
            owner_number: controllers.iter().map(|it| it.number).collect(),
            replicas: controllers.iter().map(|it| it.replicas).collect(),
            empty_dirs: locals.iter().map(|it| it.empty_dirs).collect(),
            host_paths: locals.iter().map(|it| it.host_paths).collect(),
            volumes: shapes.iter().map(|it| length(it.volumes.len())).collect(),
            pdbs: ids.iter().zip(&pods).map(|(id, pod)| desk.budgets(self.tick, *id, pod)).collect(),
            priority: pods.iter().map(|it| it.priority).collect(),
            deletion_cost: notes.iter().map(|it| it.deletion_cost).collect(),
        }
    }

    /// The kind of a pod's controller and its API group.
    fn kind_of(&self, pod: &Pod) -> (Sym, Sym) {
        pod.owner.as_ref().map_or((NONE, NONE), |it| self.symbols.of_owner(it))
    }
}

/// What is looked up for many pods and the same for most of them.
pub(super) struct Desk<'w> {
    world: &'w World,
    owners: Owners<'w>,
    notes: Recent<LabelsId, Notes>,
    budgets: Recent<(NamespaceId, LabelsId), u32>,
    leaving: Taint,
}

/// What the annotations of a pod say.
#[derive(Clone, Copy)]
struct Notes {
    safe_to_evict: bool,
    prefers_no_eviction: bool,
    spares_volumes: bool,
    deletion_cost: i32,
}

impl<'w> Desk<'w> {
    /// `pods`: how many there are in the batch.
    fn new(world: &'w World, pods: usize) -> Desk<'w> {
        let effect = Effect::NoSchedule;
        Desk {
            world,
            owners: Owners::new(world, pods),
            notes: Recent::new(pods),
            budgets: Recent::new(pods),
            leaving: Taint { key: marks::LEAVING.into(), value: "".into(), effect, since: None },
        }
    }

    fn controller(&mut self, pod: &'w Pod) -> Controller {
        let owner = pod.owner.as_ref();
        owner.map_or(Controller::NONE, |it| self.owners.controller(pod.namespace, it))
    }

    fn notes(&mut self, pod: &Pod) -> Notes {
        let annotations = self.world.annotations_of(pod);
        self.notes.get(pod.annotations.at(), pod.annotations, || Notes {
            safe_to_evict: marks::safe_to_evict(annotations) == SafeToEvict::Yes,
            prefers_no_eviction: marks::prefers_no_eviction(annotations),
            spares_volumes: marks::spared_volumes(annotations).next().is_some(),
            deletion_cost: marks::deletion_cost(annotations),
        })
    }

    fn budgets(&mut self, tick: &Tick<'_>, id: PodId, pod: &Pod) -> u32 {
        if self.world.budgets.is_empty() {
            return 0;
        }
        let key = (pod.namespace, pod.labels);
        self.budgets.get(pod.labels.at(), key, || length(tick.ledger.budgets(id).len()))
    }
}

fn bits(role: Role, pod: &Pod, shape: &Shape, notes: &Notes, leaving: &Taint) -> u32 {
    let bits = [
        (pod_bits::MIRROR, role.is(Role::MIRROR)),
        (pod_bits::DAEMON, role.is(Role::DAEMON)),
        (pod_bits::READY, pod.ready),
        (pod_bits::PENDING, pod.phase == Phase::Pending),
        (pod_bits::SAFE_TO_EVICT, notes.safe_to_evict),
        (pod_bits::TOLERATES_OUR_TAINT, tolerates(&shape.tolerations, leaving)),
        (pod_bits::PREFER_NO_EVICTION, notes.prefers_no_eviction),
        (pod_bits::HOST_NETWORK, shape.host_network),
    ];
    bits.iter().filter(|it| it.1).fold(0, |bits, it| bits | it.0)
}

/// Volumes that are lost with the node and that the pod's owner does not say to be worth nothing.
#[derive(Default)]
struct LocalVolumes {
    empty_dirs: u32,
    host_paths: u32,
}

impl LocalVolumes {
    fn of(shape: &Shape, notes: &Notes, annotations: &Labels) -> LocalVolumes {
        let mut count = LocalVolumes::default();
        for volume in &shape.volumes {
            let counter = match volume.kind {
                PodVolumeKind::EmptyDir { memory: false } => &mut count.empty_dirs,
                PodVolumeKind::HostPath => &mut count.host_paths,
                _ => continue,
            };
            *counter += u32::from(!(notes.spares_volumes && is_spared(annotations, &volume.name)));
        }
        count
    }
}

/// Named in the pod's list of local volumes that are safe to lose.
pub(crate) fn is_spared(annotations: &Labels, volume: &str) -> bool {
    marks::spared_volumes(annotations).any(|it| it == volume)
}
