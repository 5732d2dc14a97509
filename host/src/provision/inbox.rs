//! What others have told and the engine has not taken in yet. It holds the latest about each thing and no more,
//! so it cannot overflow, nobody who tells something ever waits, and nothing that counts is lost.

use decide::provision::{Event, Machine, Node, Wish};
use decide::world::Name;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is to become of machines, by uid. One that is not named stays.
pub type Wishes = Arc<BTreeMap<Name, Wish>>;

#[derive(Debug, Default)]
pub(super) struct Inbox {
    machines: BTreeMap<Name, MachineNews>,
    nodes: BTreeMap<Name, NodeNews>,
    groups: BTreeMap<Name, u64>,
    watching: Option<Watching>,
    pub wishes: Option<Wishes>,
    pub stop: bool,
}

#[derive(Debug)]
enum MachineNews {
    There(Machine),
    Gone,
}

/// One of a name may have gone before another came.
#[derive(Debug, Default)]
struct NodeNews {
    gone: Option<(Name, u64)>,
    there: Option<Node>,
}

/// It was cut in between, and what it is now.
#[derive(Debug, Default)]
struct Watching {
    was_cut: bool,
    now: bool,
}

impl Inbox {
    pub fn put(&mut self, event: Event) {
        match event {
            Event::Machine(machine) => {
                // Of two versions the newer counts, whoever was faster. What is gone does not come back.
                let newer = match self.machines.get(&machine.uid) {
                    Some(MachineNews::There(known)) => known.version <= machine.version,
                    Some(MachineNews::Gone) => false,
                    None => true,
                };
                if newer {
                    self.machines.insert(machine.uid.clone(), MachineNews::There(machine));
                }
            }
            Event::MachineGone { uid } => {
                self.machines.insert(uid, MachineNews::Gone);
            }
            Event::Node(node) => {
                let news = self.nodes.entry(node.name.clone()).or_default();
                if news.there.as_ref().is_none_or(|it| it.version <= node.version) {
                    news.there = Some(node);
                }
            }
            Event::NodeGone { name, uid, version } => {
                let news = self.nodes.entry(name).or_default();
                news.there.take_if(|it| it.uid == uid && it.version <= version);
                news.gone = Some((uid, version));
            }
            Event::Group { name, generation } => {
                let known = self.groups.entry(name).or_default();
                *known = generation.max(*known);
            }
            Event::Watching(now) => {
                let watching = self.watching.get_or_insert_default();
                watching.was_cut |= !now;
                watching.now = now;
            }
            Event::Stop => self.stop = true,
            Event::Wish { .. }
            | Event::Servers { .. }
            | Event::Balancers { .. }
            | Event::Outcome { .. }
            | Event::Tick => {
                unreachable!("the shell tells these itself")
            }
        }
    }

    /// In an order in which nothing is believed too early: that the watch is cut comes first, that it is up to
    /// date comes last.
    pub fn events(self) -> Vec<Event> {
        let mut events = Vec::new();
        let watching = self.watching.unwrap_or_default();
        if watching.was_cut {
            events.push(Event::Watching(false));
        }
        events.extend(self.groups.into_iter().map(|(name, generation)| Event::Group { name, generation }));
        for (name, NodeNews { gone, there }) in self.nodes {
            events.extend(gone.map(|(uid, version)| Event::NodeGone { name, uid, version }));
            events.extend(there.map(Event::Node));
        }
        events.extend(self.machines.into_iter().map(|(uid, news)| match news {
            MachineNews::There(machine) => Event::Machine(machine),
            MachineNews::Gone => Event::MachineGone { uid },
        }));
        if watching.now {
            events.push(Event::Watching(true));
        }
        events
    }
}
