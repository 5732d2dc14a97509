//! What a policy in shadow would have changed, in words; none where nothing.

use decide::ask::{Paces, Scores, Vetoes};
use decide::pace;
use decide::question::Question;
use decide::rank;
use decide::world::World;
use std::collections::BTreeSet;

/// How many names a remark lists.
const NAMES_MAX: usize = 5;

pub(crate) fn paces(world: &World, enforced: &[Paces], shadow: &Paces) -> Option<String> {
    let before = pace::paces(world, enforced);
    let mut all = enforced.to_vec();
    all.push(shadow.clone());
    let after = pace::paces(world, &all);
    let numbers = |it: &pace::Pace| {
        (it.cpu.value, it.memory.value, it.window.value, it.at_once.value, it.disabled.is_some())
    };
    let changed = before.iter().zip(&after).zip(&world.groups);
    let changed = changed.filter(|((before, after), _)| numbers(before) != numbers(after));
    told("would change the pace of", changed.map(|(_, group)| &*group.name))
}

pub(crate) fn vetoes(question: &Question<'_>, enforced: &[Vetoes], shadow: &Vetoes) -> Option<String> {
    let kept: BTreeSet<_> =
        enforced.iter().flat_map(|it| it.answer.iter().flatten()).map(|it| it.node).collect();
    let more = shadow.answer.iter().flatten().filter(|it| !kept.contains(&it.node));
    told("would also keep", more.map(|it| &*question.tick.world.node(it.node).name))
}

pub(crate) fn scores(question: &Question<'_>, enforced: &[Scores], shadow: &Scores) -> Option<String> {
    let first = |scores: &[Scores]| rank::order(question, scores).first().map(|it| it.node);
    let before = first(enforced)?;
    let mut all = enforced.to_vec();
    all.push(shadow.clone());
    let after = first(&all)?;
    let name = |it| &question.tick.world.node(it).name;
    (before != after).then(|| format!("would put {} first and not {}", name(after), name(before)))
}

fn told<'n>(what: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    let listed = names[..names.len().min(NAMES_MAX)].join(", ");
    match names.len() {
        0 => None,
        1..=NAMES_MAX => Some(format!("{what} {listed}")),
        more => Some(format!("{what} {listed} and {} more", more - NAMES_MAX)),
    }
}
