//! What is written on our own objects so that people see it there: only when it changes.

use crate::cluster::Key;
use crate::kinds::{NodeGroup, VpsieNode};
use crate::observe::{Object, Snapshot};
use crate::provision;
use decide::plan::{Plan, Verdict};
use decide::provision::{Hold, Phase, Stage};
use decide::time::Time;
use decide::world::{Name, World};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The condition of a group that something is the matter with.
const ERROR: &str = "Error";
/// Its reason where the spec does not say what servers need.
pub const INCOMPLETE: &str = "Incomplete";
/// Of a group's status, and not ours.
const NODES: &str = "nodes";

/// One status to apply.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    pub kind: &'static str,
    pub key: Key,
    pub status: Value,
}

/// What happened to the sizes of groups in this tick.
#[derive(Debug, Default)]
pub struct Sized {
    /// Groups that were given machines now.
    pub up: BTreeSet<String>,
    /// Groups of which servers are being deleted now.
    pub down: Vec<String>,
}

/// Every status that differs from what stands there.
#[must_use]
pub fn statuses(
    snapshot: &Snapshot,
    world: &World,
    plan: &Plan,
    engine: &provision::Snapshot,
    sized: &Sized,
    troubles: &BTreeMap<Name, Name>,
) -> Vec<Status> {
    let mut all = Vec::new();
    all.extend(machines(snapshot, engine, world.now));
    all.extend(groups(snapshot, world, plan, engine, sized, troubles));
    all.extend(config(snapshot, world));
    all
}

fn machines<'s>(
    snapshot: &'s Snapshot,
    engine: &'s provision::Snapshot,
    now: Time,
) -> impl Iterator<Item = Status> + 's {
    snapshot.of_kind("VPSieNode").filter_map(move |(key, object)| {
        let seen = engine.machines.get(&*object.uid)?;
        let held: VpsieNode = serde_json::from_slice(&object.input.bytes).ok()?;
        let before = object.value()["status"].take();
        let old = held.status.unwrap_or_default();
        let mut status = Map::new();
        let phase = seen.phase;
        status.insert("phase".into(), format!("{phase:?}").into());
        if let Some(server) = &seen.server {
            if !server.host.is_empty() {
                status.insert("hostname".into(), (*server.host).into());
                status.insert("nodeName".into(), server.host.to_lowercase().into());
            }
        } else if let Some(node) = &old.node_name {
            status.insert("nodeName".into(), node.as_str().into());
        }
        let mut reached = |name: &str, is: bool| {
            let at = before[name].as_str().map(str::to_string).or_else(|| is.then(|| now.to_string()));
            if let Some(at) = at {
                status.insert(name.into(), at.into());
            }
        };
        reached("provisionedAt", seen.server.is_some());
        reached("joinedAt", phase == Phase::Ready);
        reached("readyAt", phase == Phase::Ready);
        reached("terminatingAt", matches!(phase, Phase::Terminating | Phase::Deleting));
        reached("deletedAt", phase == Phase::Deleting);
        if let Some(trouble) = seen.trouble.as_deref().or_else(|| stuck(seen)) {
            status.insert("lastError".into(), trouble.into());
        }
        status.insert("observedGeneration".into(), held.metadata.generation.unwrap_or_default().into());
        changed("VPSieNode", key, &before, status, &["record"])
    })
}

/// What a machine waits for and only a person can mend.
fn stuck(seen: &provision::Seen) -> Option<&'static str> {
    match seen.hold? {
        Hold::Mismatch => Some(
            "the provider's list, this machine and its Node do not agree about which server it is; it waits until they do",
        ),
        Hold::List if seen.stage.is_going() => Some(
            "the provider does not tell the identifier or the name of its server; it waits until it is told",
        ),
        Hold::LastBackend => Some(
            "it is the last backend of a rule of a load balancer; it waits until there is another, or the rule is gone",
        ),
        _ => None,
    }
}

fn groups<'s>(
    snapshot: &'s Snapshot,
    world: &'s World,
    plan: &'s Plan,
    engine: &'s provision::Snapshot,
    sized: &'s Sized,
    troubles: &'s BTreeMap<Name, Name>,
) -> impl Iterator<Item = Status> + 's {
    snapshot.of_kind("NodeGroup").filter_map(move |(key, object)| {
        let outlook = plan.groups.iter().find(|it| (&*it.namespace, &*it.name) == (&*key.0, &*key.1))?;
        let held: NodeGroup = serde_json::from_slice(&object.input.bytes).ok()?;
        let before = object.value()["status"].take();
        let now = world.now.to_string();
        let of_group = engine.machines.values().filter(|it| *it.group == *key.1);
        let current =
            of_group.clone().filter(|it| it.phase != Phase::Failed && it.stage < Stage::Detaching).count();
        let adding: u32 = plan.additions.iter().filter(|it| *it.group == *key.1).map(|it| it.count).sum();
        let current = u32::try_from(current).unwrap_or(u32::MAX).max(outlook.ready);
        let (min, max) = (outlook.min, outlook.max);
        let mut status = Map::new();
        status.insert("currentNodes".into(), current.into());
        status.insert("desiredNodes".into(), current.saturating_add(adding).into());
        status.insert("readyNodes".into(), outlook.ready.into());
        let number =
            engine.numbers.get(&*key.1).map(|it| json!(it)).unwrap_or_else(|| before["vpsieGroupID"].clone());
        if !number.is_null() {
            status.insert("vpsieGroupID".into(), number);
        }
        let (up, down) = (sized.up.contains(&key.1), sized.down.contains(&key.1));
        for (name, is) in
            [("lastScaleUpTime", up), ("lastScaleDownTime", down), ("lastScaleTime", up || down)]
        {
            let at = if is { json!(now) } else { before[name].clone() };
            if !at.is_null() {
                status.insert(name.into(), at);
            }
        }
        let back_off = engine.back_offs.get(&*key.1);
        if let Some(back_off) = back_off {
            status.insert("backOffUntil".into(), back_off.until.to_string().into());
        }
        let generation = held.metadata.generation.unwrap_or_default();
        let condition = |name: &str, is: bool, reason: &str, message: String| {
            condition(&before, name, is, reason, &message, generation, &now)
        };
        let scaling = current != outlook.ready || adding > 0;
        let unread = snapshot.refused.iter().find(|it| it.kind == "NodeGroup" && it.key == *key);
        let (error, refused) = match (unread, troubles.get(&*key.1), back_off) {
            (Some(unread), _, _) => {
                ("NotUnderstood", Some(format!("not in force, the last good one is: {}", unread.why)))
            }
            (None, Some(why), _) => (INCOMPLETE, Some(why.to_string())),
            (None, None, Some(back_off)) => ("VPSieAPIError", Some(back_off.why.to_string())),
            (None, None, None) => ("Reconciling", None),
        };
        let mut conditions = vec![
            condition(
                "Ready",
                !scaling,
                if scaling { "ScalingUp" } else { "ScalingComplete" },
                format!("{} of {current} nodes are ready", outlook.ready),
            ),
            condition(
                "AtMinCapacity",
                current <= min,
                "AtMinimumCapacity",
                format!("{current} nodes, at least {min}"),
            ),
            condition(
                "AtMaxCapacity",
                current >= max,
                "AtMaximumCapacity",
                format!("{current} nodes, at most {max}"),
            ),
            condition(ERROR, refused.is_some(), error, refused.unwrap_or_default()),
        ];
        if held.metadata.deletion_timestamp.is_some() {
            let said = remains(plan, &key.1, of_group.count());
            conditions.push(condition("Deleting", true, "MachinesRemain", said));
        }
        status.insert("conditions".into(), conditions.into());
        status.insert("observedGeneration".into(), generation.into());
        changed("NodeGroup", key, &before, status, &[NODES])
    })
}

/// What can be said of groups that no server can be bought for, as long as nothing is known of the provider's side:
/// the rest of what stands there goes on.
#[must_use]
pub fn troubled(snapshot: &Snapshot, now: Time, troubles: &BTreeMap<Name, Name>) -> Vec<Status> {
    let status = |(key, object): (&Key, &Object)| {
        let why = troubles.get(&*key.1)?;
        let value = object.value();
        let before = &value["status"];
        let mut status = before.as_object().cloned().unwrap_or_default();
        status.retain(|name, _| name != NODES);
        let others = before["conditions"].as_array().into_iter().flatten().filter(|it| it["type"] != ERROR);
        let mut conditions: Vec<Value> = others.cloned().collect();
        let generation = value["metadata"]["generation"].as_i64().unwrap_or_default();
        conditions.push(condition(before, ERROR, true, INCOMPLETE, why, generation, &now.to_string()));
        status.insert("conditions".into(), conditions.into());
        changed("NodeGroup", key, before, status, &[NODES])
    };
    snapshot.of_kind("NodeGroup").filter_map(status).collect()
}

/// What a group that is deleted still waits for.
fn remains(plan: &Plan, group: &str, machines: usize) -> String {
    let nodes = plan.nodes.iter().filter(|it| it.group.as_deref() == Some(group));
    let kept: Vec<String> = nodes
        .clone()
        .filter_map(|it| match &it.verdict {
            Verdict::Keep(reason) => Some(format!("{} stays: {}", it.name, reason.name())),
            Verdict::Leaving { why: Some(reason), .. } => {
                Some(format!("{} waits: {}", it.name, reason.name()))
            }
            Verdict::Leaving { .. } | Verdict::Remove { .. } => None,
        })
        .collect();
    let count = format!("machines: {machines}, nodes: {}", nodes.count());
    if kept.is_empty() { count } else { format!("{count}; {}", kept.join(", ")) }
}

fn config(snapshot: &Snapshot, world: &World) -> Option<Status> {
    let (key, object) = snapshot.of_kind("AutoscalerConfig").find(|it| it.0.1 == "default")?;
    let value = object.value();
    let before = &value["status"];
    let now = world.now.to_string();
    let refused = snapshot.refused.iter().find(|it| it.kind == "AutoscalerConfig" && it.key == *key);
    let generation = value["metadata"]["generation"].as_i64().unwrap_or_default();
    let frozen = world.inventory_frozen.as_ref();
    let mut status = Map::new();
    status.insert("active".into(), refused.is_none().into());
    let message = match refused {
        None => "in force".to_string(),
        Some(refused) => format!("not in force, the last good one is: {}", refused.why),
    };
    status.insert("message".into(), message.into());
    status.insert("observedGeneration".into(), generation.into());
    status.insert(
        "conditions".into(),
        json!([condition(
            before,
            "InventoryFrozen",
            frozen.is_some(),
            if frozen.is_some() { "ListNotTrusted" } else { "ListTrusted" },
            frozen.map_or("the provider's list of servers can be trusted", |it| it),
            generation,
            &now,
        )]),
    );
    let mut changed = changed("AutoscalerConfig", key, before, status, &["lastUpdated"])?;
    changed.status["lastUpdated"] = now.into();
    Some(changed)
}

/// As it stands there, where it says the same.
fn condition(
    before: &Value,
    name: &str,
    is: bool,
    reason: &str,
    message: &str,
    generation: i64,
    now: &str,
) -> Value {
    let word = if is { "True" } else { "False" };
    let held = before["conditions"].as_array().into_iter().flatten().find(|it| it["type"] == name);
    let since = held.filter(|it| it["status"] == word).and_then(|it| it["lastTransitionTime"].as_str());
    json!({
        "type": name,
        "status": word,
        "reason": reason,
        "message": message,
        "observedGeneration": generation,
        "lastTransitionTime": since.unwrap_or(now),
    })
}

/// None where it says what stands there; `others`: what we do not write here.
fn changed(
    kind: &'static str,
    key: &Key,
    before: &Value,
    status: Map<String, Value>,
    others: &[&str],
) -> Option<Status> {
    let mut held = before.as_object().cloned().unwrap_or_default();
    held.retain(|name, _| !others.contains(&&**name));
    let same = held == status;
    (!same).then(|| Status { kind, key: key.clone(), status: Value::Object(status) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::lists::LISTS;
    use crate::objects::Input;
    use decide::provision::Wish;
    use std::sync::Arc;

    fn snapshot(status: &Value) -> Snapshot {
        let group = json!({
            "apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "NodeGroup",
            "metadata": {"name": "workers", "namespace": "kube-system", "generation": 3}, "status": status,
        });
        let input = Arc::new(Input { name: "the cluster".into(), bytes: group.to_string().into_bytes() });
        let key = ("kube-system".to_string(), "workers".to_string());
        let objects = BTreeMap::from([(key, Object { input, version: 1, uid: "u".into() })]);
        let list = LISTS.iter().find(|it| it.kind == "NodeGroup").expect("it is listed");
        Snapshot { objects: vec![(list, objects)], refused: vec![], absent: vec![], gaps: vec![] }
    }

    #[test]
    fn a_machine_says_what_only_a_person_can_mend() {
        let rows = [
            (Hold::Mismatch, Stage::Ready, "do not agree"),
            (Hold::List, Stage::Detaching, "does not tell the identifier"),
            (Hold::List, Stage::Queued, ""),
            (Hold::LastBackend, Stage::Detaching, "the last backend"),
            (Hold::Pods, Stage::Evicting, ""),
        ];
        for (hold, stage, says) in rows {
            let seen = provision::Seen {
                name: "m".into(),
                group: "workers".into(),
                stage,
                phase: stage.phase(true),
                since: Time(0),
                wish: Wish::Leave,
                hold: Some(hold),
                condemned: false,
                server: None,
                trouble: None,
            };
            let said = stuck(&seen).unwrap_or_default();
            assert!(said.contains(says) && said.is_empty() == says.is_empty(), "{hold:?}: {said}");
        }
    }

    #[test]
    fn a_group_in_trouble_says_so_and_loses_nothing() {
        let ready = json!({"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-20T09:00:00Z"});
        let before = json!({
            "readyNodes": 2, "backOffUntil": "2026-11-20T11:00:00Z", "conditions": [ready], "nodes": [{"nodeName": "a"}],
        });
        let troubles = BTreeMap::from([(Name::from("workers"), Name::from("spec.kubeSizeID is missing"))]);
        let now = Time::parse("2026-11-20T10:00:00Z").expect("a time");
        let told = troubled(&snapshot(&before), now, &troubles);
        let [status] = &told[..] else { panic!("one status: {told:?}") };
        assert_eq!(status.status["readyNodes"], 2);
        assert_eq!(status.status["backOffUntil"], "2026-11-20T11:00:00Z");
        assert!(status.status["nodes"].is_null(), "others write that");
        let [first, error] = &status.status["conditions"].as_array().expect("conditions")[..] else {
            panic!("{}", status.status);
        };
        assert_eq!(
            (first, &error["status"], &error["reason"]),
            (&ready, &json!("True"), &json!("Incomplete"))
        );
        assert_eq!(error["message"], "spec.kubeSizeID is missing");
        // Said once, it need not be written again.
        assert_eq!(troubled(&snapshot(&status.status), now.plus(60), &troubles), []);
        assert_eq!(troubled(&snapshot(&before), now, &BTreeMap::new()), []);
    }
}
