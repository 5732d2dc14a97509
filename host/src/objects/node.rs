//! Nodes, their taints, and what the metrics API measured on them.

use super::meta::{Meta, Object, named};
use super::pod::{Condition, condition, effect};
use super::quantity::Quantity;
use super::requests::allocatable;
use super::wire::{List, Pairs, Text, When, wire};
use super::{Fault, Reader};
use decide::build::Builder;
use decide::world::{Node, Ready, Sample, Taint};

named!(WireNode, WireMetrics);

wire! {
    pub struct WireNode<'a> {
        metadata: Meta<'a>,
        spec: Spec<'a>,
        status: Status<'a>,
    }
}

wire! {
    struct Spec<'a> {
        provider_id "providerID": Text<'a>,
        unschedulable: bool,
        taints: List<WireTaint<'a>>,
    }
}

wire! {
    struct WireTaint<'a> {
        key: Text<'a>,
        value: Text<'a>,
        effect: Text<'a>,
        time_added "timeAdded": Option<When>,
    }
}

wire! {
    struct Status<'a> {
        allocatable: Pairs<'a, Quantity>,
        conditions: List<Condition<'a>>,
    }
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

wire! {
    /// NodeMetrics.
    pub struct WireMetrics<'a> {
        metadata: Meta<'a>,
        timestamp: Option<When>,
        usage: Pairs<'a, Quantity>,
    }
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
            cpu_nanos: cpu.nanos(),
            memory_bytes: memory.units().unsigned_abs(),
        };
        builder.sample(sample);
        Ok(())
    }
}
