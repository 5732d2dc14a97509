//! A provider that stands on this machine: the VPSie API over HTTP on 127.0.0.1, as far as an autoscaler meets
//! it, with its delays and everything that can go wrong.
//!
//! Invariant: shares no code with the client, so that a mistake in one is not a mistake in both; never listens
//! but on the loopback; does nothing in the background, so that its state follows from its requests and its
//! clock alone.

// A server has more fields than a `json!` may have otherwise.
#![recursion_limit = "256"]

mod answer;
mod auth;
mod balancers;
mod clock;
mod control;
mod cost;
mod fault;
mod kube;
mod random;
mod reply;
mod request;
mod serve;
mod servers;
mod timing;
mod watch;
mod world;

pub use clock::Clock;
pub use fault::{Armed, Fault};
pub use random::Random;
pub use timing::Timing;
pub use watch::{Holders, Watch};
pub use world::{
    Access, Backend, Balancer, Cluster, Domain, Group, Line, Rule, Script, Server, Size, Stage, Worker, World,
};

use serve::Shared;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A fake that serves. It ends when this is dropped, and then fails where something was asked of it that must
/// never be (see [`Watch`]).
#[derive(Debug)]
pub struct Fake {
    shared: Arc<Shared>,
    url: String,
    serving: JoinHandle<()>,
}

impl Fake {
    /// Serves on a free port, on the runtime at hand. Time stands until [`Fake::pass`], and answers take none.
    ///
    /// # Errors
    ///
    /// Where no port can be had.
    pub async fn start(world: World) -> io::Result<Fake> {
        Fake::serve(world, Clock::ByHand { now_ms: 0 }, 0).await
    }

    /// `port` 0: a free one.
    ///
    /// # Errors
    ///
    /// Where the port cannot be had.
    pub async fn serve(world: World, clock: Clock, port: u16) -> io::Result<Fake> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared =
            Arc::new(Shared { world: Mutex::new(world), clock: Mutex::new(clock), holders: OnceLock::new() });
        let serving = tokio::spawn(serve::serve(listener, shared.clone()));
        Ok(Fake { shared, url, serving })
    }

    /// `http://127.0.0.1:PORT`, without a prefix.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The world as it is now, to look at and to change.
    pub fn world<T>(&self, with: impl FnOnce(&mut World) -> T) -> T {
        with(&mut self.shared.world())
    }

    /// They are asked before each deletion is looked at, so that [`Watch`] judges by what is at that moment.
    ///
    /// # Panics
    ///
    /// Where others are asked already.
    pub fn ask_holders(&self, holders: Holders) {
        self.shared.holders.set(holders).expect("nobody is asked yet");
    }

    pub fn arm(&self, armed: Armed) {
        self.world(|it| it.faults.armed.push(armed));
    }

    /// Lets time pass, where it is turned by hand.
    pub fn pass(&self, time: Duration) {
        self.shared.pass(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    }

    /// Serves until the process ends.
    pub async fn forever(mut self) {
        // It can end only by being stopped.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.serving.abort();
        let breaches = self.shared.world().watch.take();
        if !std::thread::panicking() {
            assert!(
                breaches.is_empty(),
                "the provider was asked for what must never be:\n{}",
                breaches.join("\n")
            );
        }
    }
}

/// A test that failed with a lock in hand has said why already.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
