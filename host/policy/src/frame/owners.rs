//! The controllers of pods: are they there, how many do they keep, which pods have the same one.

use super::recent::Recent;
use decide::world::{NamespaceId, OwnerKind, OwnerRef, PodId, World};
use policy_sdk::records::{NONE, NONE_COUNT, found, owners};
use std::collections::HashMap;
use std::ops::Range;

/// For no more pods than these, a namespace is searched and not indexed.
const PODS_FEW: usize = 256;

/// What a batch tells of a pod's controller.
#[derive(Clone, Copy)]
pub(super) struct Controller {
    pub code: u32,
    pub found: u32,
    pub number: u32,
    pub replicas: i32,
}

impl Controller {
    pub const NONE: Controller = Controller {
        code: owners::NO_CONTROLLER,
        found: found::NOT_LOOKED_UP,
        number: NONE,
        replicas: NONE_COUNT,
    };
}

/// Looks controllers up.
pub(super) struct Owners<'w> {
    recent: Recent<Held, Controller>,
    lookup: Lookup<'w>,
}

struct Lookup<'w> {
    world: &'w World,
    /// Where those of a kind and namespace stand among `World::owners`.
    ranges: HashMap<(OwnerKind, NamespaceId), Range<usize>>,
    index: Option<Index<'w>>,
}

/// A name by where it is held. A world holds each text once, and the same place is the same text.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Held {
    name: *const u8,
    bytes: usize,
    namespace: NamespaceId,
    kind: OwnerKind,
}

/// A controller by its names. Of kinds that we know the kind says all; of others the names do.
type Key<'w> = (OwnerKind, &'w str, &'w str, &'w str);

/// The first pod of each controller that is not there, in namespaces that were looked through.
#[derive(Default)]
struct Index<'w>(HashMap<NamespaceId, HashMap<Key<'w>, PodId>>);

impl<'w> Owners<'w> {
    /// `pods`: how many are going to be looked up.
    pub fn new(world: &'w World, pods: usize) -> Owners<'w> {
        let index = (pods > PODS_FEW).then(Index::default);
        Owners { recent: Recent::new(pods), lookup: Lookup { world, ranges: HashMap::new(), index } }
    }

    pub fn controller(&mut self, namespace: NamespaceId, owner: &'w OwnerRef) -> Controller {
        let lookup = &mut self.lookup;
        if owner.kind == OwnerKind::Other {
            return lookup.controller(namespace, owner);
        }
        let held = Held { name: owner.name.as_ptr(), bytes: owner.name.len(), namespace, kind: owner.kind };
        // Texts begin some 16 bytes or more after one another.
        let number = (held.name as usize) / 16 + namespace.at();
        self.recent.get(number, held, || lookup.controller(namespace, owner))
    }
}

impl<'w> Lookup<'w> {
    fn controller(&mut self, namespace: NamespaceId, owner: &'w OwnerRef) -> Controller {
        let there = if owner.kind == OwnerKind::Other { None } else { self.position(namespace, owner) };
        let owners = &self.world.owners;
        let replicas = match (owner.kind, there) {
            (OwnerKind::ReplicationController | OwnerKind::ReplicaSet | OwnerKind::StatefulSet, Some(at)) => {
                owners[at].replicas.unwrap_or(1)
            }
            _ => NONE_COUNT,
        };
        let number = there.unwrap_or_else(|| self.number_of_absent(namespace, owner));
        Controller {
            code: code(owner.kind),
            found: match (owner.kind, there) {
                (OwnerKind::Other, _) => found::NOT_LOOKED_UP,
                (_, Some(_)) => found::EXISTS,
                (_, None) => found::MISSING,
            },
            number: u32::try_from(number).unwrap_or(NONE),
            replicas,
        }
    }

    fn position(&mut self, namespace: NamespaceId, owner: &OwnerRef) -> Option<usize> {
        let world = self.world;
        let range = self.ranges.entry((owner.kind, namespace)).or_insert_with(|| {
            let wanted = (owner.kind, &*world.namespaces[namespace.at()].name);
            let from = world.owners.partition_point(|it| (it.kind, &*it.namespace) < wanted);
            let to = world.owners.partition_point(|it| (it.kind, &*it.namespace) <= wanted);
            from..to
        });
        let found = world.owners[range.clone()].binary_search_by(|it| (*it.name).cmp(&owner.name));
        found.ok().map(|at| range.start + at)
    }

    /// Controllers that are there are numbered by their position, nodes (of mirror pods) after
    /// them, and the others after those, by the first pod that names them.
    fn number_of_absent(&mut self, namespace: NamespaceId, owner: &'w OwnerRef) -> usize {
        let world = self.world;
        let owners = world.owners.len();
        if &*owner.kind_name == "Node"
            && owner.api_group.is_empty()
            && let Some(node) = world.find_node(&owner.name)
        {
            return owners + node.at();
        }
        let first = match &mut self.index {
            Some(index) => index.first_pod(world, namespace, owner),
            None => first_pod(world, namespace, owner),
        };
        owners + world.nodes.len() + first.map_or(0, PodId::at)
    }
}

impl<'w> Index<'w> {
    fn first_pod(&mut self, world: &'w World, namespace: NamespaceId, owner: &'w OwnerRef) -> Option<PodId> {
        let pods = self.0.entry(namespace).or_insert_with(|| {
            let mut pods = HashMap::new();
            for (pod, owner) in owned(world, namespace) {
                pods.entry(key(owner)).or_insert(pod);
            }
            pods
        });
        pods.get(&key(owner)).copied()
    }
}

fn first_pod(world: &World, namespace: NamespaceId, owner: &OwnerRef) -> Option<PodId> {
    let mut same = owned(world, namespace).filter(|it| it.1.kind == owner.kind);
    same.find(|it| key(it.1) == key(owner)).map(|it| it.0)
}

/// The pods of a namespace that name a controller.
fn owned(world: &World, namespace: NamespaceId) -> impl Iterator<Item = (PodId, &OwnerRef)> {
    let from = world.pods.partition_point(|it| it.namespace < namespace);
    let pods = world.pods[from..].iter().zip(from..).take_while(move |it| it.0.namespace == namespace);
    pods.filter_map(|(pod, at)| Some((PodId::new(at), pod.owner.as_ref()?)))
}

fn key(owner: &OwnerRef) -> Key<'_> {
    let (kind, group): (&str, &str) = match owner.kind {
        OwnerKind::Other => (&owner.kind_name, &owner.api_group),
        _ => ("", ""),
    };
    (owner.kind, kind, group, &owner.name)
}

fn code(kind: OwnerKind) -> u32 {
    match kind {
        OwnerKind::ReplicationController => owners::REPLICATION_CONTROLLER,
        OwnerKind::ReplicaSet => owners::REPLICA_SET,
        OwnerKind::StatefulSet => owners::STATEFUL_SET,
        OwnerKind::Job => owners::JOB,
        OwnerKind::DaemonSet => owners::DAEMON_SET,
        OwnerKind::Other => owners::OTHER,
    }
}
