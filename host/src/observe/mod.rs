//! The cluster as it is now: every list that a decision needs, by plain GETs. It can only read.
//!
//! What comes back is handed on as text, to the same reader that reads files, so that a cluster
//! and its printed objects give the same world.

mod count;
mod history;
mod lists;
mod prune;
pub mod refusal;
mod store;
mod watch;

pub use history::too_short;
pub use lists::{api_version_of, path_of};
pub use store::{Key, Object, Refused, Snapshot, Store};
pub use watch::Watches;

use crate::metrics::Metrics;
use crate::objects::Input;
use anyhow::Context;
use kube::client::ClientBuilder;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config, Error};
use lists::{LISTS, List, Without};
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Objects a page: what kubectl asks for too.
const PAGE_OBJECTS: u32 = 500;
/// A list that takes longer than its token lives is begun anew, so many times.
const BEGINNINGS_MAX: u32 = 3;
/// A server that is busy is asked again so many times, after a while.
const WAITS_MAX: u32 = 5;
const WAIT: Duration = Duration::from_secs(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const WATCH_READ_TIMEOUT: Duration = Duration::from_secs(150);

/// What the cluster showed.
#[derive(Debug, Default)]
pub struct Seen {
    pub inputs: Vec<Input>,
    /// What a person should know, a line each.
    pub warnings: Vec<String>,
    /// What is there and could not be read.
    pub gaps: Vec<String>,
}

/// Looks at the cluster of the current kubeconfig, or at the one that this process runs in.
///
/// # Errors
///
/// Where there is none, it cannot be reached, or it does not show what is needed.
pub fn look() -> anyhow::Result<Seen> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { look_at_all(config().await).await })
}

/// The same, where there is a kubeconfig or this process runs in a cluster; none where neither is so.
///
/// # Errors
///
/// Where there is a cluster, and it does not show what is needed.
pub fn look_if_any() -> anyhow::Result<Option<Seen>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match config().await {
            Err(KubeconfigError::FindPath) => Ok(None),
            Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == ErrorKind::NotFound => Ok(None),
            config => look_at_all(config).await.map(Some),
        }
    })
}

async fn look_at_all(config: Result<Config, KubeconfigError>) -> anyhow::Result<Seen> {
    let mut config = config.context("there is no cluster to look at (-f reads objects from files)")?;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    config.read_timeout = Some(READ_TIMEOUT);
    // The client's own patience is minutes long, also for what is down for good; a person waits here.
    config.default_retry = false;
    let url = config.cluster_url.to_string();
    let client = Client::try_from(config).with_context(|| format!("cannot talk to the cluster at {url}"))?;
    let mut seen = Seen::default();
    for list in &LISTS {
        match (pages(&client, list).await, list.without) {
            (Ok(pages), _) => seen.inputs.extend(pages),
            (Err(error), Some(without)) if refusal::is_absent(&error) => {
                seen.warnings.push(without.said(list));
            }
            (Err(error), Some(Without { served_by_others: true, .. })) if refusal::is_down(&error) => {
                seen.gaps.push(format!("{list} cannot be read: {}", refusal::root(&error)));
            }
            (Err(error), _) => return Err(refusal::said(list, &url, &error)),
        }
    }
    seen.warnings.extend(seen.gaps.iter().cloned());
    Ok(seen)
}

/// A client for somebody who stays: every request is counted, and nothing is retried behind his back.
///
/// # Errors
///
/// Where there is no cluster to talk to.
pub async fn connect(kubeconfig: Option<&Path>, metrics: Arc<Metrics>) -> anyhow::Result<Client> {
    let config = match kubeconfig {
        None => config().await.map_err(anyhow::Error::from),
        Some(path) => {
            let named = || format!("--kubeconfig {} cannot be used", path.display());
            let file = Kubeconfig::read_from(path).with_context(named)?;
            let options = KubeConfigOptions::default();
            Config::from_custom_kubeconfig(file, &options).await.with_context(named)
        }
    };
    let mut config = config.context("there is no cluster to look at")?;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    // A watch says something at least once a minute.
    config.read_timeout = Some(WATCH_READ_TIMEOUT);
    config.default_retry = false;
    let url = config.cluster_url.to_string();
    let client =
        ClientBuilder::try_from(config).with_context(|| format!("cannot talk to the cluster at {url}"))?;
    Ok(client.with_layer(&count::Counting(metrics)).build())
}

/// That of the current kubeconfig; without one, that of the cluster which this process runs in.
async fn config() -> Result<Config, KubeconfigError> {
    match Config::from_kubeconfig(&KubeConfigOptions::default()).await {
        Ok(config) => Ok(config),
        Err(error) => Config::incluster().map_err(|_| error),
    }
}

/// All pages of one list; each is a list of its own to whoever reads it.
async fn pages(client: &Client, list: &List) -> Result<Vec<Input>, Error> {
    let (mut beginnings, mut waits) = (0, 0);
    let mut pages: Vec<Input> = Vec::new();
    let mut next = String::new();
    loop {
        let path = list.path();
        let from = if next.is_empty() { String::new() } else { format!("&continue={}", encoded(&next)) };
        let request = http::Request::get(format!("{path}?limit={PAGE_OBJECTS}{from}")).body(Vec::new());
        match client.request_text(request.map_err(Error::HttpError)?).await {
            Ok(text) => {
                next = serde_json::from_str::<Page>(&text).map_err(Error::SerdeError)?.metadata.next;
                pages.push(Input { name: path, bytes: text.into_bytes() });
                if next.is_empty() {
                    return Ok(pages);
                }
            }
            Err(error) if refusal::is_busy(&error) && waits < WAITS_MAX => {
                waits += 1;
                tokio::time::sleep(WAIT).await;
            }
            Err(error) if refusal::is_expired(&error) && beginnings < BEGINNINGS_MAX => {
                beginnings += 1;
                pages.clear();
                next.clear();
            }
            Err(error) => return Err(error),
        }
    }
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMeta,
}

#[derive(Default, Deserialize)]
struct PageMeta {
    #[serde(default, rename = "continue")]
    next: String,
}

fn encoded(token: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_.~".contains(&it);
    token
        .bytes()
        .map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect()
}
