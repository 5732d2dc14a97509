//! The plan as programs read it: the contract of `plan -o json`. Members that do not apply are
//! absent.

use decide::explain::Explanation;
use decide::plan::{Addition, Creation, Entry, Move, Pending, Plan, Reason, Verdict};
use decide::say::Decimal;
use decide::time::Time;
use decide::world::{Name, PodName};
use policy::Line;
use serde::{Serialize, Serializer};
use std::fmt;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct Document<'a> {
    #[serde(serialize_with = "as_text")]
    pub now: Time,
    pub nodes: Vec<Node<'a>>,
    pub removals: &'a [Name],
    pub additions: &'a [Addition],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation: Option<&'a Creation>,
    pub pending: Vec<Waiting<'a>>,
    pub groups: Vec<Group<'a>>,
    pub policies: &'a [Line],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<&'a Explanation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timings: Option<Timings>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node<'a> {
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'a str>,
    pub verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<&'static str>,
    #[serde(flatten)]
    pub why: Why<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Share>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Share>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moves: Option<&'a [Move]>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub stays: &'a [PodName],
}

/// What decided, in all its parts.
#[derive(Debug, Default, Serialize)]
pub struct Why<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flips: Option<String>,
}

/// A pending pod.
#[derive(Debug, Serialize)]
pub struct Waiting<'a> {
    pub pod: &'a PodName,
    pub placed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group<'a> {
    pub name: &'a str,
    pub namespace: &'a str,
    pub ready: u32,
    pub min: u32,
    pub max: u32,
    pub may_remove: u32,
    pub why: String,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct Timings {
    pub read: Millis,
    pub world: Millis,
    pub policies: Millis,
    pub decide: Millis,
}

/// Hundredths of a percent, as a share of 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(pub u32);

#[derive(Debug, Clone, Copy)]
pub struct Millis(Duration);

impl<'a> Document<'a> {
    #[must_use]
    pub fn of(
        plan: &'a Plan,
        policies: &'a [Line],
        explain: Option<&'a Explanation>,
        timings: Option<Timings>,
    ) -> Document<'a> {
        let now = plan.now;
        Document {
            now,
            nodes: plan.nodes.iter().map(|it| Node::of(it, now)).collect(),
            removals: &plan.removals,
            additions: &plan.additions,
            creation: plan.creation.as_ref(),
            pending: plan.pending.iter().map(|it| Waiting::of(it, now)).collect(),
            groups: plan
                .groups
                .iter()
                .map(|it| Group {
                    name: &it.name,
                    namespace: &it.namespace,
                    ready: it.ready,
                    min: it.min,
                    max: it.max,
                    may_remove: it.may_remove,
                    why: it.why.detail(now),
                })
                .collect(),
            policies,
            explain,
            timings,
        }
    }

    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Node<'a>> {
        self.nodes.binary_search_by(|it| it.name.cmp(name)).ok().map(|at| &self.nodes[at])
    }
}

impl<'a> Node<'a> {
    fn of(entry: &'a Entry, now: Time) -> Node<'a> {
        let (verdict, how, step, why, moves) = match &entry.verdict {
            Verdict::Keep(reason) => ("Keep", None, None, Why::of(reason, now), None),
            Verdict::Remove { how, moves } => {
                ("Remove", Some(how.name()), None, Why::default(), Some(&moves[..]))
            }
            Verdict::Leaving { step, why, left, delayed_by } => {
                let detail = Some(step.detail(*left, why.as_ref(), delayed_by.as_deref(), now));
                let why = why.as_ref().map(|it| Why::of(it, now)).unwrap_or_default();
                ("Leaving", None, Some(step.name()), Why { detail, ..why }, None)
            }
        };
        Node {
            name: &entry.name,
            group: entry.group.as_deref(),
            verdict,
            how,
            step,
            why,
            score: entry.score,
            cpu: entry.cpu.map(Share),
            memory: entry.memory.map(Share),
            idle_seconds: entry.idle_secs,
            moves,
            stays: &entry.stays,
        }
    }
}

impl<'a> Why<'a> {
    fn of(reason: &'a Reason, now: Time) -> Why<'a> {
        Why {
            reason: Some(reason.name()),
            policy: reason.policy(),
            code: reason.code(),
            blocker: reason.blocker(),
            detail: Some(reason.detail(now)),
            flips: reason.flips(now),
        }
    }
}

impl<'a> Waiting<'a> {
    fn of(it: &'a Pending, now: Time) -> Waiting<'a> {
        Waiting {
            pod: &it.pod,
            placed: it.placed.is_some(),
            group: it.placed.as_deref(),
            reason: it.reason.as_ref().map(decide::plan::PendingReason::name),
            detail: it.reason.as_ref().map(|it| it.detail(now)),
        }
    }
}

impl From<Duration> for Millis {
    fn from(it: Duration) -> Millis {
        Millis(it)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        number(Decimal { units: self.0.into(), places: 4 }, to)
    }
}

impl Millis {
    fn decimal(self) -> Decimal {
        Decimal { units: u64::try_from(self.0.as_micros()).unwrap_or(u64::MAX), places: 3 }
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decimal().fmt(out)
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        number(self.decimal(), to)
    }
}

fn as_text<S: Serializer>(it: &impl ToString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&it.to_string())
}

/// The nearest float to a decimal prints as that decimal.
fn number<S: Serializer>(decimal: Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(decimal.to_string().parse().expect("a decimal is a number"))
}
