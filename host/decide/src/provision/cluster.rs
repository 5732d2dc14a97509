//! The cluster's Nodes, by every name under which a server can be found among them.

use super::objects::{Claim, Node, fold, lower, shared};
use crate::world::Name;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cluster {
    /// By name in lower case.
    pub nodes: BTreeMap<Name, Box<Node>>,
    /// Provider's id of the server -> name.
    by_server: BTreeMap<Name, Name>,
    by_address: BTreeMap<Name, Name>,
    /// What is known is up to date.
    pub watching: bool,
    /// The newest version of any Node that is gone: what is told about Nodes before it is old.
    pub(super) floor: u64,
}

impl Cluster {
    /// False where it was known already, or better.
    pub(super) fn insert(&mut self, node: Node) -> bool {
        let mut node = node;
        let key = fold(&node.name);
        match self.nodes.get_mut(&key) {
            Some(known) if known.version >= node.version => return false,
            None if node.version <= self.floor => return false,
            Some(known) => {
                node.name = shared(node.name, &known.name);
                node.uid = shared(node.uid, &known.uid);
                if node.provider_id == known.provider_id && node.addresses == known.addresses {
                    (node.provider_id, node.addresses) =
                        (known.provider_id.clone(), std::mem::take(&mut known.addresses));
                    **known = node;
                    return true;
                }
            }
            None => {}
        }
        self.unlink(&key);
        if !node.provider_id.is_empty() {
            self.by_server.insert(node.server_id(), key.clone());
        }
        for it in &node.addresses {
            self.by_address.insert(it.clone(), key.clone());
        }
        self.nodes.insert(key, Box::new(node));
        true
    }

    pub(super) fn remove(&mut self, name: &Name, uid: &Name, version: u64) -> bool {
        let key = fold(name);
        let known = self.nodes.get(&key).is_some_and(|it| it.uid == *uid && it.version <= version);
        if known {
            self.floor = self.floor.max(version);
            self.unlink(&key);
            self.nodes.remove(&key);
        }
        known
    }

    fn unlink(&mut self, key: &Name) {
        let Some(node) = self.nodes.get(key) else { return };
        let server = node.server_id();
        if self.by_server.get(&server) == Some(key) {
            self.by_server.remove(&server);
        }
        for it in &node.addresses {
            if self.by_address.get(it) == Some(key) {
                self.by_address.remove(it);
            }
        }
    }

    /// The Node that a server is.
    #[must_use]
    pub fn of(&self, claim: &Claim) -> Option<&Node> {
        let by_name = (!claim.host.is_empty()).then(|| self.nodes.get(&*lower(&claim.host))).flatten();
        let found = by_name.or_else(|| {
            let id = lower(&claim.id);
            (!id.is_empty()).then(|| self.nodes.get(self.by_server.get(&*id)?)).flatten()
        });
        found.map(|it| &**it)
    }

    #[must_use]
    pub fn with_address(&self, address: &Name) -> Option<&Node> {
        self.nodes.get(self.by_address.get(address)?).map(|it| &**it)
    }
}
