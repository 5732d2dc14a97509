//! `group` and `machine`: NodeGroups and VPSieNodes. A group says nothing that the case does not,
//! but what the schema requires.

use super::{Making, taints};
use crate::scenario::script::Item;
use crate::scenario::{Mistake, quantity, time};
use decide::resources::Amounts;
use decide::world::Offer;
use serde_json::{Value, json};
use vpsie_autoscaler::kinds::GROUP_FINALIZER;

const API: &str = "autoscaler.vpsie.com/v1alpha1";
const NAMESPACE: &str = "kube-system";

/// What the provider would sell: `offer 55 size=4/16Gi price=0.05`.
pub(super) fn offer(mut item: Item) -> Result<Offer, Mistake> {
    let line = item.line;
    let wrong = || Mistake::at(line, "offer NUMBER size=CPU/MEMORY price=");
    let size = item.name.parse().map_err(|_| wrong())?;
    let text = item.words.text("size")?.ok_or_else(wrong)?;
    let (cpu, memory) = text.split_once('/').ok_or_else(wrong)?;
    let amount = |it: Option<u64>| it.and_then(|it| i64::try_from(it).ok()).ok_or_else(wrong);
    let (cpu, memory) = (amount(quantity::millis(cpu))?, amount(quantity::bytes(memory))?);
    let billionths = |it: String| {
        let (whole, part) = it.split_once('.').unwrap_or((&it, ""));
        format!("{whole}{part:0<9}").parse().map_err(|_| wrong())
    };
    let price_per_hour = item.words.text("price")?.map(billionths).transpose()?;
    item.words.end("offer")?;
    Ok(Offer { size, room: Amounts { cpu, memory, pods: 110, ..Amounts::default() }, price_per_hour })
}

impl Making {
    pub(super) fn group(&mut self, item: &mut Item) -> Result<Value, Mistake> {
        let line = item.line;
        if !item.name.contains('/') {
            item.name = format!("{NAMESPACE}/{}", item.name);
        }
        let mut metadata = self.metadata("NodeGroup", item, "30d")?;
        let managed = if item.words.flag("unmanaged")? { "false" } else { "true" };
        let labels = metadata.entry("labels").or_insert_with(|| json!({}));
        labels["autoscaler.vpsie.com/managed"] = managed.into();
        if !item.words.flag("unheld")? {
            metadata.insert("finalizers".into(), json!([GROUP_FINALIZER]));
        }
        if item.words.flag("deleted")? {
            metadata.insert("deletionTimestamp".into(), time::instant("1m", self.now, line)?.into());
        }
        let mut annotations = json!({});
        if let Some(size) = item.words.text("size")? {
            let (cpu, memory) =
                size.split_once('/').ok_or_else(|| Mistake::at(line, "size is cpu/memory"))?;
            annotations["autoscaler.vpsie.com/cpu"] = cpu.into();
            annotations["autoscaler.vpsie.com/memory"] = memory.into();
        }
        if let Some(price) = item.words.text("price")? {
            annotations["autoscaler.vpsie.com/hourly-price"] = price.into();
        }
        for (key, value) in annotations.as_object().expect("a map") {
            metadata.entry("annotations").or_insert_with(|| json!({}))[key] = value.clone();
        }
        let mut group = json!({
            "apiVersion": API,
            "kind": "NodeGroup",
            "metadata": metadata,
            "spec": {
                "datacenterID": "dc-7",
                "offeringIDs": ["offer-3"],
                "resourceIdentifier": "cluster-9",
                "project": "project-2",
                "kubernetesVersion": "v1.34.1",
                "kubeSizeID": 12,
            },
        });
        let spec = &mut group["spec"];
        for (word, field, default) in [("min", "minNodes", "0"), ("max", "maxNodes", "10")] {
            let number = item.words.text_or(word, default)?;
            if number != "none" {
                spec[field] = super::scalar(&number);
            }
        }
        for (word, field) in [
            ("cooldown", "cooldownSeconds"),
            ("window", "stabilizationWindowSeconds"),
            ("cpu", "cpuThreshold"),
            ("mem", "memoryThreshold"),
            ("down", "enabled"),
        ] {
            if let Some(text) = item.words.text(word)? {
                spec["scaleDownPolicy"][field] = super::scalar(&text);
            }
        }
        if let Some(text) = item.words.text("up")? {
            spec["scaleUpPolicy"]["enabled"] = super::scalar(&text);
        }
        for (key, value) in item.words.prefixed("node-label")? {
            spec["labels"][super::full(&key)] = value.into();
        }
        let list = taints(item.words.many("taint")?, line)?;
        if !list.is_empty() {
            spec["taints"] = list.into();
        }
        for (word, field) in
            [("grown", "lastScaleUpTime"), ("shrunk", "lastScaleDownTime"), ("backoff", "backOffUntil")]
        {
            if let Some(text) = item.words.text(word)? {
                group["status"][field] = time::instant(&text, self.now, line)?.into();
            }
        }
        Ok(group)
    }

    pub(super) fn machine(&mut self, item: &mut Item) -> Result<Value, Mistake> {
        let group = match item.words.text("group")? {
            Some(group) => group,
            None => {
                self.first_group.clone().ok_or_else(|| Mistake::at(item.line, "a machine has a group"))?
            }
        };
        let group = group.rsplit('/').next().unwrap_or(&group).to_string();
        if !item.name.contains('/') {
            item.name = format!("{NAMESPACE}/{}", item.name);
        }
        let mut metadata = self.metadata("VPSieNode", item, "5m")?;
        let labels = metadata.entry("labels").or_insert_with(|| json!({}));
        labels["autoscaler.vpsie.com/managed"] = "true".into();
        labels["autoscaler.vpsie.com/nodegroup"] = group.clone().into();
        metadata.insert("resourceVersion".into(), "7".into());
        let mut machine = json!({
            "apiVersion": API,
            "kind": "VPSieNode",
            "metadata": metadata,
            "spec": {
                "vpsieInstanceID": 0,
                "instanceType": "offer-3",
                "nodeGroupName": group,
                "datacenterID": "dc-7",
                "resourceIdentifier": "cluster-9",
                "project": "project-2",
                "kubernetesVersion": "v1.34.1",
            },
            "status": { "phase": item.words.text_or("phase", "Provisioning")? },
        });
        for (word, part) in [("node", "status"), ("wants", "spec")] {
            if let Some(name) = item.words.text(word)? {
                machine[part]["nodeName"] = name.into();
            }
        }
        if let Some(word) = item.words.text("record")? {
            let (format, condemned) = match &*word {
                "open" => (1, Value::Null),
                "condemned" => (1, json!("2026-11-20T09:50:00Z")),
                "newer" => (2, Value::Null),
                "none" => return Ok(machine),
                _ => return Err(Mistake::at(item.line, "a record is open, condemned, newer or none")),
            };
            machine["status"]["record"] = json!({"format": format, "condemned": condemned});
        }
        Ok(machine)
    }
}
