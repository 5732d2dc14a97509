//! What one entry differs in from the one before it. What is as it was takes no room, and neither does
//! what only became older.

use super::entry::{Entry, Noted};
use super::numbers::Numbers;
use super::script::{Misfit, Script};
use crate::voices::Answered;
use decide::ask::{Answers, Fault, Paces, PaperAsk, ScoreAnswer, Scores, VetoAnswer, Vetoes};
use decide::memory::{Evicted, Memory, Reading, Series};
use decide::plan::{self, Addition, Creation, Outlook, Pending, Plan};
use decide::select::Labels;
use decide::settings::Settings;
use decide::settle::Again;
use decide::time::Time;
use decide::world::{
    Attachment, Budget, Claim, CsiNode, Daemon, Group, Machine, Name, Namespace, Node, Offer, Owner, Pod,
    Sample, Shape, StorageClass, Volume, World,
};
use policy::Line;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Serialize, Deserialize)]
pub struct Difference {
    tick: u64,
    world: OfWorld,
    memory: OfMemory,
    time_box: Option<u64>,
    policies: Part<Vec<Line>>,
    generation: u64,
    answered: OfAnswered,
    plan: OfPlan,
    outcomes: Vec<Noted>,
}

impl Difference {
    #[must_use]
    pub fn between(old: &Entry, new: &Entry) -> Difference {
        let mut numbers = Numbers::of(&old.world, &new.world);
        let world = OfWorld::between(&old.world, &new.world, &numbers);
        numbers.and_pods(&old.world.pods, &new.world.pods);
        Difference {
            tick: new.tick,
            world,
            memory: OfMemory::between(&old.memory, &new.memory),
            time_box: new.time_box,
            policies: changed(&old.policies, &new.policies),
            generation: new.generation,
            answered: OfAnswered::between(&old.answered, &new.answered, &numbers),
            plan: OfPlan::between(&old.plan, &new.plan),
            outcomes: new.outcomes.clone(),
        }
    }

    /// # Errors
    ///
    /// Where it is no difference from this entry.
    pub fn apply(self, old: &Entry) -> Result<Entry, Misfit> {
        let (world, numbers) = self.world.apply(&old.world)?;
        Ok(Entry {
            tick: self.tick,
            world: Arc::new(world),
            memory: Arc::new(self.memory.apply(&old.memory)?),
            time_box: self.time_box,
            policies: self.policies.after(&old.policies),
            generation: self.generation,
            answered: self.answered.apply(&old.answered, &numbers)?,
            plan: Arc::new(self.plan.apply(&old.plan)?),
            outcomes: self.outcomes,
        })
    }
}

/// A value that is seldom another. No `Option`: in JSON one of another loses which of them is none.
#[derive(Debug, Default, Serialize, Deserialize)]
enum Part<T> {
    #[default]
    Same,
    New(T),
}

fn changed<T: Clone + PartialEq>(old: &T, new: &T) -> Part<T> {
    if old == new { Part::Same } else { Part::New(new.clone()) }
}

impl<T: Clone> Part<T> {
    fn after(self, old: &T) -> T {
        match self {
            Part::Same => old.clone(),
            Part::New(it) => it,
        }
    }
}

macro_rules! of_world {
    (
        whole { $($whole:ident: $of:ty,)* }
        sorted { $($sorted:ident: $row:ty, by $key:expr;)* }
    ) => {
        #[derive(Debug, Serialize, Deserialize)]
        struct OfWorld {
            now: Time,
            // What an older version did not know is as it was: nothing of it.
            $(#[serde(default)] $whole: Part<$of>,)*
            $($sorted: Script<$row>,)*
            shapes: Script<Shape>,
            label_sets: Script<Labels>,
            pods: Script<Pod>,
        }

        impl OfWorld {
            fn between(old: &World, new: &World, numbers: &Numbers) -> OfWorld {
                OfWorld {
                    now: new.now,
                    $($whole: changed(&old.$whole, &new.$whole),)*
                    $($sorted: {
                        let key: fn(&$row, &$row) -> std::cmp::Ordering = $key;
                        Script::sorted(&old.$sorted, &new.$sorted, key, |a, b| a == b)
                    },)*
                    shapes: Script::by_content(&old.shapes, &new.shapes),
                    label_sets: Script::by_content(&old.label_sets, &new.label_sets),
                    pods: numbers.pods(&old.pods, &new.pods),
                }
            }

            fn apply(self, old: &World) -> Result<(World, Numbers), Misfit> {
                let mut new = World {
                    now: self.now,
                    $($whole: self.$whole.after(&old.$whole),)*
                    $($sorted: self.$sorted.apply(&old.$sorted, Clone::clone)?,)*
                    shapes: self.shapes.apply(&old.shapes, Clone::clone)?,
                    label_sets: self.label_sets.apply(&old.label_sets, Clone::clone)?,
                    pods: Vec::new(),
                };
                let mut numbers = Numbers::of(old, &new);
                new.pods = self.pods.apply(&old.pods, |it| numbers.pod(it))?;
                numbers.and_pods(&old.pods, &new.pods);
                Ok((new, numbers))
            }
        }
    };
}

of_world! {
    whole {
        settings: Settings,
        offers: Vec<Offer>,
        inventory_frozen: Option<Name>,
        gaps: Vec<Name>,
        resources: Vec<Name>,
    }
    sorted {
        nodes: Node, by |a, b| a.name.cmp(&b.name);
        groups: Group, by |a, b| (&a.name, &a.namespace).cmp(&(&b.name, &b.namespace));
        machines: Machine, by |a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name));
        budgets: Budget, by |a, b| (a.namespace, &a.name).cmp(&(b.namespace, &b.name));
        owners: Owner, by Ord::cmp;
        daemons: Daemon, by |a, b| (a.namespace, &a.name).cmp(&(b.namespace, &b.name));
        claims: Claim, by |a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name));
        volumes: Volume, by |a, b| a.name.cmp(&b.name);
        classes: StorageClass, by |a, b| a.name.cmp(&b.name);
        csi_nodes: CsiNode, by |a, b| a.name.cmp(&b.name);
        attachments: Attachment, by Ord::cmp;
        samples: Sample, by |a, b| a.node.cmp(&b.node);
        namespaces: Namespace, by |a, b| a.name.cmp(&b.name);
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct OfMemory {
    /// Of nodes with other readings; none where the node is forgotten.
    series: Vec<(Name, Option<Script<Reading>>)>,
    cursor: Part<Vec<Name>>,
    evicted: Part<Vec<Evicted>>,
}

impl OfMemory {
    fn between(old: &Memory, new: &Memory) -> OfMemory {
        let mut series = Vec::new();
        for (name, readings) in &new.series {
            match old.series.get(name) {
                Some(held) if held == readings => {}
                held => {
                    let held = held.map_or(&[][..], |it| &it.0);
                    let script = Script::sorted(held, &readings.0, |a, b| a.at.cmp(&b.at), |a, b| a == b);
                    series.push((name.clone(), Some(script)));
                }
            }
        }
        let forgotten = old.series.keys().filter(|it| !new.series.contains_key(*it));
        series.extend(forgotten.map(|it| (it.clone(), None)));
        OfMemory {
            series,
            cursor: changed(&old.cursor, &new.cursor),
            evicted: changed(&old.evicted, &new.evicted),
        }
    }

    fn apply(self, old: &Memory) -> Result<Memory, Misfit> {
        let mut series: BTreeMap<Name, Series> = old.series.clone();
        for (name, script) in self.series {
            match script {
                None => {
                    series.remove(&name);
                }
                Some(script) => {
                    let held = series.get(&name).map_or(&[][..], |it| &it.0);
                    let readings = script.apply(held, |it| *it)?;
                    series.insert(name, Series(readings));
                }
            }
        }
        Ok(Memory {
            series,
            cursor: self.cursor.after(&old.cursor),
            evicted: self.evicted.after(&old.evicted),
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct OfAnswered {
    paces: Part<Vec<Paces>>,
    vetoes: Vec<OfVetoes>,
    scores: Vec<OfScores>,
    again: Vec<(Again, Result<Option<VetoAnswer>, Fault>)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct OfVetoes {
    policy: Name,
    answer: Result<Script<VetoAnswer>, Fault>,
    rested_on: Part<Vec<PaperAsk>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct OfScores {
    policy: Name,
    weight: i64,
    answer: Result<Script<ScoreAnswer>, Fault>,
}

impl OfAnswered {
    fn between(old: &Answered, new: &Answered, numbers: &Numbers) -> OfAnswered {
        let vetoes = new.answers.vetoes.iter().map(|it| OfVetoes {
            policy: it.policy.clone(),
            answer: it.answer.as_ref().map_err(Clone::clone).map(|new| {
                Script::sorted(
                    old_vetoes(old, &it.policy),
                    new,
                    |a, b| numbers.node(a.node).cmp(&b.node),
                    |a, b| numbers.veto(a) == *b,
                )
            }),
            rested_on: changed(&old_rested_on(old, &it.policy), &it.rested_on),
        });
        let scores = new.answers.scores.iter().map(|it| OfScores {
            policy: it.policy.clone(),
            weight: it.weight,
            answer: it.answer.as_ref().map_err(Clone::clone).map(|new| {
                Script::sorted(
                    old_scores(old, &it.policy),
                    new,
                    |a, b| numbers.node(a.node).cmp(&b.node),
                    |a, b| numbers.score(a) == *b,
                )
            }),
        });
        OfAnswered {
            paces: changed(&old.paces, &new.paces),
            vetoes: vetoes.collect(),
            scores: scores.collect(),
            again: new.again.clone(),
        }
    }

    fn apply(self, old: &Answered, numbers: &Numbers) -> Result<Answered, Misfit> {
        let mut answers = Answers::default();
        for it in self.vetoes {
            let held = old_vetoes(old, &it.policy);
            let answer = match it.answer {
                Ok(script) => Ok(script.apply(held, |it| numbers.veto(it))?),
                Err(fault) => Err(fault),
            };
            let rested_on = it.rested_on.after(&old_rested_on(old, &it.policy));
            answers.vetoes.push(Vetoes { policy: it.policy, answer, rested_on });
        }
        for it in self.scores {
            let held = old_scores(old, &it.policy);
            let answer = match it.answer {
                Ok(script) => Ok(script.apply(held, |it| numbers.score(it))?),
                Err(fault) => Err(fault),
            };
            answers.scores.push(Scores { policy: it.policy, weight: it.weight, answer });
        }
        let paces = self.paces.after(&old.paces);
        Ok(Answered { paces, answers, again: self.again })
    }
}

fn old_vetoes<'a>(old: &'a Answered, policy: &Name) -> &'a [VetoAnswer] {
    let held = old.answers.vetoes.iter().find(|it| it.policy == *policy);
    held.and_then(|it| it.answer.as_ref().ok()).map_or(&[], |it| it)
}

fn old_rested_on(old: &Answered, policy: &Name) -> Vec<PaperAsk> {
    let held = old.answers.vetoes.iter().find(|it| it.policy == *policy);
    held.map_or_else(Vec::new, |it| it.rested_on.clone())
}

fn old_scores<'a>(old: &'a Answered, policy: &Name) -> &'a [ScoreAnswer] {
    let held = old.answers.scores.iter().find(|it| it.policy == *policy);
    held.and_then(|it| it.answer.as_ref().ok()).map_or(&[], |it| it)
}

#[derive(Debug, Serialize, Deserialize)]
struct OfPlan {
    now: Time,
    nodes: Script<plan::Entry>,
    removals: Part<Vec<Name>>,
    additions: Part<Vec<Addition>>,
    #[serde(default)]
    creation: Part<Option<Creation>>,
    pending: Script<Pending>,
    groups: Part<Vec<Outlook>>,
    cursor: Part<Vec<Name>>,
    checks: u64,
}

impl OfPlan {
    fn between(old: &Plan, new: &Plan) -> OfPlan {
        let secs = new.now.since(old.now);
        OfPlan {
            now: new.now,
            nodes: Script::sorted(
                &old.nodes,
                &new.nodes,
                |a, b| a.name.cmp(&b.name),
                |a, b| later(a, secs) == *b,
            ),
            removals: changed(&old.removals, &new.removals),
            additions: changed(&old.additions, &new.additions),
            creation: changed(&old.creation, &new.creation),
            pending: Script::sorted(&old.pending, &new.pending, |a, b| a.pod.cmp(&b.pod), |a, b| a == b),
            groups: changed(&old.groups, &new.groups),
            cursor: changed(&old.cursor, &new.cursor),
            checks: new.checks,
        }
    }

    fn apply(self, old: &Plan) -> Result<Plan, Misfit> {
        let secs = self.now.since(old.now);
        Ok(Plan {
            now: self.now,
            nodes: self.nodes.apply(&old.nodes, |it| later(it, secs))?,
            removals: self.removals.after(&old.removals),
            additions: self.additions.after(&old.additions),
            creation: self.creation.after(&old.creation),
            pending: self.pending.apply(&old.pending, Clone::clone)?,
            groups: self.groups.after(&old.groups),
            cursor: self.cursor.after(&old.cursor),
            checks: self.checks,
        })
    }
}

/// A node of which nothing is new, so many seconds later.
fn later(it: &plan::Entry, secs: i64) -> plan::Entry {
    plan::Entry { idle_secs: it.idle_secs.map(|idle| idle.saturating_add(secs)), ..it.clone() }
}
