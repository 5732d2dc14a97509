//! From the files of a directory to a generation that may become active, in the background.

use super::Shared;
use crate::directory;
use crate::life::{Event, Number, Record, Replayed};
use crate::set::Set;
use crate::snapshot::Snapshot;
use crate::stage::Stage;
use crate::wasm::Module;
use crate::{answers, member};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;

/// Why there is no generation, and how far it came.
pub(super) struct Refused {
    pub stage: Stage,
    pub reason: String,
}

/// Until the keeper goes. Of several orders only the newest counts.
pub(super) fn run(shared: &Shared, orders: &Receiver<(Number, Arc<Snapshot>)>) {
    while let Ok(first) = orders.recv() {
        let (number, snapshot) = orders.try_iter().last().unwrap_or(first);
        if shared.stopping.load(Ordering::Relaxed) {
            return;
        }
        let stage = Cell::new(Stage::Parsed);
        let made = catch_unwind(AssertUnwindSafe(|| make(shared, number, &snapshot, &stage)));
        let made = made.unwrap_or_else(|panic| {
            let reason = format!("it panicked: {}", member::message(&*panic));
            Err(Refused { stage: stage.get(), reason })
        });
        match made {
            Ok(Some((set, replayed))) => {
                if let Some(held) = shared.lock().held.get_mut(&number) {
                    held.set = Some(Arc::new(set));
                }
                shared.feed(Event::Ready { number, replayed }, None);
            }
            Ok(None) => {}
            Err(Refused { stage, reason }) => {
                shared.feed(Event::Refused { number, stage, reason }, None);
            }
        }
    }
}

/// None where a newer one is wanted meanwhile. `next` is the stage that it is on its way to.
fn make(
    shared: &Shared,
    number: Number,
    snapshot: &Snapshot,
    next: &Cell<Stage>,
) -> Result<Option<(Set, Replayed)>, Refused> {
    let reached = |stage: Stage, then: Stage| {
        next.set(then);
        shared.feed(Event::Reached { number, stage }, None);
        shared.lock().life.wants(number) && !shared.stopping.load(Ordering::Relaxed)
    };
    let loaded = load(snapshot, &known(shared), &mut |stage| match stage {
        Stage::Parsed => reached(stage, Stage::Compiled),
        Stage::Compiled => reached(stage, Stage::Linked),
        _ => reached(stage, Stage::Probed),
    })?;
    let Some(mut set) = loaded else { return Ok(None) };
    probe(&set, shared.nodes.load(Ordering::Relaxed))?;
    if !reached(Stage::Probed, Stage::Replayed) {
        return Ok(None);
    }
    let replayed = replay(shared, &set)?;
    let hear = Arc::clone(&shared.hear);
    set.measure(shared.settings.running);
    set.listen(move |it| hear(&crate::life::News::of(it)));
    Ok(Some((set, replayed)))
}

/// Modules that are compiled already: of what is active, and of what was before.
fn known(shared: &Shared) -> Vec<Arc<Module>> {
    let inner = shared.lock();
    let sets = inner.held.values().filter_map(|it| it.set.as_ref());
    let guests = sets.flat_map(|it| it.members()).filter_map(|it| it.hooks.guest());
    guests.map(|it| Arc::clone(&it.module)).collect()
}

pub(super) fn load(
    snapshot: &Snapshot,
    known: &[Arc<Module>],
    reached: &mut dyn FnMut(Stage) -> bool,
) -> Result<Option<Set>, Refused> {
    match directory::load(snapshot, known, reached) {
        Ok(members) => Ok(members.map(Set::of)),
        Err(it) => Err(Refused { stage: it.stage(), reason: it.to_string() }),
    }
}

pub(super) fn probe(set: &Set, nodes: usize) -> Result<(), Refused> {
    set.probe(nodes).map_err(|it| Refused { stage: Stage::Probed, reason: it.join("\n") })
}

/// One that would soon be rolled back is not taken at all.
fn replay(shared: &Shared, set: &Set) -> Result<Replayed, Refused> {
    let active = Arc::clone(&shared.lock().current);
    let copy = set.quiet();
    let replayed = (shared.replay)(&copy, &active.quiet());
    for calls in copy.take_calls() {
        if let Some(why) = Record::default().add(&calls, (shared.settings.clock)()) {
            let reason = format!("policy {} ({}) {}", calls.used.policy, calls.used.hook, answers::cut(&why));
            return Err(Refused { stage: Stage::Replayed, reason });
        }
    }
    Ok(replayed)
}
