//! The engine and what it stands on, as long as this process leads: begun from what stands on objects, told of
//! every reading, and ended with the lead.

use super::carry::Servers;
use super::facts::Sides;
use super::supplier::{Access, Place, Supplier};
use crate::act::Hands;
use crate::clock::{self, Moment};
use crate::lead::Lead;
use crate::metrics::Metrics;
use crate::observe::Snapshot;
use crate::provision::{self, Cluster, Engine, Provider, Rim, Start, Wishes};
use decide::marks::SYSTEM_NAMESPACE;
use decide::provision::{
    Claim, Event, Machine, Operation, Outcome, Settings, Stage, UNREAD, Wish, server_id,
};
use decide::world::{Name, World};
use kube::Client;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How often the Secret is read again.
const SECRET_EVERY: Duration = Duration::from_secs(30);
/// How soon a step of a removal is looked at again: whoever watches a drain should not wait for us.
const RECHECK_SECS: u32 = 5;
/// A request that nobody answered has had no effect if nothing shows for so many times the age of lists.
const ABSENT_LAGS: u32 = 3;

pub struct Works {
    client: Client,
    place: Place,
    settings: Settings,
    /// What our plain servers bear, so that they can be told from those of other clusters in the account.
    owner: Option<String>,
    lead: Lead,
    hands: Hands,
    metrics: Arc<Metrics>,
    /// Whatever is the matter with the Secret or the provider, for people.
    pub trouble: Option<String>,
    supplier: Option<Supplier>,
    read: Option<Moment>,
    /// The provider has refused the credentials since the Secret was read.
    refused: Arc<AtomicBool>,
    engine: Option<Running>,
    shown: Arc<Mutex<Option<watch::Receiver<Arc<provision::Snapshot>>>>>,
}

struct Running {
    engine: Engine,
    term: u64,
    machines: BTreeSet<Name>,
    nodes: BTreeMap<Name, Name>,
}

impl Cluster for Hands {
    fn run(&self, machine: &Machine, operation: Operation) -> impl Future<Output = Outcome> + Send {
        Hands::run(self, machine, operation)
    }
}

impl Works {
    /// `lag`: how old what the provider's lists show may be.
    pub fn new(
        client: Client,
        place: Place,
        lag: Duration,
        lead: Lead,
        hands: Hands,
        metrics: Arc<Metrics>,
    ) -> Works {
        let settings = settings(lag);
        let shown: Arc<Mutex<Option<watch::Receiver<Arc<provision::Snapshot>>>>> = Arc::default();
        let figures = shown.clone();
        metrics.engine(move || {
            let shown = figures.lock().unwrap_or_else(PoisonError::into_inner);
            shown.as_ref().map(|it| it.borrow().metrics.clone()).unwrap_or_default()
        });
        let (trouble, supplier, read, refused, engine) = (None, None, None, Arc::default(), None);
        Works {
            client,
            place,
            settings,
            owner: None,
            lead,
            hands,
            metrics,
            trouble,
            supplier,
            read,
            refused,
            engine,
            shown,
        }
    }

    /// Reads the Secret, now and then, and at once where what it said before is refused.
    pub async fn provide(&mut self) {
        let refused = self.refused.swap(false, Ordering::Relaxed);
        if !refused && self.read.is_some_and(|it| it.age() < SECRET_EVERY) {
            return;
        }
        let done = self.provide_now().await;
        // Without a provider nothing can be done: then it is tried at every tick.
        self.read = self.supplier.is_some().then(Moment::now);
        let trouble = done.err().map(|it| format!("{it:#}"));
        if trouble != self.trouble
            && let Some(why) = &trouble
        {
            tracing::warn!(why, "the provider cannot be used as it should be");
        }
        self.trouble = trouble;
    }

    async fn provide_now(&mut self) -> anyhow::Result<()> {
        let access = Access::read(&self.client, &self.place).await?;
        match &mut self.supplier {
            Some(supplier) => supplier.renew(access).await,
            None => {
                let settings = vpsie::Settings::new(access.base.clone());
                let (metrics, refused) = (self.metrics.clone(), self.refused.clone());
                let client = vpsie::Client::listening(settings, access.credentials.clone(), move |seen| {
                    metrics.provider(seen);
                    if seen.cause == Some(vpsie::Cause::Unauthorized) {
                        refused.store(true, Ordering::Relaxed);
                    }
                })?;
                self.supplier = Some(Supplier::new(client, access));
                Ok(())
            }
        }
    }

    /// Fills in what the provider knows of a reading: what new nodes would have, and whether its list of servers
    /// can be trusted.
    pub async fn complete(&mut self, snapshot: &Snapshot, world: &mut World, dry: bool) {
        self.owner = owner(snapshot);
        if let Some(supplier) = &mut self.supplier {
            supplier.know(snapshot);
            supplier.offer(snapshot, world).await;
            supplier.offers(snapshot, world).await;
        }
        match self.seen() {
            Some(seen) => world.inventory_frozen.clone_from(&seen.distrust),
            // Whoever leads and has not asked yet knows nothing; whoever follows reads what the leader says.
            None if self.lead.holds() && !dry => world.inventory_frozen = Some(UNREAD.into()),
            None => {}
        }
    }

    /// Tells the engine of a reading; begins it where it does not run yet.
    pub fn tell(&mut self, sides: Sides, version: u64) {
        let term = self.lead.term();
        if !self.lead.holds() {
            return self.end();
        }
        if self.engine.as_ref().is_some_and(|it| it.term != term) {
            self.end();
        }
        let (Some(supplier), Some(owner)) = (&self.supplier, &self.owner) else { return };
        // One that cannot be read is there all the same.
        let unreadable = sides.unreadable.iter().map(|it| it.1.clone());
        let machines: BTreeSet<Name> =
            sides.machines.iter().map(|it| it.uid.clone()).chain(unreadable).collect();
        let nodes: BTreeMap<Name, Name> =
            sides.nodes.iter().map(|it| (it.name.clone(), it.uid.clone())).collect();
        match &mut self.engine {
            None => {
                let gate = self.lead.clone();
                let provider = Provider::new(
                    supplier.client.guarded(move || gate.holds()),
                    owner,
                    supplier.table.subscribe(),
                    supplier.password.subscribe(),
                );
                let lead = self.lead.clone();
                let rim = Rim {
                    now: Box::new(clock::forward()),
                    second: Duration::from_secs(1),
                    may_write: Arc::new(move || lead.holds()),
                };
                let engine = Engine::start(Start {
                    settings: self.settings.clone(),
                    seed: clock::seed(),
                    objects: sides.objects(version),
                    provider,
                    cluster: self.hands.clone(),
                    rim,
                });
                tracing::info!(term, machines = machines.len(), "leading");
                *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(engine.seen());
                self.engine = Some(Running { engine, term, machines, nodes });
            }
            Some(running) => {
                for uid in running.machines.difference(&machines) {
                    running.engine.tell(Event::MachineGone { uid: uid.clone() });
                }
                for (name, uid) in &running.nodes {
                    if nodes.get(name) != Some(uid) {
                        let gone = Event::NodeGone { name: name.clone(), uid: uid.clone(), version };
                        running.engine.tell(gone);
                    }
                }
                let groups =
                    sides.groups.into_iter().map(|(name, generation)| Event::Group { name, generation });
                let all = groups
                    .chain(sides.nodes.into_iter().map(Event::Node))
                    .chain(sides.machines.into_iter().map(Event::Machine));
                all.for_each(|it| running.engine.tell(it));
                running.engine.tell(Event::Watching(true));
                (running.machines, running.nodes) = (machines, nodes);
            }
        }
    }

    /// The cluster is not known as it is now.
    pub fn blind(&mut self) {
        match &self.engine {
            Some(running) if self.lead.holds() => {
                running.engine.tell(Event::Watching(false));
                // What the last plan permitted may no longer be so.
                let wait = |it: &Name| (it.clone(), Wish::Wait);
                running.engine.wishes(Wishes::new(running.machines.iter().map(wait).collect()));
            }
            _ => self.end(),
        }
    }

    pub fn wish(&self, wishes: BTreeMap<Name, Wish>) {
        if let Some(running) = &self.engine {
            running.engine.wishes(Wishes::from(wishes));
        }
    }

    /// A machine is known better than from the last reading.
    pub fn learn(&self, machine: Machine) {
        if let Some(running) = &self.engine {
            running.engine.tell(Event::Machine(machine));
        }
    }

    #[must_use]
    pub fn seen(&self) -> Option<Arc<provision::Snapshot>> {
        self.engine.as_ref().map(|it| it.engine.seen().borrow().clone())
    }

    /// Groups of which no server can be bought, and why.
    #[must_use]
    pub fn troubles(&self) -> BTreeMap<Name, Name> {
        self.supplier.as_ref().map(Supplier::troubles).unwrap_or_default()
    }

    /// Whether machines come or go.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let rests = |it: &provision::Seen| matches!(it.stage, Stage::Ready | Stage::Failed);
        self.seen().is_some_and(|it| it.machines.values().any(|it| !rests(it)))
    }

    /// Ends at once; the next one goes on from what is written.
    pub fn end(&mut self) {
        if self.engine.take().is_some() {
            tracing::info!(other = self.lead.other(), "no longer leading");
            *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// Begins nothing more and waits for what is under way.
    pub async fn stop(&mut self, within: Duration) {
        if let Some(running) = self.engine.take()
            && !running.engine.stop(within).await
        {
            tracing::warn!("something was still under way; whoever leads next takes it up");
        }
    }
}

/// What no other cluster has: the uid of the namespace that every cluster has.
fn owner(snapshot: &Snapshot) -> Option<String> {
    let found = snapshot.of_kind("Namespace").find(|it| it.0.1 == SYSTEM_NAMESPACE);
    found.map(|it| it.1.uid.clone()).filter(|it| !it.is_empty())
}

fn settings(lag: Duration) -> Settings {
    let lag_secs = u32::try_from(lag.as_secs()).unwrap_or(u32::MAX);
    let default = Settings::default();
    Settings {
        lag_secs,
        absent_secs: lag_secs.saturating_mul(ABSENT_LAGS),
        poll_secs: default.poll_secs.min(lag_secs.max(1)),
        recheck_secs: RECHECK_SECS,
        balancers: true,
        ..default
    }
}

impl Servers for provision::Snapshot {
    fn of_node(&self, node: &str, provider_id: &str) -> Option<Claim> {
        let id = server_id(provider_id);
        let same = |it: &&decide::provision::Server| {
            it.host.to_lowercase() == node || !id.is_empty() && it.id.to_lowercase() == *id
        };
        let server = self.servers.iter().find(same)?;
        Some(Claim { id: server.id.clone(), host: node.into(), at: self.at? })
    }
}
