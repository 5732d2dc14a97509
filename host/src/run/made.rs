//! A group that is made for pods that no other takes: like one that is there, of another size.

use super::carry::Failure;
use crate::act::{Pen, Target, marks};
use crate::cluster::Key;
use crate::kinds::{NodeGroup, NodeGroupSpec};
use crate::observe::Snapshot;
use decide::marks::{DRY_RUN, MANAGED};
use decide::plan::Creation;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// As many as the reference gives a group that it makes.
const NODES_MAX: u32 = 10;

pub(super) async fn create(pen: &Pen, snapshot: &Snapshot, creation: &Creation) -> Result<(), Failure> {
    let (key, base) = pattern(snapshot)
        .ok_or_else(|| Failure::Unknown("there is no group any more that it could be made like".into()))?;
    let object = group_like(&base.spec, &key.0, creation);
    pen.create(Target { kind: "NodeGroup", namespace: &key.0, name: &creation.group }, &object).await?;
    Ok(())
}

/// The group, first by name, that a new one is made like: of managed workers, not on its way out, and in earnest.
#[must_use]
pub fn pattern(snapshot: &Snapshot) -> Option<(Key, NodeGroup)> {
    let mut groups: Vec<(&Key, NodeGroup)> = snapshot
        .of_kind("NodeGroup")
        .filter(|(_, object)| {
            let meta = &object.value()["metadata"];
            let is_dry = meta["annotations"][DRY_RUN] == "true";
            meta["labels"][MANAGED] == "true" && meta["deletionTimestamp"].is_null() && !is_dry
        })
        .filter_map(|(key, object)| Some((key, serde_json::from_slice(&object.input.bytes).ok()?)))
        .filter(|(_, group): &(_, NodeGroup)| {
            let said = |field: &Option<String>| field.as_ref().is_some_and(|it| !it.is_empty());
            said(&group.spec.resource_identifier) && said(&group.spec.datacenter_id)
        })
        .collect();
    groups.sort_by_key(|(key, _)| (&key.1, &key.0));
    groups.into_iter().next().map(|(key, group)| (key.clone(), group))
}

fn group_like(base: &NodeGroupSpec, namespace: &str, creation: &Creation) -> Value {
    let taints: Vec<Value> = creation.taints.iter().map(marks::taint).collect();
    let labels: BTreeMap<&str, &str> = creation.labels.0.iter().map(|it| (&*it.0, &*it.1)).collect();
    let mut spec = json!({
        "minNodes": 0,
        "maxNodes": NODES_MAX,
        "datacenterID": base.datacenter_id,
        "resourceIdentifier": base.resource_identifier,
        "project": base.project,
        "kubernetesVersion": base.kubernetes_version,
        "osImageID": base.os_image_id,
        "sshKeyIDs": base.ssh_key_ids,
        "tags": base.tags,
        "scaleUpPolicy": base.scale_up_policy,
        "scaleDownPolicy": base.scale_down_policy,
        "offeringIDs": [creation.size.to_string()],
        "kubeSizeID": creation.size,
        "labels": labels,
        "taints": taints,
        "notes": "made for pods that no group took (globalSettings.enableDynamicNodeGroupCreation)",
    });
    // What the pattern does not say, the group does not say either.
    if let Some(fields) = spec.as_object_mut() {
        fields.retain(|_, it| !it.is_null());
    }
    json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1",
        "kind": "NodeGroup",
        "metadata": {"name": &*creation.group, "namespace": namespace, "labels": {MANAGED: "true"}},
        "spec": spec,
    })
}
