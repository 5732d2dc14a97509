//! The second look: a node and its pods past all caches, held against what the plan knew of them. Before the first
//! pod is asked to go, and before a server is given up, whoever has come or has got another mark is judged first.

use super::pen::Pen;
use crate::cluster::refusal;
use crate::looked::Looked;
use decide::facts::Facts;
use decide::marks::{DRAINING_SINCE, LAST_APPLIED, LEAVING_SINCE};
use decide::provision::{Claim, server_id};
use decide::removal;
use decide::select::Labels;
use decide::world::{NodeId, Pod, World};
use kube::Error;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What changes without being news: who applied last, and the drain that we have begun.
const OURS: [&str; 2] = [LAST_APPLIED, DRAINING_SINCE];

/// A node and its pods, read just now.
pub struct Fresh {
    pub node: Value,
    /// By uid.
    pub pods: BTreeMap<String, Value>,
}

impl Fresh {
    /// None: there is no such node.
    ///
    /// # Errors
    ///
    /// What the cluster says against it.
    pub async fn read(pen: &Pen, name: &str) -> Result<Option<Fresh>, Error> {
        let node_path = format!("/api/v1/nodes/{name}");
        let pods_path = format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{name}");
        let (node, pods) = tokio::join!(pen.read(&node_path), pen.read(&pods_path));
        let node = match node {
            Ok(node) => node,
            Err(why) if refusal::is_absent(&why) => return Ok(None),
            Err(why) => return Err(why),
        };
        let pods = match pods?["items"].take() {
            Value::Array(pods) => pods,
            _ => Vec::new(),
        };
        let pods = pods.into_iter().map(|it| (text(&it["metadata"]["uid"]).to_string(), it)).collect();
        Ok(Some(Fresh { node, pods }))
    }

    #[must_use]
    pub fn uid(&self) -> &str {
        text(&self.node["metadata"]["uid"])
    }

    #[must_use]
    pub fn is_marked(&self) -> bool {
        self.node["metadata"]["annotations"][LEAVING_SINCE].is_string()
    }

    /// What the plan did not know of it.
    #[must_use]
    pub fn news(&self, world: &World, facts: &Facts<'_>, id: NodeId) -> Option<String> {
        let judged: BTreeMap<&str, &Pod> =
            facts.residents(id).iter().map(|it| world.pod(*it)).map(|it| (&*it.uid, it)).collect();
        let known = world.node(id);
        let meta = &self.node["metadata"];
        if !same(&known.annotations, &meta["annotations"]) || !same(&known.labels, &meta["labels"]) {
            return Some("its labels or annotations have changed".into());
        }
        for (uid, object) in &self.pods {
            let meta = &object["metadata"];
            let name = text(&meta["name"]);
            let Some(pod) = judged.get(&**uid) else { return Some(format!("pod {name} is new on it")) };
            if !same(world.annotations_of(pod), &meta["annotations"])
                || !same(world.labels_of(pod), &meta["labels"])
            {
                return Some(format!("labels or annotations of pod {name} have changed"));
            }
        }
        None
    }
}

/// Why the server of a machine is not given up yet, though for all that was heard nothing holds it: what speaks
/// against it was not heard.
pub async fn objection(pen: &Pen, looked: &Looked, claim: &Claim) -> Option<String> {
    let world = &looked.world;
    let host = claim.host.to_lowercase();
    let of_server = || {
        let named = world.nodes.iter().find(|it| *server_id(&it.provider_id) == *claim.id.to_lowercase());
        named.filter(|_| !claim.id.is_empty()).map(|it| it.name.to_string())
    };
    let name = match world.find_node(&host) {
        Some(_) => host,
        None => of_server().unwrap_or(host),
    };
    if name.is_empty() {
        return None;
    }
    let fresh = match Fresh::read(pen, &name).await {
        Ok(fresh) => fresh,
        Err(why) => return Some(format!("node {name} cannot be read: {}", refusal::root(&why))),
    };
    let (fresh, id) = match (fresh, world.find_node(&name)) {
        (None, None) => return None,
        (None, Some(_)) => return Some(format!("node {name} is gone, which was not heard")),
        (Some(_), None) => return Some(format!("node {name} is there, which was not heard")),
        (Some(fresh), Some(id)) => (fresh, id),
    };
    if fresh.uid() != &*world.node(id).uid {
        return Some(format!("node {name} is another one by now"));
    }
    if !fresh.is_marked() {
        return Some(format!("node {name} is not marked as leaving"));
    }
    let facts = Facts::of(world);
    fresh.news(world, &facts, id).or_else(|| {
        let mut left = removal::remaining(&facts, id).map(|it| world.pod(it));
        let left = left.find(|it| fresh.pods.contains_key(&*it.uid))?;
        let name = text(&fresh.pods.get(&*left.uid)?["metadata"]["name"]);
        Some(format!("pod {name} is still on it"))
    })
}

fn same(known: &Labels, fresh: &Value) -> bool {
    let none = Map::new();
    let fresh = fresh.as_object().unwrap_or(&none);
    let known = known.0.iter().map(|(key, value)| (&**key, &**value));
    let fresh = fresh.iter().map(|(key, value)| (&**key, text(value)));
    let counts = |it: &(&str, &str)| !OURS.contains(&it.0);
    known.filter(counts).eq(fresh.filter(counts))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
