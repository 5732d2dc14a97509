//! Where the rows of one world's tables stand in the next one's. A node that comes or a label set
//! that is used first by another pod moves all numbers behind it; without this every pod would count
//! as changed.

use super::script::Script;
use decide::ask::{ScoreAnswer, VetoAnswer};
use decide::world::{LabelsId, NamespaceId, NodeId, Place, Pod, PodId, ShapeId, World};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::Hash;

/// A row that is not there any more.
const GONE: u32 = u32::MAX;

#[derive(Debug, Default)]
pub struct Numbers {
    nodes: Moved,
    namespaces: Moved,
    shapes: Moved,
    label_sets: Moved,
    pods: Moved,
}

/// By old number, the new one; none where all are as they were.
#[derive(Debug, Default)]
struct Moved(Option<Vec<u32>>);

impl Numbers {
    /// Of all tables but the pods'.
    pub fn of(old: &World, new: &World) -> Numbers {
        Numbers {
            nodes: Moved::sorted(&old.nodes, &new.nodes, |a, b| a.name.cmp(&b.name)),
            namespaces: Moved::sorted(&old.namespaces, &new.namespaces, |a, b| a.name.cmp(&b.name)),
            shapes: Moved::by_content(&old.shapes, &new.shapes),
            label_sets: Moved::by_content(&old.label_sets, &new.label_sets),
            pods: Moved::default(),
        }
    }

    /// Pods have numbers too, once it is known which of them are there.
    pub fn and_pods(&mut self, old: &[Pod], new: &[Pod]) {
        self.pods = Moved::sorted(old, new, |a, b| self.order(a, b));
    }

    pub fn pods(&self, old: &[Pod], new: &[Pod]) -> Script<Pod> {
        let as_they_were =
            [&self.nodes, &self.namespaces, &self.shapes, &self.label_sets].iter().all(|it| it.0.is_none());
        let same = |old: &Pod, new: &Pod| if as_they_were { old == new } else { self.pod(old) == *new };
        Script::sorted(old, new, |a, b| self.order(a, b), same)
    }

    /// An old pod and a new one.
    fn order(&self, old: &Pod, new: &Pod) -> Ordering {
        let namespace = NamespaceId(self.namespaces.of(old.namespace.0));
        (namespace, &old.name, &old.uid).cmp(&(new.namespace, &new.name, &new.uid))
    }

    pub fn pod(&self, old: &Pod) -> Pod {
        let mut pod = old.clone();
        pod.namespace = NamespaceId(self.namespaces.of(pod.namespace.0));
        pod.labels = LabelsId(self.label_sets.of(pod.labels.0));
        pod.annotations = LabelsId(self.label_sets.of(pod.annotations.0));
        pod.shape = ShapeId(self.shapes.of(pod.shape.0));
        if let Place::On(node) = &mut pod.place {
            *node = self.node(*node);
        }
        pod.nominated = pod.nominated.map(|it| self.node(it));
        pod
    }

    pub fn node(&self, old: NodeId) -> NodeId {
        NodeId(self.nodes.of(old.0))
    }

    pub fn veto(&self, old: &VetoAnswer) -> VetoAnswer {
        let pod = old.pod.map(|it| PodId(self.pods.of(it.0)));
        VetoAnswer { node: self.node(old.node), pod, ..old.clone() }
    }

    pub fn score(&self, old: &ScoreAnswer) -> ScoreAnswer {
        ScoreAnswer { node: self.node(old.node), ..old.clone() }
    }
}

impl Moved {
    fn sorted<T>(old: &[T], new: &[T], order: impl Fn(&T, &T) -> Ordering) -> Moved {
        let mut at = 0;
        let numbers = old.iter().map(|old| {
            while new.get(at).is_some_and(|it| order(old, it) == Ordering::Greater) {
                at += 1;
            }
            match new.get(at) {
                Some(it) if order(old, it) == Ordering::Equal => {
                    at += 1;
                    at as u32 - 1
                }
                _ => GONE,
            }
        });
        Moved::with(numbers.collect())
    }

    fn by_content<T: Hash + Eq>(old: &[T], new: &[T]) -> Moved {
        if old == new {
            return Moved(None);
        }
        let there: HashMap<&T, u32> = new.iter().zip(0..).collect();
        Moved::with(old.iter().map(|it| there.get(it).copied().unwrap_or(GONE)).collect())
    }

    fn with(numbers: Vec<u32>) -> Moved {
        let as_they_were = numbers.iter().zip(0..).all(|(new, old)| *new == old);
        Moved((!as_they_were).then_some(numbers))
    }

    fn of(&self, old: u32) -> u32 {
        match &self.0 {
            None => old,
            Some(numbers) => numbers.get(old as usize).copied().unwrap_or(GONE),
        }
    }
}
