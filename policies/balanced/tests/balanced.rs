//! The published formula, by hand.

use balanced::Balanced;
use policy_sdk::kit::{self, Group, Node, Pod, World};
use policy_sdk::records::pod_bits;

const CENT: i64 = 10_000_000;

fn node(name: &str, cents: i64, pods: &[Pod]) -> Node {
    let node = Node::named(name).group("workers").price_per_hour(cents * CENT);
    pods.iter().cloned().fold(node, Node::pod)
}

fn scores(settings: &str, nodes: impl IntoIterator<Item = Node>) -> Vec<(u32, i32)> {
    let world = World::at("2026-11-20T10:00:00Z").group(Group::named("workers")).group(Group::named("other"));
    let world = nodes.into_iter().fold(world, World::node);
    let policy: Balanced = kit::configure(settings, &world).expect("settings that can be used");
    world.score(&policy).expect("an answer").iter().map(|it| (it.node, it.score)).collect()
}

#[test]
fn savings_over_disruption() {
    let pod = |name: &str| Pod::named(&format!("web/{name}"));
    let daemon = || pod("agent").bits(pod_bits::DAEMON);
    // Of 100 cents and a disruption of 1 + 2 + 4 = 7: 20 % for 1/7, 30 % for 2/7, 50 % for 4/7.
    let nodes = || {
        [
            node("empty", 20, &[daemon()]),
            node("one", 30, &[pod("a")]),
            node("three", 50, &[pod("b"), pod("c"), pod("d")]),
            node("unpriced", -1, &[]).group("other"),
            Node::named("alone").price_per_hour(CENT),
        ]
    };
    assert_eq!(scores("{}", nodes()), [(0, 1_400 - 500), (1, 1_050 - 500), (2, 875 - 500)]);
    assert_eq!(scores(r#"{"k": 1}"#, nodes()), [(0, 400), (1, 50), (2, -125)]);
}

#[test]
fn dear_pods_disturb_more() {
    let pod = |name: &str| Pod::named(&format!("web/{name}"));
    let nodes = [
        node("critical", 10, &[pod("a").priority(2_000_000_000)]),
        node("cheap", 10, &[pod("b").deletion_cost(i32::MIN)]),
        node("plain", 10, &[pod("c")]),
    ];
    // 1 + 10, 1 + 0, 1 + 1: 14 in sum, and a third of the cost each.
    assert_eq!(scores("{}", nodes), [(0, 424 - 500), (1, 4_666 - 500), (2, 2_333 - 500)]);
}

#[test]
fn the_schema_is_what_is_read() {
    kit::check_schema::<Balanced>(&World::at_instant(0));
}
