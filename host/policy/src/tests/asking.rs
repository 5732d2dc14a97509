//! Who is asked what, in which order, and on whose paper.

use super::hostile::{Guest, alone, member};
use super::{Cluster, decide, labels, verdict};
use crate::Set;
use crate::member::Manner;
use decide::ask::PaperAsk;
use decide::world::NodeId;
use policy_sdk::Host;
use policy_sdk::records::{Batch, Fault, Reason, Vetoed};
use policy_sdk::rows::Node;

/// Two empty nodes beside one of ten cores. Without both, what is requested is a hundredth of it,
/// in percent.
fn two_empty(requested: i64) -> Cluster {
    Cluster::new().node("n10", 4).node("n11", 4).node("keeper", 10).pod("base/fill-0", "keeper", requested)
}

#[test]
fn the_second_of_two_is_asked_about_again_on_the_changed_paper() {
    let set = Set::shipped();
    let decision = decide(&two_empty(8_600).world(), &set);
    assert_eq!(verdict(&decision.plan, "n10"), "Remove");
    assert_eq!(verdict(&decision.plan, "n11"), "Vetoed safety capacity");
    assert_eq!(decision.again, [("safety".into(), "n11".into())]);

    let decision = decide(&two_empty(8_500).world(), &set);
    assert_eq!(verdict(&decision.plan, "n10"), "Remove");
    assert_eq!(verdict(&decision.plan, "n11"), "Remove");
    assert_eq!(decision.again, [], "85 % is not above 85 %");
}

#[test]
fn windows_are_asked_first_and_vetoers_in_the_order_of_the_set() {
    let disabled = |node: &mut decide::world::Node| {
        node.annotations = labels(&[
            ("autoscaler.vpsie.com/idle-since", "2026-11-20T09:40:00Z"),
            ("autoscaler.vpsie.com/scale-down", "disabled"),
        ]);
    };
    let bare = |_: &mut _, pod: &mut decide::world::Pod, _: &mut _| pod.owner = None;
    let world = Cluster::new()
        .node_with("both", 8, disabled)
        .pod_with("web/bare-1", "both", 100, bare)
        .node("one", 8)
        .pod_with("web/bare-2", "one", 100, bare)
        .world();
    let decision = decide(&world, &Set::shipped());
    let asked = |it: &decide::ask::Vetoes| it.policy.to_string();
    assert_eq!(decision.paces.iter().map(|it| it.policy.to_string()).collect::<Vec<_>>(), ["schedule"]);
    assert_eq!(decision.answers.vetoes.iter().map(asked).collect::<Vec<_>>(), ["schedule", "safety"]);
    assert_eq!(decision.answers.scores.iter().map(|it| &*it.policy).collect::<Vec<_>>(), ["priority"]);
    assert_eq!(verdict(&decision.plan, "both"), "Vetoed schedule annotation-disabled");
    assert_eq!(verdict(&decision.plan, "one"), "Vetoed safety not-replicated");
    assert_eq!(decision.again, []);
}

#[test]
fn the_shipped_score_is_the_documented_one() {
    let world = Cluster::new()
        .node("n", 10)
        .node("m", 10)
        .pod("web/a", "n", 1_500)
        .pod("kube-system/b", "n", 500)
        .world();
    let decision = decide(&world, &Set::shipped());
    let score = decision.plan.nodes.iter().find(|it| &*it.name == "n").and_then(|it| it.score);
    // CPU 20 %, memory 3.12 %: ten times the mean is 115.6; two pods, one of them of kube-system.
    assert_eq!(score, Some(-(115 + 200 + 500)));
}

#[test]
fn what_an_answer_rested_on_is_noted_once_in_order() {
    let guest = Guest::Vetoer(|batch, host| {
        let short = host.paper.room_short(12_000);
        assert_eq!(short, [0, 0]);
        host.paper.fewer_than("topology.kubernetes.io/zone", 2);
        host.paper.room_short(12_000);
        host.paper.use_above(8_500);
        host.paper.remains(1);
        host.paper.remains(1);
        assert_eq!(batch.nodes.name.len(), 2);
        Ok(Vec::new())
    });
    let decision = decide(&two_empty(8_600).world(), &alone(guest, Manner::default()));
    assert_eq!(
        decision.answers.vetoes[0].rested_on,
        [
            PaperAsk::RoomShort { hundredths: 12_000 },
            PaperAsk::FewerThan { label: "topology.kubernetes.io/zone".into(), least: 2 },
            PaperAsk::UseAbove { hundredths: 8_500 },
            PaperAsk::Remains { node: NodeId(2) },
        ]
    );
}

#[test]
fn a_node_whose_numbers_were_read_is_always_asked_about_again() {
    fn read(batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        let all = 0..batch.nodes.name.len() as u32;
        let removed: Vec<u32> = all.map(|it| host.paper.remains(it).removed).collect();
        // The first time about both, then about the second alone, without the first.
        assert!(removed == [0, 0] || removed == [1], "{removed:?}");
        Ok(Vec::new())
    }
    let decision = decide(&two_empty(6_000).world(), &alone(Guest::Vetoer(read), Manner::default()));
    assert_eq!(decision.again, [("guest".into(), "n11".into())]);
    assert_eq!(decision.plan.removals.len(), 2);
}

/// The pods of a node are off the floor while it is asked about again; the batch is the one of the
/// start of the tick all the same.
#[test]
fn who_is_asked_again_sees_the_node_as_it_was() {
    fn seen(batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        host.paper.remains(0);
        let row = batch.nodes().find(|it| it.name() == "b").map(|it| {
            let pods = host.view.pod_names(it.index(), 1);
            let columns = (it.cpu_requested(), it.cpu_moves(), it.usage(), it.pods(), it.pods_moving());
            format!("{columns:?} {:?} {:?}", pods.iter().collect::<Vec<_>>(), batch.tick.candidates)
        });
        let Some(text) = row else { return Ok(Vec::new()) };
        let why = Reason { code: "seen".into(), text, flips: None };
        // At first it only looks; about one node it tells.
        let alone = batch.nodes.name.len() == 1;
        host.paper.remains(batch.nodes.name.len() as u32 - 1);
        Ok(if alone { vec![Vetoed { why, ..Vetoed::default() }] } else { Vec::new() })
    }
    let world = Cluster::new()
        .node("a", 8)
        .node("b", 8)
        .node("keeper", 32)
        .pod("web/a", "a", 400)
        .pod("web/b", "b", 800)
        .pod("web/k", "keeper", 17_000)
        .world();
    let decision = decide(&world, &alone(Guest::Vetoer(seen), Manner::default()));
    assert_eq!(decision.again, [("guest".into(), "b".into())]);
    let entry = decision.plan.nodes.iter().find(|it| &*it.name == "b").expect("a node");
    let told = format!("{:?}", entry.verdict);
    assert!(told.contains(r#"(800, 800, Some((1000, 156)), 1, 1) [\"b\"] 2"#), "{told}");
}

#[test]
fn a_fault_in_the_second_answer_keeps_the_node() {
    fn moody(batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        let nodes = batch.nodes.name.len();
        for node in 0..nodes {
            host.paper.remains(node as u32);
        }
        assert!(nodes > 1, "not again");
        Ok(Vec::new())
    }
    let decision = decide(&two_empty(6_000).world(), &alone(Guest::Vetoer(moody), Manner::default()));
    assert_eq!(verdict(&decision.plan, "n10"), "Remove");
    assert_eq!(verdict(&decision.plan, "n11"), "PolicyFault guest: panicked: not again");
}

#[test]
fn scorers_are_asked_about_candidates_and_vetoers_about_leaving_nodes_too() {
    fn none<T>(batch: &Batch, _: &Host<'_>) -> Result<Vec<T>, Fault> {
        Err(Fault { code: "nodes".into(), text: batch.nodes().map(Node::name).collect::<Vec<_>>().join(" ") })
    }
    let world = Cluster::new()
        .node("a", 8)
        .node_with("gone", 8, |node| {
            node.taints = vec![decide::world::Taint {
                key: "autoscaler.vpsie.com/leaving".into(),
                value: "".into(),
                effect: decide::world::Effect::NoSchedule,
                since: None,
            }];
            node.annotations = labels(&[("autoscaler.vpsie.com/leaving-since", "2026-11-20T09:59:00Z")]);
        })
        .world();
    let members = vec![
        member("v", Guest::Vetoer(none), Manner::default()),
        member("s", Guest::Scorer(none), Manner::default()),
    ];
    let answers = decide(&world, &Set::of(members)).answers;
    assert_eq!(answers.vetoes[0].answer, Err("nodes: a gone".into()));
    assert_eq!(answers.scores[0].answer, Err("nodes: a".into()));
}

#[test]
fn the_same_world_gets_the_same_answers() {
    let world = two_empty(8_600).world();
    let (one, other) = (decide(&world, &Set::shipped()), decide(&world, &Set::shipped()));
    assert_eq!((one.paces, one.answers, one.again), (other.paces, other.answers, other.again));
}

#[test]
fn a_set_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Set>();
}

/// After the first of many empty nodes went, every other one is asked about again and kept.
#[test]
fn a_thousand_second_questions_take_a_moment() {
    let mut cluster = Cluster::new().settings(|it| it.global.removals_at_once = 2_000);
    for number in 0..1_000 {
        cluster = cluster.node(&format!("n-{number:04}"), 1);
    }
    let keeper = |node: &mut decide::world::Node| node.allocatable.cpu = 1_000_000;
    let world = cluster.node_with("z", 1_000, keeper).pod("base/fill", "z", 1_699_000).world();
    let start = std::time::Instant::now();
    let decision = decide(&world, &Set::shipped());
    println!("{} second questions: {:?}", decision.again.len(), start.elapsed());
    assert!(decision.again.len() >= 998);
    assert!(start.elapsed().as_secs() < 5);
}
