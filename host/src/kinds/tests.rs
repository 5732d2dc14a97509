//! The definitions on disk are those of the types, and know the fields that `objects` reads.

use super::{AutoscalerConfig, NodeGroup, VpsieNode, definitions};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/crds").join(name)
}

#[test]
fn files_are_what_the_types_say() {
    for (name, definition) in definitions() {
        let yaml = serde_yaml_ng::to_string(&definition).expect("plain data");
        let text = format!(
            "# Generated from host/src/kinds; UPDATE_EXPECT=1 with its tests writes it anew.\n{yaml}"
        );
        let path = file(name);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &text).expect("written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == text,
            "{} is not what the types say: run this test with UPDATE_EXPECT=1",
            path.display()
        );
    }
}

/// What the types write is what they read: an explicit false, 0 or empty list is no absence.
#[test]
fn nothing_is_lost_on_the_way() {
    let group = json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "NodeGroup",
        "metadata": {"name": "a", "namespace": "kube-system"},
        "spec": {
            "minNodes": 0, "maxNodes": 1, "desiredNodes": 0, "allowMixedInstances": false, "labels": {}, "taints": [],
            "project": "", "sshKeyIDs": [], "scaleUpPolicy": {"enabled": false, "cpuThreshold": 0},
            "scaleDownPolicy": {"enabled": false, "stabilizationWindowSeconds": 0, "cooldownSeconds": 0},
            "spotConfig": {}, "multiRegion": {"weightedDistribution": {"a": 0}},
            "costOptimization": {"enabled": false, "minMonthlySavings": 0.5},
        },
        "status": {
            "currentNodes": 0, "vpsieGroupID": 0, "conditions": [], "backOffUntil": "2026-11-20T10:00:00Z",
            "nodes": [{"nodeName": "", "vpsID": 0, "instanceType": "", "status": ""}],
        },
    });
    let config = json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "AutoscalerConfig", "metadata": {"name": "default"},
        "spec": {
            "nodeGroupDefaults": {"minNodes": 0, "scaleDownPolicy": {"enabled": false}},
            "globalSettings": {"maxClusterWorkers": 0, "enableDynamicNodeGroupCreation": false},
            "scaleDown": {"enabled": false, "maxDrains": 0, "utilizationSource": "Highest", "unreadyNodes": "Keep"},
        },
        "status": {"active": false, "conditions": [{"type": "InventoryFrozen", "status": "True"}]},
    });
    let machine = json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "VPSieNode", "metadata": {"name": "a"},
        "spec": {"nodeGroupName": "a", "vpsieInstanceID": 0, "nodeName": ""},
        "status": {
            "phase": "", "resources": {"cpu": 0, "memoryMB": 0, "diskGB": 0},
            "record": {"format": 2, "intent": null, "more": [1, {"a": false}]},
        },
    });
    same::<NodeGroup>(&group);
    same::<AutoscalerConfig>(&config);
    same::<VpsieNode>(&machine);
}

fn same<T: Serialize + DeserializeOwned>(object: &Value) {
    let read: T = serde_json::from_value(object.clone()).expect("it is read");
    assert_eq!(&serde_json::to_value(read).expect("it is written"), object);
}
