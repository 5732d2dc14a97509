//! Asking the pods of a leaving node to go, those of the lowest priority first. A budget that forbids it
//! now is asked again later; the deadline is that of the plan.
//!
//! Before the first one is asked, the node and its pods are read again past all caches: whoever has come,
//! or has got another mark since the plan was made, is judged first.

use super::look::Fresh;
use super::marks;
use super::pen::{NotWritten, Pen, Target};
use crate::cluster::refusal;
use crate::looked::Looked;
use decide::facts::Facts;
use decide::marks::DRAINING_SINCE;
use decide::plan::{Step, Verdict};
use decide::provision::Outcome;
use decide::roles::Role;
use decide::time::Time;
use decide::world::{Pod, PodId};
use serde_json::{Value, json};

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
    // The plan may be newer than what the engine was told of it.
    if stops(looked, name) {
        return Round::ended(Outcome::Failed);
    }
    let fresh = match Fresh::read(pen, name).await {
        Ok(Some(fresh)) => fresh,
        Ok(None) => return Round::ended(Outcome::Absent),
        Err(why) => {
            tracing::warn!(node = name, why = refusal::root(&why), "its pods cannot be read");
            return Round::ended(Outcome::Failed);
        }
    };
    if fresh.uid() != uid || !fresh.is_marked() {
        return Round::ended(Outcome::Absent);
    }
    let facts = Facts::of(world);
    if fresh.node["metadata"]["annotations"][DRAINING_SINCE].is_null() {
        if let Some(news) = fresh.news(world, &facts, id) {
            tracing::info!(node = name, news, "not drained yet: it is judged again first");
            return Round::ended(Outcome::Failed);
        }
        if let Err(why) = pen.merge(Target::node(name), &marks::drain(&fresh.node, now)).await {
            tracing::warn!(node = name, %why, "the start of the drain cannot be written on it");
            return Round::ended(Outcome::Failed);
        }
    }
    let mut left: Vec<(PodId, &Pod)> = facts
        .with_role(id, Role::EVICTED)
        .map(|it| (it, world.pod(it)))
        .filter(|(_, pod)| fresh.pods.contains_key(&*pod.uid))
        .collect();
    left.sort_by_key(|(_, pod)| pod.priority);
    let Some(lowest) = left.first().map(|it| it.1.priority) else { return Round::ended(Outcome::Done) };
    let mut round = Round::ended(Outcome::Done);
    for (pod_id, pod) in left.into_iter().take_while(|it| it.1.priority == lowest) {
        let going = |it: &&Value| !it["metadata"]["deletionTimestamp"].is_null();
        let Some(object) = fresh.pods.get(&*pod.uid).filter(|it| !going(it)) else { continue };
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

/// Exactly this pod, with its own grace as long as that is not above the most.
fn options(pod: &Value, grace_max: u32) -> Value {
    let mut options = json!({"preconditions": {"uid": pod["metadata"]["uid"]}});
    let own = pod["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap_or_default();
    if own > u64::from(grace_max) {
        options["gracePeriodSeconds"] = grace_max.into();
    }
    options
}

/// It is to be taken back, or held where it stands.
fn stops(looked: &Looked, name: &str) -> bool {
    let entry = looked.plan.nodes.iter().find(|it| &*it.name == name);
    let stops = |it: &Verdict| matches!(it, Verdict::Leaving { step: Step::TakeBack | Step::Held, .. });
    entry.is_some_and(|it| stops(&it.verdict))
}
