//! A made-up cluster of any size, in which every node is a candidate: what a module is tried on
//! before it is trusted with a real one.

use decide::build::{Binding, Builder};
use decide::resources::Amounts;
use decide::select::Labels;
use decide::settings::{Settings, Source};
use decide::time::Time;
use decide::world::{
    Group, Name, Node, Owner, OwnerKind, OwnerRef, Phase, Place, Pod, PodVolume, PodVolumeKind, Ready,
    ScaleDownPolicy, Shape, World,
};

/// 2026-11-20T10:00:00Z, a Friday.
const NOW: i64 = 1_795_168_800;
const DAY: i64 = 86_400;
const GIB: i64 = 1 << 30;
const GROUPS: usize = 3;
const ZONES: usize = 3;
const REPLICAS: usize = 5;

/// So many nodes in three groups and zones, each with so many pods of ReplicaSets of five; every
/// tenth node has a bare pod, a system pod or data of its own.
#[must_use]
pub fn world(nodes: usize, pods_per_node: usize) -> World {
    let mut settings = Settings::default();
    settings.scale_down.source = Source::Requests;
    settings.global.removals_at_once = u32::try_from(nodes.max(1)).unwrap_or(u32::MAX);
    let mut builder = Builder::new(Time(NOW), settings);
    for at in 0..GROUPS {
        builder.group(group(&format!("group-{at}")));
    }
    for at in 0..nodes {
        builder.node(node(at));
        for slot in 0..pods_per_node {
            pod(&mut builder, at, at * pods_per_node + slot, slot);
        }
    }
    builder.finish()
}

pub(crate) fn group(name: &str) -> Group {
    Group {
        name: name.into(),
        namespace: "kube-system".into(),
        managed: true,
        labels: Labels::default(),
        annotations: Labels::default(),
        min: 0,
        max: u32::MAX,
        desired: 0,
        scale_down: ScaleDownPolicy { cooldown_secs: 0, window_secs: 0, ..ScaleDownPolicy::default() },
        scale_up_enabled: true,
        last_up: None,
        last_down: None,
        back_off_until: None,
        node_labels: Labels::default(),
        node_taints: Vec::new(),
        offer: None,
        price_per_hour: Some(60_000_000),
        leaving: false,
        held: false,
    }
}

fn node(at: usize) -> Node {
    let name = node_name(at);
    let created = Time(NOW - DAY * (1 + at as i64 % 90));
    Node {
        uid: name.clone(),
        provider_id: format!("vpsie://{name}").as_str().into(),
        created,
        labels: labels(&[
            ("autoscaler.vpsie.com/managed", "true"),
            ("autoscaler.vpsie.com/nodegroup", &format!("group-{}", at % GROUPS)),
            ("kubernetes.io/hostname", &name),
            ("topology.kubernetes.io/zone", &format!("zone-{}", at % ZONES)),
            ("node.kubernetes.io/instance-type", "large"),
        ]),
        annotations: Labels::default(),
        taints: Vec::new(),
        unschedulable: false,
        ready: Ready::Yes { since: created },
        allocatable: Amounts {
            cpu: 16_000,
            memory: 64 * GIB,
            ephemeral: 100 * GIB,
            pods: 110,
            other: Vec::new(),
        },
        name,
    }
}

fn pod(builder: &mut Builder, node: usize, number: usize, slot: usize) {
    let app = format!("app-{}", number / REPLICAS);
    let odd = node.is_multiple_of(10) && slot == 0;
    let namespace = if odd { "kube-system" } else { "web" };
    if number.is_multiple_of(REPLICAS) || odd {
        builder.owner(Owner {
            kind: OwnerKind::ReplicaSet,
            namespace: namespace.into(),
            name: app.as_str().into(),
            replicas: Some(REPLICAS as i32),
        });
    }
    let owner = OwnerRef {
        kind: OwnerKind::ReplicaSet,
        kind_name: "ReplicaSet".into(),
        api_group: "apps".into(),
        name: app.as_str().into(),
        uid: app.as_str().into(),
    };
    let data = odd && node.is_multiple_of(20);
    let volumes = if data {
        vec![PodVolume { name: "data".into(), kind: PodVolumeKind::EmptyDir { memory: false } }]
    } else {
        Vec::new()
    };
    let pod = Pod {
        name: format!("{app}-{number}").as_str().into(),
        namespace: builder.namespace(namespace),
        uid: format!("{number}").as_str().into(),
        labels: builder.labels(labels(&[("app", &app)])),
        annotations: builder.labels(Labels::default()),
        shape: builder.shape(Shape {
            requests: Amounts { cpu: 50, memory: GIB / 8, ..Amounts::default() },
            volumes,
            ..Shape::default()
        }),
        place: Place::Unbound,
        nominated: None,
        created: Time(NOW - DAY),
        started: Some(Time(NOW - DAY / 2)),
        deleting: None,
        phase: Phase::Running,
        ready: true,
        unschedulable: false,
        gated: false,
        priority: 0,
        owner: (!odd).then_some(owner),
    };
    builder.pod(pod, Binding { node: Some(node_name(node)), nominated: None });
}

fn node_name(at: usize) -> Name {
    format!("node-{at:05}").as_str().into()
}

pub(crate) fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::of(pairs.iter().map(|it| (it.0.into(), it.1.into())).collect())
}
