//! `replicaset`, `statefulset`, ...: who owns pods. Those that pods name and nobody speaks of are
//! made up, with as many replicas as there are pods.

use super::Making;
use crate::scenario::Mistake;
use crate::scenario::script::Item;
use serde_json::{Value, json};

pub struct Kind {
    pub api: &'static str,
    pub name: &'static str,
    /// How a case names the object.
    pub word: &'static str,
    /// How `owner=` names it.
    pub short: &'static str,
}

pub const KINDS: [Kind; 6] = [
    Kind { api: "apps/v1", name: "ReplicaSet", word: "replicaset", short: "rs" },
    Kind { api: "v1", name: "ReplicationController", word: "replicationcontroller", short: "rc" },
    Kind { api: "apps/v1", name: "StatefulSet", word: "statefulset", short: "sts" },
    Kind { api: "apps/v1", name: "DaemonSet", word: "daemonset", short: "ds" },
    Kind { api: "batch/v1", name: "Job", word: "job", short: "job" },
    Kind { api: "apps/v1", name: "Deployment", word: "deployment", short: "deploy" },
];

/// Owners that are not there yet: their kind, their name, how many pods name them, and the requests
/// of the first.
#[derive(Default)]
pub struct Needed(Vec<(&'static str, String, u32, [Option<String>; 2])>);

impl Needed {
    pub fn count(&mut self, kind: &'static Kind, name: &str, pod: &Item) {
        if let Some(held) = self.0.iter_mut().find(|it| it.0 == kind.name && it.1 == name) {
            held.2 += 1;
            return;
        }
        let last = |key: &str| {
            let word = pod.words.0.iter().rfind(|it| it.key == key);
            word.and_then(|it| it.value.clone())
        };
        self.0.push((kind.name, name.to_string(), 1, [last("cpu"), last("mem")]));
    }
}

impl Making {
    pub(super) fn made_up_owners(&mut self) {
        for (kind, name, count, [cpu, memory]) in std::mem::take(&mut self.needed.0) {
            if self.owners.contains(&(kind, name.clone())) {
                continue;
            }
            let kind = KINDS.iter().find(|it| it.name == kind).expect("a kind");
            let (namespace, name) = name.split_once('/').expect("namespace/name");
            let requests = requests(cpu, memory);
            let metadata = json!({
                "name": name,
                "namespace": namespace,
                "uid": super::uid(kind.name, &format!("{namespace}/{name}")),
                "creationTimestamp": self.now.to_string(),
            });
            let object = json!({
                "apiVersion": kind.api,
                "kind": kind.name,
                "metadata": metadata,
                "spec": spec(kind, name, Some(count.into()), &requests),
            });
            self.objects.push(object);
        }
    }

    pub(super) fn owner(&mut self, item: &mut Item) -> Result<Value, Mistake> {
        let kind = KINDS.iter().find(|it| it.word == item.kind).expect("a kind");
        let (_, name) = item
            .name
            .split_once('/')
            .ok_or_else(|| Mistake::at(item.line, format!("a {} is namespace/name", kind.word)))?;
        let name = name.to_string();
        let replicas = item.words.text_or("replicas", "1")?;
        let replicas = Some(super::scalar(&replicas)).filter(|_| replicas != "none");
        let requests = requests(item.words.text("cpu")?, item.words.text("mem")?);
        let mut spec = spec(kind, &name, replicas, &requests);
        let tolerations: Result<Vec<Value>, Mistake> = item
            .words
            .many("tolerate")?
            .into_iter()
            .map(|text| {
                if text == "all" {
                    return Ok(json!({ "operator": "Exists" }));
                }
                let (key, _, _) = super::taint(&text, item.line)?;
                Ok(json!({ "key": key, "operator": "Exists" }))
            })
            .collect();
        let tolerations = tolerations?;
        if !tolerations.is_empty() {
            spec["template"]["spec"]["tolerations"] = tolerations.into();
        }
        for (key, value) in item.words.prefixed("select")? {
            spec["template"]["spec"]["nodeSelector"][super::full(&key)] = value.into();
        }
        super::pod::priority_class(item, &mut spec["template"]["spec"])?;
        let metadata = self.metadata(kind.name, item, "3d")?;
        Ok(json!({ "apiVersion": kind.api, "kind": kind.name, "metadata": metadata, "spec": spec }))
    }
}

/// As a pod's own, where nothing is said.
fn requests(cpu: Option<String>, memory: Option<String>) -> Value {
    let mut requests = json!({});
    for (resource, amount, default) in [("cpu", cpu, "100m"), ("memory", memory, "64Mi")] {
        let amount = amount.unwrap_or_else(|| default.to_string());
        if amount != "none" {
            requests[resource] = amount.into();
        }
    }
    requests
}

fn spec(kind: &Kind, name: &str, replicas: Option<Value>, requests: &Value) -> Value {
    let mut spec = json!({
        "selector": { "matchLabels": { "app": name } },
        "template": {
            "metadata": { "labels": { "app": name } },
            "spec": { "containers": [{
                "name": "main",
                "image": "registry.example/app:1",
                "resources": { "requests": requests },
            }] },
        },
    });
    if let Some(replicas) = replicas.filter(|_| !matches!(kind.name, "DaemonSet" | "Job")) {
        spec["replicas"] = replicas;
    }
    spec
}
