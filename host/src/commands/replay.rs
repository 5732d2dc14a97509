//! `replay`: recorded ticks, decided again: the same, or with other policies.

use super::{Failure, journal::entries};
use crate::args::ReplayArgs;
use crate::journal::{Entry, changes, differences};
use crate::show;
use anyhow::Context;
use decide::plan::Plan;
use decide::say::count;
use policy::Set;
use std::path::Path;

/// Of one tick, so many differences are told.
const TOLD_MAX: usize = 20;

/// # Errors
///
/// Where a tick is not decided as it was, or nothing can be replayed.
pub fn run(typed: &ReplayArgs) -> Result<(), Failure> {
    let entries = entries(&typed.dir, typed.ticks)?;
    match &typed.policies {
        None => again(entries),
        Some(dir) => {
            let set = load(dir)?;
            instead(entries, |entry| entry.decide(&set))
        }
    }
}

/// # Errors
///
/// Where the directory cannot be used.
pub fn load(dir: &Path) -> anyhow::Result<Set> {
    let mut set = Set::load(dir).with_context(|| format!("policies of {} cannot be used", dir.display()))?;
    set.listen(|it| show::complain("note", &it.to_string()));
    Ok(set)
}

fn again(entries: impl Iterator<Item = Entry>) -> Result<(), Failure> {
    let (mut ticks, mut verdicts, mut other) = (0, 0, 0);
    for entry in entries {
        ticks += 1;
        verdicts += entry.plan.nodes.len();
        let found = differences(&entry.plan, &entry.decide(&entry.answered));
        if !found.is_empty() {
            other += 1;
            print(&lines(&entry, &found))?;
        }
    }
    let all = format!("{} with {}", count(ticks, "tick"), count(verdicts as u64, "verdict"));
    if other > 0 {
        print(&format!("{all}: {other} are decided otherwise than they were\n"))?;
        return Err(Failure::NotWell);
    }
    print(&format!("{all}: the same, byte for byte\n"))
}

/// Shows what others would have decided.
///
/// # Errors
///
/// Where it cannot be shown.
pub fn instead(entries: impl Iterator<Item = Entry>, decide: impl Fn(&Entry) -> Plan) -> Result<(), Failure> {
    let (mut ticks, mut verdicts, mut changed) = (0, 0, 0);
    for entry in entries {
        ticks += 1;
        verdicts += entry.plan.nodes.len();
        let plan = decide(&entry);
        let found: Vec<String> = changes(&entry.plan, &plan).iter().map(ToString::to_string).collect();
        changed += found.len();
        if !found.is_empty() {
            print(&lines(&entry, &found))?;
        }
    }
    let all = format!("{} with {}", count(ticks, "tick"), count(verdicts as u64, "verdict"));
    match changed {
        0 => print(&format!("{all}: none would be another\n")),
        more => print(&format!("{all}: {more} would be others\n")),
    }
}

/// What is found of one tick.
fn lines(entry: &Entry, found: &[String]) -> String {
    let mut text = format!("tick {} at {}\n", entry.tick, entry.plan.now);
    for it in found.iter().take(TOLD_MAX) {
        text += &format!("  {}\n", show::visible(it));
    }
    if found.len() > TOLD_MAX {
        text += &format!("  and {} more\n", found.len() - TOLD_MAX);
    }
    text
}

fn print(text: &str) -> Result<(), Failure> {
    show::print(text).context("cannot write")?;
    Ok(())
}
