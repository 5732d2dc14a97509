//! Who answers the questions of a decision: the policies, or a recording of what they once answered.

use decide::ask::{Answers, Fault, Paces, VetoAnswer};
use decide::question::Question;
use decide::settle::{Again, Settle};
use decide::tick::Tick;
use policy::Set;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

pub trait Voices {
    fn paces(&self, tick: &Tick<'_>) -> Vec<Paces>;

    fn answers(&self, question: &Question<'_>) -> Answers;

    /// # Errors
    ///
    /// The fault of the one that was asked.
    fn again(&self, settle: &Settle<'_>, again: &Again) -> Result<Option<VetoAnswer>, Fault>;
}

impl Voices for Set {
    fn paces(&self, tick: &Tick<'_>) -> Vec<Paces> {
        Set::paces(self, tick)
    }

    fn answers(&self, question: &Question<'_>) -> Answers {
        Set::answers(self, question)
    }

    fn again(&self, settle: &Settle<'_>, again: &Again) -> Result<Option<VetoAnswer>, Fault> {
        Set::again(self, settle, again)
    }
}

/// All that was answered in one decision: it can be kept, and asked in the place of those who did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Answered {
    pub paces: Vec<Paces>,
    pub answers: Answers,
    /// Second questions, in their order.
    pub again: Vec<(Again, Result<Option<VetoAnswer>, Fault>)>,
}

impl Answered {
    /// What was said to a second question; none where it was never put.
    #[must_use]
    pub fn to(&self, again: &Again) -> Option<&Result<Option<VetoAnswer>, Fault>> {
        let same = |it: &&(Again, _)| it.0.node == again.node && it.0.policy == again.policy;
        self.again.iter().find(same).map(|it| &it.1)
    }
}

impl Voices for Answered {
    fn paces(&self, _: &Tick<'_>) -> Vec<Paces> {
        self.paces.clone()
    }

    fn answers(&self, _: &Question<'_>) -> Answers {
        self.answers.clone()
    }

    fn again(&self, _: &Settle<'_>, again: &Again) -> Result<Option<VetoAnswer>, Fault> {
        self.to(again).cloned().unwrap_or_else(|| Err("it was not asked when this was recorded".into()))
    }
}

/// Hands questions on, and keeps what is answered.
#[derive(Debug)]
pub struct Recorder<'v, V> {
    voices: &'v V,
    heard: RefCell<Answered>,
}

impl<'v, V: Voices> Recorder<'v, V> {
    #[must_use]
    pub fn of(voices: &'v V) -> Recorder<'v, V> {
        Recorder { voices, heard: RefCell::default() }
    }

    #[must_use]
    pub fn answered(self) -> Answered {
        self.heard.into_inner()
    }
}

impl<V: Voices> Voices for Recorder<'_, V> {
    fn paces(&self, tick: &Tick<'_>) -> Vec<Paces> {
        let paces = self.voices.paces(tick);
        self.heard.borrow_mut().paces.clone_from(&paces);
        paces
    }

    fn answers(&self, question: &Question<'_>) -> Answers {
        let answers = self.voices.answers(question);
        self.heard.borrow_mut().answers.clone_from(&answers);
        answers
    }

    fn again(&self, settle: &Settle<'_>, again: &Again) -> Result<Option<VetoAnswer>, Fault> {
        let answer = self.voices.again(settle, again);
        self.heard.borrow_mut().again.push((again.clone(), answer.clone()));
        answer
    }
}
