//! All that the engine knows: a plain value.

use super::balancers::Balancers;
use super::cluster::Cluster;
use super::event::Work;
use super::inventory::Inventory;
use super::objects::Node;
use super::row::{Hold, Row};
use super::settings::Settings;
use super::stage::Stage;
use super::strays::Stray;
use super::tally::Tally;
use crate::time::Time;
use crate::world::Name;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub settings: Settings,
    /// Decides about jitter, together with the number of the attempt.
    pub seed: u64,
    /// By uid of the machine.
    pub machines: BTreeMap<Name, Box<Row>>,
    pub groups: BTreeMap<Name, Group>,
    pub inventory: Inventory,
    pub cluster: Cluster,
    pub balancers: Balancers,
    /// Servers and Nodes without a machine, by key or name.
    pub strays: BTreeMap<Name, Stray>,
    pub tally: Tally,
    pub stopped: bool,
    /// Nobody asks the provider anything before: it said so.
    pub throttled_until: Time,
    /// Attempts begun so far.
    pub(super) tokens: u64,
    /// Operations under way.
    pub(super) flights: BTreeMap<u64, Name>,
    /// Ids and host names of servers, in lower case -> the machine that has claimed them.
    pub(super) owners: BTreeMap<Name, Name>,
    /// When machines are looked at again.
    pub(super) due: BTreeSet<(Time, Name)>,
    /// Those that would begin an operation if fewer were under way, and since when.
    pub(super) waiting: BTreeSet<(Time, Name)>,
    /// Of the objects that were there at the start: what is told of an earlier version is old news.
    pub(super) floor: u64,
    /// Uids of machines that have gone of late, and since when: what is still told of them is old news.
    pub(super) gone: BTreeSet<Name>,
    pub(super) gone_since: BTreeSet<(Time, Name)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Group {
    pub generation: u64,
    pub back_off: Option<BackOff>,
    /// Machines for which a server has been asked that could still come.
    pub open: BTreeSet<Name>,
    /// Those that wait to ask for one, longest first.
    pub line: BTreeSet<(Time, Name)>,
}

/// Shown as `status.backOffUntil` and in a condition of the group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackOff {
    pub until: Time,
    pub why: Name,
}

impl State {
    #[must_use]
    pub fn new(settings: Settings, seed: u64, now: Time) -> State {
        State {
            settings,
            seed,
            machines: BTreeMap::new(),
            groups: BTreeMap::new(),
            inventory: Inventory::new(now),
            cluster: Cluster::default(),
            balancers: Balancers::new(),
            strays: BTreeMap::new(),
            tally: Tally::default(),
            stopped: false,
            throttled_until: now,
            tokens: 0,
            flights: BTreeMap::new(),
            owners: BTreeMap::new(),
            due: BTreeSet::new(),
            waiting: BTreeSet::new(),
            floor: 0,
            gone: BTreeSet::new(),
            gone_since: BTreeSet::new(),
        }
    }

    /// When to send a `Tick` if nothing else happens; none where nothing would come of it.
    #[must_use]
    pub fn wake(&self) -> Option<Time> {
        if self.stopped {
            return None;
        }
        let machines = self.due.first().map(|it| it.0);
        let servers = self.inventory_due();
        let balancers = self.balancers_due();
        [machines, Some(servers), balancers].into_iter().flatten().min()
    }

    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Machines in a stage.
    #[must_use]
    pub fn count(&self, stage: Stage) -> u32 {
        self.tally.stages.get(stage.at()).copied().unwrap_or_default()
    }

    /// Machines that wait, and for what.
    pub fn held(&self) -> impl Iterator<Item = (&Row, Hold)> {
        self.machines.values().filter_map(|it| Some((&**it, it.hold?)))
    }

    pub(super) fn inventory_due(&self) -> Time {
        let resting = self.count(Stage::Ready) + self.count(Stage::Failed);
        let busy = self.machines.len() as u32 > resting
            || self.inventory.frozen.is_some()
            || !self.strays.is_empty()
            || self.inventory.good[1].is_none();
        let every = if busy { self.settings.poll_secs } else { self.settings.idle_poll_secs };
        let due = self.inventory.polling.due(&self.settings, every).unwrap_or(self.inventory.begun);
        due.max(self.throttled_until)
    }

    pub(super) fn balancers_due(&self) -> Option<Time> {
        let stages = [Stage::Detaching, Stage::Evicting, Stage::Releasing];
        let needed = self.settings.balancers && stages.iter().any(|it| self.count(*it) > 0);
        let polling = &self.balancers.polling;
        if !needed && polling.flight.is_none() {
            return None;
        }
        let due = polling.due(&self.settings, self.settings.poll_secs).unwrap_or(self.inventory.begun);
        Some(due.max(self.throttled_until))
    }

    /// Another machine's Node is just being taken out of its balancers.
    pub(super) fn is_excluding(&self, node: &Node, but: &Row) -> bool {
        let owner = self.owner_of(node).filter(|it| **it != but.machine.uid);
        let row = owner.and_then(|it| self.machines.get(it));
        row.and_then(|it| it.flight.as_ref()).is_some_and(|it| it.work == Work::Exclude)
    }

    /// The machine whose Node this is.
    pub(super) fn owner_of(&self, node: &Node) -> Option<&Name> {
        let by_name = self.owners.get(&*super::objects::lower(&node.name));
        by_name.or_else(|| self.owners.get(&node.server_id()).filter(|_| !node.provider_id.is_empty()))
    }
}
