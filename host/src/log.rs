//! What the program says while it runs: one line a tick that changed something, on standard error, for people
//! or as JSON. No secret gets here: the types that hold one do not print it.

use crate::args::{LogArgs, LogFormat};
use crate::looked::Looked;
use crate::status::words;
use crate::trace::TraceId;
use decide::plan::{Entry, Plan, Verdict};
use decide::say::count;
use decide::world::Name;
use std::env::VarError;
use std::io;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

const VARIABLE: &str = "RUST_LOG";
const LEVEL: &str = "info";
/// Nodes that a line names.
const NODES_MAX: usize = 10;

/// Begins to write. Once a process. `variable`: reads the environment.
///
/// # Errors
///
/// What is wrong with the level.
pub fn start(args: &LogArgs, variable: impl Fn(&str) -> Result<String, VarError>) -> Result<(), String> {
    let filter = filter(args.log_level.as_deref(), variable)?;
    let subscriber = subscriber(args.log_format, filter, io::stderr);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| "the log is written already".to_string())
}

/// The flag, else the variable, else the default.
fn filter(
    level: Option<&str>,
    variable: impl Fn(&str) -> Result<String, VarError>,
) -> Result<EnvFilter, String> {
    let set = variable(VARIABLE).ok().filter(|it| !it.trim().is_empty());
    let (source, text) = match (level, &set) {
        (Some(level), _) => ("--log-level", level),
        (None, Some(set)) => (VARIABLE, set.as_str()),
        (None, None) => ("", LEVEL),
    };
    EnvFilter::try_new(text).map_err(|it| {
        format!("{source}: {text:?} is no level: {it}; expected error, warn, info, debug or trace, or such as info,kube=debug")
    })
}

fn subscriber<W>(format: LogFormat, filter: EnvFilter, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let plain = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false);
    match format {
        LogFormat::Text => Box::new(plain.with_target(false).finish()),
        LogFormat::Json => {
            Box::new(plain.json().flatten_event(true).with_current_span(false).with_span_list(false).finish())
        }
    }
}

/// Says in one line what a tick changed, if it did.
pub fn tick(looked: &Looked, before: Option<&Plan>, trace: TraceId) {
    if let Some(line) = line(looked, before) {
        let Looked { tick, leads, dry, .. } = looked;
        tracing::info!(tick, %trace, leads, dry, "{line}");
    }
}

/// What a tick changed, in one line; none where it changed nothing that anybody does something about. Why nodes
/// are kept changes all the time and is no change here.
#[must_use]
pub fn line(looked: &Looked, before: Option<&Plan>) -> Option<String> {
    let plan = &looked.plan;
    let known = |name: &Name| before.and_then(|it| find(it, name)).map(|it| standing(&it.verdict));
    let changed: Vec<String> = plan
        .nodes
        .iter()
        .filter(|it| known(&it.name).unwrap_or_else(|| unknown(before)) != standing(&it.verdict))
        .map(|it| format!("{} {}", it.name, spoken(&it.verdict)))
        .chain(
            before
                .iter()
                .flat_map(|it| &it.nodes)
                .filter(|it| find(plan, &it.name).is_none())
                .map(|it| format!("{} gone", it.name)),
        )
        .collect();
    let grows: Vec<String> = plan.additions.iter().map(|it| format!("{} +{}", it.group, it.count)).collect();
    let made = |plan: &Plan| plan.creation.as_ref().map(|it| it.group.clone());
    let same = before.map_or(plan.additions.is_empty() && plan.creation.is_none(), |it| {
        let of = |plan: &Plan| -> Vec<(Name, u32)> {
            plan.additions.iter().map(|it| (it.group.clone(), it.count)).collect()
        };
        of(it) == of(plan) && made(it) == made(plan)
    });
    if changed.is_empty() && same && before.is_some() {
        return None;
    }
    let of = |word: &str| plan.nodes.iter().filter(|it| words(&it.verdict).0 == word).count();
    let (go, leave, stay) = (of("Remove"), of("Leaving"), of("Keep"));
    let all = count(plan.nodes.len() as u64, "node");
    let mut parts = vec![format!("{all}: {go} to remove, {leave} leaving, {stay} to keep")];
    if !changed.is_empty() {
        let more = changed.len().saturating_sub(NODES_MAX);
        let named = changed[..changed.len() - more].join(", ");
        parts.push(if more == 0 { named } else { format!("{named} and {more} more") });
    }
    if !grows.is_empty() {
        parts.push(format!("to add: {}", grows.join(", ")));
    }
    parts.extend(made(plan).map(|it| format!("to make: group {it}")));
    Some(parts.join("; "))
}

/// A verdict as far as its change is told.
fn standing(verdict: &Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Keep(_) => ("Keep", ""),
        it => words(it),
    }
}

/// What a node that was not there counts as: on the first tick, those that stay are no news.
fn unknown(before: Option<&Plan>) -> (&'static str, &'static str) {
    if before.is_none() { ("Keep", "") } else { ("", "") }
}

fn spoken(verdict: &Verdict) -> String {
    let (verdict, reason) = words(verdict);
    format!("{verdict} {reason}")
}

fn find<'p>(plan: &'p Plan, name: &Name) -> Option<&'p Entry> {
    plan.nodes.binary_search_by(|it| it.name.cmp(name)).ok().map(|at| &plan.nodes[at])
}

#[cfg(test)]
mod tests;
