//! Where news is handed in, and written as Kubernetes events by a task of its own. Whoever hands something in
//! never waits and never hears of a failure: an event that is lost harms nobody.

use super::valve::Valve;
use super::{About, News};
use crate::clock;
use crate::metrics::Metrics;
use crate::queue::Queue;
use decide::time::Time;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Events that may wait to be written.
const WAITING_MAX: usize = 500;
const WRITE_TIME: Duration = Duration::from_secs(10);
/// Who says so.
const REPORTER: &str = "vpsie-autoscaler";
/// What the API server takes, less room for an ellipsis.
const TEXT_BYTES_MAX: usize = 1000;
const NAME_BYTES_MAX: usize = 200;
const OURS: &str = "autoscaler.vpsie.com/v1alpha1";
/// The name of the one AutoscalerConfig.
const CONFIG: &str = "default";
/// Where events of objects live that have no namespace.
const NO_NAMESPACE: &str = "default";

#[derive(Debug)]
pub struct Desk {
    queue: Arc<Queue<Dated>>,
    valve: Mutex<Valve>,
    metrics: Arc<Metrics>,
    writer: JoinHandle<()>,
}

#[derive(Debug)]
struct Dated {
    news: News,
    at: Time,
}

impl Desk {
    /// Begins to write. It ends when it is dropped, with what waits then.
    #[must_use]
    pub fn open(client: kube::Client, metrics: Arc<Metrics>) -> Desk {
        let queue = Arc::new(Queue::new(WAITING_MAX));
        let writer = tokio::spawn(write_all(queue.clone(), client, metrics.clone()));
        Desk { queue, valve: Mutex::default(), metrics, writer }
    }

    /// For the replica that leads: the others know the same, and would tell it twice.
    pub fn tell(&self, news: Vec<News>, now: Time) {
        let (news, dropped) = self.valve.lock().unwrap_or_else(PoisonError::into_inner).admit(news, now);
        self.metrics.news_dropped("TooMany", dropped);
        for news in news {
            if !self.queue.push(Dated { news, at: now }) {
                self.metrics.news_dropped("TooSlow", 1);
            }
        }
        self.metrics.news_waiting(self.queue.waiting());
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.writer.abort();
    }
}

async fn write_all(queue: Arc<Queue<Dated>>, client: kube::Client, metrics: Arc<Metrics>) {
    loop {
        let dated = queue.next().await;
        metrics.news_waiting(queue.waiting());
        let written = tokio::time::timeout(WRITE_TIME, write(&client, &dated)).await;
        let failed = match &written {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer in {} s", WRITE_TIME.as_secs())),
        };
        metrics.news(&dated.news, failed.is_none());
        if let Some(why) = failed {
            tracing::debug!(reason = dated.news.reason, why, "an event could not be written");
        }
    }
}

async fn write(client: &kube::Client, dated: &Dated) -> kube::Result<()> {
    let uid = match &dated.news.about {
        About::Node { uid, .. } => uid.to_string(),
        // kubectl describe looks for events by it. Without it, the event is there all the same.
        about => uid(client, about).await.unwrap_or_default(),
    };
    let event = event(dated, &uid, clock::fine());
    let namespace = event["metadata"]["namespace"].as_str().unwrap_or(NO_NAMESPACE);
    let request = http::Request::post(format!("/api/v1/namespaces/{namespace}/events"))
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(event.to_string().into_bytes())
        .map_err(kube::Error::HttpError)?;
    client.request_text(request).await.map(|_| ())
}

async fn uid(client: &kube::Client, about: &About) -> Option<String> {
    let path = match about {
        About::Node { name, .. } => format!("/api/v1/nodes/{name}"),
        About::Group { namespace, name } => format!("/apis/{OURS}/namespaces/{namespace}/nodegroups/{name}"),
        About::Config => format!("/apis/{OURS}/autoscalerconfigs/{CONFIG}"),
    };
    let text = client.request_text(http::Request::get(path).body(Vec::new()).ok()?).await.ok()?;
    let object: Value = serde_json::from_str(&text).ok()?;
    object["metadata"]["uid"].as_str().map(ToString::to_string)
}

/// As `kubectl describe` and `kubectl get events` show best: with times that all versions read.
fn event(dated: &Dated, uid: &str, fine: Duration) -> Value {
    let Dated { news, at } = dated;
    let (api_version, namespace, name) = match &news.about {
        About::Node { name, .. } => ("v1", None, &**name),
        About::Group { namespace, name } => (OURS, Some(&**namespace), &**name),
        About::Config => (OURS, None, CONFIG),
    };
    let mut object = json!({"apiVersion": api_version, "kind": news.about.kind(), "name": name});
    if let Some(namespace) = namespace {
        object["namespace"] = namespace.into();
    }
    if !uid.is_empty() {
        object["uid"] = uid.into();
    }
    let short = start(name, NAME_BYTES_MAX).trim_end_matches(['-', '.']);
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": format!("{short}.{:x}", fine.as_nanos()),
            "namespace": namespace.unwrap_or(NO_NAMESPACE),
        },
        "involvedObject": object,
        "type": news.kind.name(),
        "reason": news.reason,
        "message": cut(&news.text),
        "source": {"component": REPORTER},
        "reportingComponent": REPORTER,
        "firstTimestamp": at.to_string(),
        "lastTimestamp": at.to_string(),
        "count": 1,
    })
}

fn cut(text: &str) -> String {
    match start(text, TEXT_BYTES_MAX) {
        all if all.len() == text.len() => text.to_string(),
        some => format!("{some}..."),
    }
}

/// As much of it as fits into so many bytes.
fn start(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests;
