//! What is carried from tick to tick: a plain value. After a restart it is learnt again; what must
//! not be forgotten stands on the objects.

use crate::build::{Binding, Builder};
use crate::resources::Amounts;
use crate::select::Labels;
use crate::time::Time;
use crate::usage::AHEAD_SECS;
use crate::world::{Name, OwnerRef, Phase, Place, Pod, PodName, Shape, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often samples come; the controller asks the metrics API once in so long.
pub const COLLECTION_SECS: u32 = 60;
/// Samples kept for each node; more where a longer window needs more.
const SAMPLES_MIN: usize = 50;
/// How long the room of an evicted pod stays reserved when nothing is heard of it.
const EVICTED_SECS: i64 = 600;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Memory {
    /// By node.
    pub series: BTreeMap<Name, Series>,
    /// Nodes that the last time box left out, in line: who waits longest is first.
    pub cursor: Vec<Name>,
    /// Pods that we evicted and that are not back yet.
    pub evicted: Vec<Evicted>,
}

/// Readings of one node, by time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Series(pub Vec<Reading>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reading {
    pub at: Time,
    pub cpu_nanos: u64,
    pub memory_bytes: u64,
}

/// A pod that we evicted: enough to keep its room until it is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evicted {
    pub at: Time,
    pub name: PodName,
    pub uid: Name,
    pub owner: OwnerRef,
    pub priority: i32,
    pub labels: Labels,
    pub annotations: Labels,
    /// Its `requests.other` stand in `other`: numbers of resources are those of one world only.
    pub shape: Shape,
    pub other: Vec<(Name, i64)>,
}

impl Memory {
    /// The world moves on: new samples are added, nodes that are gone are forgotten, and so are
    /// evicted pods that are back.
    pub fn absorb(&mut self, world: &World) {
        self.series.retain(|name, _| world.find_node(name).is_some());
        let capacity = capacity(world);
        // One that is dated too far ahead is not there: it must not push out one that counts.
        let latest = world.now.plus(AHEAD_SECS);
        for sample in world.samples.iter().filter(|it| it.at <= latest) {
            if world.find_node(&sample.node).is_some() {
                let series = self.series.entry(sample.node.clone()).or_default();
                series.add(Reading {
                    at: sample.at,
                    cpu_nanos: sample.cpu_nanos,
                    memory_bytes: sample.memory_bytes,
                });
                let excess = series.0.len().saturating_sub(capacity);
                series.0.drain(..excess);
            }
        }
        self.cursor.retain(|name| world.find_node(name).is_some());
        self.forget_evicted(world);
    }

    /// A pod was evicted. One without an owner never comes back and leaves no room to keep.
    pub fn remember_eviction(&mut self, world: &World, pod: &Pod) {
        let Some(owner) = pod.owner.clone() else { return };
        let mut shape = world.shape_of(pod).clone();
        let other = std::mem::take(&mut shape.requests.other);
        let other =
            other.into_iter().map(|(it, amount)| (world.resources[it.at()].clone(), amount)).collect();
        let name = PodName { namespace: world.namespace_of(pod).name.clone(), name: pod.name.clone() };
        self.evicted.retain(|it| it.uid != pod.uid);
        self.evicted.push(Evicted {
            at: world.now,
            name,
            uid: pod.uid.clone(),
            owner,
            priority: pod.priority,
            labels: world.labels_of(pod).clone(),
            annotations: world.annotations_of(pod).clone(),
            shape,
            other,
        });
    }

    /// Puts the pods that are not back yet into the next world.
    pub fn recall(&self, builder: &mut Builder) {
        for it in &self.evicted {
            let mut shape = it.shape.clone();
            let mut other = Amounts::default();
            for (name, amount) in &it.other {
                *other.entry(builder.resource(name)) = *amount;
            }
            shape.requests.other = other.other;
            let pod = Pod {
                name: it.name.name.clone(),
                namespace: builder.namespace(&it.name.namespace),
                uid: it.uid.clone(),
                labels: builder.labels(it.labels.clone()),
                annotations: builder.labels(it.annotations.clone()),
                shape: builder.shape(shape),
                place: Place::Evicted,
                nominated: None,
                created: it.at,
                started: None,
                deleting: None,
                phase: Phase::Pending,
                ready: false,
                unschedulable: false,
                gated: false,
                priority: it.priority,
                owner: Some(it.owner.clone()),
            };
            builder.pod(pod, Binding::default());
        }
    }

    /// For each new pod of an owner, the one of its pods that was evicted first is back.
    fn forget_evicted(&mut self, world: &World) {
        if self.evicted.is_empty() {
            return;
        }
        self.evicted.retain(|it| world.now.since(it.at) < EVICTED_SECS);
        self.evicted.sort_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
        let mut back: BTreeMap<Name, Vec<Time>> = BTreeMap::new();
        for pod in &world.pods {
            let alive = pod.place != Place::Evicted
                && pod.deleting.is_none()
                && !matches!(pod.phase, Phase::Succeeded | Phase::Failed);
            if let Some(owner) = pod.owner.as_ref().filter(|_| alive) {
                back.entry(owner.uid.clone()).or_default().push(pod.created);
            }
        }
        back.values_mut().for_each(|it| it.sort());
        self.evicted.retain(|it| {
            let Some(times) = back.get_mut(&it.owner.uid) else { return true };
            match times.iter().position(|created| *created >= it.at) {
                Some(at) => {
                    times.remove(at);
                    false
                }
                None => true,
            }
        });
    }
}

impl Series {
    /// Two readings of one instant are one: the higher value counts, for each resource.
    fn add(&mut self, new: Reading) {
        match self.0.binary_search_by_key(&new.at, |it| it.at) {
            Ok(at) => {
                let held = &mut self.0[at];
                held.cpu_nanos = held.cpu_nanos.max(new.cpu_nanos);
                held.memory_bytes = held.memory_bytes.max(new.memory_bytes);
            }
            Err(at) => self.0.insert(at, new),
        }
    }
}

/// Twice what the longest window of any group holds, so that a longer window set tomorrow finds
/// its history too.
fn capacity(world: &World) -> usize {
    let longest = world.groups.iter().map(|it| it.scale_down.window_secs).max().unwrap_or(0);
    SAMPLES_MIN.max(2 * longest.div_ceil(COLLECTION_SECS) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instant_is_one_reading() {
        let mut series = Series::default();
        for (at, cpu_nanos, memory_bytes) in [(2, 5, 5), (1, 1, 1), (2, 7, 3)] {
            series.add(Reading { at: Time(at), cpu_nanos, memory_bytes });
        }
        let expect = [
            Reading { at: Time(1), cpu_nanos: 1, memory_bytes: 1 },
            Reading { at: Time(2), cpu_nanos: 7, memory_bytes: 5 },
        ];
        assert_eq!(series.0, expect);
    }
}
