//! What a journal holds, for people and programs.

use super::columns::{Cell, Columns};
use super::document::Document;
use super::look::{Look, Style, visible};
use super::table;
use crate::journal::{Entry, Noted, changes, verdict};
use decide::plan::{Plan, Verdict};
use decide::world::Name;
use serde::Serialize;
use std::fmt::Write;

/// Names of nodes that go in one tick.
const NAMES_MAX: usize = 3;

/// One line a tick.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tick {
    tick: u64,
    time: String,
    nodes: usize,
    removals: Vec<Name>,
    leaving: usize,
    additions: u32,
    /// Verdicts that are not those of the tick before; absent for the first that is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<usize>,
    outcomes: usize,
}

impl Tick {
    #[must_use]
    pub fn of(entry: &Entry, before: Option<&Plan>) -> Tick {
        let plan = &entry.plan;
        Tick {
            tick: entry.tick,
            time: plan.now.to_string(),
            nodes: plan.nodes.len(),
            removals: plan.removals.clone(),
            leaving: plan.nodes.iter().filter(|it| matches!(it.verdict, Verdict::Leaving { .. })).count(),
            additions: plan.additions.iter().map(|it| it.count).sum(),
            changed: before.map(|it| changes(it, plan).len()),
            outcomes: entry.outcomes.len(),
        }
    }
}

#[must_use]
pub fn ticks(ticks: &[Tick], look: Look) -> String {
    let mut columns =
        Columns::new(&["TICK>", "TIME", "NODES>", "LEAVING>", "ADD>", "CHANGED>", "DONE>", "REMOVE"]);
    let some = |it: usize| if it == 0 { String::new() } else { it.to_string() };
    for it in ticks {
        columns.row([
            it.tick.to_string().into(),
            Cell::from(&it.time),
            it.nodes.to_string().into(),
            some(it.leaving).into(),
            Cell::from(some(it.additions as usize)).style(Style::Good),
            some(it.changed.unwrap_or_default()).into(),
            some(it.outcomes).into(),
            Cell::from(table::some(&it.removals, NAMES_MAX)).style(Style::Good),
        ]);
    }
    let mut out = String::new();
    columns.write("", look, &mut out);
    out
}

/// A moment at which something about a node became another, or was done to it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    tick: u64,
    time: String,
    what: String,
    detail: String,
}

/// What there is to tell of a node at this tick. `before`: its verdict at the one before, none where it
/// was not there.
#[must_use]
pub fn moments(entry: &Entry, node: &str, before: &mut Option<String>) -> Vec<Moment> {
    let moment = |what: String, detail: String| {
        let time = entry.plan.now.to_string();
        Moment { tick: entry.tick, time, what, detail }
    };
    let done = entry.outcomes.iter().filter(|it| it.object == node);
    let mut moments: Vec<Moment> =
        done.map(|it| moment(format!("done: {}", it.what), it.outcome.clone())).collect();
    let held = entry.plan.nodes.iter().find(|it| &*it.name == node);
    let (is, detail) = held.map(|it| verdict(it, entry.plan.now)).unzip();
    if is != *before {
        let what = is.clone().unwrap_or_else(|| "not there any more".into());
        moments.push(moment(what, detail.unwrap_or_default()));
        *before = is;
    }
    moments
}

#[must_use]
pub fn history(moments: &[Moment], look: Look) -> String {
    let mut columns = Columns::new(&["TICK>", "TIME", "WHAT", "DETAIL"]);
    for it in moments {
        columns.row([
            it.tick.to_string().into(),
            Cell::from(&it.time),
            Cell::from(&it.what),
            Cell::from(&it.detail),
        ]);
    }
    let mut out = String::new();
    columns.write("", look, &mut out);
    out
}

/// All of one tick.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<'a> {
    pub tick: u64,
    pub generation: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_box: Option<u64>,
    pub outcomes: &'a [Noted],
    pub plan: Document<'a>,
}

#[must_use]
pub fn page(page: &Page<'_>, look: Look) -> String {
    let mut head = format!("tick {}, generation {} of the policies", page.tick, page.generation);
    if let Some(checks) = page.time_box {
        let _ = write!(head, ", within {checks} checks");
    }
    let mut out = look.paint(Style::Faint, &head) + "\n" + &super::table(&page.plan, look);
    if !page.outcomes.is_empty() {
        let _ = writeln!(out, "\n{}", look.paint(Style::Strong, "Done since the tick before"));
        for it in page.outcomes {
            let _ = writeln!(out, "{}", visible(&format!("{} {}: {}", it.what, it.object, it.outcome)));
        }
    }
    out
}
