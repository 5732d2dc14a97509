//! What a node refuses whoever else is on it: taints, node selector, required node affinity.
//! Many shapes ask for the same, so the answer is kept for each different question.

use crate::select::{Labels, NodeSelector};
use crate::world::{Effect, Name, Shape, ShapeId, Taint, Toleration, World};
use std::collections::HashMap;

/// What of a node counts here. Nodes to come have one too.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    pub name: &'a Name,
    pub labels: &'a Labels,
    pub taints: &'a [Taint],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixed {
    Fits,
    /// The first taint that it does not tolerate, by position.
    Taint(u16),
    NodeAffinity,
}

/// The question that a shape asks, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuestionId(u32);

#[derive(Debug)]
pub struct FixedTable<'w> {
    world: &'w World,
    of_shape: Vec<Option<QuestionId>>,
    known: HashMap<(&'w [(Name, Name)], Option<&'w NodeSelector>, &'w [Toleration]), QuestionId>,
    questions: Vec<&'w Shape>,
    /// For each question, the sites in order, as far as they were asked about.
    answers: Vec<Vec<Fixed>>,
}

impl<'w> FixedTable<'w> {
    pub fn new(world: &'w World) -> FixedTable<'w> {
        FixedTable {
            world,
            of_shape: vec![None; world.shapes.len()],
            known: HashMap::new(),
            questions: Vec::new(),
            answers: Vec::new(),
        }
    }

    pub fn question(&mut self, shape: ShapeId) -> QuestionId {
        if let Some(known) = self.of_shape[shape.at()] {
            return known;
        }
        let world = self.world;
        let it = &world.shapes[shape.at()];
        let key = (&it.node_selector[..], it.affinity.as_ref(), &it.tolerations[..]);
        let fresh = QuestionId(u32::try_from(self.questions.len()).expect("fewer than 2^32 shapes"));
        let question = *self.known.entry(key).or_insert(fresh);
        if question == fresh {
            self.questions.push(it);
            self.answers.push(Vec::new());
        }
        self.of_shape[shape.at()] = Some(question);
        question
    }

    /// Makes sure that the question is answered for the first `sites` sites.
    pub fn prepare<'a>(&mut self, question: QuestionId, sites: usize, ground: impl Fn(usize) -> Ground<'a>) {
        let shape = self.questions[question.0 as usize];
        let answers = &mut self.answers[question.0 as usize];
        for at in answers.len()..sites {
            answers.push(judge(shape, ground(at)));
        }
    }

    /// The answer for a site; `prepare` comes first.
    pub fn answer(&self, question: QuestionId, site: usize) -> Fixed {
        self.answers[question.0 as usize][site]
    }

    /// Forgets the sites from `sites` on.
    pub fn truncate(&mut self, sites: usize) {
        self.answers.iter_mut().for_each(|it| it.truncate(sites));
    }
}

#[must_use]
pub fn judge(shape: &Shape, ground: Ground<'_>) -> Fixed {
    if let Some(at) = untolerated(&shape.tolerations, ground.taints) {
        return Fixed::Taint(u16::try_from(at).unwrap_or(u16::MAX));
    }
    if wants_node(shape, ground.name, ground.labels) { Fixed::Fits } else { Fixed::NodeAffinity }
}

/// Node selector and required node affinity.
#[must_use]
pub fn wants_node(shape: &Shape, name: &Name, labels: &Labels) -> bool {
    shape.node_selector.iter().all(|(key, value)| labels.get(key) == Some(value))
        && shape.affinity.as_ref().is_none_or(|it| it.matches(name, labels))
}

/// The first taint that keeps a pod with these tolerations away.
#[must_use]
pub fn untolerated(tolerations: &[Toleration], taints: &[Taint]) -> Option<usize> {
    taints.iter().position(|taint| {
        matches!(taint.effect, Effect::NoSchedule | Effect::NoExecute) && !tolerates(tolerations, taint)
    })
}

#[must_use]
pub fn tolerates(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations.iter().any(|it| {
        it.effect.is_none_or(|effect| effect == taint.effect)
            && (it.key.is_empty() || it.key == taint.key)
            && (it.exists || it.value == taint.value)
    })
}
