//! `pod namespace/name`: 100m and 64Mi, Running and Ready for two hours, of a ReplicaSet that is
//! named like it (`web/a-0` is of `web/a`) and that is made up where nobody speaks of it.

use super::{Making, owner, scalar, taint};
use crate::scenario::script::Item;
use crate::scenario::words::Word;
use crate::scenario::{Mistake, time};
use serde_json::{Map, Value, json};

impl Making {
    pub(super) fn pod(&mut self, item: &mut Item) -> Result<Value, Mistake> {
        let line = item.line;
        let (namespace, name) = item
            .name
            .split_once('/')
            .map(|(namespace, name)| (namespace.to_string(), name.to_string()))
            .ok_or_else(|| Mistake::at(line, "a pod is namespace/name"))?;
        let created = item.words.text_or("created", "2h")?;
        let (stem, owner) = self.owned(item, &namespace, &name)?;
        let metadata = self.metadata("Pod", item, &created)?;
        let mut pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata,
            "spec": {
                "containers": [{ "name": "main", "image": "registry.example/app:1" }],
                "restartPolicy": "Always",
                "terminationGracePeriodSeconds": 30,
                "schedulerName": "default-scheduler",
            },
            "status": {},
        });
        if let Some(owner) = owner {
            pod["metadata"]["ownerReferences"] = json!([owner]);
        }
        if pod["metadata"]["labels"]["app"].is_null() {
            pod["metadata"]["labels"]["app"] = stem.clone().into();
        }
        self.pod_marks(item, &mut pod)?;
        requests(item, &mut pod["spec"])?;
        priority(item, &mut pod["spec"])?;
        wishes(item, &mut pod["spec"], &stem)?;
        volumes(item, &mut pod["spec"])?;
        self.status(item, &mut pod, &created)?;
        if pod["spec"]["volumes"].is_null() {
            pod["spec"].as_object_mut().expect("a spec").remove("volumes");
        }
        Ok(pod)
    }

    /// The name that the pod shares with its like, and its owner reference.
    fn owned(
        &mut self,
        item: &mut Item,
        namespace: &str,
        name: &str,
    ) -> Result<(String, Option<Value>), Mistake> {
        let stem = name.rsplit_once('-').map_or(name, |it| it.0).to_string();
        let orphan = item.words.flag("orphan")?;
        // What a kubelet mirrors from a file belongs to its node.
        let on = item.words.0.iter().rfind(|it| it.key == "on").and_then(|it| it.value.clone());
        let mirrored = match (item.words.flag("mirror")?, on) {
            (true, Some(node)) => {
                let mark = Word {
                    key: "ann.kubernetes.io/config.mirror".to_string(),
                    value: Some("5f2c".to_string()),
                    line: item.line,
                };
                item.words.0.push(mark);
                format!("v1/Node/{node}")
            }
            (true, None) => return Err(Mistake::at(item.line, "a mirror pod is on a node")),
            (false, _) => "rs".to_string(),
        };
        let said = item.words.text_or("owner", &mirrored)?;
        if said == "none" {
            return Ok((stem, None));
        }
        let (kind, owner_name) = match said.split_once('/') {
            Some((kind, name)) => (kind, name),
            None => (&*said, &*stem),
        };
        let reference = |api: &str, kind: &str, name: &str| {
            json!({
                "apiVersion": api,
                "kind": kind,
                "name": name,
                "uid": super::uid(kind, &format!("{namespace}/{name}")),
                "controller": true,
                "blockOwnerDeletion": true,
            })
        };
        if let Some(known) = owner::KINDS.iter().find(|it| it.short == kind) {
            if !orphan {
                self.needed.count(known, &format!("{namespace}/{owner_name}"), item);
            }
            let stem = owner_name.to_string();
            return Ok((stem, Some(reference(known.api, known.name, owner_name))));
        }
        // Anything else is spelt out: apiVersion/Kind/name.
        let mut parts = said.rsplitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(name), Some(kind), Some(api)) => Ok((stem, Some(reference(api, kind, name)))),
            _ => Err(Mistake::at(item.line, format!("owner {said:?} is none"))),
        }
    }

    fn pod_marks(&self, item: &mut Item, pod: &mut Value) -> Result<(), Mistake> {
        let line = item.line;
        let annotations = &mut pod["metadata"]["annotations"];
        for (word, key) in [
            ("safe", "cluster-autoscaler.kubernetes.io/safe-to-evict"),
            ("do-not-disrupt", "karpenter.sh/do-not-disrupt"),
            ("cost", "controller.kubernetes.io/pod-deletion-cost"),
            ("ignore-volumes", "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"),
        ] {
            if let Some(text) = item.words.text(word)? {
                annotations[key] = text.into();
            }
        }
        if annotations.is_null() {
            pod["metadata"].as_object_mut().expect("metadata").remove("annotations");
        }
        if let Some(deleting) = item.words.text("deleting")? {
            pod["metadata"]["deletionTimestamp"] = time::instant(&deleting, self.now, line)?.into();
            let grace = item.words.number("grace")?.unwrap_or(30);
            pod["metadata"]["deletionGracePeriodSeconds"] = grace.into();
        }
        Ok(())
    }

    fn status(&self, item: &mut Item, pod: &mut Value, created: &str) -> Result<(), Mistake> {
        let line = item.line;
        let instant = |text: &str| time::instant(text, self.now, line);
        let on = item.words.text("on")?;
        let pending = item.words.text("pending")?;
        if let Some(node) = item.words.text("nominated")? {
            pod["status"]["nominatedNodeName"] = node.into();
        }
        if item.words.flag("gated")? {
            pod["spec"]["schedulingGates"] = json!([{ "name": "example.com/wait" }]);
        }
        let Some(node) = on else {
            pod["status"]["phase"] = "Pending".into();
            let reason = match pending.as_deref() {
                None => "Unschedulable",
                Some("unseen") => return Ok(()),
                Some(reason) => reason,
            };
            pod["status"]["conditions"] =
                json!([{ "type": "PodScheduled", "status": "False", "reason": reason }]);
            return Ok(());
        };
        if pending.is_some() {
            return Err(Mistake::at(line, "a pod is on a node or pending"));
        }
        pod["spec"]["nodeName"] = node.into();
        let phase = item.words.text_or("phase", "Running")?;
        let ready = item.words.text_or("ready", if phase == "Running" { "true" } else { "false" })?;
        let ready = ready == "true";
        let started = item.words.text_or("started", created)?;
        if started != "none" {
            pod["status"]["startTime"] = instant(&started)?.into();
        }
        let truth = if ready { "True" } else { "False" };
        pod["status"]["conditions"] = json!([
            { "type": "PodScheduled", "status": "True" },
            { "type": "Ready", "status": truth },
        ]);
        if phase == "Running" {
            pod["status"]["containerStatuses"] = json!([{
                "name": "main",
                "ready": ready,
                "restartCount": 0,
                "image": "registry.example/app:1",
                "imageID": "",
                "state": { "running": { "startedAt": instant(if started == "none" { created } else { &started })? } },
            }]);
        }
        pod["status"]["phase"] = phase.into();
        Ok(())
    }
}

fn requests(item: &mut Item, spec: &mut Value) -> Result<(), Mistake> {
    let mut requests = Map::new();
    for (word, resource, default) in [("cpu", "cpu", "100m"), ("mem", "memory", "64Mi")] {
        let amount = item.words.text_or(word, default)?;
        if amount != "none" {
            requests.insert(resource.into(), amount.into());
        }
    }
    for more in item.words.many("more")? {
        let (resource, amount) = more.rsplit_once(':').unwrap_or((&more, "1"));
        requests.insert(resource.into(), amount.into());
    }
    if !requests.is_empty() {
        spec["containers"][0]["resources"] = json!({ "requests": requests });
    }
    let mut ports = Vec::new();
    for port in item.words.many("port")? {
        let (port, ip) = port.split_once('@').map_or((&*port, None), |(port, ip)| (port, Some(ip)));
        let (port, protocol) = port.split_once('/').unwrap_or((port, "TCP"));
        let mut entry =
            json!({ "containerPort": scalar(port), "hostPort": scalar(port), "protocol": protocol });
        if let Some(ip) = ip {
            entry["hostIP"] = ip.into();
        }
        ports.push(entry);
    }
    if !ports.is_empty() {
        spec["containers"][0]["ports"] = ports.into();
    }
    Ok(())
}

/// Admission writes the number of the class beside its name; without a class it is 0.
fn priority(item: &mut Item, spec: &mut Value) -> Result<(), Mistake> {
    priority_class(item, spec)?;
    if spec["priorityClassName"].is_null() && spec["priority"].is_null() {
        spec["priority"] = 0.into();
    }
    Ok(())
}

/// As it is written in a template: what admission adds is not there.
pub(super) fn priority_class(item: &mut Item, spec: &mut Value) -> Result<(), Mistake> {
    if let Some(class) = item.words.text("class")? {
        spec["priorityClassName"] = class.into();
    }
    if let Some(number) = item.words.number("priority")? {
        spec["priority"] = number.into();
    }
    Ok(())
}

/// Where the pod may run, and beside whom.
fn wishes(item: &mut Item, spec: &mut Value, stem: &str) -> Result<(), Mistake> {
    let line = item.line;
    let mut tolerations = Vec::new();
    for text in item.words.many("tolerate")? {
        if text == "all" {
            tolerations.push(json!({ "operator": "Exists" }));
            continue;
        }
        let (key, value, effect) = taint(&text, line)?;
        let mut toleration = match value {
            Some(value) => json!({ "key": key, "operator": "Equal", "value": value }),
            None => json!({ "key": key, "operator": "Exists" }),
        };
        if let Some(effect) = effect {
            toleration["effect"] = effect.into();
        }
        tolerations.push(toleration);
    }
    for condition in ["not-ready", "unreachable"] {
        tolerations.push(json!({
            "key": format!("node.kubernetes.io/{condition}"),
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": 300,
        }));
    }
    spec["tolerations"] = tolerations.into();
    let select = item.words.prefixed("select")?;
    if !select.is_empty() {
        let select: Map<String, Value> =
            select.into_iter().map(|(key, value)| (super::full(&key), value.into())).collect();
        spec["nodeSelector"] = select.into();
    }
    for (word, field) in [("near", "podAffinity"), ("apart", "podAntiAffinity")] {
        let terms = item.words.many(word)?;
        if !terms.is_empty() {
            let term = |text: &String| {
                let (app, topology) = text.split_once('@').unwrap_or((text, "host"));
                let app = if app.is_empty() { stem } else { app };
                json!({
                    "labelSelector": { "matchLabels": { "app": app } },
                    "topologyKey": topology_key(topology),
                })
            };
            let terms: Vec<Value> = terms.iter().map(term).collect();
            spec["affinity"][field]["requiredDuringSchedulingIgnoredDuringExecution"] = terms.into();
        }
    }
    if let Some(text) = item.words.text("spread")? {
        let (skew, topology) = text.split_once('@').unwrap_or((&text, "zone"));
        spec["topologySpreadConstraints"] = json!([{
            "maxSkew": scalar(skew),
            "topologyKey": topology_key(topology),
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": { "matchLabels": { "app": stem } },
        }]);
        if let Some(more) = item.words.text("spread-more")? {
            super::lay_over(&mut spec["topologySpreadConstraints"][0], &scalar(&more));
        }
    }
    Ok(())
}

fn topology_key(word: &str) -> &str {
    match word {
        "host" => "kubernetes.io/hostname",
        "zone" => "topology.kubernetes.io/zone",
        key => key,
    }
}

fn volumes(item: &mut Item, spec: &mut Value) -> Result<(), Mistake> {
    let mut volumes = Vec::new();
    for name in item.words.many("emptydir")? {
        volumes.push(json!({ "name": name, "emptyDir": {} }));
    }
    for name in item.words.many("hostpath")? {
        volumes.push(json!({ "name": name, "hostPath": { "path": format!("/var/{name}") } }));
    }
    for claim in item.words.many("claim")? {
        volumes.push(json!({ "name": claim, "persistentVolumeClaim": { "claimName": claim } }));
    }
    if !volumes.is_empty() {
        spec["volumes"] = volumes.into();
    }
    Ok(())
}
