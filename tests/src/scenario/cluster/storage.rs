//! `claim`, `volume`, `storageclass`, `csinode`, `attachment`; `priorityclass` and `namespace`, which
//! are as short.

use super::{Making, scalar};
use crate::scenario::Mistake;
use crate::scenario::script::Item;
use serde_json::{Value, json};

impl Making {
    /// Bound where it names a volume, else waiting.
    pub(super) fn claim(&self, item: &mut Item) -> Result<Value, Mistake> {
        let metadata = self.metadata("PersistentVolumeClaim", item, "3d")?;
        let mut claim = json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": metadata,
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": { "requests": { "storage": "8Gi" } },
            },
            "status": { "phase": "Pending" },
        });
        if let Some(volume) = item.words.text("volume")? {
            claim["spec"]["volumeName"] = volume.into();
            claim["status"]["phase"] = "Bound".into();
        }
        if let Some(class) = item.words.text("class")? {
            claim["spec"]["storageClassName"] = class.into();
        }
        Ok(claim)
    }

    /// On the network, within reach of all nodes, where nothing else is said.
    pub(super) fn volume(&self, item: &mut Item) -> Result<Value, Mistake> {
        let metadata = self.metadata("PersistentVolume", item, "3d")?;
        let mut volume = json!({
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": metadata,
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "capacity": { "storage": "8Gi" },
                "persistentVolumeReclaimPolicy": "Delete",
            },
            "status": { "phase": "Bound" },
        });
        let spec = &mut volume["spec"];
        match item.words.text_or("source", "csi")?.as_str() {
            "csi" => {
                let driver = item.words.text_or("driver", "disk.example.com")?;
                spec["csi"] = json!({ "driver": driver, "volumeHandle": item.name });
            }
            "local" => spec["local"] = json!({ "path": "/mnt/disk" }),
            "hostPath" => spec["hostPath"] = json!({ "path": "/mnt/disk" }),
            other => return Err(Mistake::at(item.line, format!("source {other:?} is none"))),
        }
        let mut terms = Vec::new();
        if let Some(zone) = item.words.text("zone")? {
            terms.push(term("topology.kubernetes.io/zone", &zone));
        }
        if let Some(hosts) = item.words.text("hosts")? {
            terms.push(term("kubernetes.io/hostname", &hosts));
        }
        if !terms.is_empty() {
            spec["nodeAffinity"] =
                json!({ "required": { "nodeSelectorTerms": [{ "matchExpressions": terms }] } });
        }
        Ok(volume)
    }

    pub(super) fn storage_class(&self, item: &mut Item) -> Result<Value, Mistake> {
        let metadata = self.metadata("StorageClass", item, "30d")?;
        let mut class = json!({
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": metadata,
            "provisioner": item.words.text_or("driver", "disk.example.com")?,
            "reclaimPolicy": "Delete",
            "volumeBindingMode": if item.words.flag("waits")? { "WaitForFirstConsumer" } else { "Immediate" },
        });
        if let Some(zones) = item.words.text("zones")? {
            let values: Vec<&str> = zones.split(',').collect();
            class["allowedTopologies"] = json!([{ "matchLabelExpressions": [{ "key": "topology.kubernetes.io/zone", "values": values }] }]);
        }
        Ok(class)
    }

    /// `limit=driver:count`, several times.
    pub(super) fn csi_node(&self, item: &mut Item) -> Result<Value, Mistake> {
        let metadata = self.metadata("CSINode", item, "1d")?;
        let mut drivers = Vec::new();
        for limit in item.words.many("limit")? {
            let (driver, count) = limit.rsplit_once(':').unwrap_or(("disk.example.com", &limit));
            drivers.push(json!({
                "name": driver,
                "nodeID": item.name,
                "topologyKeys": [],
                "allocatable": { "count": scalar(count) },
            }));
        }
        Ok(json!({
            "apiVersion": "storage.k8s.io/v1",
            "kind": "CSINode",
            "metadata": metadata,
            "spec": { "drivers": drivers },
        }))
    }

    pub(super) fn attachment(&self, item: &mut Item) -> Result<Value, Mistake> {
        let metadata = self.metadata("VolumeAttachment", item, "1d")?;
        let node = item.words.text("node")?;
        let volume = item.words.text("volume")?;
        let (Some(node), Some(volume)) = (node, volume) else {
            return Err(Mistake::at(item.line, "an attachment has a node and a volume"));
        };
        Ok(json!({
            "apiVersion": "storage.k8s.io/v1",
            "kind": "VolumeAttachment",
            "metadata": metadata,
            "spec": {
                "attacher": item.words.text_or("driver", "disk.example.com")?,
                "nodeName": node,
                "source": { "persistentVolumeName": volume },
            },
            "status": { "attached": true },
        }))
    }

    pub(super) fn priority_class(&self, item: &mut Item) -> Result<Value, Mistake> {
        let metadata = self.metadata("PriorityClass", item, "30d")?;
        let mut class = json!({
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": metadata,
            "value": item.words.number("value")?.unwrap_or(0),
        });
        if item.words.flag("default")? {
            class["globalDefault"] = true.into();
        }
        Ok(class)
    }

    pub(super) fn namespace(&self, item: &mut Item) -> Result<Value, Mistake> {
        let mut metadata = self.metadata("Namespace", item, "30d")?;
        let labels = metadata.entry("labels").or_insert_with(|| json!({}));
        labels["kubernetes.io/metadata.name"] = item.name.clone().into();
        Ok(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata }))
    }
}

fn term(key: &str, values: &str) -> Value {
    let values: Vec<&str> = values.split(',').collect();
    json!({ "key": key, "operator": "In", "values": values })
}
