//! No settings, annotations or time make it panic, and every answer is one that a host takes.

use policy_sdk::kit::{Chance, Group, Node, World};
use policy_sdk::settings::Tree;
use policy_sdk::{Policy, Vetoer, Windows};
use schedule::Schedule;

use crate::schedule;

const WORDS: [&str; 18] = [
    "zone",
    "mode",
    "preset",
    "windows",
    "allow",
    "freeze",
    "annotations",
    "days",
    "from",
    "to",
    "groups",
    "removals",
    "balanced",
    "disabled",
    "production",
    "cost-saving",
    "lenient",
    "Fri-Mon",
];

const KEYS: [&str; 4] =
    ["scale-down", "scale-down-allowed-hours", "scale-down-allowed-days", "scale-down-zone"];

/// What is used where the arbitrary settings are refused, as most are.
const USABLE: [&str; 3] = [
    "{}",
    r#"{"preset": "cost-saving", "mode": "conservative", "annotations": "lenient"}"#,
    r#"{"windows": [{"days": "Fri-Mon", "from": "22:00", "to": "02:15", "removals": 0}],
        "allow": [{"from": "01:00", "to": "23:00"}, {"from": "0000-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}],
        "freeze": [{"from": "2026-12-23T17:00:00Z", "to": "2027-01-02T06:00:00Z"}]}"#,
];

#[test]
fn nothing_makes_it_panic() {
    for seed in 0..20_000 {
        let mut chance = Chance::new(seed);
        let start = World::at_instant(chance.number());
        let settings = chance.settings(&WORDS);
        let policy = Schedule::configure(&Tree::new(&settings), &start)
            .unwrap_or_else(|_| schedule(chance.of::<&str>(&USABLE)));
        let mut world = start.group(Group::named("workers").at_once(chance.number() as u32));
        for n in 0..4 {
            let mut node = Node::named(&format!("n{n}")).group("workers");
            for key in KEYS {
                if chance.one_in(2) {
                    node = node.annotation(&format!("autoscaler.vpsie.com/{key}"), &chance.text());
                }
            }
            world = world.node(node);
        }
        let batch = world.batch();
        let host = world.host();
        let paces = policy.paces(&batch.tick, &batch.symbols, &batch.groups, &host);
        let paces = paces.expect("an answer");
        assert_eq!(paces.len(), 1);
        assert!(paces[0].until.is_none_or(|until| until > batch.tick.now), "seed {seed}");
        let vetoed = policy.veto(&batch, &host).expect("an answer");
        assert!(vetoed.iter().all(|vetoed| (vetoed.node as usize) < 4), "seed {seed}");
        assert!(vetoed.is_sorted_by_key(|vetoed| vetoed.node), "seed {seed}");
    }
}
