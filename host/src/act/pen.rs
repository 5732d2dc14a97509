//! The only way to write to the cluster. Before each request the lease is looked at; after it, what was
//! written is remembered until the watches show it, so that nothing is decided by what was before.

use crate::clock::Moment;
use crate::cluster::{self, Key, WATCH_READ_TIMEOUT, refusal};
use crate::lead::Lead;
use http::Method;
use kube::{Client, Error};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// What the watches do not show after so long was overtaken by somebody else's doing: one that hangs is known to by
/// then.
const FORGET_AFTER: Duration = WATCH_READ_TIMEOUT.saturating_add(Duration::from_secs(60));

#[derive(Clone)]
pub struct Pen {
    client: Client,
    lead: Lead,
    written: Arc<Mutex<BTreeMap<(&'static str, Key), Written>>>,
}

#[derive(Debug, Clone)]
struct Written {
    at: Moment,
    /// It was deleted; else its version.
    gone: bool,
    version: u64,
    uid: String,
}

/// One object of the cluster.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub kind: &'static str,
    /// Empty where it has none.
    pub namespace: &'a str,
    pub name: &'a str,
}

impl<'a> Target<'a> {
    #[must_use]
    pub fn node(name: &'a str) -> Target<'a> {
        Target { kind: "Node", namespace: "", name }
    }

    fn path(&self) -> String {
        cluster::path_of(self.kind, self.namespace, Some(self.name))
    }

    fn key(&self) -> Key {
        (self.namespace.to_string(), self.name.to_string())
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace {
            "" => write!(out, "{} {}", self.kind, self.name),
            namespace => write!(out, "{} {namespace}/{}", self.kind, self.name),
        }
    }
}

/// Why nothing was written, or nobody knows.
#[derive(Debug)]
pub enum NotWritten {
    /// Somebody else holds the lease.
    NoLead,
    /// No answer came while the lease was surely ours.
    Unanswered,
    Cluster(Error),
}

impl NotWritten {
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, NotWritten::Cluster(it) if refusal::is_absent(it))
    }

    /// It has changed since it was seen, or is another one by now.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, NotWritten::Cluster(it) if refusal::is_conflict(it))
    }

    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            NotWritten::NoLead | NotWritten::Unanswered => None,
            NotWritten::Cluster(it) => refusal::code(it),
        }
    }
}

impl fmt::Display for NotWritten {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotWritten::NoLead => out.write_str("the lease is not ours"),
            NotWritten::Unanswered => out.write_str("no answer came while the lease was surely ours"),
            NotWritten::Cluster(Error::Api(status)) => out.write_str(status.message.trim()),
            NotWritten::Cluster(it) => out.write_str(&refusal::root(it)),
        }
    }
}

impl Pen {
    #[must_use]
    pub fn new(client: Client, lead: Lead) -> Pen {
        Pen { client, lead, written: Arc::default() }
    }

    #[must_use]
    pub fn lead(&self) -> &Lead {
        &self.lead
    }

    /// Merges this into the object; a `metadata.resourceVersion` or `uid` in it is a precondition.
    ///
    /// # Errors
    ///
    /// Where it was surely not written, or nobody knows.
    pub async fn merge(&self, target: Target<'_>, patch: &Value) -> Result<Value, NotWritten> {
        let written = self.send(Method::PATCH, &target.path(), "application/merge-patch+json", patch).await?;
        self.remember(target, &written);
        Ok(written)
    }

    /// The same, of its status.
    ///
    /// # Errors
    ///
    /// As above.
    pub async fn merge_status(&self, target: Target<'_>, patch: &Value) -> Result<Value, NotWritten> {
        let path = format!("{}/status", target.path());
        let written = self.send(Method::PATCH, &path, "application/merge-patch+json", patch).await?;
        self.remember(target, &written);
        Ok(written)
    }

    /// Server-side apply of a status: what we no longer name of it goes, what others own stays.
    ///
    /// # Errors
    ///
    /// As above.
    pub async fn apply_status(&self, target: Target<'_>, status: &Value) -> Result<Value, NotWritten> {
        let path = format!("{}/status?fieldManager=vpsie-autoscaler&force=true", target.path());
        let mut meta = json!({"name": target.name});
        if !target.namespace.is_empty() {
            meta["namespace"] = target.namespace.into();
        }
        let object = json!({
            "apiVersion": cluster::api_version_of(target.kind),
            "kind": target.kind,
            "metadata": meta,
            "status": status,
        });
        let written = self.send(Method::PATCH, &path, "application/apply-patch+yaml", &object).await?;
        self.remember(target, &written);
        Ok(written)
    }

    /// # Errors
    ///
    /// As above.
    pub async fn create(&self, target: Target<'_>, object: &Value) -> Result<Value, NotWritten> {
        let path = cluster::path_of(target.kind, target.namespace, None);
        let written = self.send(Method::POST, &path, "application/json", object).await?;
        self.remember(target, &written);
        Ok(written)
    }

    /// Deletes exactly this object, not one of the same name.
    ///
    /// # Errors
    ///
    /// As above.
    pub async fn delete(&self, target: Target<'_>, uid: &str) -> Result<(), NotWritten> {
        let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}});
        let left = self.send(Method::DELETE, &target.path(), "application/json", &options).await?;
        // One that has finalizers is still there.
        match left["metadata"]["deletionTimestamp"].is_string() {
            true => self.remember(target, &left),
            false => {
                self.note(target, Written { at: Moment::now(), gone: true, version: 0, uid: uid.into() });
            }
        }
        Ok(())
    }

    /// Asks a pod to go; nothing is kept of it.
    ///
    /// # Errors
    ///
    /// As above.
    pub async fn evict(&self, namespace: &str, name: &str, options: &Value) -> Result<(), NotWritten> {
        let eviction = json!({
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
            "deleteOptions": options,
        });
        let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/eviction");
        self.send(Method::POST, &path, "application/json", &eviction).await.map(|_| ())
    }

    /// Reads past all caches.
    ///
    /// # Errors
    ///
    /// What the cluster says against it.
    pub async fn read(&self, path: &str) -> Result<Value, Error> {
        let request = http::Request::get(path).body(Vec::new()).map_err(Error::HttpError)?;
        self.client.request(request).await
    }

    /// Whether what is known of objects has everything that was written. `known`: version and uid.
    ///
    /// # Errors
    ///
    /// What it does not have yet.
    pub fn is_seen(&self, known: impl Fn(&str, &Key) -> Option<(u64, String)>) -> Result<(), String> {
        let mut written = self.written();
        written.retain(|(kind, key), it| {
            let shown = match known(kind, key) {
                None => it.gone,
                Some((_, uid)) if it.gone => uid != it.uid,
                Some((version, uid)) => version >= it.version || uid != it.uid,
            };
            !shown && it.at.age() < FORGET_AFTER
        });
        match written.keys().next() {
            None => Ok(()),
            Some((kind, (_, name))) => {
                Err(format!("the watches do not show yet what was written on {kind} {name}"))
            }
        }
    }

    fn remember(&self, target: Target<'_>, written: &Value) {
        let text = |key: &str| written["metadata"][key].as_str().unwrap_or_default().to_string();
        let held = written["metadata"]["finalizers"].as_array().is_some_and(|it| !it.is_empty());
        // Nothing holds it any more: this write was its end.
        if written["metadata"]["deletionTimestamp"].is_string() && !held {
            return self
                .note(target, Written { at: Moment::now(), gone: true, version: 0, uid: text("uid") });
        }
        let version = text("resourceVersion").parse().unwrap_or_default();
        self.note(target, Written { at: Moment::now(), gone: false, version, uid: text("uid") });
    }

    fn note(&self, target: Target<'_>, written: Written) {
        self.written().insert((target.kind, target.key()), written);
    }

    fn written(&self) -> MutexGuard<'_, BTreeMap<(&'static str, Key), Written>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        content: &str,
        body: &Value,
    ) -> Result<Value, NotWritten> {
        let Some(left) = self.lead.left() else { return Err(NotWritten::NoLead) };
        let request = http::Request::builder().method(method).uri(path).header("Content-Type", content);
        let request = request.body(body.to_string().into_bytes()).map_err(Error::HttpError);
        let request = request.map_err(NotWritten::Cluster)?;
        match timeout(left, self.client.request(request)).await {
            Ok(answer) => answer.map_err(NotWritten::Cluster),
            Err(_) => Err(NotWritten::Unanswered),
        }
    }
}
