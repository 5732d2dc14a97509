//! Why one node stays, goes or is held: every check with what stood against what, in order. The
//! value is made while the plan is, from the same rules; how it looks is not known here.

use crate::ask::Answers;
use crate::keep::{Case, Fact, RULES};
use crate::pace::Pace;
use crate::plan::{Plan, Reason, Verdict};
use crate::say::{count, when};
use crate::settle::Turn;
use crate::shortlist::{Shortlist, Standpoint};
use crate::tick::Leaver;
use crate::world::{Name, NodeId};
use serde::{Deserialize, Serialize};

/// One node, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    pub node: Name,
    /// In the order in which they count: the first that keeps decides.
    pub checks: Vec<Check>,
    /// Its place in the order of removal, where it had a turn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub order: Option<Order>,
    /// What each scorer gave.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub scores: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The reasons that it can give.
    pub rule: Name,
    pub outcome: Outcome,
    #[serde(flatten)]
    pub fact: Fact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    Passes,
    Keeps,
    /// Something before it decided.
    NotReached,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// From 1.
    pub place: usize,
    pub of: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub policy: Name,
    pub weight: i64,
    pub score: i32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<Name>,
}

/// A rule, what it looked at, and whether the node passes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub rule: &'static str,
    pub passes: bool,
    pub fact: Fact,
}

impl Line {
    #[must_use]
    pub fn new(
        rule: &'static str,
        passes: bool,
        value: impl Into<String>,
        limit: impl Into<String>,
        source: impl Into<String>,
    ) -> Line {
        let fact = Fact { value: value.into(), limit: limit.into(), source: source.into() };
        Line { rule, passes, fact }
    }
}

const STUCK: &str = "NoPlaceToMovePods";
/// Rules that need a trial, in their order.
const TRIAL: [&str; 8] =
    [STUCK, "OutsideWindow", "Vetoed", "PolicyFault", "Cooldown", "MinSize", "ClusterMinimum", "BudgetSpent"];
/// Those of them that also stop a removal that is under way.
const TRIAL_OF_LEAVING: [&str; 3] = [STUCK, "Vetoed", "PolicyFault"];

/// What is known of the node before the candidates have their turns.
#[derive(Debug)]
pub struct Before {
    node: NodeId,
    /// It has a group, without which most rules have nothing to look at.
    ours: bool,
    leaving: bool,
    rules: Vec<Line>,
    /// Of a node that is leaving: do its pods find a place?
    place: Option<Line>,
    said: Vec<Line>,
    scores: Vec<Part>,
}

impl Before {
    /// Looks at the node with all the rules that need no trial, and at what policies say about it.
    #[must_use]
    pub fn of(shortlist: &Shortlist<'_>, answers: &Answers, node: NodeId) -> Before {
        let question = &shortlist.question;
        let case = Case { tick: &question.tick, paces: &question.paces, node };
        let leaving = matches!(shortlist.standpoints[node.at()], Standpoint::Leaving(_));
        let rules = RULES.iter().filter(|it| !leaving || it.stops.is_some()).map(|it| {
            let check = it.stops.filter(|_| leaving).unwrap_or(it.check);
            Line { rule: it.names, passes: check(case).is_none(), fact: (it.fact)(case) }
        });
        let ours = question.tick.facts.standing(node).group.is_some();
        let leaver = question.tick.leavers.iter().find(|it| it.node == node);
        let pace = question.tick.facts.standing(node).group.map(|it| &question.paces[it.at()]);
        let asked = pace.filter(|_| question.nodes.binary_search(&node).is_ok());
        let scores = answers.scores.iter().filter_map(|policy| {
            let it = policy.answer.as_ref().ok()?.iter().find(|it| it.node == node)?;
            let (weight, why) = (policy.weight, it.why.clone());
            Some(Part { policy: policy.policy.clone(), weight, score: it.score, why })
        });
        Before {
            node,
            ours,
            leaving,
            rules: rules.collect(),
            place: leaver.map(place),
            said: asked.map_or_else(Vec::new, |pace| said(shortlist, answers, node, pace, leaving)),
            scores: scores.collect(),
        }
    }

    /// What became of it.
    #[must_use]
    pub fn explain(self, turn: Option<&Turn>, plan: &Plan) -> Explanation {
        let entry = &plan.nodes[self.node.at()];
        let against = match &entry.verdict {
            Verdict::Keep(reason) => Some(reason),
            Verdict::Leaving { why, .. } => why.as_ref(),
            Verdict::Remove { .. } => None,
        };
        let mut checks: Vec<Check> = Vec::new();
        for line in self.rules {
            let reached = self.ours || !decided(&checks);
            checks.push(if reached { Check::of(line) } else { Check::not_reached(line.rule) });
        }

        let paper = turn.into_iter().flat_map(|it| it.paper.iter().cloned());
        let numbers = turn.into_iter().flat_map(|it| it.numbers.iter().cloned());
        for mut line in paper.chain(self.place).chain(self.said).chain(numbers) {
            if decided(&checks) {
                break;
            }
            // Whether the pods find a place is known only when they have been tried.
            if let Some(reason) = against.filter(|it| line.rule == STUCK && it.name() == STUCK) {
                line.passes = false;
                line.fact.value = reason.detail(plan.now);
            }
            checks.push(Check::of(line));
        }
        if let Some(reason) = against.filter(|_| !decided(&checks)) {
            checks.push(last_word(reason, plan));
        }
        if decided(&checks) {
            let trial: &[&str] = if self.leaving { &TRIAL_OF_LEAVING } else { &TRIAL };
            for rule in trial {
                if checks.iter().all(|it| &*it.rule != *rule) {
                    checks.push(Check::not_reached(rule));
                }
            }
        }
        Explanation {
            node: entry.name.clone(),
            checks,
            order: turn.map(|it| Order { place: it.place, of: it.of }),
            scores: self.scores,
        }
    }
}

impl Check {
    fn of(line: Line) -> Check {
        let outcome = if line.passes { Outcome::Passes } else { Outcome::Keeps };
        Check { rule: line.rule.into(), outcome, fact: line.fact }
    }

    fn not_reached(rule: &str) -> Check {
        Check { rule: rule.into(), outcome: Outcome::NotReached, fact: Fact::default() }
    }
}

fn decided(checks: &[Check]) -> bool {
    checks.iter().any(|it| it.outcome == Outcome::Keeps)
}

/// A reason that no look beforehand could show: a vetoer that was asked again, the end of the time
/// box, the end of a drain.
fn last_word(reason: &Reason, plan: &Plan) -> Check {
    let source = reason.policy().map_or_else(|| "this plan".into(), |it| format!("policy {it}"));
    let limit = "nothing against it when everything else is settled";
    Check::of(Line::new(reason.name(), false, reason.detail(plan.now), limit, source))
}

fn place(leaver: &Leaver) -> Line {
    let (value, passes) = match &leaver.places {
        Ok(packed) => (format!("{} to move, all find a place", count(packed.len() as u64, "pod")), true),
        Err(_) => ("not all of its pods find a place".into(), false),
    };
    Line::new(STUCK, passes, value, "a place elsewhere for each", "the world on paper")
}

/// The window, the vetoes and the faults.
fn said(shortlist: &Shortlist<'_>, answers: &Answers, node: NodeId, pace: &Pace, leaving: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    if !leaving {
        lines.push(window(shortlist, pace));
    }
    for policy in &answers.vetoes {
        let veto = policy.answer.as_ref().map(|it| it.iter().find(|it| it.node == node));
        let value = match veto {
            Ok(Some(it)) => format!("{}: {}", it.code, it.text),
            Ok(None) => "nothing against it".into(),
            Err(_) => "no answer".into(),
        };
        let passes = !matches!(veto, Ok(Some(_)));
        lines.push(Line::new("Vetoed", passes, value, "no veto", format!("policy {}", policy.policy)));
    }
    let vetoers = answers.vetoes.iter().map(|it| (&it.policy, it.answer.as_ref().err()));
    // Without scores nothing is chosen, but what is under way goes on.
    let scorers = answers.scores.iter().filter(|_| !leaving).map(|it| (&it.policy, it.answer.as_ref().err()));
    let asked = vetoers.chain(scorers).find_map(|(policy, fault)| Some((policy, fault?)));
    let fault = pace.fault.as_ref().map(|it| (&it.0, &it.1)).or(asked);
    let value = fault.map_or_else(|| "none".into(), |(policy, fault)| format!("{policy}: {fault}"));
    lines.push(Line::new("PolicyFault", fault.is_none(), value, "no policy that fails", "policies"));
    lines
}

fn window(shortlist: &Shortlist<'_>, pace: &Pace) -> Line {
    let now = shortlist.question.tick.world.now;
    let (value, source) = match &pace.closed {
        None => ("open".into(), "windows policies".into()),
        Some(it) => {
            let opens = it.until.map_or_else(String::new, |it| format!(", opens at {}", when(it, now)));
            (format!("closed: {}{opens}", it.why), format!("policy {}", it.policy))
        }
    };
    Line::new("OutsideWindow", pace.closed.is_none(), value, "open", source)
}
