//! The figures that are published, worked out from the state: they cannot say anything else.

use super::event::Work;
use super::objects::Backend;
use super::row::{Asked, Row};
use super::stage::Stage;
use super::state::State;
use super::tally::{COUNTS, End, Histogram, Life, SECS};
use serde::{Deserialize, Serialize};

pub const PREFIX: &str = "vpsie_autoscaler_engine_";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    /// Without the prefix.
    pub name: String,
    pub help: String,
    pub kind: Kind,
    pub samples: Vec<Sample>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    pub labels: Vec<(String, String)>,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    Number(u64),
    /// The bounds, and what was counted between them.
    Histogram(Vec<u64>, Histogram),
}

/// All sixteen; zeros are told too.
#[must_use]
pub fn metrics(state: &State) -> Vec<Metric> {
    let rows = || state.machines.values();
    let number = |labels: &[(&str, String)], value: u64| sample(labels, Value::Number(value));
    let gauge = |name, help, samples| metric(name, help, Kind::Gauge, samples);
    let single = |value: usize| vec![number(&[], value as u64)];
    let going = || rows().filter(|it| it.stage.is_going());
    vec![
        metric(
            "operation_duration_seconds",
            "How long operations took, by kind and end",
            Kind::Histogram,
            calls(state, &Work::ALL),
        ),
        gauge(
            "pending_machine_operations",
            "Machines that are on their way up or down, by stage and backend",
            Stage::ALL
                .into_iter()
                .filter(|it| it.is_coming() || it.is_going())
                .flat_map(|stage| Backend::ALL.map(|backend| (stage, backend)))
                .map(|(stage, backend)| {
                    let count =
                        rows().filter(|it| it.stage == stage && it.machine.backend == backend).count();
                    number(&[("state", word(stage)), ("backend", word(backend))], count as u64)
                })
                .collect(),
        ),
        gauge(
            "buffered_updates",
            "What waits for servers that are still to come",
            vec![
                number(&[("update_type", "releases".into())], rows().filter(|it| is_late(it)).count() as u64),
                number(
                    &[("update_type", "claims".into())],
                    rows().filter(|it| it.found.is_some()).count() as u64,
                ),
            ],
        ),
        metric(
            "machine_operations_total",
            "Servers asked for and deletions asked for",
            Kind::Counter,
            lives()
                .flat_map(|(life, backend)| End::ALL.map(|end| (life, backend, end)))
                .map(|(life, backend, end)| {
                    let labels =
                        [("operation", word(life)), ("backend", word(backend)), ("result", word(end))];
                    number(&labels, state.tally.attempts(life, backend, end))
                })
                .collect(),
        ),
        metric(
            "machine_operation_duration_seconds",
            "From being wanted to being Ready, and from leaving to being gone",
            Kind::Histogram,
            lives().map(|it| life(it, SECS, state.tally.lives(it.0, it.1))).collect(),
        ),
        metric(
            "machine_operation_retries",
            "Failures on the way to the end",
            Kind::Histogram,
            lives().map(|it| life(it, COUNTS, state.tally.retries(it.0, it.1))).collect(),
        ),
        gauge("pending_deletions", "Machines that leave", single(going().count())),
        metric(
            "deletion_check_duration_seconds",
            "How long machines that leave were held before their server could be deleted",
            Kind::Histogram,
            vec![sample(&[], Value::Histogram(SECS.to_vec(), state.tally.gate.clone()))],
        ),
        gauge(
            "machines_blocked_by_holders",
            "Machines that leave and are held by balancers, pods or volumes",
            single(going().filter(|it| it.stage < Stage::Deleting).count()),
        ),
        gauge("concurrent_operations", "Operations under way", single(state.in_flight())),
        metric(
            "batch_size",
            "Effects of one event",
            Kind::Histogram,
            vec![sample(&[], Value::Histogram(COUNTS.to_vec(), state.tally.batch.clone()))],
        ),
        metric(
            "holders_update_duration_seconds",
            "How long operations took that take something off a Node",
            Kind::Histogram,
            calls(state, &[Work::Exclude, Work::Detach, Work::Evict]),
        ),
        gauge("nodes_total", "Nodes known", single(state.cluster.nodes.len())),
        gauge(
            "holders_total",
            "Pods, volumes and backends that hold machines that leave",
            single(going().map(|it| holders(state, it)).sum()),
        ),
        gauge(
            "tracked_machines_total",
            "What is known: machines, servers listed, servers and Nodes without a machine",
            vec![
                number(&[("state", "machines".into())], state.machines.len() as u64),
                number(&[("state", "servers".into())], {
                    state.inventory.servers.values().filter(|it| it.missed == 0).count() as u64
                }),
                number(&[("state", "strays".into())], state.strays.len() as u64),
            ],
        ),
        metric(
            "state_transitions_total",
            "Ways taken from stage to stage",
            Kind::Counter,
            super::WAYS
                .iter()
                .map(|(from, to, _)| {
                    let labels = [("from_state", word(from)), ("to_state", word(to))];
                    number(&labels, state.tally.transitions(*from, *to))
                })
                .collect(),
        ),
    ]
}

/// It was asked to leave while a server may still come for it.
fn is_late(row: &Row) -> bool {
    row.released.is_some() && (row.is_open() || row.asked == Asked::Sent || row.found.is_some())
}

fn holders(state: &State, row: &Row) -> usize {
    let node = row.claim().and_then(|it| state.cluster.of(it));
    node.map_or(0, |it| it.pods as usize + it.volumes as usize + state.balancers.naming(it).count())
}

fn calls(state: &State, works: &[Work]) -> Vec<Sample> {
    let each = works.iter().flat_map(|work| End::ALL.map(|end| (*work, end)));
    each.map(|(work, end)| {
        let labels = [("operation", word(work)), ("result", word(end))];
        histogram(&labels, SECS, state.tally.calls(work, end))
    })
    .collect()
}

fn lives() -> impl Iterator<Item = (Life, Backend)> {
    Life::ALL.into_iter().flat_map(|life| Backend::ALL.map(|backend| (life, backend)))
}

fn life(of: (Life, Backend), bounds: &[u64], value: Option<&Histogram>) -> Sample {
    histogram(&[("operation", word(of.0)), ("backend", word(of.1))], bounds, value)
}

fn histogram(labels: &[(&str, String)], bounds: &[u64], value: Option<&Histogram>) -> Sample {
    sample(labels, Value::Histogram(bounds.to_vec(), value.cloned().unwrap_or_default()))
}

fn sample(labels: &[(&str, String)], value: Value) -> Sample {
    Sample { labels: labels.iter().map(|it| (it.0.to_string(), it.1.clone())).collect(), value }
}

fn metric(name: &str, help: &str, kind: Kind, samples: Vec<Sample>) -> Metric {
    Metric { name: name.to_string(), help: help.to_string(), kind, samples }
}

fn word(it: impl std::fmt::Debug) -> String {
    format!("{it:?}").to_lowercase()
}
