//! The policies that a controller decides with.

use crate::looked::Looked;
use crate::metrics::Metrics;
use anyhow::Context;
use policy::Set;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

pub struct Policies {
    set: Arc<Set>,
}

impl Policies {
    pub fn load(dir: Option<&Path>, metrics: &Arc<Metrics>) -> anyhow::Result<Policies> {
        let mut set = match dir {
            None => Set::shipped(),
            Some(dir) => {
                Set::load(dir).with_context(|| format!("policies of {} cannot be used", dir.display()))?
            }
        };
        let metrics = metrics.clone();
        set.listen(move |it| {
            metrics.remark(it);
            tracing::info!("{it}");
        });
        Ok(Policies { set: Arc::new(set) })
    }

    /// The set of this tick, and the number of its generation.
    pub fn current(&self) -> (Arc<Set>, u64) {
        (self.set.clone(), 1)
    }

    pub fn ticked(&self, _: &Looked) {}

    /// What is told of them.
    pub fn shown(&self) -> Arc<dyn Fn() -> Value + Send + Sync> {
        let set = self.set.clone();
        Arc::new(move || serde_json::json!({"policies": set.lines()}))
    }
}
