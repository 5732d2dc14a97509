//! Which zones may shrink.

use policy_sdk::kit::{self, Node, World};
use zone_balance::ZoneBalance;

/// The names of the zones whose nodes are kept, one for each node.
fn kept(settings: &str, zones: &[&str]) -> Vec<String> {
    let node = |(at, zone): (usize, &&str)| Node::named(&format!("n{at}")).zone(zone);
    let nodes = zones.iter().enumerate().map(node).chain([Node::named("nowhere")]);
    let world = nodes.fold(World::at("2026-11-20T10:00:00Z"), World::node);
    let policy: ZoneBalance = kit::configure(settings, &world).expect("settings that can be used");
    let vetoed = world.veto(&policy).expect("an answer");
    vetoed.iter().map(|it| zones[it.node as usize].to_owned()).collect()
}

#[test]
fn the_smallest_zone_stays() {
    assert_eq!(kept("{}", &["a", "a", "b", "b"]), [""; 0], "even zones may shrink by the skew");
    assert_eq!(kept("{}", &["a", "a", "a", "b", "b"]), ["b", "b"]);
    assert_eq!(kept("{}", &["a", "a", "a", "b"]), ["b"]);
    assert_eq!(kept(r#"{"skew": 2}"#, &["a", "a", "a", "b", "b"]), [""; 0]);
    assert_eq!(kept("{}", &[]), [""; 0]);
}

#[test]
fn the_schema_is_what_is_read() {
    kit::check_schema::<ZoneBalance>(&World::at_instant(0));
}
