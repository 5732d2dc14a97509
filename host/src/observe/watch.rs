//! Keeps a store up to date: each list is read once, page by page, and then watched. What was missed is
//! read again. One task a list; the store belongs to all of them.

use super::store::{self, News, Store};
use crate::clock::Moment;
use crate::cluster::lists::{LISTS, List};
use crate::cluster::{Key, Pages, refusal};
use futures_util::{AsyncBufRead, AsyncBufReadExt};
use kube::{Client, Error};
use serde::Deserialize;
use serde_json::Value;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Between two tries of a list that cannot be read.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// A kind that is not served may be installed later.
const ABSENT_PAUSE: Duration = Duration::from_secs(15);
/// How long one watch lasts; each list a little longer than the one before, so that they do not all end at once.
const WATCH_SECS: usize = 300;
const WATCH_SECS_APART: usize = 7;
/// The longest line of a watch: far above what etcd can hold.
const LINE_BYTES_MAX: usize = 16 << 20;
/// What was missed while a watch was cut off has come after so long.
const CATCH_UP: Duration = Duration::from_secs(1);
/// How long the metrics API may take.
const METRICS_TIMEOUT: Duration = Duration::from_secs(45);

/// The cluster, as far as it was heard of. Watching ends when this is dropped.
#[derive(Debug)]
pub struct Watches {
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    store: Mutex<Store>,
    changed: Notify,
}

impl Shared {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Store)) {
        change(&mut self.store());
        self.changed.notify_waiters();
    }
}

impl Watches {
    /// Begins to watch; `collect`: how often the metrics API is asked.
    #[must_use]
    pub fn start(client: &Client, collect: Duration) -> Watches {
        let shared = Arc::new(Shared { store: Mutex::new(Store::new()), changed: Notify::new() });
        let mut tasks = JoinSet::new();
        for (at, list) in LISTS.iter().enumerate() {
            let (client, shared) = (client.clone(), shared.clone());
            match list.is_polled() {
                true => tasks.spawn(async move { poll(&client, at, list, &shared, collect).await }),
                false => tasks.spawn(async move { follow(&client, at, list, &shared).await }),
            };
        }
        Watches { shared, _tasks: tasks }
    }

    /// Waits until everything is known as it is now, and this holds of it.
    ///
    /// # Errors
    ///
    /// What is missing when the patience is over.
    pub async fn whole(
        &self,
        patience: Duration,
        holds: impl Fn(&Store) -> Result<(), String>,
    ) -> Result<(), String> {
        let check = || {
            let store = self.shared.store();
            store.missing().map_or_else(|| holds(&store), Err)
        };
        let wait = async {
            loop {
                let mut changed = pin!(self.shared.changed.notified());
                changed.as_mut().enable();
                if check().is_ok() {
                    return;
                }
                changed.await;
            }
        };
        match timeout(patience, wait).await {
            Ok(()) => Ok(()),
            Err(_) => check(),
        }
    }

    #[must_use]
    pub fn snapshot(&self) -> store::Snapshot {
        self.shared.store().snapshot()
    }

    /// Where the object of this kind with this uid is, if it is there.
    #[must_use]
    pub fn find(&self, kind: &str, uid: &str) -> Option<Key> {
        self.shared.store().find(kind, uid)
    }
}

/// How a watch ended.
enum End {
    /// The server had enough of it.
    Quiet,
    /// What happened since is forgotten there too.
    Expired,
    Lost(String),
}

async fn follow(client: &Client, at: usize, list: &'static List, shared: &Shared) {
    let mut pause = PAUSE;
    loop {
        let mut version = match read(client, list).await {
            Ok((objects, version)) => {
                shared.change(|it| it.replace(at, objects));
                pause = PAUSE;
                version
            }
            Err(Trouble::Cluster(error)) if list.without.is_some() && refusal::is_absent(&error) => {
                shared.change(|it| it.absent(at));
                sleep(ABSENT_PAUSE).await;
                continue;
            }
            Err(error) => {
                shared.change(|it| it.behind(at, error.said(list)));
                sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
                continue;
            }
        };
        loop {
            match watch(client, at, list, shared, &mut version).await {
                End::Quiet => pause = PAUSE,
                End::Expired => {
                    shared.change(|it| {
                        it.behind(at, "what has changed is forgotten; all are read again".into());
                    });
                    break;
                }
                End::Lost(why) => {
                    tracing::warn!(list = %list, why, "a watch was cut off");
                    shared.change(|it| it.behind(at, why));
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }
}

async fn poll(client: &Client, at: usize, list: &'static List, shared: &Shared, every: Duration) {
    loop {
        match timeout(METRICS_TIMEOUT, read(client, list)).await {
            Ok(Ok((objects, _))) => shared.change(|it| it.replace(at, objects)),
            Ok(Err(Trouble::Cluster(error))) if refusal::is_absent(&error) => {
                shared.change(|it| it.absent(at));
            }
            Ok(Err(error)) => shared.change(|it| it.failed(at, error.said(list))),
            Err(_) => {
                let said = format!("no answer within {} s", METRICS_TIMEOUT.as_secs());
                shared.change(|it| it.failed(at, said));
            }
        }
        sleep(every).await;
    }
}

/// Why a list or a watch is of no use.
#[derive(Debug)]
enum Trouble {
    Cluster(Error),
    /// An object that nobody can read.
    Object(String),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Cluster(error)
    }
}

impl Trouble {
    fn said(&self, list: &List) -> String {
        match self {
            Trouble::Cluster(error) => format!("{:#}", refusal::said(list, "this address", error)),
            Trouble::Object(why) => why.clone(),
        }
    }
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    items: Option<Vec<Value>>,
}

/// The whole list and its version. Each page is made small before the next one is asked for.
async fn read(client: &Client, list: &List) -> Result<(Vec<News>, String), Trouble> {
    let (mut news, mut pages) = (Vec::new(), Pages::of(client, list));
    while let Some(text) = pages.next().await? {
        let page: Page = serde_json::from_str(&text).map_err(Error::SerdeError)?;
        for object in page.items.unwrap_or_default() {
            news.push(News::of(list, object).map_err(Trouble::Object)?);
        }
    }
    Ok((news, pages.version))
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    object: Value,
}

async fn watch(client: &Client, at: usize, list: &List, shared: &Shared, version: &mut String) -> End {
    let secs = WATCH_SECS + at * WATCH_SECS_APART;
    let query =
        format!("watch=true&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={secs}");
    let request = match http::Request::get(format!("{}?{query}", list.path())).body(Vec::new()) {
        Ok(request) => request,
        Err(error) => return End::Lost(error.to_string()),
    };
    let mut stream = match client.request_stream(request).await {
        Ok(stream) => pin!(stream),
        Err(error) if refusal::is_expired(&error) || refusal::is_absent(&error) => return End::Expired,
        Err(error) => return End::Lost(Trouble::Cluster(error).said(list)),
    };
    let (began, mut is_well) = (Moment::now(), false);
    loop {
        let mut next = pin!(line(&mut stream));
        let left = CATCH_UP.saturating_sub(began.age());
        let early = if is_well { None } else { timeout(left, next.as_mut()).await.ok() };
        if !is_well && began.age() >= CATCH_UP {
            is_well = true;
            shared.change(|it| it.well(at));
        }
        let heard = match early {
            Some(heard) => heard,
            None => next.await,
        };
        let line = match heard {
            Ok(Some(line)) => line,
            Ok(None) => return End::Quiet,
            Err(why) => return End::Lost(why),
        };
        let line: Line = match serde_json::from_slice(&line) {
            Ok(line) => line,
            Err(why) => return End::Lost(format!("a line of the watch is no event: {why}")),
        };
        if line.kind == "ERROR" {
            let message = line.object["message"].as_str().unwrap_or("no reason is given").to_string();
            return match line.object["code"].as_u64() {
                Some(410) => End::Expired,
                _ => End::Lost(message),
            };
        }
        if let Some(new) = line.object["metadata"]["resourceVersion"].as_str() {
            *version = new.to_string();
        }
        match &*line.kind {
            "ADDED" | "MODIFIED" => match News::of(list, line.object) {
                Ok(news) => shared.change(|it| it.put(at, news)),
                // It is asked for again until it can be read, or is gone: nothing is decided without it.
                Err(_) => return End::Expired,
            },
            "DELETED" => {
                let key = store::key(&line.object);
                shared.change(|it| it.remove(at, &key));
            }
            _ => {}
        }
    }
}

/// The next line without its end; none where the stream ends, also in the middle of one.
async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<Vec<u8>>, String> {
    let mut line = Vec::new();
    loop {
        let chunk = stream.fill_buf().await.map_err(|it| refusal::root(&it))?;
        if chunk.is_empty() {
            return Ok(None);
        }
        let end = chunk.iter().position(|it| *it == b'\n');
        line.extend_from_slice(&chunk[..end.unwrap_or(chunk.len())]);
        let used = end.map_or(chunk.len(), |it| it + 1);
        stream.consume_unpin(used);
        if line.len() > LINE_BYTES_MAX {
            return Err(format!("an object of more than {} MiB", LINE_BYTES_MAX >> 20));
        }
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}
