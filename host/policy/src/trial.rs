//! Every hook of a guest, asked outside of any decision: what it says, and what that costs.

use crate::frame::Frame;
use crate::member::{self, Outcome};
use crate::paper::Sheet;
use crate::wasm::{Guest, Spent};
use decide::ask::{PaceAnswer, ScoreAnswer, VetoAnswer};
use decide::facts::Facts;
use decide::memory::Memory;
use decide::question::Question;
use decide::tick::Tick;
use decide::world::{NodeId, World};

/// How many nodes a vetoer is asked about singly.
const ALONE: usize = 16;

/// One call of one hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub hook: &'static str,
    pub said: Result<Said, String>,
    pub spent: Spent,
    pub fuel_max: u64,
    /// Lines that it wrote: level and text.
    pub log: Vec<(u32, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Paces(Vec<PaceAnswer>),
    Vetoes(Vec<VetoAnswer>),
    Scores(Vec<ScoreAnswer>),
}

/// A guest on trial.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trial<'g>(pub &'g Guest);

impl Trial<'_> {
    /// Every hook that it has, about a whole world with nothing decided yet.
    pub fn ask(self, world: &World) -> Vec<Asked> {
        with_question(world, |question| {
            let hooks = self.0.module.hooks().into_iter();
            hooks.map(|hook| self.call(hook, &frame(hook, question), question)).collect()
        })
    }

    /// One hook of those that [`ask`](Self::ask) asks, by its place among them, inside `around`: to
    /// measure it without the questions that are prepared for it.
    pub fn ask_timed(
        self,
        world: &World,
        hook: usize,
        around: impl FnOnce(&mut dyn FnMut()),
    ) -> Option<Asked> {
        with_question(world, |question| {
            let hook = *self.0.module.hooks().get(hook)?;
            let frame = frame(hook, question);
            let mut asked = None;
            around(&mut || asked = Some(self.call(hook, &frame, question)));
            asked
        })
    }

    /// A vetoer judges each node by itself: asked about the nodes in reverse, and about some alone, it
    /// must say the same as asked about all.
    ///
    /// # Errors
    ///
    /// The first node about which it does not, or how it failed.
    pub fn judges_one_by_one(self, world: &World) -> Result<(), String> {
        if self.0.module.exports.veto.is_none() {
            return Ok(());
        }
        with_question(world, |question| {
            let name = |it: NodeId| world.node(it).name.to_string();
            let backwards: Vec<NodeId> = question.nodes.iter().rev().copied().collect();
            let whole = self.vetoes(question, &question.nodes)?;
            let turned = self
                .vetoes(question, &backwards)
                .map_err(|it| format!("asked about the nodes in another order: {it}"))?;
            if let Some(node) = difference(&whole, &turned) {
                let name = name(node);
                return Err(format!(
                    "asked about the nodes in another order, it answers otherwise about {name}"
                ));
            }
            let step = question.nodes.len().div_ceil(ALONE).max(1);
            for node in question.nodes.iter().step_by(step) {
                let alone = self
                    .vetoes(question, std::slice::from_ref(node))
                    .map_err(|it| format!("asked about {} alone: {it}", name(*node)))?;
                if alone.first() != whole.iter().find(|it| it.node == *node) {
                    let name = name(*node);
                    return Err(format!("asked about {name} alone, it answers otherwise than among all"));
                }
            }
            Ok(())
        })
    }

    /// In the order of the nodes.
    fn vetoes(self, question: &Question<'_>, nodes: &[NodeId]) -> Result<Vec<VetoAnswer>, String> {
        match self.call("vetoer", &Frame::of(question, nodes), question).said? {
            Said::Vetoes(mut vetoes) => {
                vetoes.sort_by_key(|it| it.node);
                Ok(vetoes)
            }
            Said::Paces(_) | Said::Scores(_) => Err("it answered as another hook".to_owned()),
        }
    }

    fn call(self, hook: &'static str, frame: &Frame<'_, '_>, question: &Question<'_>) -> Asked {
        let (guest, batch) = (self.0, &frame.batch);
        let fuel_max = guest.fuel(batch);
        let asked = match hook {
            "windows" => {
                let fuel_max = guest.limits.fuel(batch.groups.len(), 0);
                member::paces(guest, frame).map(|it| asked(hook, it, Said::Paces, fuel_max))
            }
            "vetoer" => {
                let outcome = member::vetoes(guest, frame, Sheet::First(question));
                outcome.map(|it| asked(hook, it, Said::Vetoes, fuel_max))
            }
            _ => member::scores(guest, frame).map(|it| asked(hook, it, Said::Scores, fuel_max)),
        };
        asked.expect("the hooks that are asked are those that it has")
    }
}

/// What the hook is asked about.
fn frame<'q, 'w>(hook: &str, question: &'q Question<'w>) -> Frame<'q, 'w> {
    match hook {
        "windows" => Frame::of_groups(&question.tick),
        "vetoer" => Frame::of(question, &question.nodes),
        _ => Frame::of(question, &question.candidates),
    }
}

fn asked<T>(hook: &'static str, outcome: Outcome<T>, said: fn(Vec<T>) -> Said, fuel_max: u64) -> Asked {
    Asked { hook, said: outcome.answer.map(said), spent: outcome.spent, fuel_max, log: outcome.said }
}

/// The first node about which two answers, both in the order of the nodes, are not the same.
fn difference(one: &[VetoAnswer], other: &[VetoAnswer]) -> Option<NodeId> {
    let differs = one.iter().zip(other).find(|it| it.0 != it.1).map(|it| it.0.node.min(it.1.node));
    let longer = if one.len() > other.len() { one } else { other };
    differs.or_else(|| longer.get(one.len().min(other.len())).map(|it| it.node))
}

fn with_question<T>(world: &World, look: impl FnOnce(&Question<'_>) -> T) -> T {
    let mut memory = Memory::default();
    memory.absorb(world);
    let facts = Facts::of(world);
    let tick = Tick::open(&facts, &memory);
    look(&tick.shortlist(&[]).question)
}
