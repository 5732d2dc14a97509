//! The loop: what is due next happens, the engine is told, what it asks for is carried out.

use super::dice::Dice;
use super::faults::Faults;
use super::truth::{RealServer, Truth};
use decide::provision::{
    self, Backend, Claim, Effect, Event, Finding, Listing, Machine, Mark, Node, Objects, Operation, Outcome,
    Papers, Phase, Row, Rule, Server, Settings, Stage, State, Target, Token, Wish, Work, apply,
};
use decide::time::Time;
use decide::world::Name;
use std::collections::{BTreeMap, BTreeSet};

/// When the simulation begins.
pub const START: Time = Time(1_795_168_800);
/// How often the groups' size is looked after.
const SIZE_SECS: i64 = 20;
/// By so many machines at most a group grows or shrinks then.
const SIZE_STEP_MAX: u32 = 8;
/// The time-out of a call: of a lost reply nothing is known until then.
const CALL_SECS: i64 = 30;
/// The longest that a slow reply takes, which is longer than anybody waits for it.
const SLOW_SECS_MAX: u32 = 90;
/// An engine that wants to be woken again and again at one instant does not come to rest.
const STEPS_MAX: u32 = 5000;

/// What people, policies and bad luck do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A group is to have so many machines.
    Want(u8, u8),
    /// Another wish about a machine: a policy that changes its mind.
    Flip(u8, u8),
    /// `kubectl delete` of a machine.
    Delete(u8),
    DeleteNode(u8),
    KillServer(u8),
    AddForeign,
    /// The watch is cut for so many tens of seconds.
    Unwatch(u8),
    /// Pods are on a Node again.
    Pods(u8),
    Crash,
    /// The group is edited.
    Edit(u8),
    /// The object of a machine is removed by force.
    Force(u8),
    /// A machine is to wait for an hour, wherever it stands.
    Hold(u8),
}

/// A driver or an engine that does one thing wrong: the checks must notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// A lost reply is told as a failure that surely had no effect.
    LostIsFailed,
    /// A request whose reply was lost is sent again.
    PostsAgain,
    /// An outcome is told for whatever is under way now.
    IgnoresTokens,
    /// Intents are not written, but told to be.
    ForgetsIntents,
    /// The provider chooses which server goes.
    Reduces,
    /// 429 is told as an ordinary failure.
    IgnoresRetryAfter,
    /// More than may be are sent at once: each operation twice.
    SendsTwice,
    /// A list that came in part is told as a whole one.
    PartIsWhole,
    /// Pods and volumes on a Node are not told.
    SeesNoPods,
    /// Balancers are told to be empty.
    SeesNoBackends,
}

#[derive(Debug, Clone)]
enum Happening {
    /// A request arrives, and this is how it ends.
    Arrives {
        epoch: u32,
        token: Token,
        machine: Name,
        operation: Operation,
        manner: Manner,
    },
    /// The engine that asked is told, if it still runs.
    Reply {
        epoch: u32,
        event: Event,
    },
    /// Whoever watches is told.
    Told(Event),
    Joins(usize),
    Dies(usize),
    PodsLand(Name),
    PodsGo(Name),
    VolumesGo(Name),
    Balance,
    Size,
    Wishes,
    Do(Action),
    Heal,
    Rewatch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Well,
    ReplyLost,
    RequestLost,
    Hangs,
    Throttled(u32),
    ErrorWithEffect,
    ErrorWithout,
    OkWithError,
    Refused,
    Conflict,
}

pub struct Sim {
    pub now: Time,
    pub truth: Truth,
    pub state: State,
    pub violations: Vec<(&'static str, String)>,
    pub findings: Vec<Finding>,
    /// Effects so far: each is a boundary at which a crash may come.
    pub boundaries: u32,
    pub crash_at: BTreeSet<u32>,
    pub sabotage: Option<Sabotage>,
    /// Servers that were really bought, for each machine.
    pub bought: BTreeMap<Name, u32>,
    pub events: u64,
    /// Ways between stages that were taken, as far as they were looked at.
    pub ways: BTreeSet<(Stage, Stage)>,
    /// Everything the engine was told and asked for, for who looks for a mistake.
    pub log: Option<Vec<String>>,
    pub sizes: [u32; 3],
    pub backends: [Backend; 3],
    /// The busiest moment.
    pub flights_max: usize,
    settings: Settings,
    faults: Faults,
    healed: bool,
    dice: Dice,
    epoch: u32,
    sequence: u64,
    queue: BTreeMap<(Time, u64), Happening>,
    /// Tokens under way in this epoch.
    under_way: BTreeMap<Token, (Name, Work, Time)>,
    throttled_until: Time,
    /// Failures in a row of one kind of operation in one stage.
    failing: BTreeMap<(Name, Work), ((Stage, Time), u32, Time)>,
    stop_told: bool,
    /// Things that were told before, to be told again.
    old_news: Vec<Event>,
    force_gone: BTreeSet<Name>,
    /// What whoever plans has last said about each machine; told anew to each engine.
    wishes: BTreeMap<Name, Wish>,
    /// Machines that are kept from leaving for a while.
    kept_until: BTreeMap<Name, Time>,
}

pub const GROUPS: [&str; 3] = ["alpha", "beta", "gamma"];

impl Sim {
    #[must_use]
    pub fn new(seed: u64, faults: Faults, settings: Settings) -> Sim {
        let mut truth = Truth::default();
        for it in GROUPS {
            truth.groups.insert(it.into(), 1);
        }
        for name in ["web/80", "web/443"] {
            let backends = vec![Target { id: format!("{name}/foreign").into(), ip: "192.0.2.1".into() }];
            truth.rules.push(Rule { name: name.into(), backends });
        }
        let mut sim = Sim {
            now: START,
            truth,
            state: State::new(settings.clone(), seed, START),
            violations: Vec::new(),
            findings: Vec::new(),
            boundaries: 0,
            crash_at: BTreeSet::new(),
            sabotage: None,
            bought: BTreeMap::new(),
            events: 0,
            ways: BTreeSet::new(),
            log: None,
            sizes: [0; 3],
            backends: [Backend::Managed, Backend::Managed, Backend::Plain],
            flights_max: 0,
            settings,
            faults,
            healed: false,
            dice: Dice::new(seed),
            epoch: 0,
            sequence: 0,
            queue: BTreeMap::new(),
            under_way: BTreeMap::new(),
            throttled_until: START,
            failing: BTreeMap::new(),
            stop_told: false,
            old_news: Vec::new(),
            force_gone: BTreeSet::new(),
            wishes: BTreeMap::new(),
            kept_until: BTreeMap::new(),
        };
        sim.add_foreign();
        sim.after(0, Happening::Size);
        sim.after(5, Happening::Balance);
        sim.restart();
        sim
    }

    pub fn act(&mut self, after_secs: i64, action: Action) {
        self.after(after_secs, Happening::Do(action));
    }

    /// From here on everything works.
    pub fn heal_after(&mut self, secs: i64) {
        self.after(secs, Happening::Heal);
    }

    fn after(&mut self, secs: i64, happening: Happening) {
        self.sequence += 1;
        self.queue.insert((self.now.plus(secs), self.sequence), happening);
    }

    /// Until this time, or a violation.
    pub fn run_until(&mut self, end: Time) {
        let (mut steps, mut since) = (0_u32, self.now);
        while self.violations.is_empty() {
            steps = if self.now > since { 0 } else { steps + 1 };
            since = self.now;
            if steps > STEPS_MAX {
                self.violate("wake", format!("{STEPS_MAX} steps, and no time has passed"));
            }
            let happens = self.queue.first_key_value().map(|it| it.0.0);
            let wakes = self.state.wake().map(|it| it.max(self.now));
            let Some(next) = [happens, wakes].into_iter().flatten().min() else { break };
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            if happens.is_some_and(|it| it <= next) {
                let (_, happening) = self.queue.pop_first().expect("it was there");
                self.happen(happening);
            } else {
                self.tell(Event::Tick);
            }
        }
        self.now = self.now.max(end);
    }

    pub fn run_for(&mut self, secs: i64) {
        self.run_until(self.now.plus(secs));
    }

    /// Servers that were really bought, and servers whose deletion was accepted.
    #[must_use]
    pub fn changes(&self) -> (u32, u32) {
        let unwanted = self.truth.servers.iter().filter(|it| it.unwanted).count();
        (self.bought.values().sum(), unwanted as u32)
    }

    // The engine's side.

    pub fn tell(&mut self, event: Event) {
        self.events += 1;
        if let Some(log) = &mut self.log {
            log.push(format!("{} <- {event:?}", self.now.since(START)));
        }
        if matches!(event, Event::Stop) {
            self.stop_told = true;
        }
        let mut event = event;
        if let Event::Node(node) = &mut event
            && self.sabotage == Some(Sabotage::SeesNoPods)
        {
            (node.pods, node.volumes) = (0, 0);
        }
        let state = std::mem::replace(&mut self.state, State::new(Settings::default(), 0, START));
        let (state, effects) = apply(state, event, self.now);
        self.state = state;
        self.flights_max = self.flights_max.max(self.state.in_flight());
        self.give_up();
        if self.stop_told && !effects.is_empty() {
            self.violate("stop", format!("{effects:?} after the stop"));
        }
        for effect in effects {
            self.boundaries += 1;
            let crash = self.crash_at.contains(&self.boundaries);
            // Every other crash comes before the effect, the rest just after it was sent.
            if crash && self.boundaries.is_multiple_of(2) {
                return self.restart();
            }
            self.carry_out(effect);
            if crash {
                return self.restart();
            }
        }
        if self.events.is_multiple_of(64) {
            self.check_state();
        }
    }

    /// The process ends and another begins: it knows the objects and nothing else.
    pub fn restart(&mut self) {
        if let Some(log) = &mut self.log {
            log.push(format!("{} RESTART", self.now.since(START)));
        }
        self.check_state();
        self.epoch += 1;
        self.under_way.clear();
        self.failing.clear();
        self.throttled_until = self.now;
        let objects = Objects {
            machines: self.truth.machines.values().cloned().collect(),
            nodes: self.truth.nodes.values().cloned().collect(),
            groups: self.truth.groups.iter().map(|it| (it.0.clone(), *it.1)).collect(),
            version: self.truth.version,
        };
        self.state = provision::restore(self.settings.clone(), self.dice.roll(), objects, self.now);
        self.tell(Event::Tick);
        // The first plan of a new process takes a moment.
        let secs = self.dice.between(0, 15);
        self.after(secs, Happening::Wishes);
    }

    fn carry_out(&mut self, effect: Effect) {
        if let Some(log) = &mut self.log {
            log.push(format!("{} -> {effect:?}", self.now.since(START)));
        }
        let epoch = self.epoch;
        match effect {
            Effect::Report(finding) => self.findings.push(finding),
            Effect::ReadServers { token } => self.read_servers(token),
            Effect::ReadBalancers { token } => {
                let mut rules = (!self.fault(|it| it.list_failed)).then(|| self.truth.rules.clone());
                if self.sabotage == Some(Sabotage::SeesNoBackends) {
                    rules = rules.map(|_| Vec::new());
                }
                let event = Event::Balancers { token, began: self.now, rules };
                self.after(1, Happening::Reply { epoch, event });
            }
            Effect::Run { token, machine, operation } => self.send(token, machine, operation),
        }
    }

    fn send(&mut self, token: Token, machine: Name, operation: Operation) {
        let work = operation.work();
        self.check_call(&machine, work);
        let waits = self.state.machines.get(&machine).is_some_and(|it| it.wish == Wish::Wait);
        if waits && !matches!(work, Work::Write | Work::Forget | Work::Finish) {
            self.violate("kept", format!("{work:?} of {machine}, which is to wait"));
        }
        let deleted = self.state.machines.get(&machine).filter(|it| it.machine.deleted);
        let unjudged =
            deleted.is_some_and(|it| it.wish == Wish::Stay && it.machine.papers.condemned.is_none());
        if unjudged && matches!(work, Work::Exclude | Work::Detach | Work::Evict) {
            self.violate(
                "judged",
                format!("{work:?} of {machine}, which a person deleted and no plan has judged"),
            );
        }
        self.under_way.insert(token, (machine.clone(), work, self.now));
        let manner = self.manner(work);
        let delay = self.dice.between(0, 2);
        let epoch = self.epoch;
        if self.sabotage == Some(Sabotage::SendsTwice) {
            let (machine, operation) = (machine.clone(), operation.clone());
            self.after(delay, Happening::Arrives { epoch, token: Token(0), machine, operation, manner });
        }
        self.after(delay, Happening::Arrives { epoch, token, machine, operation, manner });
    }

    fn manner(&mut self, work: Work) -> Manner {
        let asks = work.asks_provider();
        let waits = self.dice.between(1, 90) as u32;
        let kinds: [(fn(&Faults) -> u32, bool, Manner); 9] = [
            (|it| it.reply_lost, true, Manner::ReplyLost),
            (|it| it.request_lost, true, Manner::RequestLost),
            (|it| it.hangs, true, Manner::Hangs),
            (|it| it.throttled, asks, Manner::Throttled(waits)),
            (|it| it.error_with_effect, true, Manner::ErrorWithEffect),
            (|it| it.error_without, true, Manner::ErrorWithout),
            (|it| it.ok_with_error, asks, Manner::OkWithError),
            (|it| it.refused, work == Work::Create, Manner::Refused),
            (|it| it.conflict, work == Work::Write, Manner::Conflict),
        ];
        for (share, applies, manner) in kinds {
            if applies && self.fault(share) {
                return manner;
            }
        }
        Manner::Well
    }

    fn fault(&mut self, share: impl Fn(&Faults) -> u32) -> bool {
        !self.healed && self.dice.percent(share(&self.faults))
    }

    fn reply_secs(&mut self) -> i64 {
        let most = if self.fault(|it| it.slow) { SLOW_SECS_MAX } else { 3 };
        self.dice.between(0, most)
    }

    /// A request arrives. What comes of it, and what the engine is told.
    fn arrive(&mut self, epoch: u32, token: Token, machine: &Name, operation: &Operation, manner: Manner) {
        let effective = match manner {
            Manner::Well | Manner::ReplyLost | Manner::ErrorWithEffect => true,
            Manner::Hangs => self.dice.percent(50),
            Manner::Conflict if matches!(operation, Operation::Write { .. }) => {
                self.touch(machine);
                true
            }
            _ => false,
        };
        let mut result = Outcome::Unknown;
        if effective {
            result = self.perform(machine, operation);
            if manner == Manner::ReplyLost && self.sabotage == Some(Sabotage::PostsAgain) {
                self.perform(machine, operation);
            }
        }
        let (outcome, after) = match manner {
            Manner::Well | Manner::Conflict => (result, 0),
            Manner::ReplyLost | Manner::RequestLost => match self.sabotage {
                Some(Sabotage::LostIsFailed) => (Outcome::Failed, 0),
                _ => (Outcome::Unknown, CALL_SECS),
            },
            Manner::ErrorWithEffect | Manner::ErrorWithout => match self.sabotage {
                Some(Sabotage::LostIsFailed) => (Outcome::Failed, 0),
                _ => (Outcome::Unknown, 0),
            },
            Manner::Throttled(wait_secs) => match self.sabotage {
                Some(Sabotage::IgnoresRetryAfter) => {
                    self.throttled_until = self.throttled_until.max(self.now.plus(i64::from(wait_secs)));
                    (Outcome::Failed, 0)
                }
                _ => (Outcome::Throttled { wait_secs }, 0),
            },
            Manner::OkWithError => (Outcome::Failed, 0),
            Manner::Refused => (Outcome::Refused { why: "exceeds the allowed limit 5".into() }, 0),
            Manner::Hangs => return,
        };
        let delay = after + self.reply_secs();
        let event = Event::Outcome { token, outcome };
        // A late copy of an outcome comes long after.
        if self.fault(|it| it.repeated) {
            let late = self.dice.between(5, 200);
            self.after(late, Happening::Reply { epoch, event: event.clone() });
        }
        self.after(delay, Happening::Reply { epoch, event });
    }

    fn reply(&mut self, epoch: u32, mut event: Event) {
        if epoch != self.epoch {
            return;
        }
        if let Event::Outcome { token, outcome } = &mut event {
            if self.sabotage == Some(Sabotage::IgnoresTokens)
                && let Some(current) = self.under_way.keys().next_back()
                && !self.under_way.contains_key(token)
            {
                *token = *current;
            }
            // Of one that was given up the engine learns nothing.
            self.give_up();
            let now = self.now;
            if let Some((machine, work, _)) = self.under_way.remove(token) {
                if let Outcome::Throttled { wait_secs } = outcome {
                    self.throttled_until = self.throttled_until.max(now.plus(i64::from(*wait_secs)));
                }
                let bad = matches!(outcome, Outcome::Failed | Outcome::Throttled { .. } | Outcome::Conflict)
                    || (*outcome == Outcome::Unknown && !matches!(work, Work::Create | Work::Write));
                if bad {
                    self.note_failure(machine, work);
                } else {
                    self.failing.remove(&(machine, work));
                }
            }
        }
        self.tell(event);
    }

    fn read_servers(&mut self, token: Token) {
        let epoch = self.epoch;
        if self.now < self.throttled_until {
            self.violate("throttled", "a list was read before the provider allows".to_string());
        }
        let lag = if self.healed { 0 } else { self.faults.lag_secs };
        let lag = i64::from(self.dice.upto(lag));
        let mut servers = self.truth.listed(self.now.plus(-lag));
        if self.dice.percent(50) {
            servers.reverse();
        }
        // Our mark is on the Node, and on a plain server itself.
        for it in &mut servers {
            let node = self.truth.nodes.get(&*it.host.to_lowercase());
            let named = it.mark == Mark::Unmarked && &*it.group == GROUPS[2];
            if named || (it.mark == Mark::Unmarked && node.is_some_and(|it| it.ours)) {
                it.mark = Mark::Ours;
            }
        }
        if self.fault(|it| it.lost_id) {
            let share = if self.dice.percent(50) { 100 } else { self.dice.upto(99) };
            for it in servers.iter_mut().filter(|_| self.dice.percent(share)) {
                it.id = "".into();
            }
        }
        if self.fault(|it| it.other_case) {
            let write = if self.dice.percent(50) { str::to_uppercase } else { str::to_lowercase };
            for it in &mut servers {
                (it.id, it.host) = (write(&it.id).into(), write(&it.host).into());
            }
        }
        let listing = if self.fault(|it| it.list_failed) {
            let waits = self.dice.percent(30);
            Listing::Failed { wait_secs: waits.then(|| self.dice.between(1, 60) as u32) }
        } else if self.fault(|it| it.list_partial) {
            let share = self.dice.upto(90);
            let some: Vec<_> = servers.into_iter().filter(|_| !self.dice.percent(share)).collect();
            match self.sabotage {
                Some(Sabotage::PartIsWhole) => Listing::Complete(some),
                _ => Listing::Partial(some),
            }
        } else {
            Listing::Complete(servers)
        };
        let event = Event::Servers { token, began: self.now, listing };
        if self.fault(|it| it.hangs) {
            return;
        }
        let delay = self.reply_secs();
        if self.fault(|it| it.repeated) {
            let late = self.dice.between(5, 60);
            self.after(late, Happening::Reply { epoch, event: event.clone() });
        }
        self.after(delay, Happening::Reply { epoch, event });
    }

    // The world's side.

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrives { epoch, token, machine, operation, manner } => {
                self.arrive(epoch, token, &machine, &operation, manner);
            }
            Happening::Reply { epoch, event } => self.reply(epoch, event),
            Happening::Told(event) => self.tell(event),
            Happening::Joins(at) => self.join(at),
            Happening::Dies(at) => self.die(at),
            Happening::PodsLand(name) => {
                let (pods, volumes) = (self.dice.upto(4), self.dice.upto(2));
                self.change_node(&name, |it| {
                    if it.dressed && !it.excluded {
                        (it.pods, it.volumes) = (pods, volumes.min(pods));
                    }
                });
            }
            Happening::PodsGo(name) => {
                self.change_node(&name, |it| it.pods = 0);
                let secs = self.dice.between(5, 30);
                self.after(secs, Happening::VolumesGo(name));
            }
            Happening::VolumesGo(name) => self.change_node(&name, |it| {
                if it.pods == 0 {
                    it.volumes = 0;
                }
            }),
            Happening::Balance => {
                let forgotten = self.fault(|it| it.forgotten_rule).then_some(0);
                self.truth.balance(forgotten);
                self.check_rules();
                let secs = self.dice.between(5, 40);
                self.after(secs, Happening::Balance);
            }
            Happening::Size => {
                self.take_over();
                self.size();
                self.after(SIZE_SECS, Happening::Size);
            }
            Happening::Wishes => self.tell_wishes(),
            Happening::Do(action) => self.do_it(action),
            Happening::Heal => self.healed = true,
            Happening::Rewatch => {
                // What was missed is told first.
                let nodes: Vec<Node> = self.truth.nodes.values().cloned().collect();
                let machines: Vec<Machine> = self.truth.machines.values().cloned().collect();
                nodes.into_iter().for_each(|it| self.tell(Event::Node(it)));
                machines.into_iter().for_each(|it| self.tell(Event::Machine(it)));
                self.tell(Event::Watching(true));
            }
        }
    }

    fn news(&mut self, event: Event) {
        if self.fault(|it| it.repeated) {
            self.old_news.push(event.clone());
        }
        if let Some(old) = self.old_news.pop_if(|_| self.dice.percent(40)) {
            let secs = self.dice.between(3, 400);
            self.after(secs, Happening::Told(old));
        }
        self.after(1, Happening::Told(event));
    }

    fn change_node(&mut self, name: &Name, change: impl FnOnce(&mut Node)) {
        let version = self.truth.next_version();
        let Some(node) = self.truth.nodes.get_mut(name) else { return };
        let before = node.clone();
        change(node);
        if *node != before {
            node.version = version;
            let node = node.clone();
            self.news(Event::Node(node));
        }
    }

    fn change_machine(&mut self, uid: &Name, change: impl FnOnce(&mut Machine)) -> Option<u64> {
        let version = self.truth.next_version();
        let machine = self.truth.machines.get_mut(uid)?;
        let before = machine.deleted;
        change(machine);
        // Who asks for something else does not wait for the end of a park.
        if before != machine.deleted {
            self.failing.retain(|it, _| it.0 != *uid);
        }
        machine.version = version;
        let machine = machine.clone();
        self.news(Event::Machine(machine));
        Some(version)
    }

    /// Somebody writes something that is none of our business.
    fn touch(&mut self, uid: &Name) {
        self.change_machine(uid, |_| {});
    }

    fn join(&mut self, at: usize) {
        let server = &self.truth.servers[at];
        if !server.is_there() {
            return;
        }
        let name: Name = server.server.host.to_lowercase().into();
        let provider_id: Name = match self.dice.upto(2) {
            0 => "".into(),
            1 => format!("vpsie://{}", server.server.id.to_lowercase()).into(),
            _ => server.server.id.clone(),
        };
        let addresses = vec![server.ip.clone()];
        let version = self.truth.next_version();
        let node = Node {
            name: name.clone(),
            uid: format!("node-{version}").into(),
            version,
            provider_id,
            ours: false,
            ready: true,
            ever_ready: true,
            dressed: false,
            marked: false,
            excluded: false,
            addresses,
            pods: 0,
            volumes: 0,
        };
        self.truth.nodes.insert(name, node.clone());
        self.news(Event::Node(node));
    }

    fn die(&mut self, at: usize) {
        let now = self.now;
        let server = &mut self.truth.servers[at];
        if server.is_there() {
            server.gone = Some(now);
            let name: Name = server.server.host.to_lowercase().into();
            self.change_node(&name, |it| it.ready = false);
        }
    }

    fn add_foreign(&mut self) {
        let machine = "nobody".into();
        let at = self.truth.buy(Backend::Managed, &machine, &"alpha".into(), &"".into(), self.now);
        let server = &mut self.truth.servers[at];
        server.foreign = true;
        server.bought_for = None;
        server.server.mark = Mark::Foreign;
    }

    /// What an operation does when it arrives.
    fn perform(&mut self, machine: &Name, operation: &Operation) -> Outcome {
        match operation {
            Operation::Write { version, papers } => self.write(machine, *version, papers),
            Operation::Create { backend, group, host } => self.create(machine, *backend, group, host),
            Operation::Dress { node, uid } => self.on_node(node, uid, |it| {
                (it.dressed, it.ours, it.marked, it.excluded) = (true, true, false, false);
            }),
            Operation::Exclude { node, uid } => {
                self.on_node(node, uid, |it| (it.marked, it.excluded) = (true, true))
            }
            Operation::Detach { target } => {
                if target.ends_with("foreign") {
                    self.violate("foreign", format!("{target} is not ours"));
                }
                for it in &mut self.truth.rules {
                    it.backends.retain(|it| it.id != *target);
                }
                self.check_rules();
                Outcome::Done
            }
            Operation::Evict { node, uid } => {
                if self.truth.nodes.get(node).is_none_or(|it| it.uid != *uid) {
                    return Outcome::Absent;
                }
                if self.fault(|it| it.stuck_pods) {
                    return Outcome::Failed;
                }
                let secs = self.dice.between(5, 60);
                self.after(secs, Happening::PodsGo(node.clone()));
                Outcome::Done
            }
            Operation::Delete { backend: _, id, host } => self.delete(machine, id, host),
            Operation::Forget { node, uid } => {
                let Some(known) = self.truth.nodes.get(node).filter(|it| it.uid == *uid) else {
                    return Outcome::Absent;
                };
                let (name, uid) = (known.name.clone(), known.uid.clone());
                self.truth.nodes.remove(node);
                let version = self.truth.next_version();
                self.news(Event::NodeGone { name, uid, version });
                Outcome::Done
            }
            Operation::Finish { uid } => self.finish(machine, uid),
        }
    }

    fn on_node(&mut self, name: &Name, uid: &Name, change: impl FnOnce(&mut Node)) -> Outcome {
        if self.truth.nodes.get(name).is_none_or(|it| it.uid != *uid) {
            return Outcome::Absent;
        }
        self.change_node(name, change);
        if self.truth.nodes.get(name).is_some_and(|it| it.dressed && !it.excluded) {
            let secs = self.dice.between(1, 60);
            self.after(secs, Happening::PodsLand(name.clone()));
        }
        Outcome::Done
    }

    fn write(&mut self, uid: &Name, version: u64, papers: &Papers) -> Outcome {
        let Some(machine) = self.truth.machines.get(uid) else { return Outcome::Absent };
        if machine.version != version {
            return Outcome::Conflict;
        }
        if self.sabotage == Some(Sabotage::ForgetsIntents) && papers.intent.is_some() {
            return Outcome::Written { version };
        }
        let papers = papers.clone();
        let version = self.change_machine(uid, |it| it.papers = papers);
        version.map_or(Outcome::Absent, |version| Outcome::Written { version })
    }

    /// Servers that are there and were bought for it.
    fn left_of(&self, machine: &Name) -> impl Iterator<Item = &RealServer> {
        let servers = self.truth.servers.iter().filter(|it| it.is_there());
        servers.filter(move |it| it.bought_for.as_ref() == Some(machine))
    }

    /// In a group nobody can tell which request brought which server: one that another machine has claimed, or is
    /// about to by an intent that stands on it, counts for that one.
    fn is_adopted(&self, server: &Server, but: &Name) -> bool {
        let others = self.truth.machines.values().filter(|it| it.uid != *but);
        let finds = |it: &Machine| self.state.machines.get(&it.uid).and_then(|it| it.found.as_ref());
        let mut claims = others.filter_map(|it| {
            it.papers.server.as_ref().or_else(|| finds(it).filter(|_| it.papers.intent.is_some()))
        });
        claims.any(|it| it.host.eq_ignore_ascii_case(&server.host))
    }

    fn create(&mut self, machine: &Name, backend: Backend, group: &Name, host: &Name) -> Outcome {
        let before = self.left_of(machine).find(|it| !self.is_adopted(&it.server, machine));
        if let Some(before) = before {
            let text = format!("{machine} buys a second server beside {}", before.server.id);
            self.violate("double buy", text);
        }
        let Some(object) = self.truth.machines.get(machine) else {
            // Unless it was removed by force while the request was on its way.
            if !self.force_gone.contains(machine) {
                self.violate("intent", format!("{machine} is not there, and buys"));
            }
            return Outcome::Failed;
        };
        if object.papers.intent.is_none() {
            self.violate("intent", format!("{machine} buys without an intent on it"));
        }
        *self.bought.entry(machine.clone()).or_default() += 1;
        if self.fault(|it| it.never_visible) {
            return Outcome::Done;
        }
        let visible = if self.healed { 10 } else { self.faults.visible_secs };
        let visible = self.now.plus(i64::from(self.dice.upto(visible)));
        let at = self.truth.buy(backend, machine, group, host, visible);
        if self.fault(|it| it.late_id) && backend == Backend::Managed {
            let secs = self.dice.between(1, 40);
            self.truth.servers[at].named = visible.plus(secs);
        }
        if !self.fault(|it| it.never_joins) {
            let secs = self.dice.between(10, 200);
            self.after(visible.since(self.now) + secs, Happening::Joins(at));
        }
        Outcome::Done
    }

    fn delete(&mut self, machine: &Name, id: &Name, host: &Name) -> Outcome {
        let Some(mut at) = self.truth.with_id(id) else { return Outcome::Absent };
        if self.sabotage == Some(Sabotage::Reduces) {
            let group = self.truth.servers[at].server.group.clone();
            let other = self.truth.servers.iter().position(|it| it.is_there() && it.server.group == group);
            at = other.unwrap_or(at);
        }
        let server = self.truth.servers[at].clone();
        if server.foreign {
            self.violate("foreign", format!("{id} is not ours and is deleted"));
        }
        if !server.server.host.eq_ignore_ascii_case(host) {
            self.violate("gate", format!("{id} is {}, not {host}", server.server.host));
        }
        if let Some(node) = self.truth.node_of(&server) {
            let named = self.truth.rules.iter().any(|it| it.backends.iter().any(|it| it.ip == server.ip));
            if (node.dressed && !node.excluded)
                || node.pods > 0
                || node.volumes > 0
                || (named && self.settings.balancers)
            {
                let text = format!("{machine} deletes {id}: named {named}, {node:?}");
                self.violate("gate", text);
            }
        }
        if let Some(machine) = self.truth.machines.get(machine)
            && machine.papers.condemned.is_none()
        {
            self.violate("gate", format!("{id} is deleted, and {} is not condemned", machine.uid));
        }
        self.truth.servers[at].unwanted = true;
        if !self.fault(|it| it.delete_ignored) {
            let secs = self.dice.between(0, 40);
            self.after(secs, Happening::Dies(at));
        }
        Outcome::Done
    }

    fn finish(&mut self, machine: &Name, uid: &Name) -> Outcome {
        if self.truth.machines.get(machine).is_none_or(|it| it.uid != *uid) {
            return Outcome::Absent;
        }
        // A server is that machine's which has claimed it: of two in one group nobody can tell.
        let claimed = self.truth.machines[machine].papers.server.clone();
        let claimed_is_there = claimed.as_ref().is_some_and(|it| {
            let is = |id: &Name, host: &Name| {
                if it.id.is_empty() {
                    it.host.eq_ignore_ascii_case(host)
                } else {
                    it.id.eq_ignore_ascii_case(id)
                }
            };
            self.truth.servers.iter().any(|it| it.is_there() && is(&it.server.id, &it.server.host))
        });
        let left = self.left_of(machine).any(|it| !self.is_adopted(&it.server, machine));
        if claimed_is_there || (claimed.is_none() && left) {
            self.violate("finalizer", format!("{machine} is finished, and its server is there"));
        }
        let node = claimed.and_then(|it| self.truth.nodes.get(&*it.host.to_lowercase()).cloned());
        if node.is_some() {
            self.violate("finalizer", format!("{machine} is finished, and its Node is there"));
        }
        self.truth.machines.remove(machine);
        self.news(Event::MachineGone { uid: machine.clone() });
        Outcome::Done
    }

    /// Keeps groups at their size, as whoever scales them would: what is failed does not count, and
    /// what leaves and can stay is taken back first.
    fn size(&mut self) {
        for (at, group) in GROUPS.iter().enumerate() {
            let (mut counting, mut leaving) = (Vec::new(), Vec::new());
            for it in self.truth.machines.values().filter(|it| *it.group == **group) {
                let row = self.state.machines.get(&it.uid);
                let failed = row.is_some_and(|it| it.phase(&self.settings, self.now) == Phase::Failed);
                if it.deleted || it.papers.condemned.is_some() || it.papers.failed.is_some() || failed {
                    continue;
                }
                match self.wishes.get(&it.uid) {
                    Some(Wish::Leave | Wish::Wait) => leaving.push(it.uid.clone()),
                    Some(Wish::Stay) | None => counting.push(it.uid.clone()),
                }
            }
            let (wanted, there) = (self.sizes[at] as usize, counting.len());
            let most = self.dice.between(1, SIZE_STEP_MAX) as usize;
            for _ in there..wanted.min(there + most) {
                match leaving.pop().filter(|_| self.dice.percent(60)) {
                    Some(back) => self.wish(&back, Wish::Stay),
                    None => self.add_machine(at, Papers::default()),
                }
            }
            for _ in wanted..there.min(wanted + most) {
                let which = self.dice.upto(counting.len() as u32 - 1) as usize;
                let uid = counting.swap_remove(which);
                self.wish(&uid, Wish::Leave);
            }
        }
        // What a person deletes is judged once it is a Node.
        let deleted =
            self.truth.machines.values().filter(|it| it.deleted && self.wishes[&it.uid] == Wish::Stay);
        let nodes = &self.truth.nodes;
        let joined = deleted.filter(|it| {
            it.papers.server.as_ref().is_some_and(|it| nodes.contains_key(&*it.host.to_lowercase()))
        });
        for uid in joined.map(|it| it.uid.clone()).collect::<Vec<_>>() {
            self.wish(&uid, Wish::Wait);
        }
        // Whoever plans is of another mind now and then, and comes back to it.
        let leaving: Vec<Name> =
            self.truth.machines.keys().filter(|it| self.wishes[*it] != Wish::Stay).cloned().collect();
        for uid in leaving {
            let kept = self.kept_until.get(&uid).is_some_and(|it| self.now < *it);
            if !kept && self.fault(|it| it.kept) {
                let secs = self.dice.between(20, 600);
                self.kept_until.insert(uid.clone(), self.now.plus(secs));
                self.wish(&uid, Wish::Wait);
            } else if !kept {
                self.wish(&uid, Wish::Leave);
            }
        }
        self.tell_wishes();
    }

    fn wish(&mut self, uid: &Name, wish: Wish) {
        if self.wishes.insert(uid.clone(), wish) != Some(wish) {
            self.failing.retain(|it, _| it.0 != *uid);
            let event = Event::Wish { uid: uid.clone(), wish };
            self.news(event);
        }
    }

    /// As each tick does, where the engine thinks otherwise.
    fn tell_wishes(&mut self) {
        let wish = |uid: &Name, row: &Row| self.wishes.get(uid).copied().filter(|it| *it != row.wish);
        let machines = self.state.machines.iter();
        let news: Vec<Event> = machines
            .filter_map(|(uid, row)| Some(Event::Wish { uid: uid.clone(), wish: wish(uid, row)? }))
            .collect();
        news.into_iter().for_each(|it| self.tell(it));
    }

    /// Makes machines for Nodes of ours that have none: an object was removed by force.
    fn take_over(&mut self) {
        let claims = self.truth.machines.values().filter_map(|it| it.papers.server.as_ref());
        let claimed: BTreeSet<String> = claims.map(|it| it.host.to_lowercase()).collect();
        let lone: Vec<(Name, Name)> = self
            .truth
            .nodes
            .values()
            .filter(|it| it.ours && !claimed.contains(&*it.name))
            .filter_map(|node| {
                let servers = self.truth.servers.iter().filter(|it| it.is_there());
                let server = servers.map(|it| &it.server).find(|it| it.host.eq_ignore_ascii_case(&node.name));
                Some((node.name.clone(), server?.group.clone()))
            })
            .collect();
        for (host, group) in lone {
            let at = GROUPS.iter().position(|it| **it == *group).expect("a group of ours");
            let server = Some(Claim { id: "".into(), host, at: self.now });
            self.add_machine(at, Papers { server, ..Papers::default() });
        }
    }

    fn add_machine(&mut self, group: usize, papers: Papers) {
        let version = self.truth.next_version();
        let uid: Name = format!("m-{version}").into();
        let machine = Machine {
            uid: uid.clone(),
            name: format!("{}-{version:08x}", GROUPS[group]).into(),
            group: GROUPS[group].into(),
            backend: self.backends[group],
            version,
            deleted: false,
            papers,
        };
        self.truth.machines.insert(uid.clone(), machine.clone());
        self.news(Event::Machine(machine));
        self.wish(&uid, Wish::Stay);
    }

    fn do_it(&mut self, action: Action) {
        let pick = |from: Vec<Name>, which: u8| {
            (!from.is_empty()).then(|| from[usize::from(which) % from.len()].clone())
        };
        let machines: Vec<Name> = self.truth.machines.keys().cloned().collect();
        let nodes: Vec<Name> = self.truth.nodes.keys().cloned().collect();
        match action {
            Action::Want(group, size) => self.sizes[usize::from(group) % 3] = u32::from(size),
            Action::Flip(which, wish) => {
                if let Some(uid) = pick(machines, which) {
                    let wish = [Wish::Stay, Wish::Wait, Wish::Leave][usize::from(wish) % 3];
                    self.kept_until.remove(&uid);
                    self.wish(&uid, wish);
                }
            }
            Action::Delete(which) => {
                if let Some(uid) = pick(machines, which) {
                    self.change_machine(&uid, |it| it.deleted = true);
                }
            }
            Action::DeleteNode(which) => {
                if let Some(name) = pick(nodes, which)
                    && let Some(node) = self.truth.nodes.remove(&name)
                {
                    let version = self.truth.next_version();
                    self.news(Event::NodeGone { name, uid: node.uid, version });
                }
            }
            Action::KillServer(which) => {
                let ours: Vec<usize> = (0..self.truth.servers.len())
                    .filter(|it| self.truth.servers[*it].is_there() && !self.truth.servers[*it].foreign)
                    .collect();
                if !ours.is_empty() {
                    self.die(ours[usize::from(which) % ours.len()]);
                }
            }
            Action::AddForeign => self.add_foreign(),
            Action::Unwatch(tens) => {
                self.tell(Event::Watching(false));
                self.after(i64::from(tens) * 10, Happening::Rewatch);
            }
            Action::Pods(which) => {
                if let Some(name) = pick(nodes, which) {
                    self.after(0, Happening::PodsLand(name));
                }
            }
            Action::Crash => self.restart(),
            Action::Edit(which) => {
                let name: Name = GROUPS[usize::from(which) % 3].into();
                let generation = self.truth.groups.entry(name.clone()).or_default();
                *generation += 1;
                let generation = *generation;
                self.news(Event::Group { name, generation });
            }
            Action::Hold(which) => {
                if let Some(uid) = pick(machines, which) {
                    self.kept_until.insert(uid.clone(), self.now.plus(3600));
                    self.wish(&uid, Wish::Wait);
                }
            }
            Action::Force(which) => {
                if let Some(uid) = pick(machines, which) {
                    self.truth.machines.remove(&uid);
                    self.force_gone.insert(uid.clone());
                    self.news(Event::MachineGone { uid });
                }
            }
        }
    }

    // What must never be.

    fn violate(&mut self, check: &'static str, text: impl std::fmt::Display) {
        let text = format!("{} s: {text}", self.now.since(START));
        self.violations.push((check, text));
    }

    fn check_call(&mut self, machine: &Name, work: Work) {
        let now = self.now;
        self.give_up();
        if self.under_way.values().any(|it| it.0 == *machine) {
            self.violate("single flight", format!("two operations of {machine} at once"));
        }
        if self.under_way.len() >= self.settings.operations_max as usize {
            self.violate("single flight", format!("{} operations at once", self.under_way.len() + 1));
        }
        if work.asks_provider() && self.now < self.throttled_until {
            self.violate("throttled", format!("{work:?} of {machine} before the provider allows"));
        }
        let row = self.state.machines.get(machine);
        if let Some((at, failures, last)) = self.failing.get(&(machine.clone(), work)).copied()
            && row.is_some_and(|it| (it.stage, it.since) == at)
        {
            let settings = &self.settings;
            let tries = failures % settings.tries_max;
            let least = match tries {
                0 => settings.park_secs,
                _ => (settings.retry_secs << (tries - 1).min(16)).min(settings.retry_secs_max),
            };
            if now.since(last) < i64::from(least) {
                let text = format!("{work:?} of {machine} again after {} s, not {least}", now.since(last));
                self.violate("spacing", text);
            }
        }
    }

    /// Of operations of which nothing was heard in time nobody knows how they ended.
    fn give_up(&mut self) {
        let (now, limit) = (self.now, i64::from(self.settings.call_secs_max));
        let late: Vec<Token> =
            self.under_way.iter().filter(|it| now.since(it.1.2) >= limit).map(|it| *it.0).collect();
        for token in late {
            if let Some((machine, work, _)) = self.under_way.remove(&token) {
                self.failing.remove(&(machine, work));
            }
        }
    }

    fn note_failure(&mut self, machine: Name, work: Work) {
        let Some(at) = self.state.machines.get(&machine).map(|it| (it.stage, it.since)) else { return };
        let now = self.now;
        let entry = self.failing.entry((machine, work)).or_insert((at, 0, now));
        // A pause as long as a park was one; what follows it begins anew.
        let parked = now.since(entry.2) >= i64::from(self.settings.park_secs);
        *entry = if entry.0 == at && !parked { (at, entry.1 + 1, now) } else { (at, 1, now) };
    }

    fn check_rules(&mut self) {
        if let Some(rule) = self.truth.rules.iter().find(|it| it.backends.is_empty()) {
            let text = format!("{} has no backend left", rule.name);
            self.violate("last backend", text);
        }
    }

    /// Counts that are kept are what a count from scratch gives, and every machine that could go on
    /// has somebody to wake it.
    pub fn check_state(&mut self) {
        for stage in Stage::ALL {
            let count = self.state.machines.values().filter(|it| it.stage == stage).count() as u32;
            if self.state.count(stage) != count {
                self.violate(
                    "metrics",
                    format!("{stage}: {} counted, {count} there", self.state.count(stage)),
                );
            }
        }
        let flights = self.state.machines.values().filter(|it| it.flight.is_some()).count();
        if self.state.in_flight() != flights {
            self.violate(
                "metrics",
                format!("{} operations counted, {flights} there", self.state.in_flight()),
            );
        }
        let declared: u64 = provision::WAYS.iter().map(|it| self.state.tally.transitions(it.0, it.1)).sum();
        let all = Stage::ALL.iter().flat_map(|from| Stage::ALL.map(|to| (*from, to)));
        let taken: Vec<_> = all.filter(|it| self.state.tally.transitions(it.0, it.1) > 0).collect();
        for (from, to) in taken {
            self.ways.insert((from, to));
            if !provision::WAYS.iter().any(|it| (it.0, it.1) == (from, to)) {
                self.violate("ways", format!("{from} -> {to} is no way, {declared} taken"));
            }
        }
    }

    /// What is left to complain about when everything has come to rest.
    #[must_use]
    pub fn at_rest(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self.violations.iter().map(|it| format!("{}: {}", it.0, it.1)).collect();
        for (at, group) in GROUPS.iter().enumerate() {
            let of_group = |it: &&Machine| *it.group == **group;
            let machines: Vec<&Machine> = self.truth.machines.values().filter(of_group).collect();
            if machines.len() != self.sizes[at] as usize {
                wrong.push(format!(
                    "{group}: {} machines, {} wanted; {machines:?}",
                    machines.len(),
                    self.sizes[at]
                ));
            }
        }
        for machine in self.truth.machines.values() {
            let stage = self.state.machines.get(&machine.uid).map(|it| (it.stage, it.hold));
            if stage.is_none_or(|it| it.0 != Stage::Ready) {
                wrong.push(format!("{} is {stage:?}", machine.uid));
            }
            let claim = machine.papers.server.as_ref();
            let is = |id: &str| claim.is_some_and(|it| it.id.eq_ignore_ascii_case(id));
            let own = self.truth.servers.iter().filter(|it| it.is_there() && is(&it.server.id)).count();
            if own != 1 {
                wrong.push(format!("{} has {own} servers", machine.uid));
            }
        }
        let there = self.truth.servers.iter().filter(|it| it.is_there() && !it.foreign);
        for server in there {
            let id = &server.server.id;
            let claims = self
                .truth
                .machines
                .values()
                .filter(|it| it.papers.server.as_ref().is_some_and(|it| it.id.eq_ignore_ascii_case(id)));
            let claims = claims.count();
            if claims != 1 {
                wrong.push(format!("{id}, bought for {:?}, is claimed by {claims}", server.bought_for));
            }
        }
        for node in self.truth.nodes.values() {
            let server = self
                .truth
                .servers
                .iter()
                .any(|it| it.is_there() && it.server.host.eq_ignore_ascii_case(&node.name));
            if !server && node.ours {
                wrong.push(format!("Node {} has no server", node.name));
            }
            if node.marked {
                wrong.push(format!("Node {} still bears a leaving mark", node.name));
            }
        }
        wrong
    }

    /// Faults end, and time passes until everything that can happen has.
    pub fn settle(&mut self) {
        self.healed = true;
        self.run_for(4 * 3600);
        self.check_state();
    }
}
