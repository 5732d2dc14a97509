//! Figures for Prometheus: one value, filled by those who know, read by whoever asks.
//!
//! Three kinds: counters and histograms, which those who do something call; figures of the last decision, set
//! anew after every tick; and those of the engine, worked out when somebody asks. The names are those of the
//! Go autoscaler where they mean the same. No label holds what a policy or a pod may choose freely.

mod engine;
mod family;
mod world;

pub use family::{About, PREFIX};

use crate::looked::Looked;
use crate::news::{Generation, News};
use decide::plan::{Reason, Step, Verdict};
use decide::provision::metrics::Metric;
use decide::say::Decimal;
use decide::world::Name;
use family::Maker;
use policy::{Remark, Used};
use prometheus::{CounterVec, HistogramVec, IntCounterVec, IntGaugeVec, Registry, TextEncoder};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use vpsie::Seen;
use world::Figures;

type Engine = Box<dyn Fn() -> Vec<Metric> + Send + Sync>;

/// Shared by everybody who has something to count.
pub struct Metrics {
    registry: Registry,
    about: Vec<About>,
    /// Held while figures are set and while they are read, so that nobody reads half of them.
    last: Mutex<Last>,
    figures: Figures,
    engine: Mutex<Option<Engine>>,
    ticks: IntCounterVec,
    undecided: IntCounterVec,
    took: HistogramVec,
    scale_ups: IntCounterVec,
    nodes_added: HistogramVec,
    scale_downs: IntCounterVec,
    nodes_removed: HistogramVec,
    saved: CounterVec,
    taken_back: IntCounterVec,
    made: IntCounterVec,
    policy_times: HistogramVec,
    policy_fuel: IntCounterVec,
    policy_faults: IntCounterVec,
    remarks: IntCounterVec,
    generations: IntCounterVec,
    provider_requests: IntCounterVec,
    provider_times: HistogramVec,
    provider_errors: IntCounterVec,
    kubernetes_requests: IntCounterVec,
    kubernetes_times: HistogramVec,
    events: IntCounterVec,
    events_failed: IntCounterVec,
    events_dropped: IntCounterVec,
    events_waiting: IntGaugeVec,
    spans: IntCounterVec,
    journal_bytes: IntGaugeVec,
    build: IntGaugeVec,
}

/// What the last tick showed, to see what is new.
#[derive(Debug, Default)]
struct Last {
    /// None before the first tick.
    machines: Option<BTreeSet<(Name, Name)>>,
    /// Nodes that were on their way out, their group and whether they were being taken back.
    leaving: BTreeMap<Name, Leaver>,
}

#[derive(Debug)]
struct Leaver {
    group: Option<Name>,
    back: bool,
}

/// How long the parts of a tick took; none: it had no such part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Took {
    pub observe: Option<Duration>,
    pub decide: Option<Duration>,
    /// Part of `decide`.
    pub policies: Option<Duration>,
    pub journal: Option<Duration>,
    pub act: Option<Duration>,
}

impl Took {
    /// In the order in which they are begun.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, Option<Duration>); 5] {
        let Took { observe, decide, policies, journal, act } = *self;
        [("observe", observe), ("decide", decide), ("policies", policies), ("journal", journal), ("act", act)]
    }
}

/// What became of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    Sent,
    Failed,
    Dropped,
}

impl Metrics {
    #[must_use]
    pub fn new() -> Metrics {
        let mut make = Maker::new();
        let times =
            |start: f64, count: usize| prometheus::exponential_buckets(start, 2.0, count).expect("bounds");
        let nodes = || prometheus::linear_buckets(1.0, 1.0, 10).expect("bounds");
        const GROUP: [&str; 2] = ["nodegroup", "namespace"];
        let figures = Figures::make(&mut make);
        let metrics = Metrics {
            figures,
            last: Mutex::default(),
            engine: Mutex::default(),
            ticks: make.counter("ticks_total", &[], "Decisions made"),
            undecided: make.counter(
                "ticks_without_decision_total",
                &[],
                "Ticks in which nothing could be decided, because not everything was known",
            ),
            took: make.histogram("tick_duration_seconds", &["part"], "How long the parts of a tick took; policies are part of decide", times(0.001, 15)),
            scale_ups: make.counter("scale_up_total", &GROUP, "Ticks that showed new VPSieNodes of a group"),
            nodes_added: make.histogram("scale_up_nodes_added", &GROUP, "New VPSieNodes of a group at once", nodes()),
            scale_downs: make.counter("scale_down_total", &GROUP, "Ticks that showed nodes of a group gone after they were leaving"),
            nodes_removed: make.histogram("scale_down_nodes_removed", &GROUP, "Nodes of a group gone at once after they were leaving", nodes()),
            saved: make.decimal_counter(
                "savings_hourly_total",
                &GROUP,
                "What the nodes that were removed cost an hour, summed up, where the price is known",
            ),
            taken_back: make.counter("scale_down_taken_back_total", &["nodegroup", "reason"], "Removals that were taken back, by why"),
            made: make.counter("dynamic_nodegroup_creations_total", &["result", "namespace"], "NodeGroups made for pods that no group took: success or failure"),
            policy_times: make.histogram("policy_seconds", &["policy", "hook"], "How long a hook of a policy took in a tick, second questions included", times(0.0001, 15)),
            policy_fuel: make.counter("policy_fuel_total", &["policy", "hook"], "Fuel that a hook of a policy used"),
            policy_faults: make.counter("policy_faults_total", &["policy"], "Ticks in which a policy failed and kept nodes by that"),
            remarks: make.counter("policy_remarks_total", &["policy", "kind"], "What policies did that no decision shows: said something, would have changed something (shadow), failed without effect"),
            generations: make.counter("policy_generations_total", &["result"], "Generations of policies, by what became of them"),
            provider_requests: make.counter("vpsie_api_requests_total", &["method", "status"], "Requests to the provider, by HTTP method and status; error: no answer came"),
            provider_times: make.histogram("vpsie_api_request_duration_seconds", &["method"], "How long requests to the provider took", times(0.01, 12)),
            provider_errors: make.counter("vpsie_api_errors_total", &["method", "error_type"], "Requests to the provider that failed, by why"),
            kubernetes_requests: make.counter("kubernetes_api_requests_total", &["method", "resource", "status"], "Requests to the API server, by HTTP method, resource and status; error: no answer came"),
            kubernetes_times: make.histogram("kubernetes_api_request_duration_seconds", &["method"], "How long requests to the API server took; WATCH: until its answer began", times(0.001, 15)),
            events: make.counter("events_emitted_total", &["event_type", "reason", "object_kind"], "Kubernetes events written"),
            events_failed: make.counter("events_failed_total", &[], "Kubernetes events that the API server did not take"),
            events_dropped: make.counter("event_buffer_dropped_total", &["why"], "Kubernetes events that were not written, because there were too many"),
            events_waiting: make.gauge("event_buffer_size", &[], "Kubernetes events that wait to be written"),
            spans: make.counter("traces_total", &["result"], "Traces of ticks, by what became of them"),
            journal_bytes: make.gauge("journal_bytes", &[], "Size of the journal on disk"),
            build: make.gauge("build_info", &["version"], "1, with the version of this program"),
            registry: make.registry,
            about: make.about,
        };
        metrics.build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        for counter in [&metrics.ticks, &metrics.undecided, &metrics.events_failed] {
            let _zero = counter.with_label_values::<&str>(&[]);
        }
        metrics
    }

    /// After every tick, whoever leads. What has come and gone since the tick before is counted on the way,
    /// by the replica that leads.
    pub fn looked(&self, looked: &Looked) {
        let mut last = self.last();
        self.ticks.with_label_values::<&str>(&[]).inc();
        self.figures.set(looked);
        self.faults(looked);
        let now = Last::of(looked);
        let before = std::mem::replace(&mut *last, now);
        if let Some(machines) = before.machines.filter(|_| looked.leads) {
            self.grown(&machines, looked);
            self.shrunk(&before.leaving, looked);
            self.backed_out(&before.leaving, looked);
        }
    }

    /// A tick that could decide nothing.
    pub fn undecided(&self) {
        self.undecided.with_label_values::<&str>(&[]).inc();
    }

    pub fn took(&self, took: &Took) {
        for (part, took) in took.parts() {
            if let Some(took) = took {
                self.took.with_label_values(&[part]).observe(took.as_secs_f64());
            }
        }
    }

    /// What a client of the provider tells (`vpsie::Client::listening`).
    pub fn provider(&self, seen: &Seen<'_>) {
        let status = status(seen.status);
        self.provider_requests.with_label_values(&[seen.method, &status]).inc();
        self.provider_times.with_label_values(&[seen.method]).observe(seen.took.as_secs_f64());
        if let Some(cause) = seen.cause {
            self.provider_errors.with_label_values(&[seen.method, cause.name()]).inc();
        }
    }

    /// A request to the API server and the status of its answer.
    pub fn kubernetes(&self, method: &str, target: &str, status_code: Option<u16>, took: Duration) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let watches = query.split('&').any(|it| it == "watch=true" || it == "watch=1");
        let method = if watches { "WATCH" } else { method };
        let status = status(status_code);
        self.kubernetes_requests.with_label_values(&[method, &resource(path), &status]).inc();
        self.kubernetes_times.with_label_values(&[method]).observe(took.as_secs_f64());
    }

    /// What a hook of a policy used in a tick (`policy::Keeper::ticked`).
    pub fn policy(&self, used: &Used) {
        let labels = [&*used.policy, used.hook];
        self.policy_times.with_label_values(&labels).observe(used.took.as_secs_f64());
        self.policy_fuel.with_label_values(&labels).inc_by(used.fuel);
    }

    /// What a policy did that no answer holds (`policy::Set::listen`).
    pub fn remark(&self, remark: &Remark) {
        let kind = match remark.kind {
            policy::Kind::FaultIgnored => "FaultIgnored",
            policy::Kind::Shadow => "Shadow",
            policy::Kind::Said { .. } => "Said",
        };
        self.remarks.with_label_values(&[&*remark.policy, kind]).inc();
    }

    /// A group was made for pods that no other took, or was to be.
    pub fn made(&self, namespace: &str, done: bool) {
        let result = if done { "success" } else { "failure" };
        self.made.with_label_values(&[result, namespace]).inc();
    }

    pub fn generation(&self, became: Generation) {
        self.generations.with_label_values(&[became.name()]).inc();
    }

    /// An event was written, or the API server did not take it.
    pub fn news(&self, news: &News, written: bool) {
        if written {
            self.events.with_label_values(&[news.kind.name(), news.reason, news.about.kind()]).inc();
        } else {
            self.events_failed.with_label_values::<&str>(&[]).inc();
        }
    }

    /// Events that are not written: of one object or in all there were too many, or writing is too slow.
    pub fn news_dropped(&self, why: &'static str, count: u64) {
        self.events_dropped.with_label_values(&[why]).inc_by(count);
    }

    pub fn news_waiting(&self, count: usize) {
        self.events_waiting.with_label_values::<&str>(&[]).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    pub fn exported(&self, result: Export) {
        let result = match result {
            Export::Sent => "Sent",
            Export::Failed => "Failed",
            Export::Dropped => "Dropped",
        };
        self.spans.with_label_values(&[result]).inc();
    }

    pub fn journal_bytes(&self, bytes: u64) {
        self.journal_bytes.with_label_values::<&str>(&[]).set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Who works out the engine's figures when somebody asks:
    /// [`decide::provision::metrics::metrics`] of its state.
    pub fn engine(&self, figures: impl Fn() -> Vec<Metric> + Send + Sync + 'static) {
        *self.engine.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(figures));
    }

    /// All of them, as Prometheus reads them.
    #[must_use]
    pub fn text(&self) -> String {
        let families = {
            let _whole = self.last();
            self.registry.gather()
        };
        let mut out =
            TextEncoder::new().encode_to_string(&families).expect("what was registered can be told");
        engine::write(&self.of_engine(), &mut out);
        out
    }

    /// Every family there is, the engine's once it has told who it is.
    #[must_use]
    pub fn about(&self) -> Vec<About> {
        let mut about = self.about.clone();
        about.extend(engine::about(&self.of_engine()));
        about.sort_by(|a, b| a.name.cmp(&b.name));
        about
    }

    fn of_engine(&self) -> Vec<Metric> {
        let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        engine.as_ref().map_or_else(Vec::new, |it| it())
    }

    fn faults(&self, looked: &Looked) {
        let faulty: BTreeSet<&str> =
            looked.plan.nodes.iter().filter_map(|it| fault_of(&it.verdict)).collect();
        for policy in faulty {
            self.policy_faults.with_label_values(&[policy]).inc();
        }
    }

    fn grown(&self, before: &BTreeSet<(Name, Name)>, looked: &Looked) {
        let mut new: BTreeMap<[&str; 2], u32> = BTreeMap::new();
        for it in &looked.world.machines {
            if !before.contains(&(it.namespace.clone(), it.name.clone())) {
                *new.entry([&*it.group, &*it.namespace]).or_default() += 1;
            }
        }
        for (group, count) in new {
            self.scale_ups.with_label_values(&group).inc();
            self.nodes_added.with_label_values(&group).observe(count.into());
        }
    }

    fn shrunk(&self, before: &BTreeMap<Name, Leaver>, looked: &Looked) {
        let mut gone: BTreeMap<&Name, u32> = BTreeMap::new();
        for (name, leaver) in before {
            if let Some(group) = leaver.group.as_ref().filter(|_| looked.world.find_node(name).is_none()) {
                *gone.entry(group).or_default() += 1;
            }
        }
        for group in &looked.world.groups {
            let Some(count) = gone.remove(&group.name) else { continue };
            let labels = [&*group.name, &*group.namespace];
            self.scale_downs.with_label_values(&labels).inc();
            self.nodes_removed.with_label_values(&labels).observe(count.into());
            if let Some(price) = group.price_per_hour {
                self.saved.with_label_values(&labels).inc_by(money(price, count as usize));
            }
        }
    }

    fn backed_out(&self, before: &BTreeMap<Name, Leaver>, looked: &Looked) {
        for entry in &looked.plan.nodes {
            let Verdict::Leaving { step: Step::TakeBack, why, .. } = &entry.verdict else { continue };
            if before.get(&entry.name).is_none_or(|it| !it.back) {
                let group = entry.group.as_deref().unwrap_or_default();
                let reason = why.as_ref().map_or("", Reason::name);
                self.taken_back.with_label_values(&[group, reason]).inc();
            }
        }
    }

    /// It stays usable whoever panicked with it.
    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Last {
    fn of(looked: &Looked) -> Last {
        let machines = looked.world.machines.iter().map(|it| (it.namespace.clone(), it.name.clone()));
        let leaving = looked.plan.nodes.iter().filter_map(|it| match &it.verdict {
            Verdict::Leaving { step, .. } => {
                Some((it.name.clone(), Leaver { group: it.group.clone(), back: *step == Step::TakeBack }))
            }
            Verdict::Keep(_) | Verdict::Remove { .. } => None,
        });
        Last { machines: Some(machines.collect()), leaving: leaving.collect() }
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Metrics({} families)", self.about.len())
    }
}

fn fault_of(verdict: &Verdict) -> Option<&str> {
    let reason = match verdict {
        Verdict::Keep(reason) => reason,
        Verdict::Leaving { why, .. } => why.as_ref()?,
        Verdict::Remove { .. } => return None,
    };
    match reason {
        Reason::PolicyFault { policy, .. } => Some(policy),
        _ => None,
    }
}

fn status(code: Option<u16>) -> String {
    code.map_or_else(|| "error".to_string(), |it| it.to_string())
}

/// `pods/eviction` of `/api/v1/namespaces/shop/pods/cart-1/eviction`: no names, so that there are only few.
fn resource(path: &str) -> String {
    let mut parts = path.split('/').filter(|it| !it.is_empty());
    let versions = match parts.next() {
        Some("api") => 1,
        Some("apis") => 2,
        _ => return "other".to_string(),
    };
    let mut parts = parts.skip(versions).peekable();
    let mut kind = parts.next();
    let mut name = parts.next();
    if kind == Some("namespaces") && parts.peek().is_some() {
        kind = parts.next();
        name = parts.next();
    }
    match (kind, name.and_then(|_| parts.next())) {
        (None, _) => "other".to_string(),
        (Some(kind), None) => kind.to_string(),
        (Some(kind), Some(sub)) => format!("{kind}/{sub}"),
    }
}

/// So many times a price, from 10^-9 of the currency.
fn money(price: i64, count: usize) -> f64 {
    let units = u64::try_from(price).unwrap_or_default().saturating_mul(count as u64);
    float(Decimal { units, places: 9 })
}

/// The nearest float to a decimal.
fn float(decimal: Decimal) -> f64 {
    decimal.to_string().parse().expect("a decimal is a number")
}

#[cfg(test)]
mod tests;
