//! Asking the pods of a leaving node to go, those of the lowest priority first. A budget that forbids it
//! now is asked again later; the deadline is that of the plan.
//!
//! Before the first one is asked, the node and its pods are read again past all caches: whoever has come,
//! or has got another mark since the plan was made, is judged first.

use super::marks;
use super::pen::{NotWritten, Pen, Target};
use crate::cluster::refusal;
use crate::looked::Looked;
use decide::facts::Facts;
use decide::marks::{DRAINING_SINCE, LAST_APPLIED, LEAVING_SINCE};
use decide::provision::Outcome;
use decide::roles::Role;
use decide::select::Labels;
use decide::time::Time;
use decide::world::{NodeId, Pod, PodId};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How one round of asking ended.
#[derive(Debug)]
pub struct Round {
    pub outcome: Outcome,
    /// Pods that were asked and said yes.
    pub evicted: Vec<PodId>,
    /// Pods that may not go now, and why.
    pub waiting: Vec<String>,
}

impl Round {
    fn ended(outcome: Outcome) -> Round {
        Round { outcome, evicted: Vec::new(), waiting: Vec::new() }
    }
}

pub async fn evict(pen: &Pen, looked: &Looked, name: &str, uid: &str, now: Time) -> Round {
    let world = &looked.world;
    let Some(id) = world.find_node(name).filter(|it| &*world.node(*it).uid == uid) else {
        return Round::ended(Outcome::Absent);
    };
    let node_path = format!("/api/v1/nodes/{name}");
    let pods_path = format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{name}");
    let fresh = match tokio::try_join!(pen.read(&node_path), pen.read(&pods_path)) {
        Ok(fresh) => fresh,
        Err(why) => {
            tracing::warn!(node = name, why = refusal::root(&why), "its pods cannot be read");
            return Round::ended(Outcome::Failed);
        }
    };
    let (node, pods) = fresh;
    if node["metadata"]["uid"] != uid || !node["metadata"]["annotations"][LEAVING_SINCE].is_string() {
        return Round::ended(Outcome::Absent);
    }
    let facts = Facts::of(world);
    let present: BTreeMap<&str, &Value> =
        pods["items"].as_array().into_iter().flatten().map(|it| (text(&it["metadata"]["uid"]), it)).collect();
    if node["metadata"]["annotations"][DRAINING_SINCE].is_null() {
        if let Some(news) = news(looked, &facts, id, &node, &present) {
            tracing::info!(node = name, news, "not drained yet: it is judged again first");
            return Round::ended(Outcome::Failed);
        }
        if let Err(why) = pen.merge(Target::node(name), &marks::drain(&node, now)).await {
            tracing::warn!(node = name, %why, "the start of the drain cannot be written on it");
            return Round::ended(Outcome::Failed);
        }
    }
    let mut left: Vec<(PodId, &Pod)> = facts
        .with_role(id, Role::EVICTED)
        .map(|it| (it, world.pod(it)))
        .filter(|(_, pod)| present.contains_key(&*pod.uid))
        .collect();
    left.sort_by_key(|(_, pod)| pod.priority);
    let Some(lowest) = left.first().map(|it| it.1.priority) else { return Round::ended(Outcome::Done) };
    let mut round = Round::ended(Outcome::Done);
    for (pod_id, pod) in left.into_iter().take_while(|it| it.1.priority == lowest) {
        let Some(object) = present.get(&*pod.uid).filter(|it| it["metadata"]["deletionTimestamp"].is_null())
        else {
            continue; // it is going
        };
        let who = world.name_of(pod_id);
        let grace = world.settings.scale_down.grace_secs_max;
        match pen.evict(&who.namespace, &who.name, &options(object, grace)).await {
            Ok(()) => round.evicted.push(pod_id),
            Err(NotWritten::NoLead) => {
                round.outcome = Outcome::Failed;
                return round;
            }
            // Gone already, or another pod of that name by now.
            Err(why) if why.is_absent() || why.is_conflict() => {}
            Err(why) => round.waiting.push(format!("{who}: {why}")),
        }
    }
    round
}

/// What the plan did not know of the node.
fn news(
    looked: &Looked,
    facts: &Facts<'_>,
    id: NodeId,
    node: &Value,
    present: &BTreeMap<&str, &Value>,
) -> Option<String> {
    let world = &looked.world;
    let judged: BTreeMap<&str, &Pod> =
        facts.residents(id).iter().map(|it| world.pod(*it)).map(|it| (&*it.uid, it)).collect();
    let known = world.node(id);
    if !same(&known.annotations, &node["metadata"]["annotations"])
        || !same(&known.labels, &node["metadata"]["labels"])
    {
        return Some("its labels or annotations have changed".into());
    }
    for (uid, object) in present {
        let name = text(&object["metadata"]["name"]);
        let Some(pod) = judged.get(uid) else { return Some(format!("pod {name} is new on it")) };
        if !same(world.annotations_of(pod), &object["metadata"]["annotations"])
            || !same(world.labels_of(pod), &object["metadata"]["labels"])
        {
            return Some(format!("labels or annotations of pod {name} have changed"));
        }
    }
    None
}

fn same(known: &Labels, fresh: &Value) -> bool {
    let none = Map::new();
    let fresh = fresh.as_object().unwrap_or(&none);
    let fresh = fresh.iter().filter(|it| it.0 != LAST_APPLIED);
    known.0.iter().map(|(key, value)| (&**key, &**value)).eq(fresh.map(|(key, value)| (&**key, text(value))))
}

/// Exactly this pod, with its own grace as long as that is not above the most.
fn options(pod: &Value, grace_max: u32) -> Value {
    let mut options = json!({"preconditions": {"uid": pod["metadata"]["uid"]}});
    let own = pod["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap_or_default();
    if own > u64::from(grace_max) {
        options["gracePeriodSeconds"] = grace_max.into();
    }
    options
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
