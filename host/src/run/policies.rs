//! The policies that a controller decides with: generations that come and go while it runs.

use crate::clock;
use crate::journal::Recording;
use crate::looked::Looked;
use crate::metrics::Metrics;
use crate::news::{About, Generation, Kind, News};
use policy::{Keeper, KeeperSettings, Set};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Ticks on which a new generation is tried before it is used.
const REPLAYED_TICKS: usize = 3;

pub struct Policies {
    keeper: Arc<Keeper>,
    recording: Arc<Mutex<Recording>>,
    heard: mpsc::UnboundedReceiver<News>,
    metrics: Arc<Metrics>,
}

impl Policies {
    /// `last_good`: where the last generation that worked survives a restart.
    pub fn start(dir: Option<PathBuf>, last_good: Option<PathBuf>, metrics: &Arc<Metrics>) -> Policies {
        let recording = Arc::new(Mutex::new(Recording::new(REPLAYED_TICKS)));
        let (tell, heard) = mpsc::unbounded_channel();
        let hear = {
            let metrics = metrics.clone();
            move |it: &policy::News| {
                let generation = match it {
                    policy::News::Activated(_) => Generation::Activated,
                    policy::News::Rejected(_) => Generation::Rejected,
                    policy::News::RolledBack(_) => Generation::RolledBack,
                    policy::News::Note(text) => return tracing::warn!("policies: {text}"),
                    policy::News::Remark(remark) => {
                        metrics.remark(remark);
                        return tracing::info!("{remark}");
                    }
                };
                tracing::info!("policies: {it}");
                metrics.generation(generation);
                let kind = match generation {
                    Generation::Activated => Kind::Normal,
                    Generation::Rejected | Generation::RolledBack => Kind::Warning,
                };
                // Nobody is left to hear it only when the program ends.
                tell.send(News {
                    about: About::Config,
                    kind,
                    reason: generation.name(),
                    text: it.to_string(),
                })
                .ok();
            }
        };
        let replay = {
            let recording = recording.clone();
            move |new: &Set, active: &Set| {
                let recording = recording.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let replayed = recording.replay(new, active);
                replayed.told.iter().for_each(|it| tracing::info!("with the new policies, {it}"));
                policy::Replayed {
                    ticks: replayed.ticks,
                    verdicts: replayed.verdicts,
                    changed: replayed.changed,
                }
            }
        };
        let settings = KeeperSettings { dir, last_good, ..KeeperSettings::new(clock::now, clock::running) };
        let keeper = Arc::new(Keeper::start(settings, Box::new(replay), Box::new(hear)));
        Policies { keeper, recording, heard, metrics: metrics.clone() }
    }

    /// The set of this tick, and the number of its generation. Nothing changes it before the next one.
    pub fn current(&self) -> (Arc<Set>, u64) {
        let set = self.keeper.current();
        (set, self.keeper.status().active.number)
    }

    pub fn ticked(&self, looked: &Looked, time_box: Option<u64>) {
        self.keeper.ticked(looked.world.nodes.len()).iter().for_each(|it| self.metrics.policy(it));
        let mut recording = self.recording.lock().unwrap_or_else(PoisonError::into_inner);
        recording.push(looked.tick, looked.world.clone(), looked.memory.clone(), time_box);
    }

    /// What happened to generations since.
    pub fn news(&mut self) -> Vec<News> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).collect()
    }

    /// What is told of them.
    pub fn shown(&self) -> Arc<dyn Fn() -> Value + Send + Sync> {
        let keeper = self.keeper.clone();
        Arc::new(move || serde_json::to_value(keeper.status()).unwrap_or_default())
    }
}
