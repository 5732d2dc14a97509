//! Clusters of the size that must work.

use super::{Cluster, GIB, budget, owner_ref, volume};
use crate::Set;
use decide::build::Builder;
use decide::facts::Facts;
use decide::memory::Memory;
use decide::select::Labels;
use decide::tick::Tick;
use decide::world::{Effect, LabelsId, OwnerKind, OwnerRef, PodVolumeKind, Toleration, World};
use std::time::{Duration, Instant};

const PODS_PER_NODE: usize = 40;
const NAMESPACES: usize = 100;

/// Far above what it takes on a slow machine that is busy, far below what a square of the size would.
const ANSWERS_MILLIS_PER_THOUSAND_NODES: u64 = 250;

/// Every node is a candidate, with the pods of real clusters on it: some of DaemonSets, most of
/// ReplicaSets of five, with volumes, annotations, tolerations and budgets.
fn large(nodes: usize) -> World {
    let mut cluster = Cluster::new();
    for node in 0..nodes {
        let name = format!("node-{node:05}");
        cluster = cluster.node(&name, 16);
        for slot in 0..PODS_PER_NODE {
            let number = node * PODS_PER_NODE + slot;
            let (namespace, app, kind) = match slot {
                0..4 => ("kube-system".to_owned(), format!("agent-{slot}"), OwnerKind::DaemonSet),
                _ => (team(number / 5), format!("app-{}", number / 5), OwnerKind::ReplicaSet),
            };
            cluster =
                cluster.pod_with(&format!("{namespace}/{app}-{number}"), &name, 50, |builder, pod, shape| {
                    let owner = owner_ref(kind, &format!("{kind:?}"), "apps", &app);
                    pod.owner = Some(OwnerRef { name: builder.name(&app), ..owner });
                    pod.labels = interned(builder, &[("app", &app)]);
                    pod.annotations = interned(
                        builder,
                        &[
                            ("checksum/config", &app),
                            ("prometheus.io/port", "8080"),
                            ("prometheus.io/scrape", "true"),
                        ],
                    );
                    shape.requests.memory = GIB / 8 + (number / 5 % 50) as i64;
                    shape.volumes = vec![
                        volume("config", PodVolumeKind::Config),
                        volume("tmp", PodVolumeKind::EmptyDir { memory: true }),
                    ];
                    shape.tolerations = ["not-ready", "unreachable"].map(|it| lasting(builder, it)).into();
                });
            let first = if slot < 4 { node == 0 } else { slot == 4 || number.is_multiple_of(5) };
            if first {
                cluster = cluster.owner(kind, &namespace, &app);
            }
        }
    }
    cluster.builder(|builder| (0..NAMESPACES).for_each(|it| budgets(builder, it))).world()
}

fn team(app: usize) -> String {
    format!("team-{}", app % NAMESPACES)
}

fn interned(builder: &mut Builder, pairs: &[(&str, &str)]) -> LabelsId {
    let pairs = pairs.iter().map(|it| (builder.name(it.0), builder.name(it.1))).collect();
    builder.labels(Labels::of(pairs))
}

fn lasting(builder: &mut Builder, condition: &str) -> Toleration {
    let key = builder.name(&format!("node.kubernetes.io/{condition}"));
    Toleration { key, exists: true, value: "".into(), effect: Some(Effect::NoExecute) }
}

fn budgets(builder: &mut Builder, number: usize) {
    let namespace = builder.namespace(&team(number));
    for app in (number..10 * NAMESPACES).step_by(NAMESPACES) {
        let name = format!("app-{app}");
        builder.budget(budget(namespace, name.as_str().into(), &name));
    }
}

/// All that policies say in one decision, and how long that took.
fn answers(nodes: usize) -> Duration {
    let (world, memory, set) = (large(nodes), Memory::default(), Set::shipped());
    let facts = Facts::of(&world);
    let tick = Tick::open(&facts, &memory);
    let start = Instant::now();
    let paces = set.paces(&tick);
    let asked = start.elapsed();
    let question = tick.shortlist(&paces).question;
    assert_eq!(question.candidates.len(), nodes);
    let start = Instant::now();
    let answers = set.answers(&question);
    let took = asked + start.elapsed();
    assert!(answers.vetoes.iter().all(|it| it.answer == Ok(Vec::new())));
    assert_eq!(answers.scores[0].answer.as_ref().map(Vec::len), Ok(nodes));
    println!("{nodes} nodes, {} pods: {took:?}", world.pods.len());
    took
}

#[test]
fn two_thousand_nodes_take_milliseconds() {
    let most = Duration::from_millis(2 * ANSWERS_MILLIS_PER_THOUSAND_NODES);
    assert!(answers(2_000) < most);
}

#[test]
#[ignore = "takes many seconds to build its world"]
fn fifteen_thousand_nodes_work() {
    let most = Duration::from_millis(15 * ANSWERS_MILLIS_PER_THOUSAND_NODES);
    assert!(answers(15_000) < most);
}
