//! Keeps the policies of a directory up to date while decisions are made with them.
//!
//! One thread waits for changes of the directory and reads it, another compiles, probes and replays what was
//! read; what happens then is for [`life`](crate::life) to say. A decision takes its policies once, when it
//! begins, and only then a new generation becomes active.

mod load;
mod start;
mod status;
mod store;
mod watch;

#[cfg(test)]
mod tests;

pub use status::Status;

use crate::life::{Effect, Event, Life, News, Number, Replayed};
use crate::set::Set;
use crate::snapshot::Snapshot;
use crate::tally::Used;
use decide::time::Time;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use store::Store;

/// Runs the last recorded ticks with both, the new and the active one: how much would change?
pub type Replay = Box<dyn Fn(&Set, &Set) -> Replayed + Send + Sync>;
pub type Hear = Box<dyn Fn(&News) + Send + Sync>;

#[derive(Debug, Clone)]
pub struct KeeperSettings {
    /// The policy directory; none is the built-in policies and nothing else.
    pub dir: Option<PathBuf>,
    /// A folder of our own in which the last generation that worked survives a restart.
    pub last_good: Option<PathBuf>,
    /// How often the directory is read though nothing seems to have moved.
    pub poll: Duration,
    /// How long nothing must move before it is read.
    pub debounce: Duration,
    /// The size of the cluster, until the first tick tells.
    pub nodes: usize,
    pub clock: fn() -> Time,
    /// How long this program has been running, which never jumps: to tell how long policies take.
    pub running: fn() -> Duration,
}

impl KeeperSettings {
    /// The defaults, with the built-in policies alone.
    #[must_use]
    pub fn new(clock: fn() -> Time, running: fn() -> Duration) -> KeeperSettings {
        KeeperSettings {
            dir: None,
            last_good: None,
            poll: Duration::from_secs(30),
            debounce: Duration::from_millis(300),
            nodes: 1_000,
            clock,
            running,
        }
    }
}

/// Ends its threads when it goes.
pub struct Keeper {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What the thread at the directory is told.
enum Mail {
    Stirred,
    Tell(News),
    Keep(Arc<Snapshot>),
    KeepQuarantine,
    Stop,
}

struct Shared {
    settings: KeeperSettings,
    replay: Replay,
    hear: Arc<dyn Fn(&News) + Send + Sync>,
    nodes: AtomicUsize,
    stopping: AtomicBool,
    mail: Sender<Mail>,
    loads: Sender<(Number, Arc<Snapshot>)>,
    inner: Mutex<Inner>,
}

struct Inner {
    life: Life,
    current: Arc<Set>,
    /// What the numbers of the life stand for.
    held: BTreeMap<Number, Held>,
    /// The digest of what is on disk.
    last_good: Option<String>,
}

struct Held {
    snapshot: Arc<Snapshot>,
    /// Once it is loaded.
    set: Option<Arc<Set>>,
}

impl Keeper {
    /// Returns when there is a generation to decide with: that of the directory; where it cannot be used,
    /// the last good one; else the built-in policies, if there is nothing in the directory, or policies that
    /// keep every node.
    ///
    /// `hear` is called from several threads, also in the midst of a decision; it must be quick.
    ///
    /// # Panics
    ///
    /// Where the system gives no more threads.
    #[must_use]
    pub fn start(settings: KeeperSettings, replay: Replay, hear: Hear) -> Keeper {
        let (mail, letters) = channel();
        let (loads, orders) = channel();
        let hear: Arc<dyn Fn(&News) + Send + Sync> = Arc::from(hear);
        let store = settings.last_good.clone().map(Store::of);
        let start::Begun { inner, news, seen } = start::begin(&settings, store.as_ref(), &hear);
        let shared = Arc::new(Shared {
            nodes: AtomicUsize::new(settings.nodes),
            stopping: AtomicBool::new(false),
            settings,
            replay,
            hear,
            mail,
            loads,
            inner: Mutex::new(inner),
        });
        news.into_iter().for_each(|it| shared.send(Mail::Tell(it)));
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        let desk = watch::Desk::of(Arc::clone(&shared), store, seen);
        let watching = named("policy-watch").spawn(move || desk.run(&letters));
        let loader = Arc::clone(&shared);
        let loading = named("policy-load").spawn(move || load::run(&loader, &orders));
        let threads = [watching, loading].map(|it| it.expect("the system gives two more threads"));
        Keeper { shared, threads: threads.into() }
    }

    /// The policies of the tick that begins now: once a tick, for a new generation becomes active here and
    /// nowhere else.
    #[must_use]
    pub fn current(&self) -> Arc<Set> {
        self.shared.feed(Event::TickBegins, None);
        Arc::clone(&self.shared.lock().current)
    }

    /// The tick is over, which was about so many nodes. What failed in it may be reason to go back to an
    /// earlier generation. Tells what each hook of each policy used.
    pub fn ticked(&self, nodes: usize) -> Vec<Used> {
        self.shared.nodes.store(nodes, Ordering::Relaxed);
        let calls = self.shared.lock().current.take_calls();
        let used = calls.iter().map(|it| it.used.clone()).collect();
        self.shared.feed(Event::TickEnded(calls), None);
        used
    }

    #[must_use]
    pub fn status(&self) -> Status {
        status::of(&self.shared.lock(), &self.shared.settings)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        self.shared.send(Mail::Stop);
        // A number that nobody has: it only wakes the loader.
        let _ = self.shared.loads.send((Number::MAX, Arc::default()));
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After the thread has ended nobody reads letters any more.
    fn send(&self, mail: Mail) {
        let _ = self.mail.send(mail);
    }

    /// `seen` belongs to [`Event::Seen`].
    fn feed(&self, event: Event, seen: Option<&Arc<Snapshot>>) {
        let mut inner = self.lock();
        let (life, effects) = inner.life.step(event, (self.settings.clock)());
        inner.life = life;
        for effect in effects {
            self.carry_out(&mut inner, effect, seen);
        }
    }

    fn carry_out(&self, inner: &mut Inner, effect: Effect, seen: Option<&Arc<Snapshot>>) {
        match effect {
            Effect::Load(number) => {
                let snapshot = seen.map(Arc::clone).unwrap_or_default();
                inner.held.insert(number, Held { snapshot: Arc::clone(&snapshot), set: None });
                let _ = self.loads.send((number, snapshot));
            }
            Effect::Serve(number) => {
                if let Some(set) = inner.held.get(&number).and_then(|it| it.set.as_ref()) {
                    // What it did before it went is no longer counted.
                    drop(set.take_calls());
                    inner.current = Arc::clone(set);
                }
            }
            Effect::Forget(number) => drop(inner.held.remove(&number)),
            Effect::Keep(number) => {
                if let Some(it) = inner.held.get(&number) {
                    self.send(Mail::Keep(Arc::clone(&it.snapshot)));
                }
            }
            Effect::KeepQuarantine => self.send(Mail::KeepQuarantine),
            Effect::Tell(news) => self.send(Mail::Tell(news)),
        }
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Keeper").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}
