//! Nodes, their taints, and what the metrics API measured on them.

use super::meta::{Meta, Object, named};
use super::pod::{Condition, condition, effect};
use super::quantity::Quantity;
use super::requests::allocatable;
use super::wire::{List, Pairs, Text, When, absent};
use super::{Fault, Reader};
use decide::build::Builder;
use decide::world::{Node, Ready, Sample, Taint};
use serde::Deserialize;

named!(WireNode, WireMetrics);

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"), expecting = "an object")]
pub struct WireNode<'a> {
    #[serde(deserialize_with = "absent")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "absent")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "absent")]
    status: Status<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"), expecting = "an object")]
struct Spec<'a> {
    #[serde(rename = "providerID")]
    provider_id: Text<'a>,
    #[serde(deserialize_with = "absent")]
    unschedulable: bool,
    taints: List<WireTaint<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"), expecting = "an object")]
struct WireTaint<'a> {
    key: Text<'a>,
    value: Text<'a>,
    effect: Text<'a>,
    time_added: Option<When>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"), expecting = "an object")]
struct Status<'a> {
    allocatable: Pairs<'a, Quantity>,
    conditions: List<Condition<'a>>,
}

impl<'a> Object<'a> for WireNode<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let WireNode { metadata, spec, status } = &self;
        let created = metadata.created(reader.now);
        let builder = &mut reader.builder;
        let ready = match condition(&status.conditions, "Ready") {
            None => Ready::Absent,
            Some(it) => {
                let since = it.last_transition_time.map(|it| it.0);
                match &*it.status {
                    "True" => Ready::Yes { since: since.unwrap_or(created) },
                    // Nobody says since when: only just now, which is the patient reading.
                    _ => Ready::No { since: since.unwrap_or(reader.now) },
                }
            }
        };
        let node = Node {
            name: builder.name(&metadata.name),
            uid: builder.name(&metadata.uid),
            provider_id: builder.name(&spec.provider_id),
            created,
            labels: metadata.labels(builder),
            annotations: metadata.annotations(builder),
            taints: spec.taints.iter().map(|it| taint(it, builder)).collect(),
            unschedulable: spec.unschedulable,
            ready,
            allocatable: allocatable(&status.allocatable, builder),
        };
        builder.node(node);
        Ok(())
    }
}

fn taint(wire: &WireTaint<'_>, builder: &mut Builder) -> Taint {
    Taint {
        key: builder.name(&wire.key),
        value: builder.name(&wire.value),
        effect: effect(&wire.effect),
        since: wire.time_added.map(|it| it.0),
    }
}

/// NodeMetrics.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"), expecting = "an object")]
pub struct WireMetrics<'a> {
    #[serde(deserialize_with = "absent")]
    metadata: Meta<'a>,
    timestamp: Option<When>,
    usage: Pairs<'a, Quantity>,
}

impl<'a> Object<'a> for WireMetrics<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let builder = &mut reader.builder;
        let at = self.timestamp.ok_or_else(|| Fault::missing("timestamp"))?.0;
        let used = |name| self.usage.get(name).copied();
        let cpu = used("cpu").ok_or_else(|| Fault::missing("usage.cpu"))?;
        let memory = used("memory").ok_or_else(|| Fault::missing("usage.memory"))?;
        let sample = Sample {
            node: builder.name(&self.metadata.name),
            at,
            cpu_millis: cpu.millis().unsigned_abs(),
            memory_bytes: memory.units().unsigned_abs(),
        };
        builder.sample(sample);
        Ok(())
    }
}
