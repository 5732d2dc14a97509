//! One trace a tick: an identifier by which its lines can be found, and, where somebody collects them, spans
//! of what it spent its time on, posted as OTLP over HTTP.

use crate::looked::Looked;
use crate::metrics::{Export, Metrics, Took};
use crate::outgoing;
use crate::queue::Queue;
use serde_json::{Value, json};
use std::env::VarError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

const VARIABLE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PATH: &str = "v1/traces";
/// Traces that may wait for a collector that is slow.
const WAITING_MAX: usize = 100;
const POST_TIME: Duration = Duration::from_secs(10);
const SERVICE: &str = "vpsie-autoscaler";

/// Told by the number of the tick and a seed of the process, so that nothing here is random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(u128);

impl TraceId {
    #[must_use]
    pub fn of(seed: u64, tick: u64) -> TraceId {
        let high = mixed(seed);
        let low = mixed(high ^ tick);
        // Nought would mean that there is none.
        TraceId((u128::from(high) << 64 | u128::from(low)).max(1))
    }

    fn span(self, number: u64) -> String {
        let bits = (self.0 as u64) ^ ((self.0 >> 64) as u64);
        format!("{:016x}", mixed(bits.wrapping_add(number)).max(1))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}

/// Another number for every number, spread over all bits (the finish of splitmix64).
fn mixed(number: u64) -> u64 {
    let mut it = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}

/// A tick as it is told: its parts follow one another, policies are part of deciding.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    pub trace: TraceId,
    /// Since 1970, as [`fine`](crate::clock::fine) tells it.
    pub began: Duration,
    pub whole: Duration,
    pub took: Took,
    /// None: nothing could be decided.
    pub looked: Option<&'a Looked>,
}

/// Posts traces by a task of its own. Whoever hands one in never waits; when the collector is slow, the oldest
/// are dropped.
#[derive(Debug)]
pub struct Exporter {
    queue: Arc<Queue<String>>,
    metrics: Arc<Metrics>,
    poster: JoinHandle<()>,
}

impl Exporter {
    /// None where no collector is named. `variable`: reads the environment.
    ///
    /// # Errors
    ///
    /// What is wrong with the name of the collector.
    pub fn start(
        variable: impl Fn(&str) -> Result<String, VarError>,
        metrics: Arc<Metrics>,
    ) -> Result<Option<Exporter>, String> {
        let Some(endpoint) = variable(VARIABLE).ok().filter(|it| !it.trim().is_empty()) else {
            return Ok(None);
        };
        let endpoint = format!("{}/{PATH}", endpoint.trim().trim_end_matches('/'));
        let (client, url) =
            outgoing::client(&endpoint, POST_TIME).map_err(|it| format!("{VARIABLE}: {it}"))?;
        let queue = Arc::new(Queue::new(WAITING_MAX));
        let poster = tokio::spawn(post_all(queue.clone(), client, url, metrics.clone()));
        Ok(Some(Exporter { queue, metrics, poster }))
    }

    pub fn tell(&self, span: &Span<'_>) {
        if !self.queue.push(document(span).to_string()) {
            self.metrics.exported(Export::Dropped);
        }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.poster.abort();
    }
}

async fn post_all(
    queue: Arc<Queue<String>>,
    client: reqwest::Client,
    url: reqwest::Url,
    metrics: Arc<Metrics>,
) {
    loop {
        let body = queue.next().await;
        let post = client.post(url.clone()).header("content-type", "application/json").body(body);
        let failed = match post.send().await {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("answered {}", answer.status())),
            Err(error) => Some(outgoing::why(error)),
        };
        metrics.exported(if failed.is_none() { Export::Sent } else { Export::Failed });
        if let Some(why) = failed {
            tracing::debug!(collector = %url, why, "a trace could not be posted");
        }
    }
}

/// An `ExportTraceServiceRequest`: numbers of 64 bits are texts, identifiers are hexadecimal.
fn document(span: &Span<'_>) -> Value {
    json!({"resourceSpans": [{
        "resource": {"attributes": [
            attribute("service.name", &text(SERVICE)),
            attribute("service.version", &text(env!("CARGO_PKG_VERSION"))),
        ]},
        "scopeSpans": [{
            "scope": {"name": SERVICE, "version": env!("CARGO_PKG_VERSION")},
            "spans": spans(span),
        }],
    }]})
}

fn spans(span: &Span<'_>) -> Vec<Value> {
    let Span { trace, began, whole, took, looked } = *span;
    let one = |number: u64, parent: Option<u64>, name: &str, began: Duration, took: Duration| {
        let mut value = json!({
            "traceId": trace.to_string(),
            "spanId": trace.span(number),
            "name": name,
            "kind": 1,
            "startTimeUnixNano": began.as_nanos().to_string(),
            "endTimeUnixNano": (began + took).as_nanos().to_string(),
        });
        if let Some(parent) = parent {
            value["parentSpanId"] = trace.span(parent).into();
        }
        value
    };
    let mut root = one(0, None, "tick", began, whole);
    root["attributes"] = attributes(looked).into();
    let mut spans = vec![root];
    let (mut at, mut deciding) = (began, (0, began));
    for (number, (name, took)) in (1..).zip(took.parts()) {
        let Some(took) = took else { continue };
        if name == "policies" {
            spans.push(one(number, Some(deciding.0), name, deciding.1, took));
            continue;
        }
        if name == "decide" {
            deciding = (number, at);
        }
        spans.push(one(number, Some(0), name, at, took));
        at += took;
    }
    spans
}

fn attributes(looked: Option<&Looked>) -> Vec<Value> {
    let Some(Looked { tick, world, plan, leads, dry, .. }) = looked else {
        return vec![attribute("decided", &json!({"boolValue": false}))];
    };
    let number = |it: u64| json!({"intValue": it.to_string()});
    vec![
        attribute("decided", &json!({"boolValue": true})),
        attribute("tick", &number(*tick)),
        attribute("leads", &json!({"boolValue": leads})),
        attribute("dry", &json!({"boolValue": dry})),
        attribute("nodes", &number(plan.nodes.len() as u64)),
        attribute("pods", &number(world.pods.len() as u64)),
        attribute("removals", &number(plan.removals.len() as u64)),
        attribute("additions", &number(plan.additions.iter().map(|it| u64::from(it.count)).sum())),
        attribute("checks", &number(plan.checks)),
    ]
}

fn attribute(key: &str, value: &Value) -> Value {
    json!({"key": key, "value": value})
}

fn text(it: &str) -> Value {
    json!({"stringValue": it})
}

#[cfg(test)]
mod tests;
