//! The controllers of pods: are they there, how many do they keep, which pods have the same one.

use super::recent::Recent;
use decide::world::{Name, NamespaceId, OwnerKind, OwnerRef, PodId, World};
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

/// A controller by where its name is held. A world holds each text once, and the same place is the
/// same text.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Held {
    name: *const u8,
    bytes: usize,
    namespace: NamespaceId,
    kind: OwnerKind,
}

impl Held {
    fn new(kind: OwnerKind, namespace: NamespaceId, name: &Name) -> Held {
        Held { name: name.as_ptr(), bytes: name.len(), namespace, kind }
    }

    /// Texts begin some 16 bytes or more after one another.
    fn number(&self) -> usize {
        (self.name as usize) / 16 + self.namespace.at()
    }
}

/// A controller by its names. Of kinds that we know the kind says all; of others the names do.
type Key<'w> = (OwnerKind, &'w str, &'w str, &'w str);

/// The first pod of each controller that is not there, in namespaces that were looked through.
#[derive(Default)]
struct Index<'w>(HashMap<NamespaceId, HashMap<Key<'w>, PodId>>);

impl<'w> Owners<'w> {
    /// `pods`: how many are going to be looked up.
    pub fn new(world: &'w World, pods: usize) -> Owners<'w> {
        let many = pods > PODS_FEW;
        let index = many.then(Index::default);
        let lookup = Lookup { world, ranges: HashMap::new(), index };
        let mut recent = Recent::new(if many { pods.max(4 * world.owners.len()) } else { pods });
        if many {
            for (held, controller) in lookup.all_there() {
                recent.put(held.number(), held, controller);
            }
        }
        Owners { recent, lookup }
    }

    pub fn controller(&mut self, namespace: NamespaceId, owner: &'w OwnerRef) -> Controller {
        let lookup = &mut self.lookup;
        if owner.kind == OwnerKind::Other {
            return lookup.controller(namespace, owner);
        }
        let held = Held::new(owner.kind, namespace, &owner.name);
        self.recent.get(held.number(), held, || lookup.controller(namespace, owner))
    }
}

impl<'w> Lookup<'w> {
    /// Those that are there, without a look at their names.
    fn all_there(&self) -> impl Iterator<Item = (Held, Controller)> {
        let world = self.world;
        let mut last: Option<(&Name, NamespaceId)> = None;
        world.owners.iter().enumerate().filter_map(move |(at, it)| {
            let id = match last {
                Some((name, id)) if *name == it.namespace => id,
                _ => {
                    let found = world.namespaces.binary_search_by(|known| known.name.cmp(&it.namespace));
                    let id = NamespaceId::new(found.ok()?);
                    last = Some((&it.namespace, id));
                    id
                }
            };
            Some((Held::new(it.kind, id, &it.name), self.there(at)))
        })
    }

    fn there(&self, at: usize) -> Controller {
        let owner = &self.world.owners[at];
        let replicas = match owner.kind {
            OwnerKind::ReplicationController | OwnerKind::ReplicaSet | OwnerKind::StatefulSet => {
                owner.replicas.unwrap_or(1)
            }
            OwnerKind::Job | OwnerKind::DaemonSet | OwnerKind::Other => NONE_COUNT,
        };
        Controller { code: code(owner.kind), found: found::EXISTS, number: number(at), replicas }
    }

    fn controller(&mut self, namespace: NamespaceId, owner: &'w OwnerRef) -> Controller {
        let known = owner.kind != OwnerKind::Other;
        if known && let Some(at) = self.position(namespace, owner) {
            return self.there(at);
        }
        Controller {
            code: code(owner.kind),
            found: if known { found::MISSING } else { found::NOT_LOOKED_UP },
            number: number(self.number_of_absent(namespace, owner)),
            replicas: NONE_COUNT,
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

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
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
