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

#[cfg(test)]
mod tests {
    use super::*;
    use decide::provision::{Backend, Papers};

    fn machine(version: u64) -> Event {
        Event::Machine(Machine {
            uid: "m".into(),
            name: "m".into(),
            group: "g".into(),
            backend: Backend::Managed,
            version,
            deleted: false,
            papers: Papers::default(),
        })
    }

    fn node(uid: &str, version: u64) -> Event {
        Event::Node(Node {
            name: "n".into(),
            uid: uid.into(),
            version,
            provider_id: "".into(),
            ours: true,
            ready: true,
            ever_ready: true,
            dressed: true,
            marked: false,
            excluded: false,
            addresses: Vec::new(),
            pods: 0,
            volumes: 0,
        })
    }

    fn gone(uid: &str, version: u64) -> Event {
        Event::NodeGone { name: "n".into(), uid: uid.into(), version }
    }

    #[test]
    fn the_latest_of_each_thing_is_kept_in_an_order_that_is_safe() {
        let machine_gone = || Event::MachineGone { uid: "m".into() };
        let group = |generation| Event::Group { name: "g".into(), generation };
        let (up, cut) = (Event::Watching(true), Event::Watching(false));
        let cases = [
            ("the newer", vec![machine(1), machine(3), machine(2)], vec![machine(3)]),
            ("gone stays gone", vec![machine(1), machine_gone(), machine(2)], vec![machine_gone()]),
            ("a node changes", vec![node("a", 1), node("a", 3), node("a", 2)], vec![node("a", 3)]),
            ("a node goes", vec![node("a", 1), gone("a", 2)], vec![gone("a", 2)]),
            ("another comes", vec![gone("a", 2), node("b", 3)], vec![gone("a", 2), node("b", 3)]),
            ("told late", vec![node("b", 3), gone("a", 2)], vec![gone("a", 2), node("b", 3)]),
            ("a group", vec![group(2), group(1)], vec![group(2)]),
            ("up to date last", vec![up.clone(), machine(1)], vec![machine(1), up.clone()]),
            ("cut first", vec![machine(1), cut.clone()], vec![cut.clone(), machine(1)]),
            ("cut in between", vec![cut.clone(), machine(1), up.clone()], vec![cut, machine(1), up]),
        ];
        for (name, told, kept) in cases {
            let mut inbox = Inbox::default();
            told.into_iter().for_each(|it| inbox.put(it));
            assert_eq!(inbox.events(), kept, "{name}");
        }
    }

    #[test]
    fn telling_much_takes_no_more_room() {
        let mut inbox = Inbox::default();
        (0..10_000).for_each(|it| inbox.put(machine(it)));
        (0..10_000).for_each(|it| inbox.put(node("a", it)));
        assert_eq!(inbox.events().len(), 2);
    }
}
