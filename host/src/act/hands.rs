//! The operations of the engine that are about the cluster. Each looks at the object as it is now, can be
//! repeated, and never says that it worked where nobody knows.

use super::marks;
use super::pen::{NotWritten, Pen, Target};
use super::{evict, evict::Round, look};
use crate::clock;
use crate::cluster::{self, Key};
use crate::kinds::{MACHINE_FINALIZER, Record};
use crate::looked::Looked;

use decide::provision::{Machine, Operation, Outcome, Papers};
use decide::select::Labels;
use decide::world::{Name, Taint};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

#[derive(Clone)]
pub struct Hands {
    pub pen: Pen,
    /// Where the VPSieNode with this uid is, if it is there.
    pub find: Arc<dyn Fn(&str) -> Option<Key> + Send + Sync>,
    pub looked: watch::Receiver<Option<Arc<Looked>>>,
    /// Uids of pods that were evicted: their room is kept.
    pub evicted: mpsc::UnboundedSender<Name>,
}

impl Hands {
    pub async fn run(&self, machine: &Machine, operation: Operation) -> Outcome {
        let what = operation.work();
        let outcome = match operation {
            Operation::Write { version, papers } => self.write(machine, version, &papers).await,
            Operation::Dress { node, uid } => {
                let Some(looked) = self.looked() else { return Outcome::Failed };
                let (labels, taints) = wanted(&looked, &machine.group);
                self.change(&node, &uid, |it| marks::dress(it, &machine.group, labels, taints)).await
            }
            Operation::Exclude { node, uid } => {
                self.change(&node, &uid, |it| marks::exclude(it, clock::now())).await
            }
            Operation::Evict { node, uid } => self.evict(&node, &uid).await,
            Operation::Forget { node, uid } => {
                ended(self.pen.delete(Target::node(&node), &uid).await.map(|()| Value::Null))
            }
            Operation::Finish { uid } => self.finish(&uid).await,
            // The provider is asked elsewhere.
            Operation::Create { .. } | Operation::Detach { .. } | Operation::Delete { .. } => Outcome::Failed,
        };
        tracing::info!(machine = &*machine.name, ?what, ?outcome, "carried out");
        outcome
    }

    fn looked(&self) -> Option<Arc<Looked>> {
        self.looked.borrow().clone()
    }

    async fn write(&self, machine: &Machine, version: u64, papers: &Papers) -> Outcome {
        let Some(key) = (self.find)(&machine.uid) else { return Outcome::Absent };
        // From here there is no way back.
        if let (None, Some(_), Some(claim)) = (machine.papers.condemned, papers.condemned, &papers.server) {
            let Some(looked) = self.looked() else { return Outcome::Failed };
            if let Some(why) = look::objection(&self.pen, &looked, claim).await {
                tracing::info!(machine = &*machine.name, why, "its server is not given up yet");
                return Outcome::Failed;
            }
        }
        let patch = json!({
            "metadata": {"resourceVersion": version.to_string(), "uid": &*machine.uid},
            "status": {"record": Record::from(papers)},
        });
        match self.pen.merge_status(target(&key), &patch).await {
            Ok(written) => match version_of(&written) {
                Some(version) => Outcome::Written { version },
                None => Outcome::Unknown,
            },
            Err(why) => failed(&why),
        }
    }

    /// One patch of a node that is still the one that is meant.
    async fn change(&self, name: &str, uid: &str, patch: impl FnOnce(&Value) -> Value) -> Outcome {
        let node = match self.pen.read(&format!("/api/v1/nodes/{name}")).await {
            Ok(node) => node,
            Err(why) => return failed(&NotWritten::Cluster(why)),
        };
        if node["metadata"]["uid"] != uid {
            return Outcome::Absent;
        }
        ended(self.pen.merge(Target::node(name), &patch(&node)).await)
    }

    async fn evict(&self, name: &str, uid: &str) -> Outcome {
        let Some(looked) = self.looked() else { return Outcome::Failed };
        let Round { outcome, evicted, waiting } =
            evict::evict(&self.pen, &looked, name, uid, clock::now()).await;
        for pod in evicted {
            // Nobody is left to hear it only when the program ends.
            self.evicted.send(looked.world.pod(pod).uid.clone()).ok();
        }
        if !waiting.is_empty() {
            tracing::info!(
                node = name,
                waiting = waiting.join("; "),
                "pods that may not go now are asked again"
            );
        }
        outcome
    }

    async fn finish(&self, uid: &str) -> Outcome {
        let Some(key) = (self.find)(uid) else { return Outcome::Done };
        let path = cluster::path_of("VPSieNode", &key.0, Some(&key.1));
        let fresh = match self.pen.read(&path).await {
            Ok(fresh) if fresh["metadata"]["uid"] == uid => fresh,
            Ok(_) => return Outcome::Done,
            Err(why) => return failed(&NotWritten::Cluster(why)),
        };
        if fresh["metadata"]["deletionTimestamp"].is_null() {
            // It is not gone yet: the finalizer is taken off the next time, when it is seen to go.
            return match self.pen.delete(target(&key), uid).await {
                Ok(()) => Outcome::Conflict,
                Err(why) => failed(&why),
            };
        }
        let left: Vec<&Value> = fresh["metadata"]["finalizers"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|it| **it != MACHINE_FINALIZER)
            .collect();
        let version = &fresh["metadata"]["resourceVersion"];
        let patch = json!({"metadata": {"uid": uid, "resourceVersion": version, "finalizers": left}});
        match self.pen.merge(target(&key), &patch).await {
            Err(why) if why.is_absent() => Outcome::Done,
            other => ended(other),
        }
    }
}

/// What the group wants on its nodes.
fn wanted<'l>(looked: &'l Looked, group: &str) -> (&'l Labels, &'l [Taint]) {
    const NONE: &Labels = &Labels(Vec::new());
    let group = looked.world.groups.iter().find(|it| it.managed && &*it.name == group);
    group.map_or((NONE, &[]), |it| (&it.node_labels, &it.node_taints))
}

fn target(key: &Key) -> Target<'_> {
    Target { kind: "VPSieNode", namespace: &key.0, name: &key.1 }
}

fn version_of(written: &Value) -> Option<u64> {
    written["metadata"]["resourceVersion"].as_str()?.parse().ok()
}

fn ended(written: Result<Value, NotWritten>) -> Outcome {
    match written {
        Ok(_) => Outcome::Done,
        Err(why) => failed(&why),
    }
}

/// What an answer, or none, says about the effect.
fn failed(why: &NotWritten) -> Outcome {
    let outcome = match why.code() {
        Some(404) => Outcome::Absent,
        Some(409) => Outcome::Conflict,
        Some(code) if (400..500).contains(&code) => Outcome::Failed,
        Some(_) => Outcome::Unknown,
        None if matches!(why, NotWritten::NoLead) => Outcome::Failed,
        None => Outcome::Unknown,
    };
    if outcome != Outcome::Absent && outcome != Outcome::Conflict {
        tracing::warn!(%why, "a write to the cluster failed");
    }
    outcome
}
