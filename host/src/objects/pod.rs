//! Pods, and the pods that a DaemonSet would start.

use super::meta::{self, Meta, Object, named};
use super::quantity::Quantity;
use super::requests::{Asked, Container, ContainerStatus, Port, Resources};
use super::select::{Affinity, WireSpread, spread};
use super::wire::{Int, List, Pairs, Text, When, Whole, wire};
use super::{Fault, Reader};
use decide::build::{Binding, Builder};
use decide::world::{
    Daemon, Effect, HostPort, Name, Phase, Place, Pod, PodVolume, PodVolumeKind, Shape, Toleration,
};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

named!(WirePod);

wire! {
    pub struct WirePod<'a> {
        metadata: Meta<'a>,
        spec: Spec<'a>,
        status: Status<'a>,
    }
}

wire! {
    struct Spec<'a> {
        node_name "nodeName": Text<'a>,
        node_selector "nodeSelector": Pairs<'a>,
        affinity: Affinity<'a>,
        tolerations: List<WireToleration<'a>>,
        containers: List<Container<'a>>,
        init_containers "initContainers": List<Container<'a>>,
        overhead: Pairs<'a, Quantity>,
        resources: Resources<'a>,
        volumes: List<WireVolume<'a>>,
        host_network "hostNetwork": bool,
        topology_spread_constraints "topologySpreadConstraints": List<WireSpread<'a>>,
        scheduling_gates "schedulingGates": List<IgnoredAny>,
        resource_claims "resourceClaims": List<IgnoredAny>,
        priority: Option<Int>,
        priority_class_name "priorityClassName": Text<'a>,
    }
}

wire! {
    struct WireToleration<'a> {
        key: Text<'a>,
        operator: Text<'a>,
        value: Text<'a>,
        effect: Text<'a>,
    }
}

wire! {
    struct Status<'a> {
        phase: Text<'a>,
        start_time "startTime": Option<When>,
        nominated_node_name "nominatedNodeName": Text<'a>,
        conditions: List<Condition<'a>>,
        container_statuses "containerStatuses": List<ContainerStatus<'a>>,
        init_container_statuses "initContainerStatuses": List<ContainerStatus<'a>>,
        allocated_resources "allocatedResources": Pairs<'a, Quantity>,
    }
}

wire! {
    pub struct Condition<'a> {
        pub name "type": Text<'a>,
        pub status: Text<'a>,
        pub reason: Text<'a>,
        pub last_transition_time "lastTransitionTime": Option<When>,
    }
}

/// The condition of this type; of several the first counts, as in Kubernetes itself.
pub fn condition<'x, 'a>(conditions: &'x [Condition<'a>], name: &str) -> Option<&'x Condition<'a>> {
    conditions.iter().find(|it| &*it.name == name)
}

impl<'a> Object<'a> for WirePod<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let WirePod { metadata, spec, status } = &self;
        let now = reader.now;
        let priority = reader.priorities.of(spec.priority, &spec.priority_class_name);
        let builder = &mut reader.builder;
        let shape = shape(spec, status, builder);
        let labels = metadata.labels(builder);
        let annotations = metadata.annotations(builder);
        let scheduled = condition(&status.conditions, "PodScheduled");
        let pod = Pod {
            name: meta::name(&metadata.name),
            namespace: builder.namespace(&metadata.namespace()),
            uid: meta::name(&metadata.uid),
            labels: builder.labels(labels),
            annotations: builder.labels(annotations),
            shape: builder.shape(shape),
            place: Place::Unbound,
            nominated: None,
            created: metadata.created(now),
            started: status.start_time.map(|it| it.0),
            deleting: metadata.deletion_timestamp.map(|it| it.0),
            phase: phase(&status.phase),
            ready: condition(&status.conditions, "Ready").is_some_and(|it| &*it.status == "True"),
            unschedulable: scheduled
                .is_some_and(|it| &*it.status == "False" && &*it.reason == "Unschedulable"),
            gated: !spec.scheduling_gates.is_empty(),
            priority,
            owner: metadata.controller(builder),
        };
        let mut named = |it: &Text<'_>| (!it.is_empty()).then(|| builder.name(it));
        let binding = Binding { node: named(&spec.node_name), nominated: named(&status.nominated_node_name) };
        builder.pod(pod, binding);
        Ok(())
    }
}

/// A pod of which nobody has said anything yet is pending.
fn phase(name: &str) -> Phase {
    match name {
        "" | "Pending" => Phase::Pending,
        "Running" => Phase::Running,
        "Succeeded" => Phase::Succeeded,
        "Failed" => Phase::Failed,
        _ => Phase::Unknown,
    }
}

fn shape(spec: &Spec<'_>, status: &Status<'_>, builder: &mut Builder) -> Shape {
    let asked = Asked {
        containers: &spec.containers,
        init_containers: &spec.init_containers,
        overhead: &spec.overhead,
        whole: &spec.resources,
        statuses: &status.container_statuses,
        init_statuses: &status.init_container_statuses,
        whole_allocated: &status.allocated_resources,
    };
    Shape {
        requests: asked.amounts(builder),
        node_selector: meta::labels(&spec.node_selector, builder).0,
        affinity: spec.affinity.node(builder),
        tolerations: spec.tolerations.iter().filter_map(|it| toleration(it, builder)).collect(),
        near: spec.affinity.near(builder),
        apart: spec.affinity.apart(builder),
        spread: spread(&spec.topology_spread_constraints, builder),
        ports: ports(spec, builder),
        volumes: spec.volumes.iter().map(|it| volume(it, builder)).collect(),
        host_network: spec.host_network,
        claims_devices: !spec.resource_claims.is_empty(),
    }
}

/// None for an operator that never tolerates anything.
fn toleration(wire: &WireToleration<'_>, builder: &mut Builder) -> Option<Toleration> {
    let exists = match &*wire.operator {
        "" | "Equal" => false,
        "Exists" => true,
        _ => return None,
    };
    Some(Toleration {
        key: builder.name(&wire.key),
        exists,
        value: builder.name(if exists { "" } else { &wire.value }),
        effect: (!wire.effect.is_empty()).then(|| effect(&wire.effect)),
    })
}

pub fn effect(name: &str) -> Effect {
    match name {
        "NoSchedule" => Effect::NoSchedule,
        "PreferNoSchedule" => Effect::PreferNoSchedule,
        "NoExecute" => Effect::NoExecute,
        _ => Effect::Other,
    }
}

/// Host ports of all that keeps running. On the host's network every port is one of the host.
fn ports(spec: &Spec<'_>, builder: &mut Builder) -> Vec<HostPort> {
    let sidecars = spec.init_containers.iter().filter(|it| it.is_sidecar());
    let wires = spec.containers.iter().chain(sidecars).flat_map(|it| it.ports.iter());
    let port = |it: &Port<'_>| match it.host_port {
        Some(port) if port.0 > 0 => Some(port.i32()),
        _ if spec.host_network => it.container_port.map(Whole::i32).filter(|it| *it > 0),
        _ => None,
    };
    let mut or = |text: &str, default: &str| builder.name(if text.is_empty() { default } else { text });
    let mut ports: Vec<HostPort> = wires
        .filter_map(|it| {
            let port = port(it)?;
            Some(HostPort { port, protocol: or(&it.protocol, "TCP"), ip: or(&it.host_ip, "0.0.0.0") })
        })
        .collect();
    ports.sort();
    ports.dedup();
    ports
}

/// A volume of a pod: its name, and its source, which is the one other field that it has.
#[derive(Debug)]
struct WireVolume<'a> {
    name: Text<'a>,
    source: Source<'a>,
}

#[derive(Debug)]
enum Source<'a> {
    EmptyDir { memory: bool },
    HostPath,
    Claim(Text<'a>),
    EphemeralClaim,
    Config,
    Csi,
    Other,
}

wire! {
    struct EmptyDir<'a> {
        medium: Text<'a>,
    }
}

wire! {
    struct ClaimSource<'a> {
        claim_name "claimName": Text<'a>,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for WireVolume<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Read<'a> {
            type Value = WireVolume<'a>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WireVolume<'a>, A::Error> {
                let mut name = Text::default();
                let mut source = None;
                while let Some(key) = map.next_key::<Text<'a>>()? {
                    let said = match &*key {
                        "name" => {
                            name = map.next_value()?;
                            continue;
                        }
                        "emptyDir" => map
                            .next_value::<Option<EmptyDir<'a>>>()?
                            .map(|it| Source::EmptyDir { memory: &*it.medium == "Memory" }),
                        "persistentVolumeClaim" => map
                            .next_value::<Option<ClaimSource<'a>>>()?
                            .map(|it| Source::Claim(it.claim_name)),
                        other => {
                            let kind = match other {
                                "hostPath" => Source::HostPath,
                                "ephemeral" => Source::EphemeralClaim,
                                "configMap" | "secret" | "projected" | "downwardAPI" => Source::Config,
                                "csi" => Source::Csi,
                                _ => Source::Other,
                            };
                            map.next_value::<Option<IgnoredAny>>()?.map(|_| kind)
                        }
                    };
                    source = said.or(source);
                }
                // The API server makes a volume without a source an empty directory.
                Ok(WireVolume { name, source: source.unwrap_or(Source::EmptyDir { memory: false }) })
            }
        }
        from.deserialize_any(Read(PhantomData))
    }
}

/// Each pod has one of these with a random ending, and pods of one template are to look alike.
const SERVICE_ACCOUNT_TOKEN: &str = "kube-api-access";

fn volume(wire: &WireVolume<'_>, builder: &mut Builder) -> PodVolume {
    let name: &str = match &wire.source {
        Source::Config if wire.name.starts_with(SERVICE_ACCOUNT_TOKEN) => SERVICE_ACCOUNT_TOKEN,
        _ => &wire.name,
    };
    let kind = match &wire.source {
        Source::EmptyDir { memory } => PodVolumeKind::EmptyDir { memory: *memory },
        Source::HostPath => PodVolumeKind::HostPath,
        Source::Claim(claim) => PodVolumeKind::Claim(builder.name(claim)),
        Source::EphemeralClaim => PodVolumeKind::EphemeralClaim,
        Source::Config => PodVolumeKind::Config,
        Source::Csi => PodVolumeKind::Csi,
        Source::Other => PodVolumeKind::Other,
    };
    PodVolume { name: builder.name(name), kind }
}

wire! {
    /// What a controller makes pods from.
    pub struct Template<'a> {
        metadata: Meta<'a>,
        spec: Spec<'a>,
    }
}

impl Template<'_> {
    pub fn daemon(&self, namespace: &str, name: Name, reader: &mut Reader<'_>) -> Daemon {
        let priority = reader.priorities.of(self.spec.priority, &self.spec.priority_class_name);
        let builder = &mut reader.builder;
        let shape = shape(&self.spec, &Status::default(), builder);
        let labels = self.metadata.labels(builder);
        Daemon {
            namespace: builder.namespace(namespace),
            name,
            labels: builder.labels(labels),
            shape: builder.shape(shape),
            priority,
        }
    }
}
