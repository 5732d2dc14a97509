//! What one plan says otherwise than another.

use decide::plan::{Entry, Plan, Reason, Verdict};
use decide::time::Time;
use decide::world::Name;
use serde::Serialize;
use std::cmp::Ordering;
use std::fmt;

/// A node of which two plans say different things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub node: Name,
    /// None: it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// None: it is not there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<String>,
    pub why: String,
}

/// What the verdict is, in short, and what there is to say about it.
#[must_use]
pub fn verdict(entry: &Entry, now: Time) -> (String, String) {
    let named = |it: &Reason| match it.code() {
        Some(code) => format!("{}/{code}", it.name()),
        None => it.name().to_string(),
    };
    match &entry.verdict {
        Verdict::Keep(reason) => (format!("Keep {}", named(reason)), reason.detail(now)),
        Verdict::Remove { how, moves } => {
            let moves = match moves.len() {
                0 => "nothing to evict".to_string(),
                more => format!("{} to move", decide::say::count(more as u64, "pod")),
            };
            (format!("Remove {}", how.name()), moves)
        }
        Verdict::Leaving { step, why, left, delayed_by } => {
            let reason = why.as_ref().map_or_else(String::new, |it| format!(": {}", named(it)));
            let detail = step.detail(*left, why.as_ref(), delayed_by.as_deref(), now);
            (format!("Leaving {}{reason}", step.name()), detail)
        }
    }
}

/// Nodes whose verdicts are others, by name. Where only figures or words differ, nothing changed.
#[must_use]
pub fn changes(old: &Plan, new: &Plan) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut before, mut after) = (old.nodes.iter().peekable(), new.nodes.iter().peekable());
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return changes,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.name.cmp(&b.name),
        };
        let a = before.next_if(|_| order != Ordering::Greater);
        let b = after.next_if(|_| order != Ordering::Less);
        let was = a.map(|it| verdict(it, old.now));
        let is = b.map(|it| verdict(it, new.now));
        if was.as_ref().map(|it| &it.0) != is.as_ref().map(|it| &it.0)
            && let Some(node) = a.or(b)
        {
            let (is, why) = is.unzip();
            let why = why.unwrap_or_default();
            changes.push(Change { node: node.name.clone(), was: was.map(|it| it.0), is, why });
        }
    }
}

/// Where two plans that should be one differ, in words; none where they are the same, byte for byte.
#[must_use]
pub fn differences(recorded: &Plan, again: &Plan) -> Vec<String> {
    let mut found: Vec<String> = changes(recorded, again).iter().map(ToString::to_string).collect();
    for (a, b) in recorded.nodes.iter().zip(&again.nodes) {
        if a != b && a.name == b.name && verdict(a, recorded.now).0 == verdict(b, again.now).0 {
            found.push(format!("{}: {}, now {}", a.name, json(a), json(b)));
        }
    }
    let parts = [
        ("time", json(&recorded.now), json(&again.now)),
        ("removals", json(&recorded.removals), json(&again.removals)),
        ("additions", json(&recorded.additions), json(&again.additions)),
        ("creation", json(&recorded.creation), json(&again.creation)),
        ("pending pods", json(&recorded.pending), json(&again.pending)),
        ("groups", json(&recorded.groups), json(&again.groups)),
        ("nodes left out", json(&recorded.cursor), json(&again.cursor)),
        ("checks", json(&recorded.checks), json(&again.checks)),
    ];
    for (name, a, b) in parts {
        if a != b {
            found.push(format!("{name}: {a}, now {b}"));
        }
    }
    found
}

fn json(it: &impl Serialize) -> String {
    serde_json::to_string(it).expect("plain values")
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |it: &Option<String>| it.clone().unwrap_or_else(|| "not there".into());
        write!(out, "{}: {} -> {}", self.node, said(&self.was), said(&self.is))?;
        if self.why.is_empty() { Ok(()) } else { write!(out, " ({})", self.why) }
    }
}
