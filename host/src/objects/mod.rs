//! Kubernetes objects, as `kubectl` prints them, into a `World`.
//!
//! The border of the program on this side: formats, spellings, units and absent fields end here.
//! Nothing in here decides anything about a node. Objects may come in any order and from any
//! number of files; the world that comes out is the same.
//!
//! Large inputs are the rule, so nothing is parsed into trees: a list is cut into the texts of its
//! objects, and each is read straight into the few fields that matter, by types that borrow from
//! the input. Only where something is wrong is the object read again, slowly, to say where.

mod config;
mod document;
mod error;
mod group;
mod input;
mod kind;
mod meta;
mod node;
mod pod;
mod quantity;
mod requests;
mod select;
mod storage;
mod trace;
mod wire;
mod workload;
mod yaml;

#[cfg(test)]
mod drift;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use error::ReadError;
pub use input::{Input, gather};

use decide::build::Builder;
use decide::memory::Memory;
use decide::settings::Settings;
use decide::time::Time;
use decide::world::World;
use document::{Item, Place};
use error::{Fault, shown};
use group::Defaults;
use kind::Kind;
use meta::{Named, Object};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wire::Text;

/// What was read.
#[derive(Debug)]
pub struct Read {
    pub world: World,
    /// What a person should know, a line each; `fields_without_effect` among them.
    pub warnings: Vec<String>,
    /// Fields that are set and that nothing acts on: `NodeGroup spec.spotConfig`.
    pub fields_without_effect: Vec<String>,
}

/// All objects, and nothing that holds them together yet.
#[derive(Debug)]
pub struct Parsed {
    builder: Builder,
    warnings: Vec<String>,
    fields_without_effect: Vec<String>,
}

impl Parsed {
    /// Puts in what is remembered of pods that are on their way back.
    pub fn recall(&mut self, memory: &Memory) {
        memory.recall(&mut self.builder);
    }

    /// The model: who is where, who owns what, everything in its order.
    #[must_use]
    pub fn build(self) -> Read {
        let Parsed { builder, warnings, fields_without_effect } = self;
        Read { world: builder.finish(), warnings, fields_without_effect }
    }
}

/// Reads all objects of all inputs.
pub fn read<'a>(inputs: impl IntoIterator<Item = &'a Input>, now: Time) -> Result<Read, ReadError> {
    parse(inputs, now).map(Parsed::build)
}

/// The first half of [`read`], which is nearly all of the work.
pub fn parse<'a>(inputs: impl IntoIterator<Item = &'a Input>, now: Time) -> Result<Parsed, ReadError> {
    let mut documents = Vec::new();
    for input in inputs {
        documents.append(&mut document::split(input)?);
    }
    let mut items = Vec::new();
    for document in &documents {
        document.items(&mut items)?;
    }
    let mut strangers: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut known: Vec<(Kind, &Item<'_>)> = Vec::with_capacity(items.len());
    for item in &items {
        match Kind::of(&item.api_version, &item.kind) {
            Some(kind) => known.push((kind, item)),
            None => *strangers.entry((&item.api_version, &item.kind)).or_default() += 1,
        }
    }
    known.sort_by_key(|it| it.0);

    let mut reader = Reader::new(now);
    for (kind, item) in &known {
        let fault = |it| item.place.error(Some(kind::named(*kind, item.json)), it);
        reader.read(*kind, item).map_err(fault)?;
    }
    reader.pass_over(&strangers);
    Ok(reader.finish())
}

const STRANGERS_NAMED_MAX: usize = 100;

/// What is known while objects are read.
#[derive(Debug)]
struct Reader<'a> {
    now: Time,
    builder: Builder,
    seen: HashMap<(Kind, Text<'a>, Text<'a>), (Place<'a>, &'a str)>,
    priorities: workload::Priorities,
    default_class: Option<storage::DefaultClass>,
    group_defaults: Option<Defaults<'a>>,
    warnings: Vec<String>,
    unused: Unused,
}

/// Fields that are set and that nothing acts on.
#[derive(Debug, Default)]
struct Unused(BTreeSet<String>);

impl Unused {
    fn note(&mut self, given: bool, field: &str) {
        if given && !self.0.contains(field) {
            self.0.insert(field.to_string());
        }
    }
}

impl<'a> Reader<'a> {
    fn new(now: Time) -> Reader<'a> {
        Reader {
            now,
            builder: Builder::new(now, Settings::default()),
            seen: HashMap::new(),
            priorities: workload::Priorities::default(),
            default_class: None,
            group_defaults: None,
            warnings: Vec::new(),
            unused: Unused::default(),
        }
    }

    fn read(&mut self, kind: Kind, item: &Item<'a>) -> Result<(), Fault> {
        match kind {
            Kind::AutoscalerConfig => self.take::<config::WireConfig<'a>>(kind, item),
            Kind::PriorityClass => self.take::<workload::WirePriorityClass<'a>>(kind, item),
            Kind::StorageClass => self.take::<storage::WireClass<'a>>(kind, item),
            Kind::Namespace => self.take::<workload::WireNamespace<'a>>(kind, item),
            Kind::Node => self.take::<node::WireNode<'a>>(kind, item),
            Kind::Pod => self.take::<pod::WirePod<'a>>(kind, item),
            Kind::ReplicaSet
            | Kind::ReplicationController
            | Kind::StatefulSet
            | Kind::Job
            | Kind::Deployment => {
                if let Some(it) = self.once::<workload::WireOwner<'a>>(kind, item)? {
                    it.read(kind, &mut self.builder);
                }
                Ok(())
            }
            Kind::DaemonSet => self.take::<workload::WireDaemonSet<'a>>(kind, item),
            Kind::PodDisruptionBudget => self.take::<workload::WireBudget<'a>>(kind, item),
            Kind::PersistentVolumeClaim => self.take::<storage::WireClaim<'a>>(kind, item),
            Kind::PersistentVolume => self.take::<storage::WireVolume<'a>>(kind, item),
            Kind::CSINode => self.take::<storage::WireCsiNode<'a>>(kind, item),
            Kind::VolumeAttachment => self.take::<storage::WireAttachment<'a>>(kind, item),
            Kind::NodeMetrics => self.take::<node::WireMetrics<'a>>(kind, item),
            Kind::NodeGroup => self.take::<group::WireGroup<'a>>(kind, item),
            Kind::VPSieNode => self.take::<group::WireMachine<'a>>(kind, item),
        }
    }

    fn take<T: Object<'a>>(&mut self, kind: Kind, item: &Item<'a>) -> Result<(), Fault> {
        match self.once::<T>(kind, item)? {
            Some(object) => object.read(self),
            None => Ok(()),
        }
    }

    /// The object, unless the very same one was there before.
    fn once<T: Named<'a>>(&mut self, kind: Kind, item: &Item<'a>) -> Result<Option<T>, Fault> {
        let object: T = trace::parse(item.json)?;
        let meta = object.meta();
        if meta.name.is_empty() {
            return Err(Fault::missing("metadata.name"));
        }
        if kind == Kind::NodeMetrics {
            return Ok(Some(object)); // several of one node are its history
        }
        let namespace = if kind.namespaced() { meta.namespace() } else { Text::default() };
        match self.seen.entry((kind, namespace, meta.name.clone())) {
            Entry::Vacant(free) => {
                free.insert((item.place, item.json));
                Ok(Some(object))
            }
            Entry::Occupied(first) => {
                let (place, json) = first.get();
                if same(json, item.json) {
                    Ok(None)
                } else {
                    Err(Fault::at("", format!("stands there twice and differs; it is also in {place}")))
                }
            }
        }
    }

    /// One line for each kind that nothing here needs, as long as a person can read them all.
    fn pass_over(&mut self, strangers: &BTreeMap<(&str, &str), usize>) {
        for ((api_version, kind), count) in strangers.iter().take(STRANGERS_NAMED_MAX) {
            let kind = format!("{} {}", shown(api_version), shown(kind));
            self.warnings.push(format!("{kind} passed over ({count}): nothing here needs this kind"));
        }
        let more = strangers.len().saturating_sub(STRANGERS_NAMED_MAX);
        if more > 0 {
            self.warnings.push(format!("{more} more kinds passed over"));
        }
    }

    fn finish(mut self) -> Parsed {
        let fields_without_effect: Vec<String> = self.unused.0.into_iter().collect();
        if !fields_without_effect.is_empty() {
            self.warnings.push(format!("fields without effect: {}", fields_without_effect.join(", ")));
        }
        Parsed { builder: self.builder, warnings: self.warnings, fields_without_effect }
    }
}

/// Whether two texts say the same.
fn same(one: &str, other: &str) -> bool {
    let value = |it| serde_json::from_str::<serde_json::Value>(it).ok();
    one == other || value(one).zip(value(other)).is_some_and(|(one, other)| one == other)
}
