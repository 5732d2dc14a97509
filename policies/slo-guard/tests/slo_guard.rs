//! When an alert keeps a node.

use policy_sdk::civil::instant;
use policy_sdk::kit::{self, Group, Node, World};
use slo_guard::SloGuard;

const KEY: &str = "autoscaler.vpsie.com/slo-breach-until";

/// The node, the code and the end of each veto.
fn kept(settings: &str) -> Vec<(u32, String, Option<i64>)> {
    let node = |name: &str| Node::named(name).group("workers");
    let world = World::at("2026-11-20T10:00:00Z")
        .group(Group::named("workers"))
        .group(Group::named("db").annotation(KEY, "2026-11-20T10:30:00Z"))
        .node(node("missed").annotation(KEY, "2026-11-20T11:00:00Z"))
        .node(node("over").annotation(KEY, "2026-11-20T10:00:00Z"))
        .node(node("odd").annotation(KEY, "soon"))
        .node(node("plain"))
        .node(Node::named("of-a-group").group("db"))
        .node(Node::named("over-in-a-group").group("db").annotation(KEY, "2026-11-20T09:00:00Z"))
        .node(Node::named("alone"));
    let policy: SloGuard = kit::configure(settings, &world).expect("settings that can be used");
    let vetoed = world.veto(&policy).expect("an answer");
    vetoed.into_iter().map(|it| (it.node, it.why.code, it.until)).collect()
}

#[test]
fn who_is_kept() {
    let missed = (0, "slo-breach".to_owned(), instant("2026-11-20T11:00:00Z"));
    let odd = (2, "slo-unreadable".to_owned(), None);
    let group = |node| (node, "slo-breach".to_owned(), instant("2026-11-20T10:30:00Z"));
    assert_eq!(kept("{}"), [missed.clone(), odd, group(4), group(5)]);
    assert_eq!(kept(r#"{"unreadable": "allow"}"#), [missed, group(4), group(5)]);
    assert_eq!(kept(r#"{"annotation": "example.com/other"}"#), []);
}

#[test]
fn settings_that_cannot_be_used() {
    let told = kit::configure::<SloGuard>(r#"{"unreadable": "kep"}"#, &World::at_instant(0)).unwrap_err();
    assert_eq!(told[0].pointer, "/unreadable");
    assert_eq!(told[0].text, r#"found "kep", expected one of keep, allow; did you mean "keep"?"#);
    kit::check_schema::<SloGuard>(&World::at_instant(0));
}
