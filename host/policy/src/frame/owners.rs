//! The controllers of pods: are they there, how many do they keep, which pods have the same one.

use decide::world::{NamespaceId, OwnerKind, OwnerRef, PodId, World};
use policy_sdk::records::{NONE, NONE_COUNT, found, owners};
use std::collections::HashMap;

/// What a batch tells of a pod's controller.
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

/// Looks controllers up: one by one where few are asked for, else with an index that is made once.
pub(super) struct Owners<'w> {
    world: &'w World,
    index: Option<Index<'w>>,
}

/// A controller by its names. Of kinds that we know the kind says all; of others the names do.
type Key<'w> = (OwnerKind, &'w str, &'w str, NamespaceId, &'w str);

struct Index<'w> {
    /// Those that are there, by position in `World::owners`.
    there: HashMap<(OwnerKind, &'w str, &'w str), usize>,
    /// The first pod of those that are not.
    first_pods: HashMap<Key<'w>, PodId>,
    /// Namespaces whose pods are in `first_pods`.
    indexed: Vec<bool>,
}

impl<'w> Owners<'w> {
    /// `pods`: how many are going to be looked up.
    pub fn new(world: &'w World, pods: usize) -> Owners<'w> {
        // A lookup in the index is some ten times as fast as a search, and an entry costs as much.
        let index = (pods > world.owners.len() / 8).then(|| {
            let owners = world.owners.iter().zip(0..);
            let there = owners.map(|(it, at)| ((it.kind, &*it.namespace, &*it.name), at)).collect();
            Index { there, first_pods: HashMap::new(), indexed: vec![false; world.namespaces.len()] }
        });
        Owners { world, index }
    }

    pub fn controller(&mut self, namespace: NamespaceId, owner: &'w OwnerRef) -> Controller {
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

    fn position(&self, namespace: NamespaceId, owner: &OwnerRef) -> Option<usize> {
        let namespace = &*self.world.namespaces[namespace.at()].name;
        match &self.index {
            Some(index) => index.there.get(&(owner.kind, namespace, &*owner.name)).copied(),
            None => {
                let owners = &self.world.owners;
                let named = (owner.kind, namespace, &*owner.name);
                owners.binary_search_by(|it| (it.kind, &*it.namespace, &*it.name).cmp(&named)).ok()
            }
        }
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
        if !self.indexed[namespace.at()] {
            self.indexed[namespace.at()] = true;
            for (pod, owner) in owned(world, namespace) {
                self.first_pods.entry(key(namespace, owner)).or_insert(pod);
            }
        }
        self.first_pods.get(&key(namespace, owner)).copied()
    }
}

fn first_pod(world: &World, namespace: NamespaceId, owner: &OwnerRef) -> Option<PodId> {
    let wanted = key(namespace, owner);
    let mut same = owned(world, namespace).filter(|it| it.1.kind == owner.kind);
    same.find(|it| key(namespace, it.1) == wanted).map(|it| it.0)
}

/// The pods of a namespace that name a controller.
fn owned(world: &World, namespace: NamespaceId) -> impl Iterator<Item = (PodId, &OwnerRef)> {
    let from = world.pods.partition_point(|it| it.namespace < namespace);
    let pods = world.pods[from..].iter().zip(from..).take_while(move |it| it.0.namespace == namespace);
    pods.filter_map(|(pod, at)| Some((PodId::new(at), pod.owner.as_ref()?)))
}

fn key(namespace: NamespaceId, owner: &OwnerRef) -> Key<'_> {
    let (kind, group): (&str, &str) = match owner.kind {
        OwnerKind::Other => (&owner.kind_name, &owner.api_group),
        _ => ("", ""),
    };
    (owner.kind, kind, group, namespace, &owner.name)
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
