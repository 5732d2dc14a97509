//! Proof that these tests look: a shell that does one thing wrong is noticed by the test that is about it, and the
//! same test is content with one that does not. The mistakes stand around the real provider and the cluster.

use super::stage::{START, Setting, Stage};
use super::{balancers, up_and_down};
use decide::provision::{Hold, Listing, Machine, Operation, Outcome, Rule, Stage as At, Work};
use decide::time::Time;
use decide::world::Name;
use futures_util::FutureExt;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use vpsie_autoscaler::provision::{Cloud, Cluster, Ended, Facts, Reading, Table};
use vpsie_fake::{Armed, Fault};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// The engine does not ask whether this process leads.
    EngineHeedsNoLease,
    /// The provider's client does not.
    ClientHeedsNoLease,
    /// That nobody knows how it ended is told as a failure that had no effect.
    UnknownIsFailed,
    /// What nobody answered is sent again at once.
    PostsAgain,
    /// An operation that broke down after it was sent is told as one that was not.
    PanicIsFailed,
    /// An answer is not told, and the operation counts as done.
    DropsRefusals,
    /// A deletion is told to be done and is not sent.
    DropsDeletions,
    /// Another server of the group is deleted.
    DeletesAnother,
    /// A list of which a part failed is told as a whole one.
    PartIsWhole,
    /// A list that failed is told as an empty one.
    FailedIsEmpty,
    /// The same, of load balancers.
    FailedIsNoBalancers,
    /// Load balancers are told without their backends.
    SeesNoBackends,
    /// Where there is more to look at than before, the last list counts as one of that too.
    ScopeStays,
    /// An intent is told to be written and is not.
    ForgetsIntents,
    /// Marks of a leaving Node are told to be on it and are not put there.
    DropsExclusions,
}

use Mistake::*;

pub struct Spoilt<T> {
    inner: T,
    mistake: Option<Mistake>,
    /// The first scope, and the servers of the group that were listed last.
    scope: Mutex<Option<BTreeSet<Name>>>,
    listed: Mutex<Vec<(Name, Name)>>,
    /// The next request for a server breaks down after it was sent, by nobody's mistake.
    breaks: Arc<AtomicBool>,
}

impl<T> Spoilt<T> {
    pub fn new(inner: T, mistake: Option<Mistake>, breaks: Arc<AtomicBool>) -> Spoilt<T> {
        Spoilt { inner, mistake, scope: Mutex::default(), listed: Mutex::default(), breaks }
    }

    fn is(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }
}

impl<T: Cloud> Cloud for Spoilt<T> {
    async fn run(&self, machine: &Machine, mut operation: Operation) -> Ended {
        if self.is(DropsDeletions) && operation.work() == Work::Delete {
            return Outcome::Done.into();
        }
        if let Operation::Delete { id, host, .. } = &mut operation
            && self.is(DeletesAnother)
        {
            let listed = self.listed.lock().expect("no panic");
            if let Some(other) = listed.iter().find(|it| it.0 != *id) {
                (*id, *host) = other.clone();
            }
        }
        let ran = AssertUnwindSafe(async {
            let ended = self.inner.run(machine, operation.clone()).await;
            let breaks = operation.work() == Work::Create && self.breaks.swap(false, Ordering::Relaxed);
            assert!(!breaks, "a mistake in the provider's part");
            ended
        });
        let ended = match self.mistake {
            Some(PanicIsFailed) => ran.catch_unwind().await.unwrap_or_else(|_| Outcome::Failed.into()),
            _ => ran.await,
        };
        match (self.mistake, &ended.outcome) {
            (Some(UnknownIsFailed), Outcome::Unknown) => Outcome::Failed.into(),
            (Some(PostsAgain), Outcome::Unknown) => self.inner.run(machine, operation).await,
            (Some(DropsRefusals), Outcome::Refused { .. }) => Outcome::Done.into(),
            _ => ended,
        }
    }

    async fn servers(&self, groups: BTreeSet<Name>) -> Reading {
        let Reading { listing, said } = self.inner.servers(groups).await;
        let listing = match (self.mistake, listing) {
            (Some(PartIsWhole), Listing::Partial(some)) => Listing::Complete(some),
            (Some(FailedIsEmpty), Listing::Failed { .. }) => Listing::Complete(Vec::new()),
            (_, listing) => listing,
        };
        if let Listing::Complete(servers) = &listing {
            let ours = servers.iter().filter(|it| &*it.group == "workers");
            *self.listed.lock().expect("no panic") =
                ours.map(|it| (it.id.clone(), it.host.clone())).collect();
        }
        Reading { listing, said }
    }

    async fn balancers(&self) -> Result<Vec<Rule>, Name> {
        let read = self.inner.balancers().await;
        match self.mistake {
            Some(FailedIsNoBalancers) => Ok(read.unwrap_or_default()),
            Some(SeesNoBackends) => {
                read.map(|it| it.into_iter().map(|it| Rule { backends: Vec::new(), ..it }).collect())
            }
            _ => read,
        }
    }

    fn scope(&self) -> BTreeSet<Name> {
        let scope = self.inner.scope();
        match self.is(ScopeStays) {
            true => self.scope.lock().expect("no panic").get_or_insert(scope).clone(),
            false => scope,
        }
    }

    fn numbers(&self) -> BTreeMap<Name, u64> {
        self.inner.numbers()
    }
}

impl<T: Cluster> Cluster for Spoilt<T> {
    async fn run(&self, machine: &Machine, operation: Operation) -> Outcome {
        match &operation {
            Operation::Write { version, papers } if self.is(ForgetsIntents) && papers.intent.is_some() => {
                Outcome::Written { version: *version }
            }
            Operation::Exclude { .. } if self.is(DropsExclusions) => Outcome::Done,
            _ => self.inner.run(machine, operation).await,
        }
    }
}

const ADD: &str = "/add/slave";
const NODES: &str = "GET /k8s/cluster/byId";

type Test = fn(Setting) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! table {
    ($($mistake:ident => $test:ident,)+) => {
        &[$(($mistake, stringify!($test), |it| Box::pin($test(it)))),+]
    };
}

/// Each mistake, and the test that is about it.
const TABLE: &[(Mistake, &str, Test)] = table! {
    EngineHeedsNoLease => who_does_not_lead_writes_nothing,
    ClientHeedsNoLease => the_lease_is_lost_on_the_way,
    UnknownIsFailed => replies_are_lost,
    PostsAgain => replies_are_lost,
    PanicIsFailed => an_operation_breaks_down,
    DropsRefusals => a_refusal_parks_the_group,
    DropsDeletions => one_goes,
    DeletesAnother => one_goes,
    DropsExclusions => one_goes,
    PartIsWhole => a_part_cannot_be_read,
    FailedIsEmpty => nothing_can_be_read,
    FailedIsNoBalancers => balancers_cannot_be_read,
    SeesNoBackends => balancers_are_left_first,
    ScopeStays => there_is_more_to_look_at,
    ForgetsIntents => the_process_ends_anywhere,
};

async fn who_does_not_lead_writes_nothing(setting: Setting) {
    let mut stage = Stage::new(setting).await;
    stage.leads.store(false, Ordering::Relaxed);
    stage.wanted = 1;
    stage.pass(120).await;
    assert_eq!(stage.heard("POST", ""), 0);
    assert!(stage.kube.machines().iter().all(|it| it.papers == Default::default()));
}

async fn the_lease_is_lost_on_the_way(setting: Setting) {
    let mut stage = Stage::new(setting).await;
    stage.loses.store(true, Ordering::Relaxed);
    stage.wanted = 1;
    stage.pass(120).await;
    assert!(!stage.leads.load(Ordering::Relaxed), "a server was about to be asked for");
    assert_eq!(stage.heard("POST", ""), 0);
}

async fn replies_are_lost(setting: Setting) {
    let mut stage = Stage::new(setting).await;
    stage.fake.arm(Armed { times: Some(2), ..Armed::always(Fault::CutAfter).on(ADD) });
    up_and_down(&mut stage, "replies are lost").await;
    assert_eq!(stage.bought(), 2);
}

async fn an_operation_breaks_down(setting: Setting) {
    let mut stage = Stage::new(setting).await;
    stage.breaks.store(true, Ordering::Relaxed);
    up_and_down(&mut stage, "an operation breaks down").await;
    assert_eq!(stage.bought(), 2);
}

async fn a_refusal_parks_the_group(setting: Setting) {
    let mut stage = Stage::new(setting).await;
    stage.fake.arm(Armed::once(Fault::NodeLimit).on(ADD));
    stage.wanted = 1;
    let refused =
        |it: &Stage| it.snapshot().back_offs.values().any(|it| !it.why.contains("not seen in time"));
    stage.until("parked", refused).await;
    stage.settle("tried again").await;
    stage.agrees("tried again");
}

async fn one_goes(setting: Setting) {
    let mut stage = Stage::new(setting).await;
    up_and_down(&mut stage, "one goes").await;
    assert_eq!(stage.bought(), 2);
}

/// Managed workers and plain servers; the workers cannot be read for a while.
async fn a_part_cannot_be_read(setting: Setting) {
    let stage = Stage::new(setting).await;
    let mut table = (**stage.table.borrow()).clone();
    let plain = Facts::Plain(stage.plain());
    table.insert("plain".into(), plain);
    stage.table.send_replace(Arc::new(table));
    workers_cannot_be_read(stage).await;
}

async fn nothing_can_be_read(setting: Setting) {
    workers_cannot_be_read(Stage::new(setting).await).await;
}

async fn workers_cannot_be_read(mut stage: Stage) {
    up_and_down(&mut stage, "before").await;
    stage.fake.arm(Armed::always(Fault::ServerError).on(NODES));
    stage.pass(200).await;
    let odd = stage.snapshot().machines.values().any(|it| it.hold == Some(Hold::Mismatch));
    assert!(!odd, "what cannot be read is taken for what is not there");
    stage.fake.world(|it| it.faults.armed.clear());
    stage.settle("they can be read again").await;
    stage.agrees("they can be read again");
    assert_eq!(stage.bought(), 2);
}

async fn balancers_cannot_be_read(setting: Setting) {
    let mut stage = balancers::behind(false, setting).await;
    stage.fake.arm(Armed::always(Fault::ServerError).on("GET /lb/all"));
    stage.wanted = 1;
    stage.pass(150).await;
    assert_eq!(stage.servers().len(), 2);
}

async fn balancers_are_left_first(setting: Setting) {
    let mut stage = balancers::behind(false, setting).await;
    balancers::one_goes(&mut stage, "one goes").await;
}

/// Only plain servers were read so far; now there is a cluster too, with workers in it.
async fn there_is_more_to_look_at(setting: Setting) {
    let mut stage = Stage::new(Setting { no_group: true, ..setting }).await;
    let managed = (**stage.table.borrow()).clone();
    let plain: Table = BTreeMap::from([("plain".into(), Facts::Plain(stage.plain()))]);
    stage.table.send_replace(Arc::new(plain.clone()));
    stage.pass(80).await;
    assert!(stage.snapshot().listed.is_some_and(|it| it >= Time(START + 25)), "what is new could be told");
    let before = stage.fake.world(|it| {
        let cluster = it.clusters[0].identifier.clone();
        it.add_group(&cluster, "workers", 55, 2);
        it.joined()
    });
    stage.table.send_replace(Arc::new(plain.into_iter().chain(managed).collect()));
    stage.wanted = 2;
    let ready = |it: &Stage| it.snapshot().machines.values().filter(|it| it.stage == At::Ready).count();
    stage.until("two come", |it| ready(it) == 2).await;
    for machine in stage.kube.machines() {
        let host = machine.papers.server.expect("a claim").host;
        assert!(!before.contains(&host.to_lowercase()), "{host} was there before");
    }
}

async fn the_process_ends_anywhere(setting: Setting) {
    for at in 1..12 {
        let mut stage = Stage::new(setting).await;
        stage.boundaries.stop_at.store(at, Ordering::Relaxed);
        up_and_down(&mut stage, "the process ends").await;
        assert_eq!(stage.bought(), 2, "ended at boundary {at}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mistakes_of_the_shell_are_noticed() {
    let mut runs = tokio::task::JoinSet::new();
    for (mistake, name, test) in TABLE {
        for mistake in [None, Some(*mistake)] {
            let setting = Setting { mistake, ..Setting::default() };
            runs.spawn(async move {
                // A breach of the fake's watch is told when it is dropped.
                let ended = tokio::spawn(test(setting)).await;
                (mistake, *name, ended.is_err())
            });
        }
    }
    let mut unnoticed = Vec::new();
    while let Some(run) = runs.join_next().await {
        let (mistake, name, complained) = run.expect("it is caught");
        match mistake {
            Some(mistake) if !complained => unnoticed.push(format!("{mistake:?} by {name}")),
            None if complained => unnoticed.push(format!("{name} complains of a shell without mistakes")),
            _ => {}
        }
    }
    assert!(unnoticed.is_empty(), "not noticed: {unnoticed:#?}");
}
