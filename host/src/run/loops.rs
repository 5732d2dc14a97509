//! The loop: one tick after the other, and between ticks, while machines come or go, short looks for the
//! engine alone.

use super::carry::{self, Done};
use super::facts::Sides;
use super::settings::Settings;
use super::status::{self, Sized};
use super::unread::{self, Unread};
use super::works::Works;
use super::{Policies, made, reference};
use crate::act::{Hands, Pen, Target};
use crate::clock::{self, Stopwatch};
use crate::journal::{Entry, Journal, Limits, Noted};
use crate::kinds::{self, VpsieNode};
use crate::log;
use crate::looked::Looked;
use crate::metrics::{Metrics, Took};
use crate::news::{self, Desk, News};
use crate::objects;
use crate::observe::{Snapshot, Watches};
use crate::provision;
use crate::serve::Health;
use crate::tick::{self, Decision};
use crate::trace::{Exporter, Span, TraceId};
use crate::voices::{Answered, Recorder};
use decide::facts::Facts;
use decide::memory::Memory;
use decide::plan::Plan;
use decide::provision::{Stage, Wish};
use decide::steps;
use decide::time::Time;
use decide::world::{Name, World};
use kube::Client;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How long a tick waits for the watches to be whole and to show what was written.
const WHOLE_WITHIN: Duration = Duration::from_secs(5);
/// How often the engine is told of the cluster while machines come or go.
const PULSE: Duration = Duration::from_secs(2);
/// What was news for so long was told by whoever led then.
const UNTOLD_SECS_MAX: i64 = 60;
/// Part of a tick that a decision may take, in percent.
const TIME_BOX_PERCENT: u128 = 50;
/// A decision is never cut shorter than this, in (pod, node) checks.
const TIME_BOX_MIN: u64 = 1_000_000;

/// Who hears of what the loop does.
pub struct Listeners {
    pub metrics: Arc<Metrics>,
    pub health: Arc<Health>,
    pub desk: Desk,
    pub exporter: Option<Exporter>,
    pub show: watch::Sender<Option<Arc<Looked>>>,
}

pub struct Loop {
    settings: Settings,
    pen: Pen,
    watches: Arc<Watches>,
    policies: Policies,
    listeners: Listeners,
    works: Works,
    journal: Option<Journal>,
    memory: Memory,
    evicted: mpsc::UnboundedReceiver<Name>,
    before: Option<Arc<Looked>>,
    /// Machines of which the server is being deleted.
    deleting: BTreeSet<Name>,
    done: Vec<Done>,
    /// What could not be read at the last tick.
    unread: Unread,
    /// News that nobody was told yet, and since when: whoever follows may lead in a moment.
    untold: Vec<(Time, News)>,
    /// As it was at the last tick.
    engine: Option<Arc<provision::Snapshot>>,
    tick: u64,
    /// Of the last reading.
    version: u64,
    time_box: Option<u64>,
    /// The first half of every trace's name.
    seed: u64,
}

/// One reading of the cluster.
struct Sight {
    snapshot: Snapshot,
    world: World,
    sides: Sides,
}

impl Loop {
    pub fn new(
        settings: Settings,
        client: &Client,
        pen: Pen,
        watches: Arc<Watches>,
        policies: Policies,
        listeners: Listeners,
    ) -> anyhow::Result<Loop> {
        let (tell, evicted) = mpsc::unbounded_channel();
        let hands = Hands {
            pen: pen.clone(),
            find: {
                let watches = watches.clone();
                Arc::new(move |uid| watches.find("VPSieNode", uid))
            },
            looked: listeners.show.subscribe(),
            evicted: tell,
        };
        let (lead, metrics) = (pen.lead().clone(), listeners.metrics.clone());
        let place = settings.secret.clone();
        let works = Works::new(client.clone(), place, settings.lag, lead, hands, metrics);
        let limits = Limits { bytes: settings.journal_mib << 20, ..Limits::default() };
        let journal = settings.journal.as_deref().map(|it| Journal::open(it, limits)).transpose()?;
        Ok(Loop {
            tick: journal.as_ref().map_or(0, |it| it.next_tick() - 1),
            settings,
            pen,
            watches,
            policies,
            listeners,
            works,
            journal,
            memory: Memory::default(),
            evicted,
            before: None,
            deleting: BTreeSet::new(),
            done: Vec::new(),
            unread: Unread::default(),
            untold: Vec::new(),
            engine: None,
            version: 0,
            time_box: None,
            seed: clock::seed(),
        })
    }

    pub async fn run(&mut self) {
        let mut ticks = interval(self.settings.tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // Between ticks the engine is kept up to date, if it has something to do.
            while timeout(PULSE, ticks.tick()).await.is_err() {
                if self.works.is_busy() {
                    self.pulse().await;
                }
            }
            self.turn().await;
        }
    }

    pub async fn stop(&mut self, within: Duration) {
        self.works.stop(within).await;
    }

    /// One tick: look, ask, decide, write it down, do one step.
    async fn turn(&mut self) {
        let began = clock::fine();
        let mut took = Took::default();
        self.tick += 1;
        let trace = TraceId::of(self.seed, self.tick);
        let start = clock::running();
        self.works.provide().await;
        let sight = self.look().await;
        took.observe = Some(clock::running() - start);
        let looked = match sight {
            Ok(sight) => Some(self.decide(sight, &mut took, trace).await),
            Err(why) => {
                tracing::warn!(why, "nothing is decided: not everything is known");
                self.listeners.health.synced(vec![why]);
                self.listeners.metrics.undecided();
                self.works.blind();
                None
            }
        };
        let whole = clock::running() - start;
        self.listeners.metrics.took(&took);
        self.listeners.health.ticked(clock::running());
        if let Some(exporter) = &self.listeners.exporter {
            let looked = looked.as_deref();
            exporter.tell(&Span { trace, began, whole, took, looked });
        }
    }

    /// The engine's part of a tick.
    async fn pulse(&mut self) {
        match self.look().await {
            Ok(sight) => self.works.tell(sight.sides, self.version),
            Err(_) => self.works.blind(),
        }
    }

    async fn look(&mut self) -> Result<Sight, String> {
        self.watches
            .whole(WHOLE_WITHIN, |store| {
                self.pen.is_seen(|kind, key| store.get(kind, key).map(|it| (it.version, it.uid.clone())))
            })
            .await?;
        let snapshot = self.watches.snapshot();
        let newest = snapshot.objects.iter().flat_map(|it| it.1.values()).map(|it| it.version).max();
        self.version = newest.unwrap_or_default().max(self.version + 1);
        let (version, now) = (self.version, clock::now());
        self.remember();
        let memory = self.memory.clone();
        let read = tokio::task::spawn_blocking(move || {
            let mut parsed = objects::parse(snapshot.inputs(), now).map_err(|it| it.to_string())?;
            parsed.recall(&memory);
            let mut world = parsed.build().world;
            world.gaps = snapshot.gaps.iter().map(|it| Name::from(&**it)).collect();
            // Whoever wrote it may have wanted less than the defaults do.
            if let Some(why) = unread::config(&snapshot) {
                world.settings.scale_down.paused = true;
                world.gaps.push(why);
            }
            let sides = Sides::of(&snapshot, &world, &Facts::of(&world), version);
            Ok(Sight { snapshot, world, sides })
        });
        read.await.map_err(|_| {
            "a reading of the cluster broke down; this is a mistake in the autoscaler".to_string()
        })?
    }

    /// Pods that were evicted since: their room is kept.
    fn remember(&mut self) {
        while let Ok(uid) = self.evicted.try_recv() {
            if let Some(before) = &self.before
                && let Some(pod) = before.world.pods.iter().find(|it| it.uid == uid)
            {
                self.memory.remember_eviction(&before.world, pod);
            }
        }
    }

    async fn decide(&mut self, sight: Sight, took: &mut Took, trace: TraceId) -> Arc<Looked> {
        let Sight { snapshot, mut world, sides } = sight;
        let other = reference::running(&snapshot);
        if let Some(other) = &other {
            tracing::warn!(other, "another autoscaler still runs: it is only reported what would be done");
        }
        let dry = self.settings.dry || other.is_some();
        self.works.complete(&snapshot, &mut world, dry).await;
        self.memory.absorb(&world);
        for (machine, _, why) in &sides.unreadable {
            tracing::warn!(machine, %why, "a machine is left as it is");
        }
        let (set, generation) = self.policies.current();
        let (world, memory) = (Arc::new(world), Arc::new(self.memory.clone()));
        let (decision, answered, deciding) = {
            let (world, memory, set, time_box) = (world.clone(), memory.clone(), set.clone(), self.time_box);
            let work = move || {
                let mut deciding = Stopwatch::default();
                let recorder = Recorder::of(&*set);
                let decision = deciding.time(|| tick::within(&world, &memory, &recorder, time_box, None));
                (decision, recorder.answered(), deciding.total)
            };
            match tokio::task::spawn_blocking(work).await {
                Ok(decided) => decided,
                Err(broken) => std::panic::resume_unwind(broken.into_panic()),
            }
        };
        let Decision { plan, asking, .. } = decision;
        (took.decide, took.policies) = (Some(deciding), Some(asking));
        let (plan, time_box) = (Arc::new(plan), self.time_box);
        self.memory.cursor.clone_from(&plan.cursor);
        self.time_box = Some(time_box_of(&plan, deciding, self.settings.tick));
        let leads = self.pen.lead().holds();
        let looked = Arc::new(Looked {
            tick: self.tick,
            world: world.clone(),
            memory: memory.clone(),
            policies: set.clone(),
            plan: plan.clone(),
            leads,
            dry,
        });
        self.listeners.show.send_replace(Some(looked.clone()));
        self.listeners.health.policies(Ok(()));
        self.listeners.health.frozen(world.inventory_frozen.as_ref().map(ToString::to_string));
        self.policies.ticked(&looked, time_box);
        let mut journaling = Stopwatch::default();
        // Others on this thread must not wait for a disk.
        let write = || self.write_down(&looked, answered, time_box, generation);
        journaling.time(|| tokio::task::block_in_place(write));
        took.journal = Some(journaling.total);

        let start = clock::running();
        match dry {
            // What was under way waits where it stands.
            true => self.works.end(),
            false => self.act(&snapshot, &looked, sides).await,
        }
        took.act = Some(clock::running() - start);

        let before = self.before.as_deref();
        log::tick(&looked, before.map(|it| &*it.plan), trace);
        self.listeners.metrics.looked(&looked);
        let mut missing = Vec::new();
        missing.extend(self.works.trouble.clone().filter(|_| !dry));
        self.listeners.health.synced(missing);
        let mut news = self.policies.news();
        news.extend(self.unread.now(&snapshot, &self.works.troubles()));
        self.untold.extend(news.into_iter().map(|it| (world.now, it)));
        self.untold.retain(|it| world.now.since(it.0) <= UNTOLD_SECS_MAX);
        if leads {
            let mut news: Vec<News> = std::mem::take(&mut self.untold).into_iter().map(|it| it.1).collect();
            news.extend(news::news(before.map(|it| &*it.plan), &plan, &world, dry));
            self.listeners.desk.tell(news, world.now);
        }
        self.before = Some(looked.clone());
        looked
    }

    fn write_down(&mut self, looked: &Looked, answered: Answered, time_box: Option<u64>, generation: u64) {
        let Some(journal) = &mut self.journal else { return };
        let noted = |it: Done| Noted { what: it.what.into(), object: it.object, outcome: it.outcome };
        let entry = Entry {
            tick: looked.tick,
            world: looked.world.clone(),
            memory: looked.memory.clone(),
            time_box,
            policies: looked.policies.lines(),
            generation,
            answered,
            plan: looked.plan.clone(),
            outcomes: std::mem::take(&mut self.done).into_iter().map(noted).collect(),
        };
        if let Err(why) = journal.append(&entry) {
            tracing::warn!(%why, tick = looked.tick, "the journal cannot be written; it is decided all the same");
        }
        self.listeners.metrics.journal_bytes(journal.bytes());
    }

    /// Carries out what the plan permits, if the lease is ours.
    async fn act(&mut self, snapshot: &Snapshot, looked: &Looked, sides: Sides) {
        let (world, plan) = (&looked.world, &looked.plan);
        let mut steps = steps::steps(world, plan, &sides.machines);
        steps.wishes.extend(sides.unreadable.iter().map(|it| (it.1.clone(), Wish::Wait)));
        self.works.tell(sides, self.version);
        // Before the provider's servers were read once, nothing is known that could be carried out, or taken back.
        let known = self.works.seen().filter(|it| it.listed.is_some() && self.pen.lead().holds());
        let troubles = self.works.troubles();
        let Some(engine) = known else {
            return self.write_statuses(status::troubled(snapshot, world.now, &troubles)).await;
        };
        self.works.wish(steps.wishes);
        self.done.extend(changes(self.engine.as_deref(), &engine));
        self.engine = Some(engine.clone());
        let (done, grown) =
            carry::carry_out(&self.pen, snapshot, &*engine, &troubles, &steps.doings, world.now).await;
        for is_made in done.iter().filter_map(Done::made) {
            let like = made::pattern(snapshot).map(|it| it.0.0);
            self.listeners.metrics.made(&like.unwrap_or_default(), is_made);
        }
        let going: BTreeSet<Name> = engine
            .machines
            .iter()
            .filter(|it| it.1.condemned && it.1.stage >= Stage::Deleting)
            .map(|it| it.0.clone())
            .collect();
        let down = going.difference(&self.deleting).filter_map(|it| engine.machines.get(it));
        let sized = Sized { up: grown, down: down.map(|it| it.group.to_string()).collect() };
        self.deleting = going;
        self.write_statuses(status::statuses(snapshot, world, plan, &engine, &sized, &troubles)).await;
        self.done.extend(done);
    }

    async fn write_statuses(&self, statuses: Vec<status::Status>) {
        for status in statuses {
            let target = Target { kind: status.kind, namespace: &status.key.0, name: &status.key.1 };
            match self.pen.apply_status(target, &status.status).await {
                // The engine writes on machines too, each time on the version that it knows.
                Ok(written) if status.kind == "VPSieNode" => {
                    let machine =
                        serde_json::from_value::<VpsieNode>(written).ok().map(|it| kinds::machine(&it));
                    machine.and_then(Result::ok).into_iter().for_each(|it| self.works.learn(it));
                }
                Ok(_) => {}
                Err(why) => tracing::warn!(object = %target, %why, "its status cannot be written"),
            }
        }
    }
}

/// Where machines stand that did not stand there before, and what they wait for; told, and for the journal by the
/// name of the node, where that is known.
fn changes(before: Option<&provision::Snapshot>, now: &provision::Snapshot) -> Vec<Done> {
    let mut changes = Vec::new();
    for (uid, it) in &now.machines {
        let was = before.and_then(|before| before.machines.get(uid)).map(|was| (was.stage, was.hold));
        if was != Some((it.stage, it.hold)) && (before.is_some() || it.stage != Stage::Ready) {
            let waits = it.hold.map_or_else(String::new, |it| format!("{it:?}"));
            tracing::info!(machine = &*it.name, group = &*it.group, stage = %it.stage, waits, "stands");
            let host = it.server.as_ref().map(|it| it.host.to_lowercase()).filter(|it| !it.is_empty());
            let waits = it.hold.map_or_else(String::new, |it| format!(", waits: {it:?}"));
            changes.push(Done {
                what: "stage",
                object: host.unwrap_or_else(|| format!("machine {}", it.name)),
                outcome: format!("{}{waits}", it.stage),
            });
        }
    }
    changes
}

/// As many checks as the last decision's speed allows in its part of a tick.
fn time_box_of(plan: &Plan, took: Duration, tick: Duration) -> u64 {
    let budget = tick.as_nanos() * TIME_BOX_PERCENT / 100;
    let checks = u128::from(plan.checks) * budget / took.as_nanos().max(1);
    u64::try_from(checks).unwrap_or(u64::MAX).max(TIME_BOX_MIN)
}
