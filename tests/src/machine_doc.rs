//! The table of states and events and the picture of a machine's life, made by asking the engine.

use crate::provider_sim::faults::Faults;
use crate::provider_sim::sim::{Action, Sim};
use decide::provision::{
    Effect, Event, Listing, Machine, Outcome, Settings, Stage, State, WAYS, Wish, apply,
};
use decide::time::Time;
use decide::world::Name;
use std::collections::BTreeMap;
use std::fmt::Write;

/// A state for each stage, at rest and with an operation under way where there are such, and the machine that is
/// in it.
#[must_use]
pub fn samples() -> BTreeMap<(Stage, bool), (State, Name, Time)> {
    let mut samples = BTreeMap::new();
    for seed in 0..200 {
        let faults = Faults { refused: 10, never_joins: 30, ..Faults::default() };
        let mut sim = Sim::new(seed, faults, Settings { balancers: true, ..Settings::default() });
        sim.act(0, Action::Want(0, 3));
        sim.act(2500, Action::Want(0, 0));
        sim.run_for(70);
        for _ in 0..6000 {
            sim.run_for(1);
            for row in sim.state.machines.values().filter(|it| it.wish != Wish::Wait) {
                let sample = || (sim.state.clone(), row.machine.uid.clone(), sim.now);
                samples.entry((row.stage, row.flight.is_some())).or_insert_with(sample);
            }
        }
        if Stage::ALL.iter().all(|stage| samples.keys().any(|it| it.0 == *stage)) {
            return samples;
        }
    }
    samples
}

/// What can be told in that state about that machine.
#[must_use]
pub fn events(state: &State, uid: &Name, now: Time) -> Vec<(Event, String)> {
    let row = &state.machines[uid];
    let machine = Machine { version: u64::MAX / 2, ..row.machine.clone() };
    let mut events = vec![
        (Event::Wish { uid: uid.clone(), wish: Wish::Stay }, "is to stay".to_string()),
        (Event::Wish { uid: uid.clone(), wish: Wish::Wait }, "is to wait".to_string()),
        (Event::Wish { uid: uid.clone(), wish: Wish::Leave }, "is to leave".to_string()),
        (Event::Machine(Machine { deleted: true, ..machine }), "deleted".to_string()),
        (Event::MachineGone { uid: uid.clone() }, "object gone".to_string()),
    ];
    if let Some(node) = row.claim().and_then(|it| state.cluster.of(it)) {
        let gone = Event::NodeGone { name: node.name.clone(), uid: node.uid.clone(), version: u64::MAX / 2 };
        events.push((gone, "Node gone".to_string()));
    }
    if let Some(flight) = &row.flight {
        let outcomes = [
            Outcome::Done,
            Outcome::Written { version: u64::MAX / 2 },
            Outcome::Absent,
            Outcome::Conflict,
            Outcome::Failed,
            Outcome::Throttled { wait_secs: 30 },
            Outcome::Refused { why: "limit".into() },
            Outcome::Unknown,
        ];
        for outcome in outcomes {
            let what = format!("{outcome:?}").split([' ', '{']).next().unwrap_or("").to_string();
            events.push((Event::Outcome { token: flight.token, outcome }, what));
        }
    }
    let listing = Listing::Failed { wait_secs: None };
    events.push((
        Event::Servers { token: decide::provision::Token(0), began: now, listing },
        "list failed".to_string(),
    ));
    events.push((Event::Watching(false), "watch cut".to_string()));
    events.push((Event::Tick, "time passes".to_string()));
    events.push((Event::Stop, "stop".to_string()));
    events
}

#[must_use]
pub fn text() -> String {
    let mut text = String::from(
        "# A machine's life\n\nMade from the engine itself: `UPDATE_EXPECT=1 cargo test -p tests --test provision --release table`.\n\n\
         ```mermaid\nstateDiagram-v2\n    [*] --> Queued\n",
    );
    for (from, to, why) in WAYS {
        let _ = writeln!(text, "    {from} --> {to}: {}", why.replace(':', ","));
    }
    text += "    Finishing --> [*]\n```\n\n## What is done about each event in each stage\n\n\
             What a machine does next follows from what is known, so an event that changes nothing known changes nothing.\n\
             Outcomes are those of the operation that is under way; of any other attempt they are ignored.\n\n\
             | stage | event | then | begins |\n|---|---|---|---|\n";
    for ((stage, _), (state, uid, now)) in samples() {
        let under_way = state.machines[&uid].flight.as_ref();
        let stage = under_way.map_or(stage.to_string(), |it| format!("{stage}, {:?} under way", it.work));
        for (event, what) in events(&state, &uid, now) {
            let (after, effects) = apply(state.clone(), event, now);
            let then = after.machines.get(&uid).map_or("gone".to_string(), |it| it.stage.to_string());
            let begun: Vec<String> = effects
                .iter()
                .filter_map(|it| match it {
                    Effect::Run { machine, operation, .. } if *machine == uid => {
                        Some(format!("{:?}", operation.work()))
                    }
                    _ => None,
                })
                .collect();
            let _ = writeln!(text, "| {stage} | {what} | {then} | {} |", begun.join(", "));
        }
    }
    text
}
