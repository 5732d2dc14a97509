//! The client: made once, shared by all who ask, its credentials replaced while it runs.

use crate::breaker::Breaker;
use crate::credentials::Credentials;
use crate::error::{Cause, Error};
use crate::pace::Pace;
use crate::random::Random;
use crate::session::Session;
use crate::settings::Settings;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a connection waits for another request.
const IDLE: Duration = Duration::from_secs(10);

/// Cloning it costs nothing, and all clones share turns, credentials and connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    gate: Option<Gate>,
}

/// Whether a write may still be sent.
type Gate = Arc<dyn Fn() -> bool + Send + Sync>;

struct Inner {
    settings: Settings,
    http: reqwest::Client,
    session: tokio::sync::Mutex<Session>,
    pace: Mutex<Pace>,
    breaker: Mutex<Breaker>,
    random: Mutex<Random>,
    listener: Box<dyn Fn(&Seen<'_>) + Send + Sync>,
}

/// One try of one request, as it is told to whoever listens. No secret stands in it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub what: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    /// 1 is the first.
    pub tried: u32,
    pub took: Duration,
    /// None: no answer came.
    pub status: Option<u16>,
    /// None: it succeeded.
    pub cause: Option<Cause>,
    pub request_id: &'a str,
}

/// The credentials in use stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRotated(pub Error);

impl Client {
    /// Asks nothing yet.
    ///
    /// # Errors
    ///
    /// Where connections cannot be made secure, for want of certificates to trust.
    pub fn new(settings: Settings, credentials: Credentials) -> Result<Client, NoClient> {
        Client::listening(settings, credentials, |_| {})
    }

    /// The same, and every try is told: for logs and metrics.
    ///
    /// # Errors
    ///
    /// Where connections cannot be made secure, for want of certificates to trust.
    pub fn listening(
        settings: Settings,
        credentials: Credentials,
        listener: impl Fn(&Seen<'_>) + Send + Sync + 'static,
    ) -> Result<Client, NoClient> {
        // Fails where the process has chosen one already, and then that is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .timeout(settings.timeout)
            .connect_timeout(settings.connect_timeout)
            // Shorter than servers keep them: a write on a connection that was just closed has an unknown outcome.
            .pool_idle_timeout(IDLE)
            // A secret must not follow where an answer points.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if settings.base.is_loopback() {
            http = http.no_proxy();
        }
        if !settings.base.is_secure() {
            // A machine without certificates to trust can talk to itself.
            http = http.tls_certs_only([]);
        }
        let http = http.build().map_err(|it| NoClient(it.to_string()))?;
        let inner = Inner {
            http,
            session: tokio::sync::Mutex::new(Session::new(credentials)),
            pace: Mutex::new(Pace::new(settings.requests_per_minute)),
            breaker: Mutex::new(Breaker::new(settings.breaker_failures, settings.breaker_pause)),
            random: Mutex::new(Random::new(settings.seed)),
            listener: Box::new(listener),
            settings,
        };
        Ok(Client { inner: Arc::new(inner), gate: None })
    }

    /// The same client, whose writes are only sent if this holds in the moment in which they would be: one may
    /// have waited long for its turn.
    #[must_use]
    pub fn guarded(&self, gate: impl Fn() -> bool + Send + Sync + 'static) -> Client {
        Client { inner: self.inner.clone(), gate: Some(Arc::new(gate)) }
    }

    pub(crate) fn may_write(&self) -> bool {
        self.gate.as_ref().is_none_or(|it| it())
    }

    /// Uses these credentials from now on, if the API accepts them.
    ///
    /// # Errors
    ///
    /// Where it does not, or cannot be asked. The old ones stay in use.
    pub async fn rotate(&self, credentials: Credentials) -> Result<(), NotRotated> {
        let mut session = Session::new(credentials);
        self.prove(&mut session).await.map_err(NotRotated)?;
        self.session().await.replace(session);
        Ok(())
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.inner.http
    }

    pub(crate) async fn session(&self) -> tokio::sync::MutexGuard<'_, Session> {
        self.inner.session.lock().await
    }

    pub(crate) fn pace<T>(&self, with: impl FnOnce(&mut Pace) -> T) -> T {
        with(&mut locked(&self.inner.pace))
    }

    pub(crate) fn breaker<T>(&self, with: impl FnOnce(&mut Breaker) -> T) -> T {
        with(&mut locked(&self.inner.breaker))
    }

    pub(crate) fn random<T>(&self, with: impl FnOnce(&mut Random) -> T) -> T {
        with(&mut locked(&self.inner.random))
    }

    pub(crate) fn tell(&self, seen: &Seen<'_>) {
        (self.inner.listener)(seen);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Client({})", self.inner.settings.base)
    }
}

/// Counters stay usable whoever panicked with them.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Display for NotRotated {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the new credentials are not used, the old ones stay: {}", self.0)
    }
}

impl std::error::Error for NotRotated {}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoClient(String);

impl fmt::Display for NoClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "cannot prepare secure connections: {} (are certificates to trust installed, such as ca-certificates?)",
            self.0
        )
    }
}

impl std::error::Error for NoClient {}
