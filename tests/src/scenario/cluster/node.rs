//! `node`: a worker of the first group, 4 cores and 16 GiB, a day old, Ready, idle for an hour.

use super::{Making, taints};
use crate::scenario::Mistake;
use crate::scenario::script::Item;
use crate::scenario::{quantity, time};
use serde_json::{Value, json};

const OURS: &str = "autoscaler.vpsie.com";
const IDLE: &str = "1h";

impl Making {
    pub(super) fn node(&mut self, item: &mut Item) -> Result<Value, Mistake> {
        let line = item.line;
        let created = item.words.text_or("created", "1d")?;
        let born = time::shifted(&created, self.now, line)?;
        let metadata = self.metadata("Node", item, &created)?;
        let mut node = json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": metadata,
            "spec": { "providerID": format!("vpsie://{}", item.name) },
            "status": {
                "addresses": [{ "type": "Hostname", "address": item.name }],
                "nodeInfo": { "kubeletVersion": "v1.34.1" },
            },
        });
        let labels = &mut node["metadata"]["labels"];
        let mut label = |key: &str, value: &str| {
            if labels[key].is_null() {
                labels[key] = value.into();
            }
        };
        label("kubernetes.io/hostname", &item.name);
        label("kubernetes.io/os", "linux");
        if let Some(zone) = item.words.text("zone")? {
            label("topology.kubernetes.io/zone", &zone);
        }
        let free = item.words.flag("free")?;
        let named = item.words.text("group")?;
        if let Some(group) = named.as_ref().or(self.first_group.as_ref()).filter(|_| !free) {
            let group = group.rsplit('/').next().unwrap_or(group);
            label(&format!("{OURS}/nodegroup"), group);
            if !item.words.flag("unmanaged")? {
                label(&format!("{OURS}/managed"), "true");
            }
        } else if !free {
            return Err(Mistake::at(line, "a node without any group is `free`"));
        }

        self.marks(item, &mut node)?;
        self.size(item, &mut node)?;

        let since = (born.as_second() + 60).min(self.now.as_second());
        let since = jiff::Timestamp::from_second(since).expect("a time").to_string();
        let (status, since) = match (item.words.text("unready")?, item.words.text("ready")?) {
            (Some(for_), None) => ("False".to_string(), Some(for_)),
            (None, Some(status)) => (status, item.words.text("since")?),
            (None, None) => ("True".to_string(), Some(item.words.text_or("since", &since)?)),
            (Some(_), Some(_)) => return Err(Mistake::at(line, "either unready= or ready=")),
        };
        if status != "none" {
            let since = since.ok_or_else(|| Mistake::at(line, "ready= needs since="))?;
            node["status"]["conditions"] = json!([{
                "type": "Ready",
                "status": status,
                "reason": "KubeletReady",
                "lastTransitionTime": time::instant(&since, self.now, line)?,
                "lastHeartbeatTime": self.now.to_string(),
            }]);
        }
        Ok(node)
    }

    /// What is written on the node: annotations, taints, the cordon.
    fn marks(&self, item: &mut Item, node: &mut Value) -> Result<(), Mistake> {
        let line = item.line;
        let mut list = taints(item.words.many("taint")?, line)?;
        let annotations = &mut node["metadata"]["annotations"];
        let instant = |text: &str| time::instant(text, self.now, line);
        let idle = item.words.text_or("idle", IDLE)?;
        if idle != "none" {
            annotations[format!("{OURS}/idle-since")] = instant(&idle)?.into();
        }
        for (word, key) in [("draining", "draining-since"), ("not-before", "not-before")] {
            if let Some(text) = item.words.text(word)? {
                annotations[format!("{OURS}/{key}")] = instant(&text)?.into();
            }
        }
        for (word, key) in [
            ("hours", "scale-down-allowed-hours"),
            ("days", "scale-down-allowed-days"),
            ("tz", "scale-down-zone"),
        ] {
            if let Some(text) = item.words.text(word)? {
                annotations[format!("{OURS}/{key}")] = text.into();
            }
        }
        let mut cordoned = item.words.flag("cordoned")?;
        if let Some(since) = item.words.text("leaving")? {
            annotations[format!("{OURS}/leaving-since")] = instant(&since)?.into();
            list.push(json!({ "key": format!("{OURS}/leaving"), "effect": "NoSchedule" }));
            cordoned = true;
        }
        if annotations.is_null() {
            node["metadata"].as_object_mut().expect("metadata").remove("annotations");
        }
        if cordoned {
            list.push(json!({ "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" }));
            node["spec"]["unschedulable"] = true.into();
        }
        if !list.is_empty() {
            node["spec"]["taints"] = list.into();
        }
        Ok(())
    }

    fn size(&mut self, item: &mut Item, node: &mut Value) -> Result<(), Mistake> {
        let cpu = item.words.text_or("cpu", "4")?;
        let memory = item.words.text_or("mem", "16Gi")?;
        let mut amounts = json!({
            "cpu": cpu,
            "memory": memory,
            "pods": item.words.text_or("pods", "110")?,
            "ephemeral-storage": item.words.text_or("disk", "100Gi")?,
        });
        for more in item.words.many("more")? {
            let (resource, amount) = more.rsplit_once(':').unwrap_or((&more, "1"));
            amounts[resource] = amount.into();
        }
        node["status"]["capacity"] = amounts.clone();
        node["status"]["allocatable"] = amounts;
        if let (Some(millis), Some(bytes)) = (quantity::millis(&cpu), quantity::bytes(&memory)) {
            self.sizes.insert(item.name.clone(), (millis, bytes));
        }
        Ok(())
    }
}
