//! What is answered where.

use super::{Sources, health};
use crate::args::Output;
use crate::clock;
use crate::looked::Looked;
use crate::nearest;
use crate::show::{self, Document, Look};
use crate::status::Status;
use crate::tick;
use http::request::Parts;
use http::{Method, StatusCode, header};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Pages that take a processor for a while: so many at once, the others wait.
const HEAVY_MAX: usize = 2;

const TEXT: &str = "text/plain; charset=utf-8";
/// What Prometheus calls its format.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

const INDEX: &str = "\
/healthz        whether this process should live
/readyz         whether what it says can be relied on
/metrics        figures for Prometheus
/status         how it is and what it is at
/plan           the last plan
/explain/NODE   why this node stays or goes, check by check
/policies       policies and their generations

?o=json, yaml or table: the form of /status, /plan and /explain
";

#[derive(Debug)]
pub struct Pages {
    sources: Sources,
    heavy: Arc<Semaphore>,
}

#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub kind: &'static str,
    pub body: String,
}

/// How a page is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    output: Output,
    look: Look,
}

impl Pages {
    pub fn new(sources: Sources) -> Pages {
        Pages { sources, heavy: Arc::new(Semaphore::new(HEAVY_MAX)) }
    }

    pub async fn answer(&self, head: &Parts) -> Reply {
        if head.method != Method::GET && head.method != Method::HEAD {
            return said(StatusCode::METHOD_NOT_ALLOWED, "only GET: nothing can be changed here");
        }
        let form = match Form::of(head) {
            Ok(form) => form,
            Err(text) => return said(StatusCode::BAD_REQUEST, &text),
        };
        let Sources { looked, health, policies, metrics } = &self.sources;
        match head.uri.path() {
            "/healthz" => probe(&health.live(clock::running())),
            "/readyz" => probe(&health.ready(clock::running())),
            "/metrics" => Reply { status: StatusCode::OK, kind: METRICS, body: metrics.text() },
            "/policies" => Reply { status: StatusCode::OK, kind: Form::JSON, body: show::json(&policies()) },
            "/status" => {
                let now = clock::running();
                let looked = looked.borrow().clone();
                let status = Status::of(looked.as_deref(), health.ready(now), health.silence(now));
                let code = if status.well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                form.page(code, &status, show::status)
            }
            "/plan" => self.decided(form, plan).await,
            "/" => Reply { status: StatusCode::OK, kind: TEXT, body: INDEX.into() },
            path => match path.strip_prefix("/explain/") {
                Some(node) => {
                    let node = node.to_string();
                    self.decided(form, move |looked, form| explanation(looked, &node, form)).await
                }
                None => said(StatusCode::NOT_FOUND, &format!("there is no page {path:?}; / lists them all")),
            },
        }
    }

    /// A page about the last decision, made where it does not hold up others.
    async fn decided(&self, form: Form, page: impl FnOnce(&Looked, Form) -> Reply + Send + 'static) -> Reply {
        let Some(looked) = self.sources.looked.borrow().clone() else {
            return said(
                StatusCode::SERVICE_UNAVAILABLE,
                "nothing has been decided yet; /readyz says what is missing",
            );
        };
        let turn = self.heavy.clone().acquire_owned().await.expect("it is never closed");
        let made = tokio::task::spawn_blocking(move || {
            // To the end of the work, even where nobody waits for it any more.
            let _turn = turn;
            page(&looked, form)
        });
        made.await.unwrap_or_else(|_| said(StatusCode::INTERNAL_SERVER_ERROR, "this page cannot be made"))
    }
}

fn plan(looked: &Looked, form: Form) -> Reply {
    let lines = looked.policies.lines();
    let document = Document::of(&looked.plan, &lines, None, None);
    form.page(StatusCode::OK, &document, show::table)
}

/// Decides once more, on what the last tick decided on: the same plan comes out, with an explanation. Nobody
/// hears again what policies say meanwhile.
fn explanation(looked: &Looked, node: &str, form: Form) -> Reply {
    let node = match nearest::node(&looked.world, node) {
        Ok(node) => node,
        Err(text) => return said(StatusCode::NOT_FOUND, &text),
    };
    let policies = looked.policies.quiet();
    let decision = tick::decide(&looked.world, &looked.memory, &policies, Some(node));
    let lines = policies.lines();
    let document = Document::of(&decision.plan, &lines, decision.explanation.as_ref(), None);
    form.page(StatusCode::OK, &document, show::table)
}

fn probe(checks: &[health::Check]) -> Reply {
    let well = checks.iter().all(|it| it.well);
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Reply { status, kind: TEXT, body: health::lines(checks) }
}

fn said(status: StatusCode, text: &str) -> Reply {
    Reply { status, kind: TEXT, body: format!("{text}\n") }
}

impl Form {
    const JSON: &'static str = "application/json";
    const YAML: &'static str = "application/yaml";

    /// `?o=` counts more than `Accept`; `width` and `colour` are those of the terminal of whoever asks.
    fn of(head: &Parts) -> Result<Form, String> {
        let accept = head.headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let output = if accept.starts_with("text/plain") { Output::Table } else { Output::Json };
        let mut form = Form { output, look: Look::default() };
        for pair in head.uri.query().unwrap_or_default().split('&') {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("o", "json") => form.output = Output::Json,
                ("o", "yaml") => form.output = Output::Yaml,
                ("o", "table") => form.output = Output::Table,
                ("o", other) => return Err(format!("o={other}: expected json, yaml or table")),
                ("width", width) => {
                    form.look.width =
                        Some(width.parse().map_err(|_| format!("width={width}: expected a number"))?);
                }
                ("colour", _) => form.look.colour = true,
                // A probe may ask for details (`?verbose`): they are always told.
                _ => {}
            }
        }
        Ok(form)
    }

    fn page<T: serde::Serialize>(
        self,
        status: StatusCode,
        document: &T,
        table: impl FnOnce(&T, Look) -> String,
    ) -> Reply {
        let kind = match self.output {
            Output::Json => Form::JSON,
            Output::Yaml => Form::YAML,
            Output::Table => TEXT,
        };
        Reply { status, kind, body: show::formed(document, self.output, |it| table(it, self.look)) }
    }
}
