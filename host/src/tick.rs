//! The loop body, readable aloud. Nothing in here decides: `decide` does, with what those answer
//! who have a voice.

use crate::clock::Stopwatch;
use crate::voices::Voices;
use decide::explain::{Before, Explanation};
use decide::facts::Facts;
use decide::memory::Memory;
use decide::plan::Plan;
use decide::tick::Tick;
use decide::world::{NodeId, World};
use std::time::Duration;

#[derive(Debug)]
pub struct Decision {
    pub plan: Plan,
    /// Of the node that somebody asked about.
    pub explanation: Option<Explanation>,
    /// How long the policies took.
    pub asking: Duration,
}

/// One decision about the whole world, with an explanation of one node where that is wanted.
#[must_use]
pub fn decide(world: &World, memory: &Memory, voices: &impl Voices, explain: Option<NodeId>) -> Decision {
    within(world, memory, voices, None, explain)
}

/// The same, with so many (pod, node) checks for finding out which candidates can be judged.
#[must_use]
pub fn within(
    world: &World,
    memory: &Memory,
    voices: &impl Voices,
    time_box: Option<u64>,
    explain: Option<NodeId>,
) -> Decision {
    let mut asking = Stopwatch::default();
    let facts = Facts::of(world);
    let tick = Tick::open(&facts, memory);

    let paces = asking.time(|| voices.paces(&tick));
    let shortlist = tick.shortlist(&paces);
    let answers = asking.time(|| voices.answers(&shortlist.question));

    let before = explain.map(|it| Before::of(&shortlist, &answers, it));
    let mut settle = shortlist.settle(answers, time_box);
    if let Some(node) = explain {
        settle.watch(node);
    }
    while let Some(again) = settle.next_question() {
        let answer = asking.time(|| voices.again(&settle, &again));
        settle.answer(answer);
    }
    let turn = settle.watched().cloned();
    let plan = settle.finish();

    let explanation = before.map(|it| it.explain(turn.as_ref(), &plan));
    Decision { plan, explanation, asking: asking.total }
}
