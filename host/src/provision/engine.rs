//! The task that owns the state. Whatever happens reaches it as an event; what it asks for runs beside it.

use super::inbox::{Inbox, Wishes};
use super::snapshot::Snapshot;
use super::{Cloud, Cluster, Ended, Reading};
use decide::provision::{
    Claim, Effect, Event, Finding, Listing, Machine, Mark, Objects, Operation, Outcome, Server, Settings,
    State, Token, Wish, Work, apply, restore,
};
use decide::time::Time;
use decide::world::Name;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;

/// An operation is dropped so much earlier than the engine gives it up: nothing is sent after that.
const MARGIN_SECS: u32 = 5;
/// The clock is looked at at least so often: somebody may have set it.
const NAP_SECS_MAX: i64 = 10;
/// In seconds of the engine too: between two ticks, and between two snapshots.
const REST: f64 = 0.05;
const SHOW: f64 = 0.2;

/// What the world outside is to the engine, apart from who carries things out.
pub struct Rim {
    pub now: Box<dyn Fn() -> Time + Send>,
    /// How long one of its seconds takes. A second, but for tests whose clock runs faster.
    pub second: Duration,
    /// Whether this process may still change anything: asked each time before it does.
    pub may_write: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// What an engine begins with.
pub struct Start<P, C> {
    pub settings: Settings,
    pub seed: u64,
    pub objects: Objects,
    pub provider: P,
    pub cluster: C,
    pub rim: Rim,
}

/// A running engine. When this is dropped it ends at once, wherever it stands; the next one goes on from what
/// is written on objects.
#[derive(Debug)]
pub struct Engine {
    outside: Arc<Outside>,
    seen: watch::Receiver<Arc<Snapshot>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Outside {
    inbox: Mutex<Inbox>,
    news: Notify,
}

impl Engine {
    /// Runs on the runtime at hand. Nothing is begun about a machine before the first wishes.
    pub fn start<P: Cloud, C: Cluster>(start: Start<P, C>) -> Engine {
        let Start { settings, seed, objects, provider, cluster, rim } = start;
        let outside = Arc::<Outside>::default();
        let (show, seen) = watch::channel(Arc::default());
        let now = (rim.now)();
        let task = Task {
            state: Some(restore(settings, seed, objects, now)),
            now,
            rim,
            provider: Arc::new(provider),
            cluster: Arc::new(cluster),
            flights: JoinSet::new(),
            running: HashMap::new(),
            scope: BTreeSet::new(),
            wishes: None,
            troubles: BTreeMap::new(),
            list_trouble: None,
            balancer_trouble: None,
            show,
            dirty: true,
        };
        let task = tokio::spawn(task.run(outside.clone()));
        Engine { outside, seen, task }
    }

    /// A machine, Node or group is there, has changed or is gone; or the watch is cut or up to date again.
    pub fn tell(&self, event: Event) {
        self.outside.inbox().put(event);
        self.outside.news.notify_one();
    }

    /// What the plan of this tick permits, all of it. Not to be told where the plan could not see everything.
    pub fn wishes(&self, wishes: Wishes) {
        self.outside.inbox().wishes = Some(wishes);
        self.outside.news.notify_one();
    }

    /// Where everything stands; changes with each step, though not more often than a few times a second.
    #[must_use]
    pub fn seen(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.seen.clone()
    }

    /// Begins nothing more and waits for what is under way. True: all of it has ended.
    pub async fn stop(mut self, within: Duration) -> bool {
        self.tell(Event::Stop);
        tokio::time::timeout(within, &mut self.task).await.is_ok()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Outside {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Task<P, C> {
    /// None only while an event is being taken in.
    state: Option<State>,
    /// Never goes back.
    now: Time,
    rim: Rim,
    provider: Arc<P>,
    cluster: Arc<C>,
    flights: JoinSet<Landed>,
    /// What each of them is, for those that end without a word.
    running: HashMap<Id, Asked>,
    /// What the last reading that was asked for looks at.
    scope: BTreeSet<Name>,
    wishes: Option<Wishes>,
    /// By uid of the machine.
    troubles: BTreeMap<Name, Name>,
    list_trouble: Option<Name>,
    balancer_trouble: Option<Name>,
    show: watch::Sender<Arc<Snapshot>>,
    dirty: bool,
}

/// What was asked for.
#[derive(Debug, Clone)]
enum Asked {
    Run { token: Token, machine: Name, work: Work },
    Servers { token: Token, began: Time, scope: BTreeSet<Name> },
    Balancers { token: Token, began: Time },
}

/// What came of it.
#[derive(Debug)]
enum Landed {
    Run(Ended),
    Servers(Reading),
    Balancers(Result<Vec<decide::provision::Rule>, Name>),
}

impl<P: Cloud, C: Cluster> Task<P, C> {
    async fn run(mut self, outside: Arc<Outside>) {
        let mut show = tokio::time::interval(self.real(SHOW));
        show.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.state().stopped || !self.flights.is_empty() {
            let nap = self.nap();
            tokio::select! {
                () = outside.news.notified() => {
                    let inbox = std::mem::take(&mut *outside.inbox());
                    self.take(inbox);
                }
                Some(landed) = self.flights.join_next_with_id() => self.landed(landed),
                _ = show.tick(), if self.dirty => self.show(),
                () = tokio::time::sleep(nap) => self.step(Event::Tick),
            }
        }
        self.show();
    }

    fn state(&self) -> &State {
        self.state.as_ref().expect("it is put back after each event")
    }

    fn real(&self, secs: f64) -> Duration {
        self.rim.second.mul_f64(secs)
    }

    fn nap(&self) -> Duration {
        let secs = self.state().wake().map_or(NAP_SECS_MAX, |it| it.since(self.now).clamp(0, NAP_SECS_MAX));
        self.real(secs as f64).max(self.real(REST))
    }

    fn take(&mut self, mut inbox: Inbox) {
        let (wishes, stop) = (inbox.wishes.take(), inbox.stop);
        for event in inbox.events() {
            let of = match &event {
                Event::Machine(machine) => Some(machine.uid.clone()),
                _ => None,
            };
            self.step(event);
            if let (Some(uid), Some(wishes)) = (of, self.wishes.clone()) {
                self.wish(&uid, &wishes);
            }
        }
        if let Some(wishes) = wishes {
            let all: Vec<Name> = self.state().machines.keys().cloned().collect();
            all.iter().for_each(|it| self.wish(it, &wishes));
            self.wishes = Some(wishes);
        }
        if stop {
            self.step(Event::Stop);
        }
        // Whoever tells much must not keep from what is due: each time the nap begins anew.
        self.step(Event::Tick);
    }

    fn wish(&mut self, uid: &Name, wishes: &Wishes) {
        let wish = wishes.get(uid).copied().unwrap_or(Wish::Stay);
        if self.state().machines.get(uid).is_some_and(|it| it.wish != wish) {
            self.step(Event::Wish { uid: uid.clone(), wish });
        }
    }

    /// Where there is more to look at than the last list did, that list does not tell what is new.
    fn look_again(&mut self) {
        let scope = self.provider.scope();
        if scope != self.scope {
            let good = self.state().inventory.good[0];
            let began = good.map_or(self.now, |it| it.plus(1).max(self.now));
            self.scope = scope;
            self.apply(Event::Servers { token: Token(0), began, listing: Listing::Partial(Vec::new()) });
        }
    }

    fn step(&mut self, event: Event) {
        self.now = self.now.max((self.rim.now)());
        self.look_again();
        self.apply(event);
    }

    fn apply(&mut self, event: Event) {
        let state = self.state.take().expect("it is put back after each event");
        let (state, effects) = apply(state, event, self.now);
        self.state = Some(state);
        self.dirty = true;
        effects.into_iter().for_each(|it| self.carry_out(it));
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Report(finding) => report(&finding),
            Effect::Run { token, machine, operation } => self.begin(token, machine, operation),
            Effect::ReadServers { token } => {
                let scope = self.scope.clone();
                let groups = self.state().machines.values().map(|it| it.machine.group.clone());
                let groups = groups.filter(|it| !it.is_empty()).collect();
                let provider = self.provider.clone();
                let late = || Reading {
                    listing: Listing::Failed { wait_secs: None },
                    said: Some("the servers could not be read in time".into()),
                };
                let reading = async move { provider.servers(groups).await };
                let asked = Asked::Servers { token, began: self.now, scope };
                self.spawn(asked, async move { Landed::Servers(reading.await) }, move || {
                    Landed::Servers(late())
                });
            }
            Effect::ReadBalancers { token } => {
                let provider = self.provider.clone();
                let late = || Landed::Balancers(Err("the load balancers could not be read in time".into()));
                let asked = Asked::Balancers { token, began: self.now };
                self.spawn(asked, async move { Landed::Balancers(provider.balancers().await) }, late);
            }
        }
    }

    fn begin(&mut self, token: Token, uid: Name, operation: Operation) {
        // The row may be dropped by the same step only after its operation ended.
        let Some(machine) = self.state().machines.get(&uid).map(|it| it.machine.clone()) else { return };
        let work = operation.work();
        let (provider, cluster) = (self.provider.clone(), self.cluster.clone());
        let may_write = self.rim.may_write.clone();
        let run = async move {
            if !may_write() {
                return Ended {
                    outcome: Outcome::Failed,
                    said: Some("another process has taken over".into()),
                };
            }
            match work.asks_provider() {
                true => provider.run(&machine, operation).await,
                false => run_in(&*cluster, &machine, operation).await,
            }
        };
        let late = move || {
            let said = format!("{work:?}: no answer in time");
            Landed::Run(Ended { outcome: Outcome::Unknown, said: Some(said.into()) })
        };
        self.spawn(Asked::Run { token, machine: uid, work }, async move { Landed::Run(run.await) }, late);
    }

    fn spawn(
        &mut self,
        asked: Asked,
        work: impl Future<Output = Landed> + Send + 'static,
        late: impl FnOnce() -> Landed + Send + 'static,
    ) {
        let secs = self.state().settings.call_secs_max;
        let limit = self.rim.second * secs.saturating_sub(MARGIN_SECS).max(1);
        let flight = self.flights.spawn(async move {
            match tokio::time::timeout(limit, work).await {
                Ok(landed) => landed,
                Err(_) => late(),
            }
        });
        self.running.insert(flight.id(), asked);
    }

    fn landed(&mut self, landed: Result<(Id, Landed), JoinError>) {
        let (id, landed) = match landed {
            Ok((id, landed)) => (id, Some(landed)),
            // It panicked: whatever it did, it did not tell.
            Err(error) => (error.id(), None),
        };
        let Some(asked) = self.running.remove(&id) else { return };
        let panicked = || Some("the operation broke down; this is a mistake in the autoscaler".into());
        let event = match asked {
            Asked::Run { token, machine, work } => {
                let ended = match landed {
                    Some(Landed::Run(ended)) => ended,
                    _ => Ended { outcome: Outcome::Unknown, said: panicked() },
                };
                self.trouble(machine, work, &ended);
                Event::Outcome { token, outcome: ended.outcome }
            }
            Asked::Servers { token, began, scope } => {
                let reading = match landed {
                    Some(Landed::Servers(reading)) => reading,
                    _ => Reading { listing: Listing::Failed { wait_secs: None }, said: panicked() },
                };
                if let Some(said) = reading.said.as_ref().filter(|it| self.list_trouble.as_ref() != Some(it))
                {
                    tracing::warn!(why = %said, "the list of servers is not whole");
                }
                self.list_trouble = reading.said;
                Event::Servers { token, began, listing: self.marked(reading.listing, &scope) }
            }
            Asked::Balancers { token, began } => {
                let rules = match landed {
                    Some(Landed::Balancers(rules)) => rules,
                    _ => Err("the reading broke down; this is a mistake in the autoscaler".into()),
                };
                self.balancer_trouble = rules.as_ref().err().cloned();
                Event::Balancers { token, began, rules: rules.ok() }
            }
        };
        self.step(event);
    }

    fn trouble(&mut self, machine: Name, work: Work, ended: &Ended) {
        match &ended.said {
            Some(said) => {
                tracing::warn!(machine = %machine, operation = ?work, outcome = ?ended.outcome, why = %said);
                self.troubles.insert(machine, said.clone());
            }
            None => drop(self.troubles.remove(&machine)),
        }
    }

    /// Our mark on a Node is one on its server. A list of less than there is to look at now is a part.
    fn marked(&self, listing: Listing, scope: &BTreeSet<Name>) -> Listing {
        let mark = |mut server: Server| {
            let claim = Claim { id: server.id.clone(), host: server.host.clone(), at: self.now };
            let node = self.state().cluster.of(&claim);
            if server.mark == Mark::Unmarked && node.is_some_and(|it| it.ours) {
                server.mark = Mark::Ours;
            }
            server
        };
        match listing {
            Listing::Complete(servers) if *scope == self.scope => {
                Listing::Complete(servers.into_iter().map(mark).collect())
            }
            Listing::Complete(servers) | Listing::Partial(servers) => {
                Listing::Partial(servers.into_iter().map(mark).collect())
            }
            failed @ Listing::Failed { .. } => failed,
        }
    }

    fn show(&mut self) {
        self.dirty = false;
        let state = self.state.as_ref().expect("it is put back after each event");
        self.troubles.retain(|uid, _| state.machines.contains_key(uid));
        let snapshot = Snapshot {
            balancer_trouble: self.balancer_trouble.clone(),
            numbers: self.provider.numbers(),
            ..Snapshot::of(state, self.now, &self.troubles, self.list_trouble.as_ref())
        };
        // Nobody may be looking.
        self.show.send_replace(Arc::new(snapshot));
    }
}

async fn run_in<C: Cluster>(cluster: &C, machine: &Machine, operation: Operation) -> Ended {
    let work = operation.work();
    let outcome = cluster.run(machine, operation).await;
    let said = match &outcome {
        Outcome::Done | Outcome::Written { .. } | Outcome::Absent | Outcome::Conflict => None,
        other => Some(format!("{work:?}: {other:?}").into()),
    };
    Ended { outcome, said }
}

fn report(finding: &Finding) {
    match finding {
        Finding::Orphan { server } => {
            tracing::warn!(%server, "a server of ours has no machine; it is deleted if that stays so and it is no Node");
        }
        Finding::Zombie { node } => {
            tracing::warn!(%node, "a Node of ours has no server any more; it is deleted if that stays so");
        }
        Finding::Stranger { server } => {
            tracing::warn!(%server, "a server appeared in a group of ours, and nobody here asked for it; it is left alone");
        }
    }
}
