//! What the engine is told of the cluster: machines and Nodes, from the same reading that was decided on.

use crate::act::marks::is_dressed;
use crate::kinds::{self, VpsieNode};
use crate::observe::{Object, Snapshot};
use decide::facts::Facts;
use decide::marks;
use decide::provision::{Machine, Node, Objects};
use decide::removal;
use decide::world::{Name, Ready, World};
use serde_json::Value;
use std::collections::BTreeMap;

/// The engine's side of a reading.
#[derive(Debug, Default)]
pub struct Sides {
    pub machines: Vec<Machine>,
    pub nodes: Vec<Node>,
    pub groups: Vec<(Name, u64)>,
    /// Machines that are left as they are, by name and uid, and why.
    pub unreadable: Vec<(String, Name, kinds::Unreadable)>,
}

impl Sides {
    /// `version`: of the reading; grows with each.
    #[must_use]
    pub fn of(snapshot: &Snapshot, world: &World, facts: &Facts<'_>, version: u64) -> Sides {
        let mut sides = Sides::default();
        for (key, object) in snapshot.of_kind("VPSieNode") {
            let parsed: Result<VpsieNode, _> = serde_json::from_slice(&object.input.bytes);
            let machine = match parsed {
                Ok(parsed) => kinds::machine(&parsed),
                Err(why) => Err(kinds::Unreadable::Record(why.to_string())),
            };
            match machine {
                Ok(machine) => sides.machines.push(machine),
                Err(why) => sides.unreadable.push((key.1.clone(), object.uid.as_str().into(), why)),
            }
        }
        let objects: BTreeMap<&str, &Object> =
            snapshot.of_kind("Node").map(|(key, object)| (&*key.1, object)).collect();
        for id in facts.nodes() {
            let node = world.node(id);
            let Some(object) = objects.get(&*node.name) else { continue };
            let value = object.value();
            let standing = facts.standing(id);
            let group = standing.group.map(|it| &world.groups[it.at()]);
            let excluded = node.labels.get(marks::EXCLUDE_FROM_BALANCERS).is_some();
            let attached = world.attachments.iter().filter(|it| it.node == node.name).count();
            let delayed = marks::delays(&node.annotations).count();
            sides.nodes.push(Node {
                name: node.name.clone(),
                uid: node.uid.clone(),
                version,
                provider_id: node.provider_id.clone(),
                ours: node.labels.is(marks::MANAGED, "true"),
                ready: matches!(node.ready, Ready::Yes { .. }),
                ever_ready: standing.ever_ready,
                dressed: matches!(node.ready, Ready::Yes { .. } | Ready::No { .. })
                    && group.is_some_and(|it| is_dressed(node, &it.name, &it.node_labels, &it.node_taints)),
                marked: standing.leaving.is_some(),
                excluded: standing.leaving.is_some() && node.unschedulable && excluded,
                addresses: addresses(&value),
                pods: removal::left(facts, id),
                volumes: u32::try_from(attached + delayed).unwrap_or(u32::MAX),
            });
        }
        for (key, object) in snapshot.of_kind("NodeGroup") {
            let generation = object.value()["metadata"]["generation"].as_u64().unwrap_or_default();
            sides.groups.push((key.1.as_str().into(), generation));
        }
        sides
    }

    #[must_use]
    pub fn objects(self, version: u64) -> Objects {
        Objects { machines: self.machines, nodes: self.nodes, groups: self.groups, version }
    }
}

fn addresses(node: &Value) -> Vec<Name> {
    let all = node["status"]["addresses"].as_array();
    let wanted = |it: &&Value| it["type"] == "InternalIP" || it["type"] == "ExternalIP";
    let texts = all.into_iter().flatten().filter(wanted).filter_map(|it| it["address"].as_str());
    texts.map(Name::from).collect()
}
