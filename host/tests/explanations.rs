//! What an explanation says is what was decided: of every node of the examples, at many hours, with
//! several sets of policies.

use decide::explain::Outcome;
use decide::memory::Memory;
use decide::plan::Verdict;
use decide::time::Time;
use decide::world::World;
use policy::Set;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use vpsie_autoscaler::{objects, tick};

/// 2026-11-20T09:50:00Z.
const FIRST: Time = Time(1_795_168_200);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is below the root").to_path_buf()
}

fn world(file: &str, now: Time) -> (World, Memory) {
    let inputs = objects::gather([root().join(file)]).expect("an example");
    let world = objects::read(&inputs, now).expect("it reads well").world;
    let mut memory = Memory::default();
    memory.absorb(&world);
    (world, memory)
}

#[test]
fn the_first_check_that_keeps_is_the_reason() {
    let closed = Set::load(&root().join("host/tests/inputs/policies-closed")).expect("usable policies");
    let mut reasons = BTreeSet::new();
    for file in ["examples/cluster.yaml", "examples/measured.yaml"] {
        for at in 0..24 {
            let (world, memory) = world(file, FIRST.plus(at * 150));
            for policies in [&Set::shipped(), &closed] {
                let plain = tick::decide(&world, &memory, policies, None).plan;
                for (node, entry) in plain.nodes.iter().enumerate() {
                    let id = decide::world::NodeId::new(node);
                    let decision = tick::decide(&world, &memory, policies, Some(id));
                    assert_eq!(decision.plan, plain, "an explanation changes nothing");
                    let it = decision.explanation.expect("it was asked for");
                    assert_eq!(it.node, entry.name);

                    let against = match &entry.verdict {
                        Verdict::Keep(reason) => Some(reason),
                        Verdict::Leaving { why, .. } => why.as_ref(),
                        Verdict::Remove { .. } => None,
                    };
                    let keeps = it.checks.iter().find(|it| it.outcome == Outcome::Keeps);
                    let rules: Vec<&str> = keeps.map_or(Vec::new(), |it| it.rule.split(", ").collect());
                    match against {
                        None => assert!(rules.is_empty(), "{} goes, but {keeps:?}", entry.name),
                        Some(reason) => {
                            reasons.insert(reason.name());
                            assert!(rules.contains(&reason.name()), "{}: {reason:?}, {keeps:?}", entry.name);
                        }
                    }
                    let reached = it.checks.iter().filter(|it| it.outcome != Outcome::NotReached);
                    for check in reached {
                        let fact = &check.fact;
                        assert!(!fact.value.is_empty() && !fact.limit.is_empty() && !fact.source.is_empty());
                    }
                    if let Some(score) = entry.score {
                        let sum: i64 = it.scores.iter().map(|it| i64::from(it.score) * it.weight).sum();
                        assert_eq!(sum, score, "{}", entry.name);
                    }
                }
            }
        }
    }
    assert!(reasons.len() >= 14, "the examples show {reasons:?}");
}
