//! Which of two nodes goes first, by what they cost.

use cheapest_last::CheapestLast;
use policy_sdk::kit::{self, Node, World};

fn scores(settings: &str) -> Vec<(u32, i32, Option<String>)> {
    let world = World::at("2026-11-20T10:00:00Z")
        .node(Node::named("dear").price_per_hour(1_290_000_000))
        .node(Node::named("cheap").price_per_hour(49_999_999))
        .node(Node::named("unknown"))
        .node(Node::named("absurd").price_per_hour(i64::MAX));
    let policy: CheapestLast = kit::configure(settings, &world).expect("settings that can be used");
    world.score(&policy).expect("an answer").into_iter().map(|it| (it.node, it.score, it.why)).collect()
}

#[test]
fn the_dearer_goes_first() {
    let told = |text: &str| Some(text.to_owned());
    let absurd = (3, 1_000_000, told("costs 9223372036.85 an hour"));
    assert_eq!(
        scores("{}"),
        [(0, 1_290, told("costs 1.29 an hour")), (1, 40, told("costs 0.04 an hour")), absurd.clone()]
    );
    let settings = r#"{"points": 1, "cheapBelow": 5}"#;
    assert_eq!(
        scores(settings),
        [(0, 129, told("costs 1.29 an hour")), (1, 0, told("costs 0.04 an hour")), absurd]
    );
}

#[test]
fn the_schema_is_what_is_read() {
    kit::check_schema::<CheapestLast>(&World::at_instant(0));
}
