//! What a pod asks of a node, by the scheduler's own formula.
//!
//! Containers and sidecars run side by side; each init container runs alone, beside the sidecars
//! that were started before it; the pod needs the most of these. What `spec.resources` says for
//! the pod as a whole takes the place of the sum; overhead comes on top of everything. A pod that is
//! being resized in place counts with the larger of what it asks for and what it has been given.
//! Sums are exact, and rounded up once at the end.

use super::quantity::Quantity;
use super::wire::{List, Pairs, Text, wire};
use decide::build::Builder;
use decide::resources::Amounts;
use decide::select::is_label_key;
use std::collections::BTreeMap;

wire! {
    pub struct Resources<'a> {
        requests: Pairs<'a, Quantity>,
        limits: Pairs<'a, Quantity>,
    }
}

wire! {
    pub struct Container<'a> {
        name: Text<'a>,
        resources: Resources<'a>,
        restart_policy "restartPolicy": Text<'a>,
        pub ports: List<Port<'a>>,
    }
}

wire! {
    pub struct Port<'a> {
        pub container_port "containerPort": Option<super::wire::Whole<0, 65_535>>,
        pub host_port "hostPort": Option<super::wire::Whole<0, 65_535>>,
        pub protocol: Text<'a>,
        pub host_ip "hostIP": Text<'a>,
    }
}

wire! {
    pub struct ContainerStatus<'a> {
        name: Text<'a>,
        allocated_resources "allocatedResources": Pairs<'a, Quantity>,
    }
}

impl Container<'_> {
    /// As an init container: one that keeps running beside the others.
    pub fn is_sidecar(&self) -> bool {
        &*self.restart_policy == "Always"
    }
}

/// The parts of a pod that say what it asks for.
#[derive(Debug)]
pub struct Asked<'p, 'a> {
    pub containers: &'p [Container<'a>],
    pub init_containers: &'p [Container<'a>],
    pub overhead: &'p Pairs<'a, Quantity>,
    pub whole: &'p Resources<'a>,
    pub statuses: &'p [ContainerStatus<'a>],
    pub init_statuses: &'p [ContainerStatus<'a>],
    pub whole_allocated: &'p Pairs<'a, Quantity>,
}

impl Asked<'_, '_> {
    pub fn amounts(&self, builder: &mut Builder) -> Amounts {
        let statuses = self.statuses.iter().chain(self.init_statuses);
        let allocated: Allocated<'_, '_> = statuses.map(|it| (&*it.name, &it.allocated_resources)).collect();
        let mut sum = Sum::default();
        for container in self.containers {
            sum.add(&running(container, &allocated));
        }
        let mut sidecars = Sum::default();
        let mut peak = Sum::default();
        for container in self.init_containers {
            if container.is_sidecar() {
                let own = running(container, &allocated);
                sum.add(&own);
                sidecars.add(&own);
                continue;
            }
            // Of what it does not ask for itself it needs what the sidecars need, and that is in
            // the sum already.
            for (name, asked) in own(container).0 {
                let beside = sidecars.0.get(name).copied().unwrap_or_default();
                let held = peak.entry(name);
                *held = (*held).max(asked.plus(beside));
            }
        }
        sum.raise(&peak);

        let of_pod = |it: &str| matches!(it, "cpu" | "memory") || it.starts_with("hugepages-");
        for (name, asked) in self.whole.requests.0.iter().filter(|it| of_pod(&it.0)) {
            let allocated = self.whole_allocated.get(name).copied().unwrap_or_default();
            *sum.entry(name) = (*asked).max(allocated);
        }
        for (name, more) in &self.overhead.0 {
            let held = sum.entry(name);
            *held = held.plus(*more);
        }
        sum.amounts(builder)
    }
}

/// What containers have been given, by their names.
type Allocated<'x, 'a> = BTreeMap<&'x str, &'x Pairs<'a, Quantity>>;

/// What a container that keeps running holds.
fn running<'x>(container: &'x Container<'_>, allocated: &Allocated<'x, '_>) -> Sum<'x> {
    let mut sum = own(container);
    if let Some(allocated) = allocated.get(&*container.name) {
        for (name, amount) in &allocated.0 {
            let held = sum.entry(name);
            *held = (*held).max(*amount);
        }
    }
    sum
}

/// Requests; where there is none, the limit, as the API server fills it in.
fn own<'x>(container: &'x Container<'_>) -> Sum<'x> {
    let Resources { requests, limits } = &container.resources;
    let mut sum = Sum::default();
    for (name, asked) in &requests.0 {
        *sum.entry(name) = *asked;
    }
    for (name, limit) in limits.0.iter().filter(|it| requests.get(&it.0).is_none()) {
        *sum.entry(name) = *limit;
    }
    sum
}

/// Exact amounts by resource.
#[derive(Debug, Default)]
struct Sum<'x>(BTreeMap<&'x str, Quantity>);

impl<'x> Sum<'x> {
    fn entry(&mut self, name: &'x str) -> &mut Quantity {
        self.0.entry(name).or_default()
    }

    fn add(&mut self, more: &Sum<'x>) {
        for (name, amount) in &more.0 {
            let held = self.entry(name);
            *held = held.plus(*amount);
        }
    }

    fn raise(&mut self, floor: &Sum<'x>) {
        for (name, amount) in &floor.0 {
            let held = self.entry(name);
            *held = (*held).max(*amount);
        }
    }

    /// As a request, where each pod is one pod whatever it says.
    fn amounts(&self, builder: &mut Builder) -> Amounts {
        let each = self.0.iter().map(|(name, amount)| (*name, *amount));
        Amounts { pods: 0, ..amounts(each, builder) }
    }
}

/// What a node has to give.
pub fn allocatable(wire: &Pairs<'_, Quantity>, builder: &mut Builder) -> Amounts {
    amounts(wire.0.iter().map(|(name, amount)| (&**name, *amount)), builder)
}

fn amounts<'x>(each: impl Iterator<Item = (&'x str, Quantity)>, builder: &mut Builder) -> Amounts {
    let mut amounts = Amounts::default();
    for (name, amount) in each {
        match name {
            "cpu" => amounts.cpu = amount.millis(),
            "memory" => amounts.memory = amount.units(),
            "ephemeral-storage" => amounts.ephemeral = amount.units(),
            "pods" => amounts.pods = amount.units(),
            _ if is_scalar(name) && amount.units() > 0 => {
                amounts.other.push((builder.resource(name), amount.units()));
            }
            _ => {}
        }
    }
    amounts.other.sort();
    amounts
}

/// Whether the scheduler counts a resource of this name at all: huge pages, volumes to attach, what
/// belongs to Kubernetes, and extended resources. Others it passes over.
fn is_scalar(name: &str) -> bool {
    name.starts_with("hugepages-")
        || name.starts_with("attachable-volumes-")
        || name.contains("kubernetes.io/")
        || (name.contains('/') && !name.starts_with("requests.") && is_label_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_the_scheduler_counts() {
        for (name, expect) in [
            ("nvidia.com/gpu", true),
            ("hugepages-2Mi", true),
            ("attachable-volumes-csi-x", true),
            ("kubernetes.io/batch-cpu", true),
            ("requests.kubernetes.io/x", true),
            ("requests.nvidia.com/gpu", false),
            ("storage", false),
            ("foo", false),
            ("a/b/c", false),
            ("/", false),
        ] {
            assert_eq!(is_scalar(name), expect, "{name}");
        }
    }
}
