//! The modules of a directory, all of them one stage after the other.

use super::entry::Entry;
use super::error::Problems;
use crate::shipped::SHIPPED;
use crate::snapshot::Snapshot;
use crate::stage::Stage;
use crate::wasm::{Compiled, Module, Parsed, Refusal, digest};
use policy_sdk::quoted;
use std::sync::Arc;

/// A module on its way.
enum Coming<'s> {
    Parsed(Parsed<'s>),
    Compiled(Compiled),
    Here(Arc<Module>),
}

impl Coming<'_> {
    fn further(self) -> Result<Self, Refusal> {
        Ok(match self {
            Coming::Parsed(it) => Coming::Compiled(it.compile()?),
            Coming::Compiled(it) => Coming::Here(Arc::new(it.link()?)),
            here @ Coming::Here(_) => here,
        })
    }
}

/// The module of each entry; none where there is a problem. None at all where `reached` does not want to
/// go on.
pub(super) fn load(
    snapshot: &Snapshot,
    entries: &[Entry],
    known: &[Arc<Module>],
    problems: &mut Problems,
    reached: &mut dyn FnMut(Stage) -> bool,
) -> Option<Vec<Option<Arc<Module>>>> {
    let mut coming: Vec<Option<Coming<'_>>> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let begun = begin(snapshot, entry, known);
        coming.push(begun.map_err(|why| problems.add(at, Stage::Parsed, why)).ok());
    }
    for stage in [Stage::Parsed, Stage::Compiled, Stage::Linked] {
        if stage > Stage::Parsed {
            for (at, it) in coming.iter_mut().enumerate() {
                *it = it.take().and_then(|it| match it.further() {
                    Ok(it) => Some(it),
                    Err(refusal) => {
                        problems.add(at, refusal.stage, entries[at].in_module(&refusal.why));
                        None
                    }
                });
            }
        }
        if problems.is_empty() && !reached(stage) {
            return None;
        }
    }
    let here = |it: Option<Coming<'_>>| match it {
        Some(Coming::Here(module)) => Some(module),
        _ => None,
    };
    Some(coming.into_iter().map(here).collect())
}

fn begin<'s>(snapshot: &'s Snapshot, entry: &Entry, known: &[Arc<Module>]) -> Result<Coming<'s>, String> {
    let Some(file) = &entry.module else {
        let shipped = SHIPPED.iter().find(|it| it.name == entry.name);
        return shipped.map(|it| Coming::Here(it.module())).ok_or_else(|| entry.not_built_in());
    };
    let name = &entry.name;
    let bytes = match snapshot.file(file) {
        Some(Ok(bytes)) => bytes,
        Some(Err(why)) => {
            return Err(format!("policy {name}: module {}: cannot be read: {why}", quoted(file)));
        }
        None => return Err(format!("policy {name}: module {}: no such file in the directory", quoted(file))),
    };
    // Settings change more often than modules do.
    let compiled = (!known.is_empty())
        .then(|| digest(bytes))
        .and_then(|it| known.iter().find(|known| known.digest == it));
    match compiled {
        Some(module) => Ok(Coming::Here(Arc::clone(module))),
        None => Parsed::of(bytes).map(Coming::Parsed).map_err(|it| entry.in_module(&it.why)),
    }
}
