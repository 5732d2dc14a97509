//! `pdb namespace/name`: over the pods of the app that it is named like, up to date.

use super::{Making, scalar};
use crate::scenario::Mistake;
use crate::scenario::script::Item;
use serde_json::{Map, Value, json};

impl Making {
    pub(super) fn budget(&self, item: &mut Item) -> Result<Value, Mistake> {
        let (_, name) =
            item.name.split_once('/').ok_or_else(|| Mistake::at(item.line, "a pdb is namespace/name"))?;
        let name = name.to_string();
        let mut metadata = self.metadata("PodDisruptionBudget", item, "3d")?;
        metadata.insert("generation".into(), 4.into());
        let allowed = item.words.number("allowed")?;
        let allowed = allowed.ok_or_else(|| Mistake::at(item.line, "a pdb says how many are allowed"))?;
        let observed = if item.words.flag("stale")? { 3 } else { 4 };
        let mut budget = json!({
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": metadata,
            "spec": { "minAvailable": 1 },
            "status": {
                "observedGeneration": observed,
                "disruptionsAllowed": allowed,
                "currentHealthy": item.words.number("healthy")?.unwrap_or(3),
                "desiredHealthy": item.words.number("desired")?.unwrap_or(3),
                "expectedPods": 3,
            },
        });
        let labels: Map<String, Value> =
            item.words.prefixed("select")?.into_iter().map(|(key, value)| (key, value.into())).collect();
        let selector = match item.words.text("selector")?.as_deref() {
            None if labels.is_empty() => json!({ "matchLabels": { "app": name } }),
            None => json!({ "matchLabels": labels }),
            Some("none") => Value::Null,
            Some(yaml) => scalar(yaml),
        };
        if !selector.is_null() {
            budget["spec"]["selector"] = selector;
        }
        if let Some(policy) = item.words.text("policy")? {
            budget["spec"]["unhealthyPodEvictionPolicy"] = policy.into();
        }
        Ok(budget)
    }
}
