//! A case's things as Kubernetes objects, as an API server would hand them out: what it fills in by
//! itself is there, and what a case does not speak of is ordinary.

mod budget;
mod config;
mod group;
mod node;
mod owner;
mod pod;
mod storage;
mod usage;

use super::Mistake;
use super::script::{Item, Script};
use decide::world::Offer;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What `plan` is given.
#[derive(Debug, Clone)]
pub struct Input {
    pub now: Timestamp,
    pub objects: Vec<Value>,
    /// What no file tells, and the provider does.
    pub offers: Vec<Offer>,
    /// What stands in `policies.yaml`; none: there is no policy directory.
    pub policies: Option<Value>,
}

/// What is known while the objects are made.
struct Making {
    now: Timestamp,
    /// Nodes that name no group belong to the first one.
    first_group: Option<String>,
    /// CPU in thousandths and memory in bytes, by node.
    sizes: BTreeMap<String, (u64, u64)>,
    /// Owners that a case speaks of are not made up.
    owners: BTreeSet<(&'static str, String)>,
    /// Owners that pods name and nobody spoke of.
    needed: owner::Needed,
    objects: Vec<Value>,
}

impl Input {
    pub fn of(script: &Script) -> Result<Input, Mistake> {
        let group = script.items.iter().find(|it| it.kind == "group");
        let spoken_of = script.items.iter().filter_map(|it| {
            let kind = owner::KINDS.iter().find(|kind| kind.word == it.kind)?;
            Some((kind.name, it.name.clone()))
        });
        let mut making = Making {
            now: script.now,
            first_group: group.map(|it| it.name.clone()),
            sizes: BTreeMap::new(),
            owners: spoken_of.collect(),
            needed: owner::Needed::default(),
            objects: Vec::new(),
        };
        let (mut policies, mut offers) = (Policies::default(), Vec::new());
        // Nodes first: `use` speaks of their sizes.
        let (nodes, rest): (Vec<&Item>, Vec<&Item>) = script.items.iter().partition(|it| it.kind == "node");
        for item in nodes.into_iter().chain(rest) {
            if matches!(&*item.kind, "policy" | "policies") {
                policies.add(item)?;
                continue;
            }
            if item.kind == "offer" {
                offers.push(group::offer(item.clone())?);
                continue;
            }
            making.add(item.clone())?;
        }
        making.made_up_owners();
        Ok(Input { now: script.now, objects: making.objects, offers, policies: policies.finish() })
    }
}

impl Making {
    fn add(&mut self, mut item: Item) -> Result<(), Mistake> {
        let objects = match &*item.kind {
            "node" => vec![self.node(&mut item)?],
            "pod" => vec![self.pod(&mut item)?],
            "group" => vec![self.group(&mut item)?],
            "machine" => vec![self.machine(&mut item)?],
            "config" => vec![self.config(&mut item)?],
            "pdb" => vec![self.budget(&mut item)?],
            "use" => self.usage(&mut item)?,
            "claim" => vec![self.claim(&mut item)?],
            "volume" => vec![self.volume(&mut item)?],
            "storageclass" => vec![self.storage_class(&mut item)?],
            "csinode" => vec![self.csi_node(&mut item)?],
            "attachment" => vec![self.attachment(&mut item)?],
            "priorityclass" => vec![self.priority_class(&mut item)?],
            "namespace" => vec![self.namespace(&mut item)?],
            "object" => vec![json!({})],
            _ => vec![self.owner(&mut item)?],
        };
        item.words.end(&item.kind)?;
        for mut object in objects {
            for patch in &item.patch {
                lay_over(&mut object, patch);
            }
            self.objects.push(object);
        }
        Ok(())
    }

    /// Metadata as every object has it; labels and annotations are taken from the words.
    fn metadata(&self, kind: &str, item: &mut Item, created: &str) -> Result<Map<String, Value>, Mistake> {
        let mut metadata = Map::new();
        let name = match item.name.split_once('/') {
            Some((namespace, name)) => {
                metadata.insert("namespace".into(), namespace.into());
                name
            }
            None => &item.name,
        };
        metadata.insert("name".into(), name.into());
        metadata.insert("uid".into(), uid(kind, &item.name).into());
        let created = item.words.text_or("created", created)?;
        let created = super::time::instant(&created, self.now, item.line)?;
        metadata.insert("creationTimestamp".into(), created.into());
        for (word, field) in [("label", "labels"), ("ann", "annotations")] {
            let pairs = item.words.prefixed(word)?;
            if !pairs.is_empty() {
                let pairs: Map<String, Value> =
                    pairs.into_iter().map(|(key, value)| (full(&key), value.into())).collect();
                metadata.insert(field.into(), pairs.into());
            }
        }
        Ok(metadata)
    }
}

/// The settings of policies, in the order in which a directory would list them.
#[derive(Default)]
struct Policies {
    /// By name, in the order of the case.
    settings: Vec<(String, Value)>,
    order: Option<Vec<String>>,
}

impl Policies {
    fn add(&mut self, item: &Item) -> Result<(), Mistake> {
        if item.kind == "policies" {
            self.order = Some(item.words.0.iter().map(|it| it.key.clone()).collect());
            return Ok(());
        }
        item.words.end("policy")?;
        let mut settings = json!({});
        item.patch.iter().for_each(|it| lay_over(&mut settings, it));
        self.settings.push((item.name.clone(), settings));
        Ok(())
    }

    /// Every shipped policy is listed, as the directory of a user would who keeps them all.
    fn finish(self) -> Option<Value> {
        if self.settings.is_empty() && self.order.is_none() {
            return None;
        }
        let shipped = ["priority", "schedule", "safety"].map(str::to_string).to_vec();
        let mut order = self.order.unwrap_or(shipped);
        for (name, _) in &self.settings {
            if !order.contains(name) {
                order.push(name.clone());
            }
        }
        let entries = order.iter().map(|name| {
            let settings = self.settings.iter().find(|it| it.0 == *name).map(|it| &it.1);
            match settings {
                Some(settings) => json!({ "name": name, "settings": settings }),
                None => json!({ "name": name }),
            }
        });
        Some(json!({ "policies": entries.collect::<Vec<_>>() }))
    }
}

/// Lays YAML over an object: maps are joined, null takes away, all else replaces.
fn lay_over(object: &mut Value, patch: &Value) {
    match (object, patch) {
        (Value::Object(fields), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    fields.remove(key);
                } else {
                    lay_over(fields.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        // A null inside a map that is new takes away as well.
        (object, Value::Object(patch)) => {
            *object = json!({});
            lay_over(object, &Value::Object(patch.clone()));
        }
        (object, patch) => *object = patch.clone(),
    }
}

/// Prefixes of keys that a case may shorten.
const SHORT: [(&str, &str); 3] = [
    ("vpsie/", "autoscaler.vpsie.com/"),
    ("ca/", "cluster-autoscaler.kubernetes.io/"),
    ("k8s/", "kubernetes.io/"),
];

fn full(key: &str) -> String {
    let short = SHORT.iter().find_map(|(short, full)| Some((full, key.strip_prefix(short)?)));
    short.map_or_else(|| key.to_string(), |(full, rest)| format!("{full}{rest}"))
}

/// A UID that is always the same for the same thing.
fn uid(kind: &str, name: &str) -> String {
    let hash = |seed: u64| {
        let text = format!("{kind} {name}");
        text.bytes().fold(seed, |sum, it| (sum ^ u64::from(it)).wrapping_mul(0x0000_0100_0000_01b3))
    };
    let (high, low) = (hash(0xcbf2_9ce4_8422_2325), hash(0x6c62_272e_07bb_0142));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

/// `key=value:Effect`, where value and effect may be missing.
fn taint(text: &str, line: usize) -> Result<(String, Option<String>, Option<String>), Mistake> {
    let (rest, effect) = match text.rsplit_once(':') {
        Some((rest, effect)) => (rest, Some(effect.to_string())),
        None => (text, None),
    };
    let (key, value) = match rest.split_once('=') {
        Some((key, value)) => (key, Some(value.to_string())),
        None => (rest, None),
    };
    if key.is_empty() {
        return Err(Mistake::at(line, format!("{text:?} names no taint")));
    }
    Ok((full(key), value, effect))
}

/// Taints of a node or a group: the effect must be there.
fn taints(texts: Vec<String>, line: usize) -> Result<Vec<Value>, Mistake> {
    let one = |text: String| {
        let (key, value, effect) = taint(&text, line)?;
        let effect = effect.ok_or_else(|| Mistake::at(line, format!("taint {text} needs an effect")))?;
        let mut taint = json!({ "key": key, "effect": effect });
        if let Some(value) = value {
            taint["value"] = value.into();
        }
        Ok(taint)
    };
    texts.into_iter().map(one).collect()
}

/// A value as YAML reads it: a number, a truth value, a text.
fn scalar(text: &str) -> Value {
    serde_yaml_ng::from_str(text).unwrap_or_else(|_| text.into())
}
