//! One step of the engine: an event is taken in, the machines that it concerns are looked at, and
//! what they need is begun, as far as retries, limits and the provider allow.

use super::event::{Effect, Event, Listing, Operation, Outcome, Token, Work};
use super::next::{self, Conclusion, Need};
use super::objects::{
    Backend, Claim, Failure, Machine, Mark, Node, Papers, Server, Why, Wish, alike, fold, lower, shared,
};
use super::retry;
use super::row::{Asked, Flight, Hold, Row};
use super::settings::later;
use super::stage::Stage;
use super::state::{BackOff, State};
use super::strays;
use super::tally::Life;
use crate::time::Time;
use crate::world::Name;
use std::collections::VecDeque;

/// Conclusions in a row about one machine; the longest chain there is has three.
const CONCLUSIONS_MAX: u32 = 8;
/// Longer than anybody repeats old news.
const GONE_KEPT_SECS: u32 = 3600;

pub(super) struct Engine {
    pub state: State,
    pub effects: Vec<Effect>,
    now: Time,
    /// Machines to look at.
    queue: VecDeque<Name>,
    /// Groups in which a server can be asked for again.
    freed: Vec<Name>,
}

impl Engine {
    pub fn new(state: State, now: Time) -> Engine {
        Engine { state, effects: Vec::new(), now, queue: VecDeque::new(), freed: Vec::new() }
    }

    pub fn take(&mut self, event: Event) {
        match event {
            Event::Machine(machine) => self.machine(machine),
            Event::MachineGone { uid } => self.machine_gone(&uid),
            Event::Wish { uid, wish } => self.wish(&uid, wish),
            Event::Node(node) => self.node(node),
            Event::NodeGone { name, uid, version } => self.node_gone(&name, &uid, version),
            Event::Watching(watching) => {
                if self.state.cluster.watching != watching {
                    self.state.cluster.watching = watching;
                    self.look_at_all();
                }
            }
            Event::Group { name, generation } => self.group(&name, generation),
            Event::Servers { token, began, listing } => self.servers(token, began, &listing),
            Event::Balancers { token, began, rules } => {
                let balancers = &mut self.state.balancers;
                balancers.polling.ended(token, rules.is_some());
                if let Some(rules) = rules.filter(|_| balancers.began.is_none_or(|it| it < began)) {
                    balancers.rules = rules;
                    balancers.began = Some(began);
                    self.look_at_all();
                }
            }
            Event::Outcome { token, outcome } => self.outcome(token, &outcome),
            Event::Tick => {}
            Event::Stop => self.state.stopped = true,
        }
    }

    /// Everything that can be begun now, is.
    pub fn run(&mut self) {
        if self.state.stopped {
            self.effects.clear();
            self.queue.clear();
            self.state.due.clear();
            self.state.waiting.clear();
            self.state.machines.values_mut().for_each(|it| it.due = None);
            return;
        }
        while let Some((at, uid)) = self.state.due.first().cloned() {
            if at > self.now {
                break;
            }
            self.state.due.pop_first();
            if let Some(row) = self.state.machines.get_mut(&uid) {
                row.due = None;
            }
            self.queue.push_back(uid);
        }
        loop {
            if let Some(uid) = self.queue.pop_front() {
                self.step(&uid);
            } else if let Some(group) = self.freed.pop() {
                self.offer(&group);
            } else if let Some((_, uid)) = self.turn() {
                self.step(&uid);
            } else {
                break;
            }
        }
        self.poll();
        self.state.tally.batched(self.effects.len());
    }

    /// The machine that has waited longest for others to end their operations.
    fn turn(&mut self) -> Option<(Time, Name)> {
        let free = self.state.flights.len() < self.state.settings.operations_max as usize;
        if free { self.state.waiting.pop_first() } else { None }
    }

    /// Asks those in line, longest waiting first, until one is provided for.
    fn offer(&mut self, group: &Name) {
        if !self.state.inventory.is_fresh(&self.state.settings, self.now) {
            return; // the next list wakes them all
        }
        let mut after: Option<(Time, Name)> = None;
        loop {
            let Some(line) = self.state.groups.get(group).filter(|it| it.open.is_empty()) else { return };
            let next = match &after {
                None => line.line.first(),
                Some(last) => {
                    line.line.range((std::ops::Bound::Excluded(last), std::ops::Bound::Unbounded)).next()
                }
            };
            let Some(next) = next.cloned() else { return };
            self.step(&next.1);
            after = Some(next);
        }
    }

    fn step(&mut self, uid: &Name) {
        for _ in 0..CONCLUSIONS_MAX {
            let Some(row) = self.state.machines.get(uid) else { return };
            if let Some(flight) = &row.flight {
                let end = later(flight.since, self.state.settings.call_secs_max);
                if self.now < end {
                    return self.set_due(uid, Some(end));
                }
                let token = flight.token;
                self.outcome(token, &Outcome::Unknown);
                continue;
            }
            let next = next::next(&self.state, row, self.now);
            self.enter(uid, next.stage);
            match next.need {
                Need::Conclude(conclusion) => self.conclude(uid, conclusion),
                Need::Wait(until) => {
                    self.hold(uid, next.hold);
                    return self.set_due(uid, until);
                }
                Need::Do(operation) => return self.begin(uid, operation, next.hold),
            }
        }
        // Not reached; if it ever were, the machine would only be looked at a little later.
        self.set_due(uid, Some(self.now.plus(1)));
    }

    fn enter(&mut self, uid: &Name, stage: Stage) {
        let now = self.now;
        let state = &mut self.state;
        let Some(row) = state.machines.get_mut(uid) else { return };
        let was = row.stage;
        let leaves = row.goes(&state.settings, now);
        if leaves && row.released.is_none() {
            row.released = Some(now);
            row.tries = 0;
        }
        if !leaves && row.released.take().is_some() {
            row.tries = 0;
        }
        if was == stage {
            return;
        }
        row.stage = stage;
        row.since = now;
        row.retry = retry::Retry::new(now);
        state.tally.moved(was, stage);
        let backend = row.machine.backend;
        if stage == Stage::Ready && was.is_coming() {
            state.tally.lived(Life::Create, backend, secs(now, row.born), row.tries);
        }
        if stage == Stage::Deleting
            && let Some(released) = row.released
        {
            state.tally.gated(secs(now, released));
        }
        let place = (row.born, uid.clone());
        let group = row.machine.group.clone();
        if stage == Stage::Queued {
            state.groups.entry(group).or_default().line.insert(place);
        } else if was == Stage::Queued
            && let Some(group) = state.groups.get_mut(&group)
        {
            group.line.remove(&place);
        }
    }

    fn conclude(&mut self, uid: &Name, conclusion: Conclusion) {
        let now = self.now;
        let Some(row) = self.state.machines.get_mut(uid) else { return };
        match conclusion {
            Conclusion::Absent => {
                row.asked = Asked::No;
                self.close(uid);
            }
            Conclusion::TimedOut => {
                row.asked = Asked::No;
                row.failing = Some(Failure { at: now, why: Why::ProvisioningTimeout });
                // Servers that nobody can tell as ours may have come of it: another one is not bought at once.
                let group = row.machine.group.clone();
                let why = "a server that was ordered was not seen in time".into();
                let until = later(now, self.state.settings.back_off_secs);
                self.state.groups.entry(group).or_default().back_off = Some(BackOff { until, why });
                self.close(uid);
            }
            Conclusion::Fail(why) => row.failing = Some(Failure { at: now, why }),
            Conclusion::Detached(detached) => row.detached = detached.then_some(now),
            Conclusion::Papers(papers) => self.adopt(uid, papers),
            Conclusion::Drop => self.drop(uid),
        }
    }

    fn begin(&mut self, uid: &Name, operation: Operation, hold: Option<Hold>) {
        let now = self.now;
        let work = operation.work();
        let Some(row) = self.state.machines.get(uid) else { return };
        if row.retry.until > now {
            let until = row.retry.until;
            self.hold(uid, hold.or(Some(Hold::Retry)));
            return self.set_due(uid, Some(until));
        }
        if work.asks_provider() && self.state.throttled_until > now {
            self.hold(uid, Some(Hold::Throttled));
            return self.set_due(uid, Some(self.state.throttled_until));
        }
        if self.state.flights.len() >= self.state.settings.operations_max as usize {
            self.state.waiting.insert((row.since, uid.clone()));
            self.hold(uid, Some(Hold::Turn));
            return self.set_due(uid, None);
        }
        let token = self.token();
        let until = later(now, self.state.settings.call_secs_max);
        let Some(row) = self.state.machines.get_mut(uid) else { return };
        let draft = match &operation {
            Operation::Write { papers, .. } => Some(Box::new(papers.clone())),
            _ => None,
        };
        let intends = draft.as_ref().is_some_and(|it| it.intent.is_some());
        row.flight = Some(Flight { token, work, since: now, draft, seen: false });
        if work == Work::Create {
            row.asked = Asked::Sent;
        }
        row.dressing |= work == Work::Dress;
        let group = row.machine.group.clone();
        if work == Work::Create || intends {
            self.state.groups.entry(group).or_default().open.insert(uid.clone());
        }
        self.state.flights.insert(token.0, uid.clone());
        self.effects.push(Effect::Run { token, machine: uid.clone(), operation });
        self.hold(uid, hold);
        self.set_due(uid, Some(until));
    }

    fn poll(&mut self) {
        let now = self.now;
        if self.state.inventory_due() <= now {
            let token = self.token();
            if self.state.inventory.polling.flight.is_some() {
                self.state.inventory.polling.tries += 1; // the last one was given up
            }
            let polling = &mut self.state.inventory.polling;
            polling.flight = Some((token, now));
            polling.last = Some(now);
            self.effects.push(Effect::ReadServers { token });
        }
        if self.state.balancers_due().is_some_and(|it| it <= now) {
            let token = self.token();
            let polling = &mut self.state.balancers.polling;
            polling.flight = Some((token, now));
            polling.last = Some(now);
            self.effects.push(Effect::ReadBalancers { token });
        }
    }

    fn token(&mut self) -> Token {
        self.state.tokens += 1;
        Token(self.state.tokens)
    }

    fn hold(&mut self, uid: &Name, hold: Option<Hold>) {
        if let Some(row) = self.state.machines.get_mut(uid) {
            row.hold = hold;
        }
    }

    fn set_due(&mut self, uid: &Name, due: Option<Time>) {
        let Some(row) = self.state.machines.get_mut(uid) else { return };
        if row.due == due {
            return;
        }
        if let Some(was) = row.due.take() {
            self.state.due.remove(&(was, uid.clone()));
        }
        row.due = due;
        if let Some(due) = due {
            self.state.due.insert((due, uid.clone()));
        }
    }

    /// Those that have something to do now: most rest, and go on resting.
    fn look_at_all(&mut self) {
        let Engine { state, queue, now, .. } = self;
        let busy = state.machines.iter().filter(|it| !rests(state, it.1, *now));
        queue.extend(busy.map(|it| it.0.clone()));
    }

    // What events mean.

    fn machine(&mut self, machine: Machine) {
        let (now, uid) = (self.now, machine.uid.clone());
        let Some(row) = self.state.machines.get_mut(&uid) else {
            // One that is gone is not born again because somebody repeats old news.
            if machine.version > self.state.floor && !self.state.gone.contains(&uid) {
                self.insert(Row::new(machine, now));
            }
            return;
        };
        if machine.version <= row.machine.version {
            return;
        }
        if row.machine.deleted != machine.deleted && row.retry.parked {
            row.retry = retry::Retry::new(now);
        }
        let mut papers = machine.papers.clone();
        // Whoever wipes what we wrote does not make us forget a server.
        papers.server = papers.server.or_else(|| row.machine.papers.server.clone());
        papers.condemned = papers.condemned.or(row.machine.papers.condemned);
        // Either what we sent is in it, or something else came before, and it was refused.
        row.condemning = false;
        let known = &row.machine;
        row.machine = Machine {
            uid: known.uid.clone(),
            name: shared(machine.name, &known.name),
            group: shared(machine.group, &known.group),
            papers: known.papers.clone(),
            ..machine
        };
        // While we write, what we see may be our own doing: the outcome will tell.
        let ours = row.flight.as_ref().and_then(|it| it.draft.as_deref()) == Some(&papers);
        if ours && let Some(flight) = &mut row.flight {
            flight.seen = true;
        }
        if papers != row.machine.papers && !ours {
            let intends = papers.intent.is_some() && papers.intent != row.machine.papers.intent;
            if intends && papers.server.is_none() && matches!(row.asked, Asked::No) {
                // Written by an earlier leader, or by us with no answer. Nobody knows what was sent.
                row.asked = Asked::Unknown { since: now };
                let group = row.machine.group.clone();
                self.state.groups.entry(group).or_default().open.insert(uid.clone());
            }
            self.adopt(&uid, papers);
        }
        self.queue.push_back(uid);
    }

    fn wish(&mut self, uid: &Name, wish: Wish) {
        let now = self.now;
        let Some(row) = self.state.machines.get_mut(uid).filter(|it| it.wish != wish) else { return };
        row.wish = wish;
        if row.retry.parked {
            row.retry = retry::Retry::new(now);
        }
        self.queue.push_back(uid.clone());
    }

    pub fn insert(&mut self, mut row: Row) {
        if let Some((known, _)) = self.state.groups.get_key_value(&row.machine.group) {
            row.machine.group = known.clone();
        }
        let uid = row.machine.uid.clone();
        let group = row.machine.group.clone();
        let entry = self.state.groups.entry(group.clone()).or_default();
        if row.is_open() {
            entry.open.insert(uid.clone());
        }
        for name in row.aliases() {
            self.state.owners.insert(name, uid.clone());
        }
        let born = row.born;
        self.state.machines.insert(uid.clone(), Box::new(row));
        self.mark(&uid);
        // Where it stands follows from what is written on it; it has not come there just now.
        let Some(row) = self.state.machines.get(&uid) else { return };
        let stage = next::next(&self.state, row, self.now).stage;
        if let Some(row) = self.state.machines.get_mut(&uid) {
            row.stage = stage;
        }
        self.state.tally.entered(stage);
        if stage == Stage::Queued
            && let Some(group) = self.state.groups.get_mut(&group)
        {
            group.line.insert((born, uid.clone()));
        }
        self.queue.push_back(uid);
    }

    fn machine_gone(&mut self, uid: &Name) {
        let Some(row) = self.state.machines.get_mut(uid) else { return };
        row.gone = true;
        self.queue.push_back(uid.clone());
    }

    fn node(&mut self, node: Node) {
        let name = node.name.clone();
        if !self.state.cluster.insert(node) {
            return;
        }
        let Some(node) = self.state.cluster.nodes.get(&*lower(&name)) else { return };
        if let Some(uid) = self.state.owner_of(node).cloned() {
            self.mark(&uid);
            self.queue.push_back(uid);
        }
    }

    fn node_gone(&mut self, name: &Name, uid: &Name, version: u64) {
        let node = self.state.cluster.nodes.get(&*lower(name));
        let owner = node.and_then(|it| self.state.owner_of(it)).cloned();
        if !self.state.cluster.remove(name, uid, version) {
            return;
        }
        if let Some(owner) = owner {
            if let Some(row) = self.state.machines.get_mut(&owner) {
                row.nodeless = self.now;
            }
            self.mark(&owner);
            self.queue.push_back(owner);
        }
    }

    /// Notes since when the Node of a machine bears all leaving marks.
    fn mark(&mut self, uid: &Name) {
        let Some(row) = self.state.machines.get_mut(uid) else { return };
        let node = row.machine.papers.server.as_ref().and_then(|it| self.state.cluster.of(it));
        if node.is_some_and(|it| it.excluded) {
            row.excluded.get_or_insert(self.now);
        } else {
            row.excluded = None;
            row.detached = None;
        }
    }

    fn group(&mut self, name: &Name, generation: u64) {
        let group = self.state.groups.entry(name.clone()).or_default();
        if generation <= group.generation {
            return;
        }
        group.generation = generation;
        if group.back_off.take().is_some() {
            let line: Vec<Name> = group.line.iter().map(|it| it.1.clone()).collect();
            self.queue.extend(line);
        }
    }

    fn servers(&mut self, token: Token, began: Time, listing: &Listing) {
        if let Listing::Failed { wait_secs: Some(secs) } = listing {
            self.throttle(*secs);
        }
        let whole = matches!(listing, Listing::Complete(_));
        self.state.inventory.polling.ended(token, whole);
        let State { settings, inventory, owners, machines, .. } = &mut self.state;
        let expected = |it: &Server| {
            let owner = [&it.id, &it.host].into_iter().find_map(|it| owners.get(&*lower(it)));
            let row = owner.and_then(|it| machines.get(it));
            row.is_none_or(|it| it.machine.papers.condemned.is_none())
        };
        let was_frozen = inventory.frozen.is_some();
        let believed = inventory.absorb(settings, began, listing, expected);
        if believed {
            self.find();
            let (news, ghosts) = strays::look(&mut self.state, self.now);
            self.effects.extend(news.into_iter().map(Effect::Report));
            for ghost in ghosts {
                if !self.state.machines.contains_key(&ghost.machine.uid) {
                    self.insert(ghost);
                }
            }
        }
        if believed || was_frozen != self.state.inventory.frozen.is_some() {
            self.look_at_all();
        }
    }

    /// Gives new servers to the machines that wait for one; of several, to the one that has longest. Nobody can tell
    /// whose it is: one that is to stay is served first, or its server would be deleted and another bought. One whose
    /// object is gone is served last: with this process it would be forgotten, and its server with it.
    fn find(&mut self) {
        let state = &self.state;
        let latest = state.inventory.good[0];
        // What the process before us has sent may still arrive, and give one of them to another machine.
        let sure = later(state.inventory.begun, state.settings.lag_secs);
        if latest.is_none_or(|it| it < sure) {
            return;
        }
        let mut waiting: Vec<(&Row, Time, &[Name])> = state
            .groups
            .values()
            .flat_map(|it| &it.open)
            .filter_map(|it| Some(&**state.machines.get(it)?))
            .filter(|it| {
                it.found.is_none() && matches!(it.asked, Asked::Accepted { .. } | Asked::Unknown { .. })
            })
            .filter_map(|it| it.machine.papers.intent.as_ref().map(|intent| (it, intent.at, &*intent.seen)))
            .collect();
        if waiting.is_empty() {
            return;
        }
        let order = |row: &Row| (row.gone, row.leaves(&state.settings, self.now));
        waiting.sort_by_key(|(row, at, _)| (order(row), *at, &row.machine.uid));
        let free = |it: &&Server| {
            it.mark != Mark::Foreign
                && [&it.id, &it.host].into_iter().all(|it| !state.owners.contains_key(&*lower(it)))
        };
        let mut servers: Vec<&Server> = state
            .inventory
            .servers
            .values()
            .filter(|it| Some(it.last) == latest)
            .map(|it| &it.server)
            .filter(free)
            .collect();
        let mut found = Vec::new();
        for (row, _, seen) in waiting {
            let machine = &row.machine;
            let fits = |it: &&Server| {
                match machine.backend {
                    Backend::Managed => {
                        it.group == machine.group && !it.group.is_empty() && !it.is_among(seen)
                    }
                    // The name is its own; an earlier server of that name may have died before.
                    Backend::Plain => {
                        alike(&it.host, &machine.name)
                            && !it.id.is_empty()
                            && seen.binary_search(&fold(&it.id)).is_err()
                    }
                }
            };
            if let Some(at) = servers.iter().position(fits) {
                let server = servers.remove(at);
                let claim = Claim { id: server.id.clone(), host: server.host.clone(), at: self.now };
                found.push((machine.uid.clone(), claim));
            }
        }
        for (uid, claim) in found {
            for name in [&claim.id, &claim.host].into_iter().filter(|it| !it.is_empty()) {
                self.state.owners.insert(fold(name), uid.clone());
            }
            if let Some(row) = self.state.machines.get_mut(&uid) {
                row.found = Some(claim);
            }
        }
    }

    fn throttle(&mut self, secs: u32) {
        self.state.throttled_until = self.state.throttled_until.max(later(self.now, secs));
    }

    fn outcome(&mut self, token: Token, outcome: &Outcome) {
        let Some(uid) = self.state.flights.get(&token.0).cloned() else { return };
        let Some(row) = self.state.machines.get_mut(&uid) else { return };
        let Some(flight) = row.flight.take_if(|it| it.token == token) else { return };
        self.state.flights.remove(&token.0);
        let (backend, version) = (row.machine.backend, row.machine.version);
        let done = matches!(outcome, Outcome::Done | Outcome::Written { .. });
        if flight.work == Work::Exclude && done && row.dressing {
            // The marks stand from now on, whatever was seen of them before.
            (row.dressing, row.excluded, row.detached) = (false, Some(self.now), None);
        }
        self.state.tally.called(flight.work, backend, outcome, secs(self.now, flight.since));
        if let Outcome::Throttled { wait_secs } = outcome {
            self.throttle(*wait_secs);
        }
        match flight.work {
            Work::Create => self.created(&uid, outcome),
            Work::Write if flight.seen => {
                self.written(&uid, flight.draft, &Outcome::Written { version });
            }
            Work::Write => self.written(&uid, flight.draft, outcome),
            Work::Finish => match outcome {
                Outcome::Done | Outcome::Absent | Outcome::Written { .. } => self.drop(&uid),
                _ => self.failed(&uid, outcome),
            },
            Work::Dress | Work::Exclude | Work::Detach | Work::Evict | Work::Delete | Work::Forget => {
                match outcome {
                    // Whether it worked is seen; it is only repeated if that takes long.
                    Outcome::Done | Outcome::Written { .. } | Outcome::Absent => {
                        self.pause(&uid, flight.work);
                    }
                    _ => self.failed(&uid, outcome),
                }
            }
        }
        self.queue.push_back(uid);
    }

    fn created(&mut self, uid: &Name, outcome: &Outcome) {
        let now = self.now;
        let Some(row) = self.state.machines.get_mut(uid) else { return };
        match outcome {
            Outcome::Done | Outcome::Written { .. } => row.asked = Asked::Accepted { since: now },
            Outcome::Unknown | Outcome::Conflict => {
                row.asked = Asked::Unknown { since: now };
                row.tries += 1;
            }
            Outcome::Failed | Outcome::Throttled { .. } => {
                row.asked = Asked::Written;
                self.failed(uid, outcome);
            }
            Outcome::Refused { .. } | Outcome::Absent => {
                row.asked = Asked::No;
                row.tries += 1;
                let why = match outcome {
                    Outcome::Refused { why } => why.clone(),
                    _ => "there is no such group at the provider".into(),
                };
                let until = later(now, self.state.settings.back_off_secs);
                let group = row.machine.group.clone();
                self.state.groups.entry(group).or_default().back_off = Some(BackOff { until, why });
                self.close(uid);
            }
        }
    }

    fn written(&mut self, uid: &Name, draft: Option<Box<Papers>>, outcome: &Outcome) {
        let Some(row) = self.state.machines.get_mut(uid) else { return };
        let condemns = draft.as_ref().is_some_and(|it| it.condemned.is_some());
        let (Outcome::Written { version }, Some(draft)) = (outcome, draft) else {
            if *outcome == Outcome::Absent {
                row.gone = true;
            } else {
                row.condemning |= *outcome == Outcome::Unknown && condemns;
                self.failed(uid, outcome);
            }
            return;
        };
        row.machine.version = row.machine.version.max(*version);
        if draft.intent.is_some() && draft.server.is_none() && draft.intent != row.machine.papers.intent {
            row.asked = Asked::Written;
        }
        self.adopt(uid, *draft);
    }

    /// What stands on the machine now.
    fn adopt(&mut self, uid: &Name, papers: Papers) {
        let now = self.now;
        let Some(row) = self.state.machines.get_mut(uid) else { return };
        let claimed = papers.server.is_some() && row.machine.papers.server.is_none();
        let names: Vec<Name> = row.aliases().collect();
        row.condemning = false;
        row.machine.papers = papers;
        if claimed {
            row.found = None;
            row.asked = Asked::No;
            row.nodeless = now;
            row.listed = now;
        }
        if row.machine.papers.failed.is_some() {
            row.failing = None;
        }
        for name in names {
            self.state.owners.remove(&name);
        }
        let names: Vec<Name> = row.aliases().collect();
        for name in names {
            self.state.owners.insert(name, uid.clone());
        }
        if claimed {
            self.mark(uid);
            self.close(uid);
        }
    }

    /// No request of this machine can bring a server any more: the next of its group may ask.
    fn close(&mut self, uid: &Name) {
        let Some(row) = self.state.machines.get(uid) else { return };
        if let Some(group) = self.state.groups.get_mut(&row.machine.group)
            && group.open.remove(uid)
        {
            self.freed.push(row.machine.group.clone());
        }
    }

    fn failed(&mut self, uid: &Name, outcome: &Outcome) {
        let chance = retry::mix(self.state.seed.wrapping_add(self.state.tokens));
        let Some(row) = self.state.machines.get_mut(uid) else { return };
        row.tries += 1;
        row.retry.failed(&self.state.settings, chance, self.now);
        if let Outcome::Throttled { wait_secs } = outcome {
            row.retry.until = row.retry.until.max(later(self.now, *wait_secs));
        }
        // One that fails again and again does not keep others of its group waiting meanwhile.
        if row.retry.parked && !row.is_open() {
            row.asked = Asked::No;
            self.close(uid);
        }
    }

    fn pause(&mut self, uid: &Name, work: Work) {
        let settings = &self.state.settings;
        let secs = match work {
            Work::Delete => settings.lag_secs.max(settings.recheck_secs),
            _ => settings.recheck_secs,
        };
        let until = later(self.now, secs);
        if let Some(row) = self.state.machines.get_mut(uid) {
            row.retry.until = until;
            row.retry.tries = 0;
        }
    }

    fn drop(&mut self, uid: &Name) {
        self.close(uid);
        self.set_due(uid, None);
        let now = self.now;
        let Some(row) = self.state.machines.remove(uid) else { return };
        let state = &mut self.state;
        while let Some((since, _)) = state.gone_since.first()
            && later(*since, GONE_KEPT_SECS) < now
        {
            let old = state.gone_since.pop_first();
            state.gone.remove(&old.expect("it is there").1);
        }
        state.gone.insert(uid.clone());
        state.gone_since.insert((now, uid.clone()));
        state.tally.left(row.stage);
        if row.stage == Stage::Finishing {
            let took = secs(now, row.released.unwrap_or(now));
            state.tally.lived(Life::Delete, row.machine.backend, took, row.tries);
        }
        state.waiting.remove(&(row.since, uid.clone()));
        for name in row.aliases() {
            if state.owners.get(&name) == Some(uid) {
                state.owners.remove(&name);
            }
        }
        if let Some(group) = state.groups.get_mut(&row.machine.group) {
            group.line.remove(&(row.born, uid.clone()));
        }
    }
}

/// A look at it would change nothing.
fn rests(state: &State, row: &Row, now: Time) -> bool {
    if row.flight.is_some() || row.goes(&state.settings, now) || row.released.is_some() {
        return false;
    }
    let next = next::next(state, row, now);
    let waits = matches!(next.need, Need::Wait(until) if until == row.due);
    waits && (next.stage, next.hold) == (row.stage, row.hold)
}

fn secs(now: Time, since: Time) -> u64 {
    now.since(since).max(0).unsigned_abs()
}
