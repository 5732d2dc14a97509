//! The points of a candidate.

use policy_sdk::records::{Batch, Count, Fault, NONE, Scored, Table};
use policy_sdk::rows::Node;
use policy_sdk::{Host, Scorer};

use crate::Priority;

const DAY_SECS: i64 = 86_400;
const MILLI_A_CORE: u64 = 1_000;

/// Prices are in 10^-9 of the currency.
const PRICE_A_HUNDREDTH: i64 = 10_000_000;

const ZONE_LABEL: &str = "topology.kubernetes.io/zone";

impl Scorer for Priority {
    fn score(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Scored>, Fault> {
        let zones =
            if self.zone_imbalance > 0 { surplus(batch, host.view.tally(ZONE_LABEL)) } else { Vec::new() };
        let scored = batch.nodes().map(|node| {
            let surplus = zones.get(node.zone_symbol() as usize).copied().unwrap_or_default();
            let points = self.points(node, batch.tick.now, surplus);
            let sum = points.iter().fold(0, |sum: i64, (_, points)| sum.saturating_add(*points));
            Scored { why: self.explain.then(|| told(&points)), ..node.scored(sum) }
        });
        Ok(scored.collect())
    }
}

impl Priority {
    /// What adds to a score, and what takes off. Where anything ends at the edge of 64 bits, a score has long
    /// ended at its own: all that takes off is far smaller.
    fn points(&self, node: Node<'_>, now: i64, surplus: u32) -> [(&'static str, i64); 7] {
        let (cpu, memory) = node.usage().unwrap_or_default();
        // Hundredths of a percent, and the mean of two.
        let usage = (i64::from(cpu) + i64::from(memory)) * self.usage / 200;
        let idle_cores = node.cpu_alloc().saturating_sub(node.cpu_requested()) / MILLI_A_CORE;
        let price = node.price_per_hour().unwrap_or_default() / PRICE_A_HUNDREDTH;
        let age_secs = node.created().map_or(0, |created| now.saturating_sub(created));
        let each = |number: i64, weight: i64| number.saturating_mul(weight);
        [
            ("use", -usage),
            ("pods", -each(node.pods().into(), self.pod)),
            ("kube-system pods", -each(node.system_pods().into(), self.system_pod)),
            ("price", each(price, self.price)),
            ("age", each(age_secs.max(0) / DAY_SECS, self.age)),
            ("zone", each(surplus.into(), self.zone_imbalance)),
            ("idle cores", each(idle_cores as i64, self.large_waste_first)),
        ]
    }
}

/// How many ready nodes the zone of each symbol has more than the zone with the fewest.
fn surplus(batch: &Batch, (zones, counts): (Table, Vec<Count>)) -> Vec<u32> {
    let fewest = counts.iter().map(|count| count.ready).min().unwrap_or_default();
    let mut surplus = vec![0; batch.symbols.len()];
    for (zone, count) in zones.iter().zip(&counts) {
        let symbol = batch.symbols.find(zone).unwrap_or(NONE);
        if let Some(surplus) = surplus.get_mut(symbol as usize) {
            *surplus = count.ready - fewest;
        }
    }
    surplus
}

fn told(points: &[(&str, i64)]) -> String {
    let mut told = String::new();
    for (what, points) in points.iter().filter(|(_, points)| *points != 0) {
        let comma = if told.is_empty() { "" } else { ", " };
        told.push_str(&format!("{comma}{what} {points:+}"));
    }
    told
}

#[cfg(test)]
mod tests {
    use policy_sdk::kit::{self, Chance, Node, Pod, World};
    use policy_sdk::records::{NONE, NONE_TIME};
    use policy_sdk::settings::Tree;
    use policy_sdk::{Policy, Scorer};

    use crate::Priority;

    fn priority(settings: &str) -> Priority {
        kit::configure(settings, &World::at_instant(0)).expect("settings that can be used")
    }

    fn with_pods(node: Node, names: &[&str]) -> Node {
        names.iter().fold(node, |node, name| node.pod(Pod::named(name)))
    }

    #[test]
    fn points_of_a_node() {
        let node = || Node::named("n");
        let web = ["web/a", "web/b", "web/c"];
        let rows = [
            ("nothing on it", "{}", node(), 0),
            ("half a percent is cut", "{}", with_pods(node().usage(7_50, 3_00), &web), -352),
            ("a hundredth is cut", "{}", node().usage(10_19, 10_00), -100),
            ("a mean of both", "{}", node().usage(10_50, 12_00), -112),
            ("pods", "{}", with_pods(node(), &web), -300),
            ("kube-system", "{}", with_pods(node(), &["kube-system/dns", "web/a"]), -700),
            ("use is not known", "{}", with_pods(node().usage_unknown(), &["web/a"]), -100),
            ("all off", r#"{"usage":0,"pod":0}"#, with_pods(node().usage(80_00, 80_00), &web), 0),
            ("usage", r#"{"usage": 100}"#, node().usage(7_55, 3_00), -527),
            ("price in cents", r#"{"price": 3}"#, node().price_per_hour(129_999_999), 36),
            ("no price", r#"{"price": 3}"#, node(), 0),
            ("days", r#"{"age": 2}"#, node().created("2026-11-10T10:00:01Z"), 18),
            ("young", r#"{"age": 2}"#, node().created("2027-01-01T00:00:00Z"), 0),
            ("no age", r#"{"age": 2}"#, node(), 0),
            ("cores", r#"{"largeWasteFirst": 10}"#, node().cpu(9_000, 1_001), 70),
            ("overfull", r#"{"largeWasteFirst": 10}"#, node().cpu(1_000, 5_000), 0),
            ("most", r#"{"price": 1000000}"#, node().price_per_hour(i64::MAX), 1_000_000),
            ("least", r#"{"usage": 1000000}"#, node().usage(NONE, NONE), -1_000_000),
        ];
        for (what, settings, node, score) in rows {
            let world = World::at("2026-11-20T10:00:00Z").node(node);
            let scored = world.score(&priority(settings)).expect("an answer");
            let ours: Vec<_> = scored.iter().map(|scored| (scored.node, scored.score)).collect();
            assert_eq!(ours, [(0, score)], "{what}");
            assert_eq!(scored[0].why, None, "{what}");
            assert_eq!(world.asked(), [""; 0], "{what}");
        }
    }

    #[test]
    fn the_fuller_zone_gives_first() {
        let in_zone = |name, zone| Node::named(name).zone(zone);
        let world = World::at("2026-11-20T10:00:00Z")
            .node(in_zone("a1", "a"))
            .node(in_zone("a2", "a"))
            .node(in_zone("a3", "a"))
            .node(in_zone("b1", "b"))
            .node(Node::named("nowhere"));
        let scored = world.score(&priority(r#"{"zoneImbalance": 7}"#)).expect("an answer");
        let scores: Vec<i32> = scored.iter().map(|scored| scored.score).collect();
        assert_eq!(scores, [14, 14, 14, 0, 0]);
    }

    /// Small nodes of one core, moderate ones of four and a big one of nine, with a pod of one core each.
    /// Taking the big one first leaves 6 of 6 cores requested; draining the moderate ones onto it leaves 6 of
    /// 11.
    #[test]
    fn the_largest_waste_goes_first() {
        let node = |name, cores: u32| {
            let node = Node::named(name).cpu(u64::from(cores) * 1_000, 1_000);
            // The pods are busy on the big node alone, which the default weights would leave for last.
            let busy = if cores > 4 { 40_00 } else { 5_00 };
            node.usage(busy, busy).pod(Pod::named("web/one-core"))
        };
        let world = World::at("2026-11-20T10:00:00Z")
            .node(node("moderate-1", 4))
            .node(node("moderate-2", 4))
            .node(node("moderate-3", 4))
            .node(node("big", 9))
            .node(node("small", 1));
        let best = |settings| {
            let scored = world.score(&priority(settings)).expect("an answer");
            let best = scored.iter().max_by_key(|scored| scored.score).map(|scored| scored.node);
            let batch = world.batch();
            best.and_then(|node| batch.node(node)).map(|node| node.name().to_owned())
        };
        assert_ne!(best("{}").as_deref(), Some("big"));
        assert_eq!(best(r#"{"largeWasteFirst": 100}"#).as_deref(), Some("big"));
    }

    #[test]
    fn a_score_can_be_explained() {
        let node = Node::named("n").usage(7_50, 3_00).cpu(4_000, 0).pod(Pod::named("web/a"));
        let world = World::at("2026-11-20T10:00:00Z").node(node);
        let policy = priority(r#"{"explain": true, "largeWasteFirst": 2}"#);
        let scored = world.score(&policy).expect("an answer");
        assert_eq!(scored[0].why.as_deref(), Some("use -52, pods -100, idle cores +8"));
    }

    #[test]
    fn settings_that_cannot_be_used() {
        let rows = [
            (r#"{"usage": -1}"#, "/usage"),
            (r#"{"pod": 1000001}"#, "/pod"),
            (r#"{"systempod": 1}"#, "/systempod"),
            (r#"{"price": "high"}"#, "/price"),
            (r#"{"explain": 1}"#, "/explain"),
        ];
        for (settings, pointer) in rows {
            let told = kit::configure::<Priority>(settings, &World::at_instant(0)).unwrap_err();
            assert_eq!(told[0].pointer, pointer);
        }
        kit::check_schema::<Priority>(&World::at_instant(0));
    }

    #[test]
    fn nothing_makes_it_panic() {
        let words = ["usage", "pod", "systemPod", "price", "age", "largeWasteFirst", "explain"];
        for seed in 0..2_000 {
            let mut chance = Chance::new(seed);
            let world = World::at_instant(chance.number());
            let settings = chance.settings(&words);
            let Ok(policy) = Priority::configure(&Tree::new(&settings), &world) else {
                continue;
            };
            let node = Node::named("n")
                .usage(chance.number() as u32, chance.number() as u32)
                .cpu(chance.number() as u64, chance.number() as u64)
                .price_per_hour(chance.number());
            let world = world.node(node.zone("a")).node(Node::named("m").zone("b"));
            let mut batch = world.batch();
            batch.nodes.created = vec![chance.number(), NONE_TIME];
            batch.nodes.pods = vec![chance.number() as u32];
            let scored = policy.score(&batch, &world.host()).expect("an answer");
            assert!(scored.iter().all(|scored| scored.score.abs() <= 1_000_000), "seed {seed}");
        }
    }
}
