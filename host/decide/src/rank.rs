//! The order of removal. It is fixed once, before anything is settled.

use crate::ask::Scores;
use crate::marks;
use crate::question::Question;
use crate::roles::Role;
use crate::world::NodeId;
use std::collections::BTreeMap;

const PREFERS_NO_EVICTION: i64 = 1_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    pub node: NodeId,
    pub score: i64,
}

/// Best first: those whose drain can only go one pod after the other come last; then by score,
/// higher first; then by reluctance, less first; then by name.
#[must_use]
pub fn order(question: &Question<'_>, scores: &[Scores]) -> Vec<Ranked> {
    let sums = sums(scores);
    let tick = &question.tick;
    let mut ranked: Vec<((bool, std::cmp::Reverse<i64>, i64, NodeId), Ranked)> = question
        .candidates
        .iter()
        .map(|node| {
            let score = sums.get(node).copied().unwrap_or(0);
            let under = tick.ledger.under(tick.facts, *node);
            let key =
                (tick.ledger.is_serial(&under), std::cmp::Reverse(score), reluctance(question, *node), *node);
            (key, Ranked { node: *node, score })
        })
        .collect();
    ranked.sort_by_key(|it| it.0);
    ranked.into_iter().map(|it| it.1).collect()
}

/// The weighted sum of what the scorers say about each node.
fn sums(scores: &[Scores]) -> BTreeMap<NodeId, i64> {
    let mut sums = BTreeMap::new();
    for policy in scores {
        for it in policy.answer.iter().flatten() {
            let part = i64::from(it.score).saturating_mul(policy.weight);
            let sum: &mut i64 = sums.entry(it.node).or_insert(0);
            *sum = sum.saturating_add(part);
        }
    }
    sums
}

/// How little the pods that must move would like to.
fn reluctance(question: &Question<'_>, node: NodeId) -> i64 {
    let tick = &question.tick;
    let costs = tick.facts.with_role(node, Role::MOVES).map(|pod| {
        let annotations = tick.world.annotations_of(tick.world.pod(pod));
        let prefers = i64::from(marks::prefers_no_eviction(annotations));
        i64::from(marks::deletion_cost(annotations)) + prefers * PREFERS_NO_EVICTION
    });
    costs.sum()
}
