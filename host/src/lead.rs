//! Who may write: of all replicas the one that holds the Lease. It is asked before every single write, so
//! that a process that slept, or was cut off, writes nothing more.
//!
//! Invariant: `holds` is true only while nobody else can have taken the lease: the last renewal began less
//! than `RENEW_WITHIN` ago, and others wait `LEASE` from when they last saw one.

use crate::clock::{self, Moment};
use crate::cluster::refusal;
use kube::{Client, Error};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const LEASE: Duration = Duration::from_secs(15);
const RENEW_WITHIN: Duration = Duration::from_secs(10);
const EVERY: Duration = Duration::from_secs(2);
/// One request must not eat up the time that others are left.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub struct Settings {
    pub namespace: String,
    pub name: String,
    /// Who we are; no two replicas may have the same.
    pub identity: String,
}

/// What everybody who writes asks.
#[derive(Debug, Clone, Default)]
pub struct Lead(Arc<Mutex<Standing>>);

#[derive(Debug, Default)]
struct Standing {
    /// When the last renewal that worked was begun.
    renewed: Option<Moment>,
    /// Another one who holds it, as far as is known.
    other: String,
    /// Takeovers so far; a number of its own for each time that somebody leads.
    term: u64,
}

impl Lead {
    #[must_use]
    pub fn holds(&self) -> bool {
        self.left().is_some()
    }

    /// For how long nobody else can take it; none where it is not ours.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        let age = self.standing(|it| it.renewed.map(|it| it.age()))?;
        (age < RENEW_WITHIN).then(|| LEASE.saturating_sub(age))
    }

    /// Who leads instead, as far as is known.
    #[must_use]
    pub fn other(&self) -> String {
        self.standing(|it| it.other.clone())
    }

    #[must_use]
    pub fn term(&self) -> u64 {
        self.standing(|it| it.term)
    }

    fn standing<T>(&self, with: impl FnOnce(&mut Standing) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs for the lease for ever; dropped, it stops doing so.
pub async fn run(client: Client, settings: Settings, lead: Lead) {
    let mut candidate = Candidate { client, settings, lead, seen: None, held: None };
    loop {
        let began = Moment::now();
        match timeout(REQUEST_TIMEOUT, candidate.round(began)).await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => {
                tracing::warn!(why = refusal::root(&why), "the lease cannot be renewed or asked for");
            }
            Err(_) => tracing::warn!(seconds = REQUEST_TIMEOUT.as_secs(), "no answer about the lease"),
        }
        sleep(EVERY).await;
    }
}

/// Gives the lease back, so that another one need not wait for its end.
pub async fn release(client: &Client, settings: &Settings, lead: &Lead) {
    if !lead.holds() {
        return;
    }
    lead.standing(|it| it.renewed = None);
    let path = path(settings);
    let given = async {
        let lease = get(client, &path).await?;
        if holder(&lease) == settings.identity {
            let spec = json!({"holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": stamp()});
            let version = &lease["metadata"]["resourceVersion"];
            let patch = json!({"metadata": {"resourceVersion": version}, "spec": spec});
            send(client, http::Method::PATCH, &path, &patch).await?;
        }
        Ok::<(), Error>(())
    };
    match timeout(REQUEST_TIMEOUT, given).await {
        Ok(Ok(())) => {}
        Ok(Err(why)) => {
            tracing::warn!(why = refusal::root(&why), "the lease cannot be given back; it ends by itself");
        }
        Err(_) => tracing::warn!("the lease cannot be given back in time; it ends by itself"),
    }
}

struct Candidate {
    client: Client,
    settings: Settings,
    lead: Lead,
    /// The version of another's lease, and when it was first seen: their clock is not ours.
    seen: Option<(String, Moment)>,
    /// The version of our own.
    held: Option<String>,
}

impl Candidate {
    async fn round(&mut self, began: Moment) -> Result<(), Error> {
        let path = path(&self.settings);
        // As long as nobody else writes on it, what was written last is what stands there.
        if let Some(version) = self.held.take().filter(|_| self.lead.holds()) {
            return self.take(&Value::Null, &version, began, false).await;
        }
        let lease = match get(&self.client, &path).await {
            Ok(lease) => lease,
            Err(error) if refusal::is_absent(&error) => return self.create(began).await,
            Err(error) => return Err(error),
        };
        let holder = holder(&lease);
        let version = lease["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_string();
        // Under our name it is surely ours only while we hold it: else somebody bears the same name.
        if holder == self.settings.identity && self.lead.holds() {
            return self.take(&lease, &version, began, false).await;
        }
        self.lead.standing(|it| {
            it.renewed = None;
            it.other = holder.to_string();
        });
        let since = match &self.seen {
            Some((seen, since)) if *seen == version => *since,
            _ => {
                self.seen = Some((version.clone(), began));
                began
            }
        };
        let lasts = lease["spec"]["leaseDurationSeconds"].as_u64().map_or(LEASE, Duration::from_secs);
        if holder.is_empty() || since.age() > lasts {
            return self.take(&lease, &version, began, true).await;
        }
        Ok(())
    }

    async fn create(&mut self, began: Moment) -> Result<(), Error> {
        let Settings { namespace, name, identity } = &self.settings;
        let now = stamp();
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "holderIdentity": identity, "leaseDurationSeconds": LEASE.as_secs(),
                "acquireTime": now, "renewTime": now, "leaseTransitions": 0,
            },
        });
        let path = format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases");
        self.settle(send(&self.client, http::Method::POST, &path, &lease).await, began)
    }

    async fn take(&mut self, lease: &Value, version: &str, began: Moment, anew: bool) -> Result<(), Error> {
        let now = stamp();
        let mut spec = json!({
            "holderIdentity": self.settings.identity,
            "leaseDurationSeconds": LEASE.as_secs(),
            "renewTime": now,
        });
        if anew {
            let transitions = lease["spec"]["leaseTransitions"].as_u64().unwrap_or_default();
            spec["acquireTime"] = now.into();
            spec["leaseTransitions"] = (transitions + 1).into();
        }
        let patch = json!({"metadata": {"resourceVersion": version}, "spec": spec});
        self.settle(send(&self.client, http::Method::PATCH, &path(&self.settings), &patch).await, began)
    }

    fn settle(&mut self, written: Result<Value, Error>, began: Moment) -> Result<(), Error> {
        match written {
            Ok(lease) => {
                let term = lease["spec"]["leaseTransitions"].as_u64().unwrap_or_default();
                self.held = lease["metadata"]["resourceVersion"].as_str().map(str::to_string);
                self.lead.standing(|it| {
                    *it = Standing { renewed: Some(began), other: String::new(), term };
                });
                Ok(())
            }
            // Somebody else was faster; the next round sees who.
            Err(error) if refusal::is_conflict(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn path(settings: &Settings) -> String {
    format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases/{}", settings.namespace, settings.name)
}

fn holder(lease: &Value) -> &str {
    lease["spec"]["holderIdentity"].as_str().unwrap_or_default()
}

/// Kubernetes wants microseconds here.
fn stamp() -> String {
    clock::now().to_string().replace('Z', ".000000Z")
}

async fn get(client: &Client, path: &str) -> Result<Value, Error> {
    let request = http::Request::get(path).body(Vec::new()).map_err(Error::HttpError)?;
    client.request(request).await
}

async fn send(client: &Client, method: http::Method, path: &str, body: &Value) -> Result<Value, Error> {
    let content = match method {
        http::Method::PATCH => "application/merge-patch+json",
        _ => "application/json",
    };
    let request = http::Request::builder().method(method).uri(path).header("Content-Type", content);
    client.request(request.body(body.to_string().into_bytes()).map_err(Error::HttpError)?).await
}
