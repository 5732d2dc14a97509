//! The controller: look, ask, decide, do one step, write it down; then look again.
//!
//! This room wires the others together. What is decided is decided in `decide`; what is written is written by
//! `act`; what is bought and deleted, the engine asks for.

mod carry;
mod facts;
mod loops;
mod made;
mod policies;
mod reference;
mod settings;
mod status;
mod supplier;
mod unread;
mod works;

pub use settings::Settings;
pub use supplier::Place;

use crate::act::Pen;
use crate::clock;
use crate::cluster;
use crate::lead::{self, Lead};
use crate::metrics::Metrics;
use crate::news::Desk;
use crate::observe::Watches;
use crate::serve::{self, Health, Sources};
use crate::trace::Exporter;
use anyhow::Context;
use loops::{Listeners, Loop};
use policies::Policies;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long what is under way may take when the program is told to end.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Runs until it is told to stop.
///
/// # Errors
///
/// Where it cannot begin: no cluster to look at, the port is taken, the policies cannot be used.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be heard")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be heard")?;
    let listener = TcpListener::bind(settings.listen)
        .with_context(|| format!("--listen {}: the port cannot be opened", settings.listen))?;
    let metrics = Arc::new(Metrics::new());
    let client = cluster::connect(settings.kubeconfig.as_deref(), metrics.clone()).await?;
    let last_good = settings.journal.as_ref().map(|it| it.join("policies"));
    let policies = Policies::start(settings.policies.clone(), last_good, &metrics);
    let exporter = Exporter::start(|it| std::env::var(it), metrics.clone()).map_err(anyhow::Error::msg)?;

    let health = Arc::new(Health::new(settings.tick, clock::running()));
    let (show, looked) = watch::channel(None);
    let sources =
        Sources { looked, health: health.clone(), policies: policies.shown(), metrics: metrics.clone() };
    let server = serve::start(listener, sources).context("the port cannot be used")?;
    tracing::info!(address = %server.address(), identity = settings.lease.identity, "listening");

    let lead = Lead::default();
    // Who only shows what would be done keeps nobody from doing it.
    let candidate = lead::run(client.clone(), settings.lease.clone(), lead.clone());
    let runs = (!settings.dry).then(|| tokio::spawn(candidate));
    let watches = Arc::new(Watches::start(&client, settings.collect));
    let desk = Desk::open(client.clone(), metrics.clone());
    let pen = Pen::new(client.clone(), lead.clone());
    let lease = settings.lease.clone();
    let listeners = Listeners { metrics, health, desk, exporter, show };
    let mut body = Loop::new(settings, &client, pen, watches, policies, listeners)?;
    tokio::select! {
        () = body.run() => {}
        _ = terminate.recv() => tracing::info!("told to end"),
        _ = interrupt.recv() => tracing::info!("interrupted"),
    }
    // Nothing new is begun, what is under way ends, and only then may somebody else begin.
    body.stop(STOP_WITHIN).await;
    runs.inspect(tokio::task::JoinHandle::abort);
    lead::release(&client, &lease, &lead).await;
    server.stop(Duration::from_secs(1)).await;
    Ok(())
}
