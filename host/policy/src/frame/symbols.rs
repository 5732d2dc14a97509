//! The texts of a batch, each once.

use decide::facts::Facts;
use decide::marks;
use decide::roles::Role;
use decide::world::{NamespaceId, NodeId, OwnerKind, OwnerRef, World};
use policy_sdk::records::{NONE, Sym, Table};
use std::collections::HashMap;

/// How kinds that we know are written, and their API groups.
const KNOWN_KINDS: [(OwnerKind, &str, &str); 5] = [
    (OwnerKind::ReplicationController, "ReplicationController", ""),
    (OwnerKind::ReplicaSet, "ReplicaSet", "apps"),
    (OwnerKind::StatefulSet, "StatefulSet", "apps"),
    (OwnerKind::Job, "Job", "batch"),
    (OwnerKind::DaemonSet, "DaemonSet", "apps"),
];

/// Where the texts of the world stand in the symbol table.
pub(crate) struct Symbols<'w> {
    by_text: HashMap<&'w str, Sym>,
    namespaces: Vec<Sym>,
    kinds: [(Sym, Sym); KNOWN_KINDS.len()],
}

impl<'w> Symbols<'w> {
    pub fn of(facts: &Facts<'w>, nodes: &[NodeId]) -> (Symbols<'w>, Table) {
        let world = facts.world;
        let mut texts: Vec<&str> = Vec::with_capacity(nodes.len() * 3 + 64);
        for group in &world.groups {
            texts.extend([&*group.name, &*group.namespace]);
        }
        texts.extend(KNOWN_KINDS.iter().flat_map(|it| [it.1, it.2]));
        let mut labels = [(&marks::ZONES, ""), (&marks::INSTANCE_TYPES, "")];
        let mut used = vec![false; world.namespaces.len()];
        let mut others: Vec<(&str, &str)> = Vec::new();
        for node in nodes {
            let it = world.node(*node);
            texts.push(&it.name);
            for (keys, last) in &mut labels {
                // Mostly the same as that of the node before.
                if let Some(value) = marks::first_of(&it.labels, *keys).filter(|it| ***it != **last) {
                    texts.push(value);
                    *last = value;
                }
            }
            for pod in facts.with_role(*node, Role::LISTED).map(|it| world.pod(it)) {
                used[pod.namespace.at()] = true;
                if let Some(owner) = pod.owner.as_ref().filter(|it| it.kind == OwnerKind::Other) {
                    let names = (&*owner.kind_name, &*owner.api_group);
                    if !others.contains(&names) {
                        others.push(names);
                    }
                }
            }
        }
        texts.extend(others.into_iter().flat_map(|it| [it.0, it.1]));
        let namespaces = world.namespaces.iter().zip(used).filter(|it| it.1);
        texts.extend(namespaces.map(|it| &*it.0.name));
        texts.sort_unstable();
        texts.dedup();
        let table = Table::of(texts.iter().copied());
        let by_text: HashMap<&str, Sym> = texts.into_iter().zip(0..).collect();
        let find = |text: &str| by_text.get(text).copied().unwrap_or(NONE);
        let namespaces = world.namespaces.iter().map(|it| find(&it.name)).collect();
        let kinds = KNOWN_KINDS.map(|it| (find(it.1), find(it.2)));
        (Symbols { by_text, namespaces, kinds }, table)
    }

    pub fn of_text(&self, text: &str) -> Sym {
        self.by_text.get(text).copied().unwrap_or(NONE)
    }

    pub fn of_namespace(&self, id: NamespaceId) -> Sym {
        self.namespaces[id.at()]
    }

    /// Kind and API group.
    pub fn of_owner(&self, owner: &OwnerRef) -> (Sym, Sym) {
        match KNOWN_KINDS.iter().position(|it| it.0 == owner.kind) {
            Some(at) => self.kinds[at],
            None => (self.of_text(&owner.kind_name), self.of_text(&owner.api_group)),
        }
    }
}

pub(super) fn system_namespace(world: &World) -> Option<NamespaceId> {
    let found = world.namespaces.binary_search_by(|it| (*it.name).cmp(marks::SYSTEM_NAMESPACE));
    found.ok().map(NamespaceId::new)
}
