//! A machine's life: every wanted machine is given a server, and every unwanted one a clean end.
//!
//! `apply` takes one event and gives the effects to carry out; it never waits. What is seen goes
//! into the state (`engine`), what a machine needs next is worked out from it (`next`), and what
//! must survive is written on objects before anything irreversible is asked for, so that `restore`
//! goes on from there.
//!
//! Invariant: an effect is never assumed to have worked, nor to have failed, unless somebody said so
//! or it was seen.

mod balancers;
mod cluster;
mod engine;
mod event;
mod inventory;
pub mod metrics;
mod next;
mod objects;
mod retry;
mod row;
mod settings;
mod stage;
mod state;
mod strays;
mod tally;

pub use balancers::Balancers;
pub use cluster::Cluster;
pub use event::{Effect, Event, Finding, Listing, Operation, Outcome, Token, Work};
pub use inventory::{Freeze, FreezeWhy, Inventory, Sighting, UNREAD};
pub use objects::{
    Backend, Claim, Failure, Intent, Machine, Mark, Node, Papers, Rule, Server, Target, Why, Wish, server_id,
};
pub use retry::Retry;
pub use row::{Asked, Flight, Hold, Row};
pub use settings::Settings;
pub use stage::{Phase, Stage, WAYS};
pub use state::{BackOff, Group, State};
pub use strays::Stray;
pub use tally::{End, Histogram, Life, Tally};

use crate::time::Time;
use crate::world::Name;
use engine::Engine;
use serde::{Deserialize, Serialize};

/// Takes in an event; the effects are to be carried out in any order.
#[must_use]
pub fn apply(state: State, event: Event, now: Time) -> (State, Vec<Effect>) {
    let mut engine = Engine::new(state, now);
    engine.take(event);
    engine.run();
    (engine.state, engine.effects)
}

/// What is there when the engine starts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Objects {
    pub machines: Vec<Machine>,
    pub nodes: Vec<Node>,
    /// Groups and their generation.
    pub groups: Vec<(Name, u64)>,
    /// Of the reading: what is told of an earlier version is old news.
    pub version: u64,
}

/// The state of an engine that knows these objects, and has never heard of the provider. Nothing is
/// begun until the first event.
#[must_use]
pub fn restore(settings: Settings, seed: u64, objects: Objects, now: Time) -> State {
    let mut engine = Engine::new(State::new(settings, seed, now), now);
    for node in objects.nodes {
        engine.take(Event::Node(node));
    }
    for (name, generation) in objects.groups {
        engine.take(Event::Group { name, generation });
    }
    for machine in objects.machines {
        engine.take(Event::Machine(machine));
    }
    engine.take(Event::Watching(true));
    engine.state.floor = objects.version;
    engine.state.cluster.floor = objects.version;
    let mut state = engine.state;
    let all: Vec<Name> = state.machines.keys().cloned().collect();
    for uid in all {
        if let Some(row) = state.machines.get_mut(&uid) {
            row.due = Some(now);
        }
        state.due.insert((now, uid));
    }
    state
}
