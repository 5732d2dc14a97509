//! A VPSieNode as the engine takes it: by our own record, or, where another autoscaler left it behind,
//! by what stands in its fields.

use super::machine::{VpsieNode, VpsieNodeStatus};
use super::parts::When;
use decide::marks;
use decide::provision::{Backend, Claim, Failure, Machine, Papers, Why};
use decide::time::Time;
use decide::world::Name;
use std::error::Error;
use std::fmt;

/// On a VPSieNode for which the reference has asked for a server.
const REQUESTED: &str = "autoscaler.vpsie.com/creation-requested";
/// Phases in which the reference has not asked for a server.
const BEFORE_REQUEST: [&str; 2] = ["", "Pending"];
const FAILED: &str = "Failed";

/// Why nothing is done about a machine: not knowing means keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// What every object of an API server has.
    Missing(&'static str),
    /// The record is of a version that we do not know.
    Format(String),
    /// The record is none.
    Record(String),
    /// A server may have been bought, and nothing tells which.
    ServerUnknown,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Missing(field) => write!(out, "{field} is missing or makes no sense"),
            Unreadable::Format(format) => write!(
                out,
                "status.record has format {format}, which a later version wrote; the machine and its node stay as they \
                 are until that version runs again"
            ),
            Unreadable::Record(why) => write!(
                out,
                "status.record cannot be read ({why}); the machine and its node stay as they are until it is mended, or \
                 removed together with the server"
            ),
            Unreadable::ServerUnknown => write!(
                out,
                "a server may have been bought for this machine, and nothing tells which; the machine stays as it is. \
                 Write the server's identifier into spec.vpsieNodeIdentifier, or, if there is none, \
                 set status.phase to Pending and take off the annotation {REQUESTED}"
            ),
        }
    }
}

impl Error for Unreadable {}

/// # Errors
///
/// Where the machine must be kept as it is, and shown.
pub fn machine(object: &VpsieNode) -> Result<Machine, Unreadable> {
    let meta = &object.metadata;
    let named =
        |text: &Option<String>, field| text.as_deref().map(Name::from).ok_or(Unreadable::Missing(field));
    let version = meta.resource_version.as_deref().and_then(|it| it.parse().ok());
    let labelled = meta.labels.as_ref().and_then(|it| it.get(marks::GROUP)).filter(|it| !it.is_empty());
    let group = labelled.unwrap_or(&object.spec.node_group_name);
    if group.is_empty() {
        return Err(Unreadable::Missing("spec.nodeGroupName"));
    }
    let papers = match object.status.as_ref().and_then(|it| it.record.as_ref()) {
        Some(record) => Papers::try_from(record)?,
        None => adopted(object)?,
    };
    Ok(Machine {
        uid: named(&meta.uid, "metadata.uid")?,
        name: named(&meta.name, "metadata.name")?,
        group: group.as_str().into(),
        backend: match object.spec.resource_identifier.as_deref() {
            None | Some("") => Backend::Plain,
            Some(_) => Backend::Managed,
        },
        version: version.ok_or(Unreadable::Missing("metadata.resourceVersion"))?,
        deleted: meta.deletion_timestamp.is_some(),
        papers,
    })
}

/// What the reference's fields tell. It never notes that it has asked for a deletion, so no way back is
/// closed here: a machine that is being deleted takes all steps again.
fn adopted(object: &VpsieNode) -> Result<Papers, Unreadable> {
    let none = VpsieNodeStatus::default();
    let (meta, spec, status) = (&object.metadata, &object.spec, object.status.as_ref().unwrap_or(&none));
    let id = spec.vpsie_node_identifier.as_deref().unwrap_or_default();
    // In the spec the reference writes the object's own name for want of a better one.
    let learned = spec.node_name.as_ref().filter(|it| Some(*it) != meta.name.as_ref());
    let hosts = [status.hostname.as_ref(), status.node_name.as_ref(), learned];
    let host = hosts.into_iter().flatten().find(|it| !it.is_empty()).map_or("", |it| it);
    let created = meta.creation_timestamp.as_ref().map(|it| Time(it.0.as_second()));
    let earliest = || {
        status.created_at.map(|it| it.0).or(created).ok_or(Unreadable::Missing("metadata.creationTimestamp"))
    };

    let phase = status.phase.as_deref().unwrap_or_default();
    let failed = phase == FAILED && meta.deletion_timestamp.is_none();
    let known = !id.is_empty() || !host.is_empty();
    if !known && !failed && may_have_server(object, phase) {
        return Err(Unreadable::ServerUnknown);
    }
    let at = [status.joined_at, status.provisioned_at].into_iter().flatten().next();
    Ok(Papers {
        intent: None,
        server: match known {
            true => {
                Some(Claim { id: id.into(), host: host.into(), at: at.map_or_else(earliest, |it| Ok(it.0))? })
            }
            false => None,
        },
        condemned: None,
        failed: match failed {
            true => Some(failure(status, earliest()?)),
            false => None,
        },
    })
}

fn may_have_server(object: &VpsieNode, phase: &str) -> bool {
    let requested = object.metadata.annotations.as_ref().and_then(|it| it.get(REQUESTED));
    requested.is_some_and(|it| it == "true")
        || object.spec.vpsie_instance_id.is_some_and(|it| it != 0)
        || !BEFORE_REQUEST.contains(&phase)
}

/// Since when and why, by its conditions; of the reference's reasons several mean the same here.
fn failure(status: &VpsieNodeStatus, created: Time) -> Failure {
    let mut conditions = status.conditions.iter().flatten();
    let error = conditions.find(|it| it.name == "Error" && it.status == "True");
    let since = error.and_then(|it| it.last_transition_time).map(|When(at)| at);
    let why = match error.and_then(|it| it.reason.as_deref()) {
        Some("JoiningTimeout" | "NodeNotFound") => Why::JoiningTimeout,
        Some("VPSieAPIError") => Why::ServerGone,
        _ => Why::ProvisioningTimeout,
    };
    Failure { at: since.unwrap_or(created), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const CREATED: &str = "2026-11-20T10:00:00Z";

    fn object(change: &Value) -> VpsieNode {
        let mut object = json!({
            "apiVersion": "autoscaler.vpsie.com/v1alpha1",
            "kind": "VPSieNode",
            "metadata": {
                "name": "web-1f", "namespace": "kube-system", "uid": "1-2", "resourceVersion": "77",
                "creationTimestamp": CREATED,
            },
            "spec": {
                "vpsieInstanceID": 0, "instanceType": "small", "nodeGroupName": "web", "datacenterID": "dc",
                "resourceIdentifier": "c-1", "project": "", "kubernetesVersion": "v1.34.1",
            },
        });
        merge(&mut object, change);
        serde_json::from_value(object).expect("a VPSieNode")
    }

    /// As a merge patch does.
    fn merge(object: &mut Value, change: &Value) {
        let Some(changes) = change.as_object() else {
            *object = change.clone();
            return;
        };
        if !object.is_object() {
            *object = json!({});
        }
        for (key, value) in changes {
            match (value.is_null(), object.as_object_mut()) {
                (true, Some(fields)) => drop(fields.remove(key)),
                _ => merge(&mut object[key], value),
            }
        }
    }

    fn at(text: &str) -> Time {
        Time::parse(text).expect("a time")
    }

    fn claim(id: &str, host: &str, time: &str) -> Papers {
        Papers { server: Some(Claim { id: id.into(), host: host.into(), at: at(time) }), ..Papers::default() }
    }

    fn failed(why: Why, time: &str) -> Papers {
        Papers { failed: Some(Failure { at: at(time), why }), ..Papers::default() }
    }

    #[test]
    fn what_the_reference_left_behind_is_taken_up() {
        const LATER: &str = "2026-11-20T10:05:00Z";
        let error = |reason: &str| {
            json!({"status": {"phase": "Failed", "conditions": [
                {"type": "VPSReady", "status": "False", "reason": "Failed", "lastTransitionTime": CREATED},
                {"type": "Error", "status": "True", "reason": reason, "lastTransitionTime": LATER},
            ]}})
        };
        let requested = json!({"metadata": {"annotations": {REQUESTED: "true"}}});
        let deleted = json!({"metadata": {"deletionTimestamp": LATER}, "status": {"phase": "Deleting"}});
        let and = |one: &Value, other: Value| {
            let mut both = one.clone();
            merge(&mut both, &other);
            both
        };
        let table: Vec<(&str, Value, Result<Papers, Unreadable>)> = vec![
            ("new", json!({}), Ok(Papers::default())),
            ("pending", json!({"status": {"phase": "Pending"}}), Ok(Papers::default())),
            (
                "asked for",
                and(&requested, json!({"status": {"phase": "Provisioning"}})),
                Err(Unreadable::ServerUnknown),
            ),
            (
                "perhaps asked for",
                json!({"status": {"phase": "Provisioning"}}),
                Err(Unreadable::ServerUnknown),
            ),
            ("only a number", json!({"spec": {"vpsieInstanceID": 7}}), Err(Unreadable::ServerUnknown)),
            (
                "its own name for want of a better one",
                and(&requested, json!({"spec": {"nodeName": "web-1f"}, "status": {"phase": "Provisioned"}})),
                Err(Unreadable::ServerUnknown),
            ),
            (
                "a name that was learned",
                json!({"spec": {"nodeName": "k8s-7"}, "status": {"phase": "Provisioned", "provisionedAt": LATER}}),
                Ok(claim("", "k8s-7", LATER)),
            ),
            (
                "identifier",
                and(
                    &requested,
                    json!({"spec": {"vpsieNodeIdentifier": "u-1"}, "status": {"phase": "Provisioning"}}),
                ),
                Ok(claim("u-1", "", CREATED)),
            ),
            (
                "the host name goes before the node's",
                json!({"status": {"phase": "Ready", "hostname": "K8S-7", "nodeName": "k8s-7", "joinedAt": LATER}}),
                Ok(claim("", "K8S-7", LATER)),
            ),
            (
                "only a Node",
                json!({"status": {"phase": "Ready", "nodeName": "k8s-7"}}),
                Ok(claim("", "k8s-7", CREATED)),
            ),
            ("refused", error("CapacityLimitReached"), Ok(failed(Why::ProvisioningTimeout, LATER))),
            ("never joined", error("JoiningTimeout"), Ok(failed(Why::JoiningTimeout, LATER))),
            ("gone", error("VPSieAPIError"), Ok(failed(Why::ServerGone, LATER))),
            (
                "failed, nobody knows why",
                json!({"spec": {"vpsieNodeIdentifier": "u-1"}, "status": {"phase": "Failed"}}),
                Ok(Papers {
                    server: claim("u-1", "", CREATED).server,
                    ..failed(Why::ProvisioningTimeout, CREATED)
                }),
            ),
            (
                "deleting: all steps again",
                and(&deleted, json!({"status": {"hostname": "k8s-7"}})),
                Ok(claim("", "k8s-7", CREATED)),
            ),
            ("deleting, and nothing known", deleted.clone(), Err(Unreadable::ServerUnknown)),
            (
                "our own record alone counts",
                json!({
                    "spec": {"vpsieNodeIdentifier": "u-1"},
                    "status": {"phase": "Failed", "record": {"format": 1, "condemned": LATER}},
                }),
                Ok(Papers { condemned: Some(at(LATER)), ..Papers::default() }),
            ),
            (
                "a record of a later version",
                json!({"spec": {"vpsieNodeIdentifier": "u-1"}, "status": {"record": {"format": 2}}}),
                Err(Unreadable::Format("2".into())),
            ),
        ];
        for (what, change, expect) in table {
            assert_eq!(machine(&object(&change)).map(|it| it.papers), expect, "{what}");
        }
    }

    #[test]
    fn the_rest_of_a_machine() {
        let whole = machine(&object(&json!({}))).expect("a machine");
        assert_eq!((&*whole.uid, &*whole.name, &*whole.group), ("1-2", "web-1f", "web"));
        assert_eq!((whole.version, whole.backend, whole.deleted), (77, Backend::Managed, false));
        for (change, expect) in [
            (json!({"metadata": {"labels": {marks::GROUP: "other"}}}), ("other", Backend::Managed, false)),
            (json!({"spec": {"resourceIdentifier": ""}}), ("web", Backend::Plain, false)),
            (json!({"spec": {"resourceIdentifier": null}}), ("web", Backend::Plain, false)),
            (json!({"metadata": {"deletionTimestamp": CREATED}}), ("web", Backend::Managed, true)),
        ] {
            let it = machine(&object(&change)).expect("a machine");
            assert_eq!((&*it.group, it.backend, it.deleted), expect, "{change}");
        }
        for (field, change) in [
            ("metadata.uid", json!({"metadata": {"uid": null}})),
            ("metadata.name", json!({"metadata": {"name": null}})),
            ("metadata.resourceVersion", json!({"metadata": {"resourceVersion": "soon"}})),
            ("spec.nodeGroupName", json!({"spec": {"nodeGroupName": ""}})),
        ] {
            assert_eq!(machine(&object(&change)), Err(Unreadable::Missing(field)));
        }
    }
}
