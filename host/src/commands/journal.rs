//! `journal`: what was decided, tick by tick.

use super::Failure;
use crate::args::{JournalArgs, TicksArgs};
use crate::journal::{self, Entry};
use crate::nearest::nearest;
use crate::show::journal::{Page, Tick, history, moments, page, ticks};
use crate::show::{self, Document, Look};
use crate::tick;
use anyhow::{Context, anyhow};
use std::path::Path;

/// How many names are told where one was not found.
const NEAREST_TOLD: usize = 3;

/// # Errors
///
/// Where the journal cannot be read, or has nothing of what was asked for.
pub fn run(typed: &JournalArgs) -> Result<(), Failure> {
    let text = match (typed.tick, &typed.node) {
        (Some(tick), node) => one(typed, tick, node.as_deref())?,
        (None, Some(node)) => of_node(typed, node)?,
        (None, None) => all(typed)?,
    };
    show::print(&text).context("cannot write")?;
    Ok(())
}

/// The entries that were asked for, oldest first; what cannot be read is told on standard error.
///
/// # Errors
///
/// Where there is no journal, or no such tick in it.
pub fn entries(dir: &Path, which: TicksArgs) -> Result<impl Iterator<Item = Entry>, Failure> {
    let reader = journal::read(dir).map_err(anyhow::Error::from)?;
    let (reader, most) = match which {
        TicksArgs { tick: Some(tick), .. } => (reader.starting_at(tick), 1),
        TicksArgs { last: Some(last), .. } => (reader.last(last), usize::MAX),
        TicksArgs { .. } => (reader, usize::MAX),
    };
    let told = |it: Result<Entry, journal::Damage>| {
        it.inspect_err(|it| show::complain("warning", &it.to_string())).ok()
    };
    let mut entries = reader.filter_map(told).take(most).peekable();
    match (entries.peek(), which.tick) {
        (Some(entry), Some(tick)) if entry.tick != tick => Err(no_tick(dir, tick)),
        (Some(_), _) => Ok(entries),
        (None, Some(tick)) => Err(no_tick(dir, tick)),
        (None, None) => Err(anyhow!("{} has no entry of a journal that can be read", dir.display()).into()),
    }
}

fn no_tick(dir: &Path, tick: u64) -> Failure {
    let ticks = journal::read(dir).map(journal::Reader::ticks).unwrap_or_default();
    Failure::Usage(match (ticks.first(), ticks.last()) {
        (Some(first), Some(last)) => {
            format!("there is no tick {tick} in {}; it has ticks {first} to {last}", dir.display())
        }
        _ => format!("there is no tick {tick} in {}, and no other either", dir.display()),
    })
}

fn all(typed: &JournalArgs) -> Result<String, Failure> {
    let mut rows = Vec::new();
    let mut before = None;
    for entry in entries(&typed.dir, TicksArgs { tick: None, last: None })? {
        rows.push(Tick::of(&entry, before.as_deref()));
        before = Some(entry.plan);
    }
    Ok(show::formed(&rows, typed.output, |it| ticks(it, Look::of_stdout())))
}

fn of_node(typed: &JournalArgs, node: &str) -> Result<String, Failure> {
    let mut rows = Vec::new();
    let mut before = None;
    let mut names = std::collections::BTreeSet::new();
    for entry in entries(&typed.dir, TicksArgs { tick: None, last: None })? {
        rows.extend(moments(&entry, node, &mut before));
        names.extend(entry.plan.nodes.iter().map(|it| it.name.clone()));
    }
    if rows.is_empty() {
        return Err(no_node(node, names.iter().map(|it| &**it)));
    }
    Ok(show::formed(&rows, typed.output, |it| history(it, Look::of_stdout())))
}

fn one(typed: &JournalArgs, tick: u64, node: Option<&str>) -> Result<String, Failure> {
    let mut entries = entries(&typed.dir, TicksArgs { tick: Some(tick), last: None })?;
    let entry = entries.next().expect("one entry was found");
    let explanation = match node {
        None => None,
        Some(name) => {
            let all = entry.world.nodes.iter().map(|it| &*it.name);
            let node = entry.world.find_node(name).ok_or_else(|| no_node(name, all))?;
            tick::within(&entry.world, &entry.memory, &entry.answered, entry.time_box, Some(node)).explanation
        }
    };
    let plan = Document::of(&entry.plan, &entry.policies, explanation.as_ref(), None);
    let Entry { tick, generation, time_box, .. } = entry;
    let document = Page { tick, generation, time_box, outcomes: &entry.outcomes, plan };
    Ok(show::formed(&document, typed.output, |it| page(it, Look::of_stdout())))
}

fn no_node<'a>(name: &str, all: impl Iterator<Item = &'a str>) -> Failure {
    let near = nearest(name, all, NEAREST_TOLD);
    Failure::Usage(match near.is_empty() {
        true => format!("there was no node {name:?}, and no other either"),
        false => format!("there was no node {name:?}; nearest: {}", near.join(", ")),
    })
}
