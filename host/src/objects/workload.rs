//! What owns pods: does it exist, how many replicas does it want, what would it start on a new
//! node. And PriorityClasses and budgets, which speak about pods of others.

use super::meta::{Meta, Object, named};
use super::pod::Template;
use super::select::{LabelSelector, selector};
use super::wire::{Count, Int, Long, Text, wire};
use super::{Fault, Kind, Reader};
use decide::build::Builder;
use decide::world::{Budget, Owner, OwnerKind};
use std::collections::HashMap;

named!(WireOwner, WireDaemonSet, WireNamespace, WireBudget, WirePriorityClass);

wire! {
    /// ReplicaSet, ReplicationController, StatefulSet, Job, Deployment: what they have in common.
    pub struct WireOwner<'a> {
        metadata: Meta<'a>,
        spec: OwnerSpec,
    }
}

wire! {
    struct OwnerSpec {
        replicas: Option<Count>,
    }
}

impl WireOwner<'_> {
    pub fn read(&self, kind: Kind, builder: &mut Builder) {
        let (kind, replicated) = match kind {
            Kind::ReplicaSet => (OwnerKind::ReplicaSet, true),
            Kind::ReplicationController => (OwnerKind::ReplicationController, true),
            Kind::StatefulSet => (OwnerKind::StatefulSet, true),
            Kind::Job => (OwnerKind::Job, false),
            _ => return, // nobody asks about it: no pod is owned by a Deployment
        };
        let replicas = replicated.then(|| self.spec.replicas.map_or(1, Count::i32));
        own(&self.metadata, kind, replicas, builder);
    }
}

fn own(meta: &Meta<'_>, kind: OwnerKind, replicas: Option<i32>, builder: &mut Builder) {
    let namespace = builder.name(&meta.namespace());
    let name = builder.name(&meta.name);
    builder.owner(Owner { kind, namespace, name, replicas });
}

wire! {
    pub struct WireDaemonSet<'a> {
        metadata: Meta<'a>,
        spec: DaemonSetSpec<'a>,
    }
}

wire! {
    struct DaemonSetSpec<'a> {
        template: Template<'a>,
    }
}

impl<'a> Object<'a> for WireDaemonSet<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let builder = &mut reader.builder;
        own(&self.metadata, OwnerKind::DaemonSet, None, builder);
        let name = builder.name(&self.metadata.name);
        let daemon = self.spec.template.daemon(&self.metadata.namespace(), name, reader);
        reader.builder.daemon(daemon);
        Ok(())
    }
}

wire! {
    pub struct WireNamespace<'a> {
        metadata: Meta<'a>,
    }
}

impl<'a> Object<'a> for WireNamespace<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let builder = &mut reader.builder;
        let labels = self.metadata.labels(builder);
        builder.namespace_labels(&self.metadata.name, labels);
        Ok(())
    }
}

wire! {
    /// PodDisruptionBudget.
    pub struct WireBudget<'a> {
        metadata: Meta<'a>,
        spec: BudgetSpec<'a>,
        status: BudgetStatus,
    }
}

wire! {
    struct BudgetSpec<'a> {
        selector: Option<LabelSelector<'a>>,
        unhealthy_pod_eviction_policy "unhealthyPodEvictionPolicy": Text<'a>,
    }
}

wire! {
    struct BudgetStatus {
        disruptions_allowed "disruptionsAllowed": Count,
        current_healthy "currentHealthy": Int,
        desired_healthy "desiredHealthy": Int,
        observed_generation "observedGeneration": Long,
    }
}

impl<'a> Object<'a> for WireBudget<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let builder = &mut reader.builder;
        let WireBudget { metadata, spec, status } = &self;
        let budget = Budget {
            namespace: builder.namespace(&metadata.namespace()),
            name: builder.name(&metadata.name),
            selector: selector(spec.selector.as_ref(), builder),
            allowed: status.disruptions_allowed.u32(),
            current_healthy: status.current_healthy.i32(),
            desired_healthy: status.desired_healthy.i32(),
            unhealthy_always: &*spec.unhealthy_pod_eviction_policy == "AlwaysAllow",
            generation: metadata.generation.0,
            observed_generation: status.observed_generation.0,
        };
        builder.budget(budget);
        Ok(())
    }
}

wire! {
    pub struct WirePriorityClass<'a> {
        metadata: Meta<'a>,
        value: Option<Int>,
        global_default "globalDefault": bool,
    }
}

/// What a pod's priority is where it does not say so itself.
#[derive(Debug)]
pub struct Priorities {
    by_class: HashMap<String, i32>,
    default: Option<i32>,
}

impl Default for Priorities {
    /// With the two classes that every cluster has.
    fn default() -> Self {
        let system = [("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];
        Priorities { by_class: system.map(|(name, value)| (name.to_string(), value)).into(), default: None }
    }
}

impl Priorities {
    pub fn of(&self, own: Option<Int>, class: &str) -> i32 {
        own.map(Int::i32).or_else(|| self.by_class.get(class).copied()).or(self.default).unwrap_or(0)
    }
}

impl<'a> Object<'a> for WirePriorityClass<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let value = self.value.ok_or_else(|| Fault::missing("value"))?.i32();
        let priorities = &mut reader.priorities;
        if self.global_default {
            // Of several the API server takes the lowest.
            priorities.default = Some(priorities.default.map_or(value, |it| it.min(value)));
        }
        priorities.by_class.insert(self.metadata.name.to_string(), value);
        Ok(())
    }
}
