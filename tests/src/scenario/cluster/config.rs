//! `config`: the AutoscalerConfig. Its fields stand there by their own names.

use super::{Making, scalar};
use crate::scenario::Mistake;
use crate::scenario::script::Item;
use serde_json::{Value, json};

const SCALE_DOWN: [&str; 18] = [
    "enabled",
    "paused",
    "utilizationSource",
    "quorumPercent",
    "sampleMaxAgeSeconds",
    "countDaemonSetPods",
    "maxDrains",
    "unreadyNodes",
    "unreadySeconds",
    "minAgeSeconds",
    "expendablePriorityBelow",
    "unhealthyPercentMax",
    "unhealthyNodesMin",
    "minCores",
    "minMemoryBytes",
    "spareDaemonSetPdbs",
    "maxGraceSeconds",
    "drainTimeoutSeconds",
];

const PACE_BOUNDS: [&str; 4] = ["cpuThresholdMax", "memoryThresholdMax", "windowSecondsMin", "removalsMax"];

const GLOBAL: [&str; 10] = [
    "scaleUpCooldownSeconds",
    "scaleDownCooldownSeconds",
    "maxConcurrentScaleUps",
    "maxConcurrentScaleDowns",
    "maxClusterWorkers",
    "unschedulablePodGracePeriodSeconds",
    "enableDynamicNodeGroupCreation",
    "enableRebalancing",
    "nodeReadyTimeoutSeconds",
    "podEvictionTimeoutSeconds",
];

impl Making {
    pub(super) fn config(&self, item: &mut Item) -> Result<Value, Mistake> {
        item.name = "default".to_string();
        let metadata = self.metadata("AutoscalerConfig", item, "30d")?;
        let mut config = json!({
            "apiVersion": "autoscaler.vpsie.com/v1alpha1",
            "kind": "AutoscalerConfig",
            "metadata": metadata,
            "spec": {},
        });
        let spec = &mut config["spec"];
        if let Some(source) = item.words.text("source")? {
            spec["scaleDown"]["utilizationSource"] = source.into();
        }
        for field in SCALE_DOWN {
            if let Some(text) = item.words.text(field)? {
                spec["scaleDown"][field] = scalar(&text);
            }
        }
        for field in PACE_BOUNDS {
            if let Some(text) = item.words.text(field)? {
                spec["scaleDown"]["paceBounds"][field] = scalar(&text);
            }
        }
        for field in GLOBAL {
            if let Some(text) = item.words.text(field)? {
                spec["globalSettings"][field] = scalar(&text);
            }
        }
        if let Some(status) = item.words.text("frozen")? {
            config["status"]["conditions"] = json!([{
                "type": "InventoryFrozen",
                "status": status,
                "reason": "ListShrank",
                "message": "the provider's list shrank from 9 servers to 2",
                "lastTransitionTime": self.now.to_string(),
            }]);
        }
        Ok(config)
    }
}
