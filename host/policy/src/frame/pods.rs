//! The pods of a batch as columns, and single ones of them.

use super::owners::{Controller, Owners};
use super::{Frame, amount};
use decide::marks::{self, SafeToEvict};
use decide::place::fixed::tolerates;
use decide::roles::Role;
use decide::select::Labels;
use decide::world::{Effect, NodeId, Phase, Pod, PodId, PodVolumeKind, Shape, Taint};
use policy_sdk::records::{NONE, NONE_TIME, NodeIndex, PodColumns, PodIndex, pod_bits};

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

    pub fn pod_columns(&self, first: NodeIndex, count: u32) -> PodColumns {
        let world = self.tick.world;
        let nodes = self.range(first, count);
        let from = (first as usize).min(self.nodes.len());
        let pods = self.batch.nodes.pods_listed[from..from + nodes.len()].iter().sum::<u32>() as usize;
        let mut columns = with_capacity(pods);
        let leaving =
            Taint { key: marks::LEAVING.into(), value: "".into(), effect: Effect::NoSchedule, since: None };
        let mut owners = self.owners.borrow_mut();
        let owners = owners.get_or_insert_with(|| {
            let all = self.batch.nodes.pods_listed.iter().sum::<u32>();
            Owners::new(world, all as usize)
        });
        for id in nodes.iter().flat_map(|it| self.listed(*it)) {
            let pod = world.pod(id);
            let shape = world.shape_of(pod);
            let annotations = world.annotations_of(pod);
            let controller = match &pod.owner {
                Some(owner) => owners.controller(pod.namespace, owner),
                None => Controller::NONE,
            };
            let (kind, group) = pod.owner.as_ref().map_or((NONE, NONE), |it| self.symbols.of_owner(it));
            let local = LocalVolumes::of(shape, annotations);

            columns.started.push(pod.started.map_or(NONE_TIME, |it| it.0));
            columns.cpu.push(amount(shape.requests.cpu));
            columns.memory.push(amount(shape.requests.memory));
            columns.namespace.push(self.symbols.of_namespace(pod.namespace));
            columns.bits.push(bits(self.tick.facts.role(id), pod, shape, annotations, &leaving));
            columns.owner.push(controller.code);
            columns.owner_kind.push(kind);
            columns.owner_api_group.push(group);
            columns.owner_found.push(controller.found);
            columns.owner_number.push(controller.number);
            columns.replicas.push(controller.replicas);
            columns.empty_dirs.push(local.empty_dirs);
            columns.host_paths.push(local.host_paths);
            columns.volumes.push(u32::try_from(shape.volumes.len()).unwrap_or(NONE));
            let budgets = if world.budgets.is_empty() { 0 } else { self.tick.ledger.budgets(id).len() };
            columns.pdbs.push(u32::try_from(budgets).unwrap_or(NONE));
            columns.priority.push(pod.priority);
            columns.deletion_cost.push(marks::deletion_cost(annotations));
        }
        columns
    }
}

fn with_capacity(pods: usize) -> PodColumns {
    PodColumns {
        started: Vec::with_capacity(pods),
        cpu: Vec::with_capacity(pods),
        memory: Vec::with_capacity(pods),
        namespace: Vec::with_capacity(pods),
        bits: Vec::with_capacity(pods),
        owner: Vec::with_capacity(pods),
        owner_kind: Vec::with_capacity(pods),
        owner_api_group: Vec::with_capacity(pods),
        owner_found: Vec::with_capacity(pods),
        owner_number: Vec::with_capacity(pods),
        replicas: Vec::with_capacity(pods),
        empty_dirs: Vec::with_capacity(pods),
        host_paths: Vec::with_capacity(pods),
        volumes: Vec::with_capacity(pods),
        pdbs: Vec::with_capacity(pods),
        priority: Vec::with_capacity(pods),
        deletion_cost: Vec::with_capacity(pods),
    }
}

fn bits(role: Role, pod: &Pod, shape: &Shape, annotations: &Labels, leaving: &Taint) -> u32 {
    let bits = [
        (pod_bits::MIRROR, role.is(Role::MIRROR)),
        (pod_bits::DAEMON, role.is(Role::DAEMON)),
        (pod_bits::READY, pod.ready),
        (pod_bits::PENDING, pod.phase == Phase::Pending),
        (pod_bits::SAFE_TO_EVICT, marks::safe_to_evict(annotations) == SafeToEvict::Yes),
        (pod_bits::TOLERATES_OUR_TAINT, tolerates(&shape.tolerations, leaving)),
        (pod_bits::PREFER_NO_EVICTION, marks::prefers_no_eviction(annotations)),
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
    fn of(shape: &Shape, annotations: &Labels) -> LocalVolumes {
        let mut count = LocalVolumes::default();
        for volume in &shape.volumes {
            let counter = match volume.kind {
                PodVolumeKind::EmptyDir { memory: false } => &mut count.empty_dirs,
                PodVolumeKind::HostPath => &mut count.host_paths,
                _ => continue,
            };
            *counter += u32::from(!is_spared(annotations, &volume.name));
        }
        count
    }
}

/// Named in the pod's list of local volumes that are safe to lose.
pub(crate) fn is_spared(annotations: &Labels, volume: &str) -> bool {
    marks::spared_volumes(annotations).any(|it| it == volume)
}
