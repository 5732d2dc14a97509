//! One policy that is new, beside the recorded answers of the others.

use crate::voices::{Answered, Voices};
use decide::ask::{Answers, Fault, Paces, VetoAnswer};
use decide::question::Question;
use decide::settle::{Again, Settle};
use decide::tick::Tick;
use decide::world::Name;
use policy::Set;
use std::cell::Cell;

/// It takes the place of the recorded one of its name, or comes last.
#[derive(Debug)]
pub struct Beside<'a> {
    recorded: &'a Answered,
    new: &'a Set,
    names: Vec<Name>,
    unheard: Cell<usize>,
}

impl<'a> Beside<'a> {
    #[must_use]
    pub fn of(recorded: &'a Answered, new: &'a Set) -> Beside<'a> {
        let names = new.lines().into_iter().map(|it| it.name).collect();
        Beside { recorded, new, names, unheard: Cell::default() }
    }

    /// How many second questions nobody could answer, because they were not put when this was recorded.
    /// They count as answered with nothing against the node.
    #[must_use]
    pub fn unheard(&self) -> usize {
        self.unheard.get()
    }

    fn joined<A: Clone>(&self, recorded: &[A], new: Vec<A>, name: impl Fn(&A) -> &Name) -> Vec<A> {
        let mut new = new;
        let mut joined = Vec::new();
        for it in recorded {
            match new.iter().position(|new| name(new) == name(it)) {
                Some(at) => joined.push(new.remove(at)),
                None if self.names.contains(name(it)) => {}
                None => joined.push(it.clone()),
            }
        }
        joined.extend(new);
        joined
    }
}

impl Voices for Beside<'_> {
    fn paces(&self, tick: &Tick<'_>) -> Vec<Paces> {
        self.joined(&self.recorded.paces, self.new.paces(tick), |it| &it.policy)
    }

    fn answers(&self, question: &Question<'_>) -> Answers {
        let Answers { vetoes, mut scores } = self.new.answers(question);
        for it in &mut scores {
            if let Some(held) = self.recorded.answers.scores.iter().find(|held| held.policy == it.policy) {
                it.weight = held.weight;
            }
        }
        Answers {
            vetoes: self.joined(&self.recorded.answers.vetoes, vetoes, |it| &it.policy),
            scores: self.joined(&self.recorded.answers.scores, scores, |it| &it.policy),
        }
    }

    fn again(&self, settle: &Settle<'_>, again: &Again) -> Result<Option<VetoAnswer>, Fault> {
        if self.names.contains(&again.policy) {
            return self.new.again(settle, again);
        }
        self.recorded.to(again).cloned().unwrap_or_else(|| {
            self.unheard.set(self.unheard.get() + 1);
            Ok(None)
        })
    }
}
