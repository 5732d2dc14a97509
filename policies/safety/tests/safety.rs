//! The safety policy on worlds by hand.

use policy_sdk::kit::{self, Chance, Node, Pod, World};
use policy_sdk::records::{Remainder, Vetoed, owners, pod_bits, short_bits, volume_kinds};
use policy_sdk::settings::Tree;
use policy_sdk::{Policy, Vetoer};
use safety::Safety;

const NOW: &str = "2026-11-20T10:00:00Z";

fn safety(settings: &str) -> Safety {
    match kit::configure(settings, &World::at(NOW)) {
        Ok(safety) => safety,
        Err(told) => panic!("{settings}: {told:?}"),
    }
}

fn veto(settings: &str, node: Node) -> Option<Vetoed> {
    let world = World::at(NOW).node(Node::named("a")).node(node).node(Node::named("z"));
    let mut vetoed = world.veto(&safety(settings)).expect("an answer");
    assert!(vetoed.iter().all(|vetoed| vetoed.node == 1));
    assert!(vetoed.len() <= 1);
    vetoed.pop()
}

/// The code and the place of the pod among those of the node.
fn answer(settings: &str, node: Node) -> (String, Option<u32>) {
    veto(settings, node).map_or_else(Default::default, |vetoed| (vetoed.why.code, vetoed.pod))
}

fn node(pods: impl IntoIterator<Item = Pod>) -> Node {
    pods.into_iter().fold(Node::named("n"), Node::pod)
}

const DEFAULT: &str = "{}";

#[test]
fn one_pod() {
    let web = || Pod::named("web/a-0");
    let bare = || web().owner(owners::NO_CONTROLLER);
    let custom = || web().owner(owners::OTHER);
    let orphan = || web().owner_missing();
    let single = || web().replicas(1);
    let dns = |started| Pod::named("kube-system/dns-0").started(started);
    let young = || dns("2026-11-20T09:00:01Z");
    let system = |name: &str| Pod::named(&format!("kube-system/{name}"));
    let scratch = || web().volume("scratch", volume_kinds::EMPTY_DIR);
    let host = || web().volume("logs", volume_kinds::HOST_PATH);
    let rows = [
        ("an ordinary pod", DEFAULT, web(), ""),
        ("of a StatefulSet", DEFAULT, web().owner(owners::STATEFUL_SET), ""),
        ("of a Job", DEFAULT, web().owner(owners::JOB), ""),
        ("the controller is gone", DEFAULT, orphan(), "controller-not-found"),
        ("a Job is gone", DEFAULT, web().owner(owners::JOB).owner_missing(), "controller-not-found"),
        (
            "a DaemonSet is gone",
            DEFAULT,
            web().owner(owners::DAEMON_SET).owner_missing().bits(pod_bits::DAEMON),
            "controller-not-found",
        ),
        ("gone and safe to evict", DEFAULT, orphan().bits(pod_bits::SAFE_TO_EVICT), ""),
        ("gone and allowed", r#"{"missingController": "allow"}"#, orphan(), ""),
        ("bare", DEFAULT, bare(), "not-replicated"),
        ("bare, but of a DaemonSet by its mark", DEFAULT, bare().bits(pod_bits::DAEMON), ""),
        ("bare mirror pod", DEFAULT, bare().bits(pod_bits::MIRROR), ""),
        ("bare and safe to evict", DEFAULT, bare().bits(pod_bits::SAFE_TO_EVICT), ""),
        ("bare and allowed", r#"{"bare": "allow"}"#, bare(), ""),
        ("bare is not custom", r#"{"customControllers": "allow"}"#, bare(), "not-replicated"),
        ("custom", DEFAULT, custom(), "not-replicated"),
        ("a kind of later days", DEFAULT, web().owner(77), "not-replicated"),
        ("custom is not bare", r#"{"bare": "allow"}"#, custom(), "not-replicated"),
        ("custom and allowed", r#"{"customControllers": "allow"}"#, custom(), ""),
        ("one replica", DEFAULT, single(), ""),
        ("one of at least 2", r#"{"minReplicas": 2}"#, single(), "min-replicas"),
        ("2 of at least 2", r#"{"minReplicas": 2}"#, web().replicas(2), ""),
        ("none of at least 1", r#"{"minReplicas": 1}"#, web().replicas(0), "min-replicas"),
        ("safe to evict", r#"{"minReplicas": 2}"#, single().bits(pod_bits::SAFE_TO_EVICT), ""),
        ("a Job has none", r#"{"minReplicas": 2}"#, web().owner(owners::JOB), ""),
        (
            "of a missing controller unknown",
            r#"{"minReplicas": 2, "missingController": "allow"}"#,
            orphan(),
            "",
        ),
        ("young system pod", DEFAULT, young(), "system-pod"),
        ("just old enough", DEFAULT, dns("2026-11-20T09:00:00Z"), ""),
        ("from the future", DEFAULT, dns("2026-11-21T00:00:00Z"), "system-pod"),
        ("not started", DEFAULT, young().not_started(), "system-pod"),
        ("young with a budget", DEFAULT, young().pdbs(1), ""),
        ("young of a DaemonSet", DEFAULT, young().bits(pod_bits::DAEMON), ""),
        ("young mirror pod", DEFAULT, young().bits(pod_bits::MIRROR), ""),
        ("young and safe to evict", DEFAULT, young().bits(pod_bits::SAFE_TO_EVICT), ""),
        ("age off", r#"{"systemPodMinAgeSeconds": 0}"#, young(), ""),
        ("a longer age", r#"{"systemPodMinAgeSeconds": 7200}"#, dns("2026-11-20T09:00:00Z"), "system-pod"),
        ("young elsewhere", DEFAULT, Pod::named("kube/dns").started(NOW), ""),
        ("etcd", DEFAULT, system("tenant-etcd-main-0"), "unique-system-pod"),
        ("apiserver", DEFAULT, system("kube-apiserver-cp0"), "unique-system-pod"),
        (
            "controller manager, mirror pod",
            DEFAULT,
            system("kube-controller-manager-cp0").bits(pod_bits::MIRROR),
            "unique-system-pod",
        ),
        (
            "scheduler, safe to evict",
            DEFAULT,
            system("kube-scheduler").bits(pod_bits::SAFE_TO_EVICT),
            "unique-system-pod",
        ),
        ("of a DaemonSet", DEFAULT, system("etcd-defrag-0").bits(pod_bits::DAEMON), "unique-system-pod"),
        ("unique and allowed", r#"{"uniqueSystemPods": "allow"}"#, system("etcd-0"), ""),
        ("nearly", DEFAULT, system("etc-d-kube-kube-proxy-ekube-api"), ""),
        ("etcd of somebody", DEFAULT, Pod::named("db/etcd-0"), ""),
        ("emptyDir", DEFAULT, scratch(), "local-storage"),
        ("hostPath", DEFAULT, host(), "local-storage"),
        ("in memory", DEFAULT, web().volume("m", volume_kinds::EMPTY_DIR_IN_MEMORY), ""),
        ("a claim", DEFAULT, web().volume("c", volume_kinds::CLAIM), ""),
        ("named as safe", DEFAULT, web().volume_that_does_not_count("s", volume_kinds::EMPTY_DIR), ""),
        ("of a DaemonSet", DEFAULT, host().bits(pod_bits::DAEMON), ""),
        ("of a mirror pod", DEFAULT, host().bits(pod_bits::MIRROR), ""),
        ("safe to evict", DEFAULT, scratch().bits(pod_bits::SAFE_TO_EVICT), ""),
        ("storage allowed", r#"{"localStorage": "allow"}"#, scratch(), ""),
    ];
    for (what, settings, pod, code) in rows {
        let (found, place) = answer(settings, node([pod]));
        assert_eq!(found, code, "{what}");
        assert_eq!(place, (!code.is_empty()).then_some(0), "{what}");
    }
}

#[test]
fn the_first_row_decides_and_in_it_the_first_pod() {
    let orphan = |name| Pod::named(name).owner_missing();
    let bare = |name| Pod::named(name).owner(owners::NO_CONTROLLER);
    let single = |name| Pod::named(name).replicas(1);
    let young = |name| Pod::named(name).started(NOW);
    let scratch = |name| Pod::named(name).volume("scratch", volume_kinds::EMPTY_DIR);
    let all = || {
        vec![
            scratch("a/scratch"),
            Pod::named("kube-system/etcd-0"),
            young("kube-system/young"),
            single("w/single-1"),
            single("w/single-2"),
            bare("x/bare"),
            orphan("y/orphan-1"),
            orphan("y/orphan-2"),
        ]
    };
    let rows = [
        ("controller-not-found", 6, vec![6, 7]),
        ("not-replicated", 5, vec![5]),
        ("min-replicas", 3, vec![3, 4]),
        ("system-pod", 2, vec![2]),
        ("unique-system-pod", 1, vec![1]),
        ("local-storage", 0, vec![0]),
    ];
    let mut pods = all();
    let settings = r#"{"minReplicas": 2}"#;
    for (code, place, gone) in rows {
        assert_eq!(answer(settings, node(pods.clone())), (code.to_owned(), Some(place)));
        pods = all().into_iter().take(gone[0]).collect();
    }
    assert_eq!(answer(settings, node([])), (String::new(), None));
    // One pod that meets two rows.
    let both = scratch("w/both").owner(owners::NO_CONTROLLER);
    assert_eq!(answer(settings, node([both])).0, "not-replicated");
    // Pods before those of the remainder.
    let full = node([scratch("a/b")]).room_short(short_bits::CPU).use_above(short_bits::CPU);
    assert_eq!(answer(settings, full).0, "local-storage");
}

#[test]
fn what_remains() {
    let short = |bits| Node::named("n").room_short(bits);
    let above = |bits| Node::named("n").use_above(bits);
    let both = || short(short_bits::MEMORY).use_above(short_bits::CPU);
    let rows = [
        ("enough", DEFAULT, Node::named("n"), ""),
        ("CPU", DEFAULT, short(short_bits::CPU), "headroom"),
        ("memory", DEFAULT, short(short_bits::MEMORY), "headroom"),
        ("a bit of later days", DEFAULT, short(4), ""),
        ("full", DEFAULT, above(short_bits::CPU), "capacity"),
        ("both", DEFAULT, both(), "headroom"),
        ("headroom off", r#"{"headroomPercent": 0}"#, both(), "capacity"),
        ("both off", r#"{"headroomPercent": 0, "capacityPercentMax": 0}"#, both(), ""),
    ];
    for (what, settings, node, code) in rows {
        assert_eq!(answer(settings, node), (code.to_owned(), None), "{what}");
    }
}

#[test]
fn only_what_is_needed_is_asked() {
    let pods_off = r#"{"missingController": "allow", "bare": "allow", "customControllers": "allow",
        "systemPodMinAgeSeconds": 0, "uniqueSystemPods": "allow", "localStorage": "allow"}"#;
    let kept = || node([Pod::named("web/a").owner(owners::NO_CONTROLLER)]);
    let system = || node([Pod::named("kube-system/dns"), Pod::named("web/b")]);
    let rows = [
        (DEFAULT, vec![node([])], vec!["pods 0 64", "room_short 12000", "use_above 8500"]),
        (
            DEFAULT,
            vec![node([]), system()],
            vec!["pods 0 64", "pod_names 0 64", "room_short 12000", "use_above 8500"],
        ),
        (DEFAULT, vec![kept()], vec!["pods 0 64"]),
        (
            DEFAULT,
            vec![kept(), node([]).use_above(1)],
            vec!["pods 0 64", "room_short 12000", "use_above 8500", "remains 1"],
        ),
        (pods_off, vec![kept()], vec!["room_short 12000", "use_above 8500"]),
        (
            r#"{"headroomPercent": 0, "capacityPercentMax": 0}"#,
            vec![system()],
            vec!["pods 0 64", "pod_names 0 64"],
        ),
        (DEFAULT, vec![], vec![]),
    ];
    for (settings, nodes, asked) in rows {
        let world = nodes.into_iter().fold(World::at(NOW), World::node);
        world.veto(&safety(settings)).expect("an answer");
        assert_eq!(world.asked(), asked, "{settings}");
    }
    let many = (0..130).fold(World::at(NOW), |world, n| world.node(Node::named(&format!("n{n:03}"))));
    many.veto(&safety(r#"{"headroomPercent": 0, "capacityPercentMax": 0}"#)).expect("an answer");
    assert_eq!(many.asked(), ["pods 0 64", "pods 64 64", "pods 128 64"]);
}

#[test]
fn pods_are_those_of_their_node() {
    let mut world = World::at(NOW);
    for n in 0..200 {
        let mut node = Node::named(&format!("n{n:03}"));
        for pod in 0..n % 5 {
            node = node.pod(Pod::named(&format!("web/p-{pod}")));
        }
        if n % 3 == 0 {
            node = node.pod(Pod::named("web/z").owner(owners::NO_CONTROLLER));
        }
        world = world.node(node);
    }
    let vetoed = world.veto(&safety(DEFAULT)).expect("an answer");
    let found: Vec<(u32, Option<u32>)> = vetoed.iter().map(|vetoed| (vetoed.node, vetoed.pod)).collect();
    let wanted: Vec<(u32, Option<u32>)> = (0..200).filter(|n| n % 3 == 0).map(|n| (n, Some(n % 5))).collect();
    assert_eq!(found, wanted);
}

#[test]
fn texts() {
    let young = Pod::named("kube-system/dns").started("2026-11-20T09:59:00Z");
    let volumes = Pod::named("web/a")
        .volume("config", volume_kinds::PROJECTED)
        .volume_that_does_not_count("cache", volume_kinds::EMPTY_DIR)
        .volume("data", volume_kinds::HOST_PATH);
    let remains = Remainder {
        cpu_alloc: 15_000,
        cpu_requested: 2_500,
        cpu_free: 12_500,
        cpu_moves: 13_000,
        memory_alloc: 64 << 30,
        memory_requested: 60 << 30,
        memory_free: 4 << 30,
        memory_moves: 1 << 30,
        ..Remainder::default()
    };
    let short = Node::named("n").remains(remains.clone());
    let nothing_left = Remainder { cpu_moves: 13_000, ..Remainder::default() };
    let rows = [
        (
            node([Pod::named("web/a").owner_missing()]),
            "the controller that controls pod {pod} does not exist: nothing would bring the pod back",
            "the pod gone or marked safe to evict, or missingController: allow",
        ),
        (
            node([young]),
            "system pod {pod} started 60 s ago and has no disruption budget; kept for 3600 s",
            "a disruption budget for the pod, its age, or the mark that it is safe to evict",
        ),
        (
            node([volumes]),
            "pod {pod} keeps data in hostPath volume {volume:2}",
            "the pod gone or marked safe to evict, or localStorage: allow",
        ),
        (
            short.clone().room_short(short_bits::CPU),
            "{node} has 13 CPU to move, 120 % of it is 15.6 CPU; free elsewhere is 12.5 CPU",
            "3.1 CPU more free elsewhere, or headroomPercent of at most 96",
        ),
        (
            short.use_above(short_bits::CPU | short_bits::MEMORY),
            "without {node}, 15.5 CPU of 15 CPU would be requested: 103.33 %, at most 85 % may be; \
             without {node}, 61 GiB memory of 64 GiB memory would be requested: 95.31 %, at most 85 % may be",
            "2.75 CPU less requested; and 6.6 GiB memory less requested, or capacityPercentMax of at least 96",
        ),
        (
            Node::named("n").remains(nothing_left).use_above(short_bits::CPU),
            "without {node}, 13 CPU of 0 CPU would be requested: more than there is, at most 85 % may be",
            "13 CPU less requested",
        ),
    ];
    for (node, text, flips) in rows {
        let vetoed = veto(DEFAULT, node).expect("a veto");
        assert_eq!(vetoed.why.text, text);
        assert_eq!(vetoed.why.flips.as_deref(), Some(flips));
    }
    let young = Pod::named("kube-system/dns").started("2026-11-20T09:59:00Z");
    let until = policy_sdk::civil::instant("2026-11-20T10:59:00Z");
    assert_eq!(veto(DEFAULT, node([young.clone()])).and_then(|vetoed| vetoed.until), until);
    assert_eq!(veto(DEFAULT, node([young.not_started()])).and_then(|vetoed| vetoed.until), None);
}

#[test]
fn settings_that_cannot_be_used() {
    let rows = [
        (r#"{"localStorage": "perhaps"}"#, "/localStorage"),
        (r#"{"headroomPercent": "plenty"}"#, "/headroomPercent"),
        (r#"{"headroomPercent": 120.5}"#, "/headroomPercent"),
        (r#"{"capacityPercentMax": 101}"#, "/capacityPercentMax"),
        (r#"{"minReplicas": -1}"#, "/minReplicas"),
        (r#"{"bare": true}"#, "/bare"),
        (r#"{"barePods": "keep"}"#, "/barePods"),
    ];
    for (settings, pointer) in rows {
        let told = kit::configure::<Safety>(settings, &World::at(NOW)).expect_err(settings);
        assert_eq!(told[0].pointer, pointer);
    }
    kit::check_schema::<Safety>(&World::at(NOW));
}

#[test]
fn nothing_makes_it_panic() {
    let words = ["bare", "minReplicas", "headroomPercent", "capacityPercentMax", "keep", "allow"];
    for seed in 0..5_000 {
        let mut chance = Chance::new(seed);
        let mut world = World::at_instant(chance.number());
        let settings = chance.settings(&words);
        let policy = Safety::configure(&Tree::new(&settings), &world)
            .unwrap_or_else(|_| safety(r#"{"minReplicas": 3}"#));
        for n in 0..3 {
            let mut node = Node::named(&format!("n{n}")).remains(chance.remainder());
            node = node.room_short(chance.number() as u32).use_above(chance.number() as u32);
            for pod in 0..chance.below(4) {
                let namespace = *chance.of(&["kube-system", "web"]);
                let name = chance.of(&["a", "etcd", "kube-", "k", "eüe"]);
                let pod = Pod::named(&format!("{namespace}/{name}-{pod}"))
                    .owner(chance.below(8) as u32)
                    .bits(chance.bits() as u32)
                    .replicas(chance.number() as i32);
                node = node.pod(pod);
            }
            world = world.node(node);
        }
        let mut batch = world.batch();
        if chance.one_in(3) {
            batch.tick.system_namespace = chance.number() as u32;
            batch.nodes.pods_listed = vec![chance.number() as u32; 3];
        }
        let vetoed = policy.veto(&batch, &world.host()).expect("an answer");
        assert!(vetoed.is_sorted_by(|a, b| a.node < b.node), "seed {seed}");
    }
}
