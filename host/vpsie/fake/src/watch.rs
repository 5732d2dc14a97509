//! What must never be asked of a provider, looked at in the moment in which it is asked.
//!
//! A breach does not change the answer: the real one would carry it out. It is written down, and the
//! fake's end fails the test that did not take note.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::pin::Pin;

#[derive(Debug, Default)]
pub struct Watch {
    /// Hostnames, in lower case, of what still holds pods that must move.
    pub holding_pods: BTreeSet<String>,
    /// Identifiers of what belongs to somebody else: clusters, groups, servers, load balancers.
    pub not_ours: BTreeSet<String>,
    /// Workers that a group (its number) may have, those on their way counted in.
    pub workers_max: BTreeMap<u64, usize>,
    breaches: Vec<String>,
}

impl Watch {
    pub fn delete(&mut self, request: &str, hostname: &str) {
        if self.holding_pods.contains(&hostname.to_lowercase()) {
            self.breaches.push(format!("{request}: deletes {hostname}, which still holds pods"));
        }
    }

    /// `rule`: one of a load balancer that still sends to it.
    pub fn delete_behind(&mut self, request: &str, hostname: &str, rule: &str) {
        self.breaches.push(format!("{request}: deletes {hostname}, to which {rule} still leads"));
    }

    pub fn empty(&mut self, request: &str, rule: &str) {
        self.breaches.push(format!("{request}: takes the last backend out of {rule}"));
    }

    pub fn write(&mut self, request: &str, identifier: &str) {
        if self.not_ours.contains(identifier) {
            self.breaches.push(format!("{request}: writes to {identifier}, which is not ours"));
        }
    }

    /// `workers`: with the new one.
    pub fn add(&mut self, request: &str, group: u64, workers: usize) {
        if let Some(most) = self.workers_max.get(&group).filter(|it| workers > **it) {
            self.breaches
                .push(format!("{request}: worker {workers} of group {group}, whose limit is {most}"));
        }
    }

    #[must_use]
    pub fn breaches(&self) -> &[String] {
        &self.breaches
    }

    /// For a test that means to breach.
    pub fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.breaches)
    }
}

/// Who can say which hosts hold pods at this moment, in lower case.
pub struct Holders(Box<dyn Fn() -> Asked + Send + Sync>);

type Asked = Pin<Box<dyn Future<Output = BTreeSet<String>> + Send>>;

impl Holders {
    pub fn new<F>(ask: impl Fn() -> F + Send + Sync + 'static) -> Holders
    where
        F: Future<Output = BTreeSet<String>> + Send + 'static,
    {
        Holders(Box::new(move || Box::pin(ask())))
    }

    pub fn ask(&self) -> impl Future<Output = BTreeSet<String>> + Send + use<> {
        (self.0)()
    }
}

impl fmt::Debug for Holders {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Holders")
    }
}
