//! Carrying out what a plan permits, apart from what the engine does: marks on nodes, and machines that are
//! wanted. Whatever cannot be written now is decided anew at the next tick.

use super::made;
use crate::act::marks::{self, TAKEN_BACK};
use crate::act::{NotWritten, Pen, Target};
use crate::cluster::Key;
use crate::kinds::{GROUP_FINALIZER, MACHINE_FINALIZER, NodeGroup, NodeGroupSpec, Record};
use crate::observe::Snapshot;
use decide::idle::Change;
use decide::marks::{GROUP, MANAGED};
use decide::provision::{Claim, Papers};
use decide::removal;
use decide::steps::Doing;
use decide::time::Time;
use decide::world::Name;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What was done, for the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub what: &'static str,
    pub object: String,
    pub outcome: String,
}

impl Done {
    const MADE: &str = "create";
    const DONE: &str = "done";

    /// Whether a group was made, where one was to be.
    #[must_use]
    pub fn made(&self) -> Option<bool> {
        (self.what == Self::MADE).then(|| self.outcome == Self::DONE)
    }
}

/// Where the server of a node without a machine is looked up.
pub trait Servers {
    fn of_node(&self, node: &str, provider_id: &str) -> Option<Claim>;
}

/// Tells what was done, and the groups that were given machines. `troubles`: groups that cannot be given any, and
/// why.
pub async fn carry_out(
    pen: &Pen,
    snapshot: &Snapshot,
    servers: &(impl Servers + Sync),
    troubles: &BTreeMap<Name, Name>,
    doings: &[Doing],
    now: Time,
) -> (Vec<Done>, BTreeSet<String>) {
    let (mut done, mut grown) = (Vec::new(), BTreeSet::new());
    for doing in doings {
        let (what, object, written) = match doing {
            Doing::Idle { node, change } => {
                let since = (*change == Change::Begin).then_some(now);
                (
                    "note idle",
                    node.to_string(),
                    on_node(pen, snapshot, node, |it| marks::idle(it, since)).await,
                )
            }
            Doing::TakeBack { node, cause } => {
                let patch = |it: &Value| {
                    let noted = it["metadata"]["annotations"][TAKEN_BACK].as_str();
                    marks::stay(it, Some(removal::patience(now, noted, cause)))
                };
                ("take back", node.to_string(), on_node(pen, snapshot, node, patch).await)
            }
            Doing::Label { node, group } => {
                ("label", node.to_string(), on_node(pen, snapshot, node, |it| marks::label(it, group)).await)
            }
            Doing::Mark { node } => {
                ("mark", node.to_string(), on_node(pen, snapshot, node, |it| marks::leave(it, now)).await)
            }
            Doing::Create(creation) => {
                (Done::MADE, format!("group {}", creation.group), made::create(pen, snapshot, creation).await)
            }
            Doing::Hold { group } => {
                ("hold", format!("group {group}"), tie(pen, snapshot, group, true).await)
            }
            Doing::Release { group } => {
                ("release", format!("group {group}"), tie(pen, snapshot, group, false).await)
            }
            Doing::Adopt { node, group } => {
                ("adopt", node.to_string(), adopt(pen, snapshot, servers, node, group, now).await)
            }
            // Whoever owns the group has been told, and need not hear it at every tick.
            Doing::Add { group, .. } if troubles.contains_key(group) => {
                let outcome = troubles[group].to_string();
                done.push(Done { what: "add", object: format!("group {group}"), outcome });
                continue;
            }
            Doing::Add { group, count } => {
                for number in 0..*count {
                    let added = add(pen, snapshot, group, number, now).await;
                    if added.is_ok() {
                        grown.insert(group.to_string());
                    }
                    note(&mut done, "add", format!("group {group}"), added);
                }
                continue;
            }
        };
        note(&mut done, what, object, written);
    }
    (done, grown)
}

fn note(done: &mut Vec<Done>, what: &'static str, object: String, written: Result<(), Failure>) {
    let outcome = match written {
        Ok(()) => {
            tracing::info!(what, object, "done");
            Done::DONE.to_string()
        }
        Err(why) => {
            tracing::warn!(what, object, %why, "not done; it is decided anew");
            why.to_string()
        }
    };
    done.push(Done { what, object, outcome });
}

/// Why a doing was not done.
#[derive(Debug)]
pub(super) enum Failure {
    NotWritten(NotWritten),
    /// Something that it needs is not known.
    Unknown(String),
}

impl From<NotWritten> for Failure {
    fn from(why: NotWritten) -> Failure {
        Failure::NotWritten(why)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::NotWritten(why) => why.fmt(out),
            Failure::Unknown(why) => out.write_str(why),
        }
    }
}

/// On the very version that was decided about: if it has changed since, it is decided anew.
async fn on_node(
    pen: &Pen,
    snapshot: &Snapshot,
    name: &Name,
    patch: impl FnOnce(&Value) -> Value,
) -> Result<(), Failure> {
    let key = (String::new(), name.to_string());
    let object = snapshot.of_kind("Node").find(|it| *it.0 == key).map(|it| it.1.value());
    let object = object.ok_or_else(|| Failure::Unknown("there is no such node any more".into()))?;
    pen.merge(Target::node(name), &patch(&object)).await?;
    Ok(())
}

/// Puts our finalizer on a group, or takes it off; those of others stay.
async fn tie(pen: &Pen, snapshot: &Snapshot, name: &Name, held: bool) -> Result<(), Failure> {
    let found =
        snapshot.of_kind("NodeGroup").map(|(key, object)| (key, object.value())).find(|(key, group)| {
            let all = group["metadata"]["finalizers"].as_array();
            let has = all.is_some_and(|it| it.iter().any(|it| it == GROUP_FINALIZER));
            key.1 == **name && has != held && group["metadata"]["deletionTimestamp"].is_null() == held
        });
    let (key, group) =
        found.ok_or_else(|| Failure::Unknown(format!("there is no such group {name} any more")))?;
    let meta = &group["metadata"];
    let all = meta["finalizers"].as_array().into_iter().flatten();
    let mut finalizers: Vec<Value> = all.filter(|it| *it != GROUP_FINALIZER).cloned().collect();
    if held {
        finalizers.push(GROUP_FINALIZER.into());
    }
    let patch = json!({"metadata": {
        "uid": meta["uid"], "resourceVersion": meta["resourceVersion"], "finalizers": finalizers,
    }});
    let target = Target { kind: "NodeGroup", namespace: &key.0, name: &key.1 };
    pen.merge(target, &patch).await?;
    Ok(())
}

async fn add(pen: &Pen, snapshot: &Snapshot, group: &Name, number: u32, now: Time) -> Result<(), Failure> {
    let (key, group) = find_group(snapshot, group)?;
    let seed = format!("{}/{}/{now}/{number}", key.0, group.metadata.uid.as_deref().unwrap_or_default());
    let name = format!("{}-{}", key.1, short(&seed));
    let object = machine(&key, &group, &name);
    let target = Target { kind: "VPSieNode", namespace: &key.0, name: &name };
    pen.create(target, &object).await?;
    Ok(())
}

/// A node that came without a machine gets one, with the server that it is.
async fn adopt(
    pen: &Pen,
    snapshot: &Snapshot,
    servers: &impl Servers,
    node: &Name,
    group: &Name,
    now: Time,
) -> Result<(), Failure> {
    let (key, group) = find_group(snapshot, group)?;
    let held =
        snapshot.of_kind("Node").find(|it| it.0.1 == **node).map(|it| it.1.value()).unwrap_or_default();
    let provider_id = held["spec"]["providerID"].as_str().unwrap_or_default();
    let claim = servers.of_node(node, provider_id).ok_or_else(|| {
        Failure::Unknown("no server of the provider has the name or the identifier of this node".into())
    })?;
    if claim.id.is_empty() {
        let why =
            "the provider does not tell the identifier of this node's server yet, so it could not be deleted";
        return Err(Failure::Unknown(why.into()));
    }
    let mut object = machine(&key, &group, node);
    object["spec"]["nodeName"] = (**node).into();
    object["spec"]["vpsieNodeIdentifier"] = (*claim.id).into();
    let target = Target { kind: "VPSieNode", namespace: &key.0, name: node };
    let created = match pen.create(target, &object).await {
        Ok(created) => created,
        Err(why) => return Err(why.into()),
    };
    let papers = Papers { server: Some(Claim { at: now, ..claim }), ..Papers::default() };
    let status = json!({"phase": "Ready", "nodeName": &**node, "record": Record::from(&papers)});
    let meta = json!({"uid": created["metadata"]["uid"]});
    pen.merge_status(target, &json!({"metadata": meta, "status": status})).await?;
    Ok(())
}

fn find_group(snapshot: &Snapshot, name: &Name) -> Result<(Key, NodeGroup), Failure> {
    let found = snapshot
        .of_kind("NodeGroup")
        .find(|(key, object)| key.1 == **name && object.value()["metadata"]["labels"][MANAGED] == "true");
    let (key, object) =
        found.ok_or_else(|| Failure::Unknown(format!("there is no managed group {name} any more")))?;
    let group = serde_json::from_slice(&object.input.bytes);
    let group = group.map_err(|why| Failure::Unknown(format!("group {name} cannot be read: {why}")))?;
    Ok((key.clone(), group))
}

/// A new VPSieNode of this group, as the reference would make it.
fn machine(key: &Key, group: &NodeGroup, name: &str) -> Value {
    let NodeGroupSpec {
        datacenter_id,
        resource_identifier,
        project,
        kubernetes_version,
        os_image_id,
        ssh_key_ids,
        ..
    } = &group.spec;
    let mut spec = json!({
        "vpsieInstanceID": 0,
        "instanceType": size(&group.spec),
        "nodeGroupName": key.1,
        "datacenterID": datacenter_id,
        "resourceIdentifier": resource_identifier,
        "project": project,
        "kubernetesVersion": kubernetes_version,
    });
    if let Some(image) = os_image_id {
        spec["osImageID"] = image.as_str().into();
    }
    if let Some(keys) = ssh_key_ids {
        spec["sshKeyIDs"] = json!(keys);
    }
    if let Some(number) = group.status.as_ref().and_then(|it| it.vpsie_group_id) {
        spec["vpsieGroupID"] = number.into();
    }
    // What the group does not say, the machine does not say either.
    if let Some(fields) = spec.as_object_mut() {
        fields.retain(|_, it| !it.is_null());
    }
    json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1",
        "kind": "VPSieNode",
        "metadata": {
            "name": name,
            "namespace": key.0,
            "labels": {MANAGED: "true", GROUP: key.1},
            "finalizers": [MACHINE_FINALIZER],
            "ownerReferences": [{
                "apiVersion": "autoscaler.vpsie.com/v1alpha1",
                "kind": "NodeGroup",
                "name": key.1,
                "uid": group.metadata.uid,
                "controller": true,
                "blockOwnerDeletion": true,
            }],
        },
        "spec": spec,
    })
}

/// The size of new nodes.
#[must_use]
pub fn size(spec: &NodeGroupSpec) -> &str {
    let preferred = spec.preferred_instance_type.as_deref().filter(|it| !it.is_empty());
    preferred.or(spec.offering_ids.iter().flatten().next().map(String::as_str)).unwrap_or_default()
}

/// Eight letters that nothing else has: no name of a machine is ever used again.
fn short(seed: &str) -> String {
    Sha256::digest(seed.as_bytes()).iter().take(4).map(|it| format!("{it:02x}")).collect()
}
