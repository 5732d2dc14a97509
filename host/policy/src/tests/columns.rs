//! What a batch and its views tell of a world by hand.

use super::{Cluster, GIB, NOW, budget, labels, owner_ref, question, volume};
use crate::frame::Frame;
use decide::build::Builder;
use decide::question::Question;
use decide::resources::Amounts;
use decide::settings::Settings;
use decide::time::Time;
use decide::world::{Effect, OwnerKind, Phase, Pod, PodVolumeKind, Ready, Shape, Taint, Toleration, World};
use policy_sdk::View;
use policy_sdk::records::{
    Found, NONE, NONE_COUNT, NONE_PRICE, NONE_TIME, PodColumns, Table, effects, found, group_bits, node_bits,
    owners, pod_bits, volume_bits, volume_kinds,
};

type Change = fn(&mut Builder, &mut Pod, &mut Shape);

fn annotated(builder: &mut Builder, pod: &mut Pod, pairs: &[(&str, &str)]) {
    pod.annotations = builder.labels(labels(pairs));
}

/// One candidate with a pod of every sort.
fn sorts() -> World {
    let sorts: [(&str, Change); 12] = [
        ("base/finished", |_, pod, _| pod.phase = Phase::Succeeded),
        ("base/gone", |_, pod, _| pod.deleting = Some(NOW.plus(-30))),
        ("base/going", |_, pod, _| pod.deleting = Some(NOW.plus(20))),
        ("base/cheap", |_, pod, _| pod.priority = -11),
        ("base/plain", |builder, pod, shape| {
            annotated(
                builder,
                pod,
                &[
                    ("cluster-autoscaler.kubernetes.io/safe-to-evict", "true"),
                    ("cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes", " cache , nothing"),
                    ("controller.kubernetes.io/pod-deletion-cost", "-7"),
                    ("descheduler.alpha.kubernetes.io/prefer-no-eviction", "true"),
                ],
            );
            pod.labels = builder.labels(labels(&[("app", "plain")]));
            pod.priority = 9;
            shape.host_network = true;
            shape.volumes = vec![
                volume("cache", PodVolumeKind::EmptyDir { memory: false }),
                volume("data", PodVolumeKind::EmptyDir { memory: false }),
                volume("fast", PodVolumeKind::EmptyDir { memory: true }),
                volume("host", PodVolumeKind::HostPath),
                volume("driver", PodVolumeKind::Csi),
            ];
        }),
        ("base/bare", |_, pod, _| {
            pod.owner = None;
            pod.started = None;
            pod.ready = false;
            pod.phase = Phase::Pending;
        }),
        ("base/stays", |_, _, shape| {
            let (key, effect) = ("".into(), None);
            shape.tolerations = vec![Toleration { key, exists: true, value: "".into(), effect }];
        }),
        ("kube-system/daemon", |_, pod, _| {
            pod.owner = Some(owner_ref(OwnerKind::DaemonSet, "DaemonSet", "apps", "daemon"));
        }),
        ("kube-system/mirror", |builder, pod, _| {
            annotated(builder, pod, &[("kubernetes.io/config.mirror", "x")]);
            pod.owner = Some(owner_ref(OwnerKind::Other, "Node", "", "n1"));
        }),
        ("web/lost", |_, pod, _| {
            pod.owner = Some(owner_ref(OwnerKind::StatefulSet, "StatefulSet", "apps", "lost"));
        }),
        ("web/odd-1", |_, pod, _| {
            pod.owner = Some(owner_ref(OwnerKind::Other, "CloneSet", "apps.kruise.io", "odd"));
        }),
        ("web/odd-2", |_, pod, _| {
            pod.owner = Some(owner_ref(OwnerKind::Other, "CloneSet", "apps.kruise.io", "odd"));
        }),
    ];
    let mut cluster = Cluster::new().node("n1", 8).node_with("n2", 64, |node| node.unschedulable = true);
    for (path, change) in sorts {
        cluster = cluster.pod_with(path, "n1", 100, change);
    }
    cluster
        .owner(OwnerKind::DaemonSet, "kube-system", "daemon")
        .builder(|builder| {
            let namespace = builder.namespace("base");
            builder.budget(budget(namespace, "plain".into(), "plain"));
        })
        .world()
}

fn text(table: &Table, at: u32) -> &str {
    table.get(at).unwrap_or("-")
}

fn on_first<T>(world: &World, look: impl FnOnce(&Question<'_>, &Frame<'_, '_>) -> T) -> T {
    question(world, |question| look(question, &Frame::of(question, &question.nodes)))
}

#[test]
fn a_node_with_pods_of_every_sort() {
    on_first(&sorts(), |_, frame| {
        let (nodes, symbols) = (&frame.batch.nodes, &frame.batch.symbols);
        assert_eq!(nodes.name.len(), 1);
        let texts = [nodes.name[0], nodes.zone[0], nodes.size[0]].map(|it| text(symbols, it));
        assert_eq!(texts, ["n1", "z1", "m.large"]);
        assert_eq!(nodes.group, [0]);
        assert_eq!(nodes.bits, [node_bits::READY | node_bits::USE_KNOWN | node_bits::IDLE_SINCE_KNOWN]);
        assert_eq!(nodes.created, [NOW.0 - 86_400]);
        assert_eq!(nodes.idle_since, [NOW.0 - 1_200]);
        assert_eq!((nodes.cpu_alloc[0], nodes.memory_alloc[0]), (8_000, 16 * GIB as u64));
        // All but the finished, the gone and the cheap one use room.
        assert_eq!((nodes.cpu_requested[0], nodes.cpu_use[0]), (900, 11_25));
        assert_eq!(nodes.memory_requested, [9 * GIB as u64 / 4]);
        assert_eq!((nodes.pods[0], nodes.system_pods[0], nodes.pods_daemon[0]), (9, 2, 1));
        assert_eq!(nodes.pods_listed, [8]);
        // Not the one that is going, nor the daemon, the mirror and the one that stays.
        assert_eq!((nodes.pods_moving[0], nodes.cpu_moves[0]), (5, 500));
        assert_eq!(nodes.price_per_hour, [250_000_000]);

        let tick = &frame.batch.tick;
        assert_eq!((tick.candidates, tick.nodes, tick.ready, tick.leaving, tick.at_once), (1, 2, 2, 0, 3));
        assert_eq!((tick.now, text(symbols, tick.system_namespace)), (NOW.0, "kube-system"));

        let group = &frame.batch.groups[0];
        assert_eq!((text(symbols, group.name), text(symbols, group.namespace)), ("workers", "kube-system"));
        assert_eq!((group.bits, group.last_change), (group_bits::SCALE_DOWN_ENABLED, NONE_TIME));
        assert_eq!((group.ready, group.leaving, group.on_the_way), (2, 0, 0));
        assert_eq!((group.min, group.max, group.desired), (1, 20, 5));
        assert_eq!((group.cpu_threshold, group.memory_threshold), (50_00, 50_00));
        assert_eq!((group.window_seconds, group.cooldown_seconds, group.at_once), (600, 0, 3));
    });
}

#[test]
fn texts_are_sorted_and_each_there_once() {
    on_first(&sorts(), |_, frame| {
        let texts: Vec<&str> = frame.batch.symbols.iter().collect();
        let mut sorted = texts.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(texts, sorted);
        assert!(["CloneSet", "apps.kruise.io", "Node"].iter().all(|it| texts.contains(it)));
    });
}

#[test]
fn pods_that_a_policy_may_judge() {
    on_first(&sorts(), |_, frame| {
        let names = frame.pod_names(0, 64);
        let names: Vec<&str> = names.iter().collect();
        assert_eq!(names, ["bare", "plain", "stays", "daemon", "mirror", "lost", "odd-1", "odd-2"]);
        let PodColumns {
            started,
            cpu,
            memory,
            namespace,
            bits,
            owner,
            owner_kind,
            owner_api_group,
            owner_found,
            owner_number,
            replicas,
            empty_dirs,
            host_paths,
            volumes,
            pdbs,
            priority,
            deletion_cost,
        } = frame.pods(0, 64);
        let since = NOW.0 - 7_200;
        assert_eq!(started, [NONE_TIME, since, since, since, since, since, since, since]);
        assert_eq!((cpu, memory), (vec![100; 8], vec![GIB as u64 / 4; 8]));
        let texts = |column: &[u32]| -> Vec<&str> {
            column.iter().map(|it| text(&frame.batch.symbols, *it)).collect()
        };
        let namespaces = ["base", "base", "base", "kube-system", "kube-system", "web", "web", "web"];
        assert_eq!(texts(&namespace), namespaces);
        let ready = pod_bits::READY;
        let marked = ready | pod_bits::SAFE_TO_EVICT | pod_bits::PREFER_NO_EVICTION | pod_bits::HOST_NETWORK;
        assert_eq!(
            bits,
            [
                pod_bits::PENDING,
                marked,
                ready | pod_bits::TOLERATES_OUR_TAINT,
                ready | pod_bits::DAEMON,
                ready | pod_bits::MIRROR,
                ready,
                ready,
                ready,
            ]
        );
        let (set, other) = (owners::REPLICA_SET, owners::OTHER);
        let codes =
            [owners::NO_CONTROLLER, set, set, owners::DAEMON_SET, other, owners::STATEFUL_SET, other, other];
        assert_eq!(owner, codes);
        let kinds =
            ["-", "ReplicaSet", "ReplicaSet", "DaemonSet", "Node", "StatefulSet", "CloneSet", "CloneSet"];
        assert_eq!(texts(&owner_kind), kinds);
        let groups = ["-", "apps", "apps", "apps", "", "apps", "apps.kruise.io", "apps.kruise.io"];
        assert_eq!(texts(&owner_api_group), groups);
        let (not, there) = (found::NOT_LOOKED_UP, found::EXISTS);
        assert_eq!(owner_found, [not, there, there, there, not, found::MISSING, not, not]);
        assert_eq!(owner_number[0], NONE);
        let mut numbers = owner_number[1..7].to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 6, "six controllers: {owner_number:?}");
        assert_eq!(owner_number[6], owner_number[7]);
        let no = NONE_COUNT;
        assert_eq!(replicas, [no, 3, 3, no, no, no, no, no]);
        assert_eq!(empty_dirs, [0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(host_paths, [0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(volumes, [0, 5, 0, 0, 0, 0, 0, 0]);
        assert_eq!(pdbs, [0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(priority, [0, 9, 0, 0, 0, 0, 0, 0]);
        assert_eq!(deletion_cost, [0, -7, 0, 0, 0, 0, 0, 0]);

        let (spared, kinds) = (
            volume_bits::SAFE_TO_EVICT,
            [
                volume_kinds::EMPTY_DIR,
                volume_kinds::EMPTY_DIR,
                volume_kinds::EMPTY_DIR_IN_MEMORY,
                volume_kinds::HOST_PATH,
                volume_kinds::CSI,
            ],
        );
        let told = frame.volumes(0, 1);
        assert_eq!(told.iter().map(|it| it.kind).collect::<Vec<_>>(), kinds);
        assert_eq!(told.iter().map(|it| it.bits).collect::<Vec<_>>(), [spared, 0, 0, 0, 0]);
        assert_eq!(
            frame.volume_names(0, 1).iter().collect::<Vec<_>>(),
            ["cache", "data", "fast", "host", "driver"]
        );
        assert_eq!(frame.pod_label(0, 1, "app").as_deref(), Some("plain"));
        assert_eq!(frame.pod_label(0, 0, "app"), None);
        assert_eq!(frame.pod_annotation(0, 4, "kubernetes.io/config.mirror").as_deref(), Some("x"));
    });
}

#[test]
fn controllers_have_one_number_however_they_are_looked_up() {
    let mut cluster = Cluster::new();
    for node in ["n1", "n2", "n3"] {
        cluster = cluster.node(node, 64);
        for number in 0..100 {
            cluster = cluster.pod_with(&format!("web/{node}-{number}"), node, 1, |_, pod, shape| {
                shape.requests.memory = 0;
                let (kind, name) = match number % 3 {
                    0 => (OwnerKind::Other, "CloneSet"),
                    1 => (OwnerKind::ReplicaSet, "ReplicaSet"),
                    _ => (OwnerKind::Job, "Job"),
                };
                pod.owner = Some(owner_ref(kind, name, "", &format!("set-{}", number % 10)));
            });
        }
    }
    for number in 0..5 {
        cluster = cluster.owner(OwnerKind::ReplicaSet, "web", &format!("set-{number}"));
    }
    question(&cluster.world(), |question| {
        let whole = Frame::of(question, &question.nodes).pods(0, 64);
        let single = |at: usize| Frame::of(question, &question.nodes[at..=at]).pods(0, 1).owner_number;
        assert_eq!([single(0), single(1), single(2)].concat(), whole.owner_number);
        let mut numbers = whole.owner_number;
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 30, "ten of each kind");
    });
}

#[test]
fn pods_come_by_ranges_of_nodes() {
    let cluster = ["a", "b", "c"].iter().fold(Cluster::new(), |cluster, name| {
        cluster.node(name, 8).pod(&format!("web/{name}-0"), name, 1).pod(&format!("web/{name}-1"), name, 1)
    });
    on_first(&cluster.world(), |_, frame| {
        let names =
            |first, count| frame.pod_names(first, count).iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(names(0, 1), ["a-0", "a-1"]);
        assert_eq!(names(1, 1), ["b-0", "b-1"]);
        assert_eq!(names(1, u32::MAX), ["b-0", "b-1", "c-0", "c-1"]);
        assert_eq!(names(3, 5), [""; 0]);
        assert_eq!(names(u32::MAX, u32::MAX), [""; 0]);
        assert_eq!(frame.pods(1, 2).cpu.len(), 4);
        assert_eq!(frame.pods(9, 1), PodColumns::default());
    });
}

#[test]
fn nodes_by_labels_annotations_and_taints() {
    let world = Cluster::new()
        .node_with("n1", 8, |node| {
            node.labels = labels(&[
                ("autoscaler.vpsie.com/managed", "true"),
                ("autoscaler.vpsie.com/nodegroup", "workers"),
                ("failure-domain.beta.kubernetes.io/zone", "old"),
                ("pool", "bläu"),
            ]);
            node.taints = vec![
                taint("a", "1", Effect::PreferNoSchedule, Some(Time(7))),
                taint("b", "", Effect::Other, None),
            ];
        })
        .node("n2", 8)
        .node_with("n3", 8, |node| node.ready = Ready::No { since: Time(NOW.0 - 4_000) })
        .world();
    on_first(&world, |question, frame| {
        assert_eq!(question.nodes.len(), 2, "n3 is not ready");
        assert_eq!(text(&frame.batch.symbols, frame.batch.nodes.zone[0]), "old");
        assert_eq!(frame.batch.nodes.size[0], NONE);

        let hits = frame.labels(&["topology.kubernetes.io/zone", "pool", "none"], 3);
        let whole = |node, key, whole| Found { node, key, whole };
        assert_eq!(hits.found, [whole(0, 1, 5), whole(1, 0, 2)]);
        assert_eq!(
            hits.values.iter().collect::<Vec<_>>(),
            ["bl", "z1"],
            "cut before a character of two bytes"
        );
        let hits = frame.annotations(&["autoscaler.vpsie.com/idle-since"], 4);
        assert_eq!(hits.values.iter().collect::<Vec<_>>(), ["2026", "2026"]);

        let taints = frame.taints(0);
        let told: Vec<(u32, i64)> = taints.iter().map(|it| (it.effect, it.since)).collect();
        assert_eq!(told, [(effects::PREFER_NO_SCHEDULE, 7), (effects::OTHER, NONE_TIME)]);
        assert_eq!(frame.taint_texts(0).iter().collect::<Vec<_>>(), ["a", "1", "b", ""]);

        let (zones, counts) = frame.tally("topology.kubernetes.io/zone");
        assert_eq!(zones.iter().collect::<Vec<_>>(), ["z1"]);
        assert_eq!((counts[0].nodes, counts[0].ready, counts[0].candidates), (2, 1, 1));
    });
}

fn taint(key: &str, value: &str, effect: Effect, since: Option<Time>) -> Taint {
    Taint { key: key.into(), value: value.into(), effect, since }
}

#[test]
fn a_node_that_is_leaving_tells_what_still_must_move() {
    let world = Cluster::new()
        .node_with("a", 8, |node| {
            node.taints = vec![taint("autoscaler.vpsie.com/leaving", "", Effect::NoSchedule, None)];
            node.annotations = labels(&[("autoscaler.vpsie.com/leaving-since", "2026-11-20T09:59:00Z")]);
        })
        .node("b", 8)
        .pod("web/x", "a", 300)
        .world();
    on_first(&world, |question, frame| {
        assert_eq!((question.nodes.len(), question.candidates.len()), (2, 1));
        // On paper its pod is on the other node already, and would have to move on with that.
        assert_eq!(frame.batch.nodes.cpu_moves, [300, 300]);
        assert_eq!(frame.batch.nodes.pods_moving, [1, 1]);
        assert_eq!((frame.batch.tick.leaving, frame.batch.tick.candidates), (1, 1));
        let group = &frame.batch.groups[0];
        assert_eq!((group.ready, group.leaving), (1, 1));
        let candidates = Frame::of(question, &question.candidates);
        assert_eq!(text(&candidates.batch.symbols, candidates.batch.nodes.name[0]), "b");
    });
}

#[test]
fn a_group_tells_of_its_cool_down_its_machines_and_its_marks() {
    let world = Cluster::new()
        .node("a", 8)
        .group(|group| {
            group.last_up = Some(Time(NOW.0 - 599));
            group.last_down = Some(Time(NOW.0 - 5_000));
            group.scale_down.cooldown_secs = 600;
            group.scale_down.enabled = false;
            group.price_per_hour = None;
            group.labels = labels(&[("team", "red")]);
            group.annotations = labels(&[("note", "blue")]);
        })
        .builder(|builder| {
            for (name, phase) in [("m1", "Joining"), ("m2", "Failed")] {
                builder.machine(decide::world::Machine {
                    namespace: "kube-system".into(),
                    name: name.into(),
                    group: "workers".into(),
                    phase: phase.into(),
                    node: "".into(),
                    condemned: false,
                    deleted: false,
                });
            }
        })
        .world();
    question(&world, |question| {
        let frame = Frame::of_groups(&question.tick);
        let group = &frame.batch.groups[0];
        assert_eq!((group.bits, group.last_change), (group_bits::IN_COOLDOWN, NOW.0 - 599));
        assert_eq!(group.on_the_way, 1);
        assert_eq!(frame.group_label(0, "team").as_deref(), Some("red"));
        assert_eq!(frame.group_annotation(0, "note").as_deref(), Some("blue"));
        assert_eq!(frame.pods(0, 64), PodColumns::default());
        let (_, counts) = frame.tally("topology.kubernetes.io/zone");
        assert_eq!((counts[0].nodes, counts[0].candidates), (1, 0));
        let all: Vec<_> = question.tick.facts.nodes().collect();
        assert!(question.nodes.is_empty() && all.len() == 1);
    });
}

#[test]
fn what_no_number_can_tell_is_none() {
    let world = Cluster::new()
        .settings(|settings: &mut Settings| settings.scale_down.source = decide::settings::Source::Highest)
        .group(|group| group.price_per_hour = None)
        .node_with("dead", 8, |node| {
            node.ready = Ready::No { since: Time(NOW.0 - 4_000) };
            node.annotations = labels(&[("autoscaler.vpsie.com/idle-since", "yesterday")]);
            node.allocatable = Amounts { cpu: -5, ..Amounts::default() };
        })
        .settings(|settings| {
            settings.scale_down.remove_unready = true;
            settings.scale_down.unhealthy_nodes_min = 9;
        })
        .world();
    on_first(&world, |_, frame| {
        let nodes = &frame.batch.nodes;
        assert_eq!(nodes.bits, [node_bits::EMPTY]);
        assert_eq!((nodes.cpu_use[0], nodes.memory_use[0], nodes.idle_since[0]), (NONE, NONE, NONE_TIME));
        assert_eq!((nodes.cpu_alloc[0], nodes.price_per_hour[0]), (0, NONE_PRICE));
        assert_eq!(frame.batch.tick.system_namespace, frame.batch.groups[0].namespace);
    });
}
