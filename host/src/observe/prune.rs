//! What is kept of an object: the fields that the reader reads, and a little more. A pod of many
//! containers is ten times the size of what a decision needs of it.
//!
//! Invariant: the reader makes the same of what is left as of the whole.

use crate::cluster::lists::List;
use decide::marks::LAST_APPLIED;
use serde_json::{Map, Value};

const META: [&str; 10] = [
    "name",
    "namespace",
    "uid",
    "generation",
    "resourceVersion",
    "labels",
    "annotations",
    "creationTimestamp",
    "deletionTimestamp",
    "ownerReferences",
];
const FINALIZERS: &str = "finalizers";
const POD_SPEC: [&str; 16] = [
    "nodeName",
    "nodeSelector",
    "affinity",
    "tolerations",
    "containers",
    "initContainers",
    "overhead",
    "resources",
    "volumes",
    "hostNetwork",
    "topologySpreadConstraints",
    "schedulingGates",
    "resourceClaims",
    "priority",
    "priorityClassName",
    "schedulerName",
];
const POD_STATUS: [&str; 7] = [
    "phase",
    "startTime",
    "nominatedNodeName",
    "conditions",
    "containerStatuses",
    "initContainerStatuses",
    "allocatedResources",
];
const CONTAINER: [&str; 4] = ["name", "resources", "restartPolicy", "ports"];
const CONTAINER_STATUS: [&str; 2] = ["name", "allocatedResources"];
/// Sources of volumes of which only the kind matters.
const CONTENT: [&str; 4] = ["configMap", "secret", "projected", "downwardAPI"];
const NODE_STATUS: [&str; 3] = ["allocatable", "conditions", "addresses"];

/// Takes away what nobody reads, and says of what kind it is: lists leave that out.
pub fn prune(list: &List, mut object: Value) -> Value {
    let Some(members) = object.as_object_mut() else { return object };
    members.insert("apiVersion".into(), list.api_version().into());
    members.insert("kind".into(), list.kind.into());
    let ours = matches!(list.kind, "NodeGroup" | "VPSieNode" | "AutoscalerConfig");
    if let Some(meta) = members.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.retain(|key, _| META.contains(&&**key) || ours && key == FINALIZERS);
        if let Some(annotations) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove(LAST_APPLIED);
        }
    }
    match list.kind {
        "Pod" => {
            within(members, "spec", pod_spec);
            within(members, "status", |status| {
                keep(status, &POD_STATUS);
                for key in ["containerStatuses", "initContainerStatuses"] {
                    each(status, key, |it| keep(it, &CONTAINER_STATUS));
                }
            });
        }
        "Node" => within(members, "status", |status| keep(status, &NODE_STATUS)),
        "DaemonSet" => {
            members.remove("status");
            within(members, "spec", |spec| {
                keep(spec, &["template"]);
                within(spec, "template", |template| {
                    within(template, "metadata", |it| keep(it, &["labels"]));
                    within(template, "spec", pod_spec);
                });
            });
        }
        "Deployment" => {
            within(members, "spec", |spec| keep(spec, &["replicas"]));
            within(members, "status", |status| keep(status, &["readyReplicas"]));
        }
        "ReplicaSet" | "ReplicationController" | "StatefulSet" | "Job" => {
            members.remove("status");
            within(members, "spec", |spec| keep(spec, &["replicas"]));
        }
        _ => {}
    }
    object
}

fn pod_spec(spec: &mut Map<String, Value>) {
    keep(spec, &POD_SPEC);
    for key in ["containers", "initContainers"] {
        each(spec, key, |it| keep(it, &CONTAINER));
    }
    each(spec, "volumes", |volume| {
        for content in CONTENT {
            if let Some(it) = volume.get_mut(content) {
                *it = Value::Object(Map::new());
            }
        }
        within(volume, "ephemeral", Map::clear);
    });
}

fn keep(members: &mut Map<String, Value>, keys: &[&str]) {
    members.retain(|key, _| keys.contains(&&**key));
}

fn within(members: &mut Map<String, Value>, key: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    if let Some(it) = members.get_mut(key).and_then(Value::as_object_mut) {
        change(it);
    }
}

fn each(members: &mut Map<String, Value>, key: &str, change: impl Fn(&mut Map<String, Value>)) {
    for it in members.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(it) = it.as_object_mut() {
            change(it);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::lists::LISTS;
    use crate::objects::{self, Input};
    use decide::time::Time;
    use serde_json::json;

    const NOW: Time = Time(1_763_632_800);

    fn read(objects: &[Value]) -> decide::world::World {
        let bytes = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string().into_bytes();
        let input = Input { name: "objects".into(), bytes };
        objects::read([&input], NOW).unwrap_or_else(|why| panic!("{why}")).world
    }

    #[test]
    fn what_is_left_reads_as_the_whole() {
        let text = include_str!("../../../examples/cluster.yaml");
        let list: Value = serde_yaml_ng::from_str(text).expect("YAML");
        let mut whole = list["items"].as_array().expect("items").clone();
        whole.push(json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "fat", "namespace": "shop", "uid": "u", "managedFields": [{"a": 1}],
                "annotations": {LAST_APPLIED: "long", "a": "b"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "x", "controller": true}],
            },
            "spec": {
                "nodeName": "web-1",
                "containers": [{
                    "name": "c", "env": [{"name": "A"}], "resources": {"requests": {"cpu": "1", "example.com/x": "2"}},
                    "ports": [{"containerPort": 80, "hostPort": 8080, "protocol": "TCP"}],
                }],
                "initContainers": [{"name": "i", "restartPolicy": "Always", "resources": {"requests": {"memory": "1Gi"}}}],
                "volumes": [
                    {"name": "a", "configMap": {"name": "c", "items": [{"key": "k", "path": "p"}]}},
                    {"name": "b", "emptyDir": {"medium": "Memory"}},
                    {"name": "c", "persistentVolumeClaim": {"claimName": "claim"}},
                    {"name": "d", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
                    {"name": "e", "hostPath": {"path": "/"}},
                    {"name": "f", "csi": {"driver": "d"}},
                ],
                "overhead": {"cpu": "10m"},
                "schedulingGates": [{"name": "g"}],
                "tolerations": [{"key": "k", "operator": "Exists"}],
                "priority": 7,
            },
            "status": {
                "phase": "Running", "podIP": "10.0.0.1", "startTime": "2025-11-20T09:00:00Z",
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"name": "c", "image": "i", "allocatedResources": {"cpu": "2"}}],
            },
        }));
        let pruned: Vec<Value> = whole
            .iter()
            .map(|it| {
                let list = LISTS.iter().find(|list| it["kind"] == list.kind).expect("a kind that is listed");
                prune(list, it.clone())
            })
            .collect();
        assert_ne!(pruned.last(), whole.last(), "something is taken away");
        assert_eq!(read(&pruned), read(&whole));
    }
}
