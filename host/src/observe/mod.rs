//! The cluster as it is now: every list that a decision needs, by plain GETs. It can only read.
//!
//! What comes back is handed on as text, to the same reader that reads files, so that a cluster
//! and its printed objects give the same world.

mod history;
mod prune;
mod store;
mod watch;

pub use history::too_short;
pub use store::{Object, Refused, Snapshot, Store};
pub use watch::Watches;

use crate::cluster::lists::{LISTS, List, Without};
use crate::cluster::{self, CONNECT_TIMEOUT, Pages, refusal};
use crate::objects::Input;
use anyhow::Context;
use kube::config::KubeconfigError;
use kube::{Client, Config, Error};
use std::io::ErrorKind;
use std::time::Duration;

/// A list that takes longer than its token lives is begun anew, so many times.
const BEGINNINGS_MAX: u32 = 3;
/// A server that is busy is asked again so many times, after a while.
const WAITS_MAX: u32 = 5;
const WAIT: Duration = Duration::from_secs(1);
const READ_TIMEOUT: Duration = Duration::from_secs(60);

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
    runtime.block_on(async { look_at_all(cluster::config().await).await })
}

/// The same, where there is a kubeconfig or this process runs in a cluster; none where neither is so.
///
/// # Errors
///
/// Where there is a cluster, and it does not show what is needed.
pub fn look_if_any() -> anyhow::Result<Option<Seen>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match cluster::config().await {
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

/// All pages of one list; each is a list of its own to whoever reads it.
async fn pages(client: &Client, list: &List) -> Result<Vec<Input>, Error> {
    let (mut beginnings, mut waits) = (0, 0);
    let mut inputs: Vec<Input> = Vec::new();
    let mut pages = Pages::of(client, list);
    loop {
        match pages.next().await {
            Ok(Some(text)) => inputs.push(Input { name: list.path(), bytes: text.into_bytes() }),
            Ok(None) => return Ok(inputs),
            Err(error) if refusal::is_busy(&error) && waits < WAITS_MAX => {
                waits += 1;
                tokio::time::sleep(WAIT).await;
            }
            Err(error) if refusal::is_expired(&error) && beginnings < BEGINNINGS_MAX => {
                beginnings += 1;
                inputs.clear();
                pages = Pages::of(client, list);
            }
            Err(error) => return Err(error),
        }
    }
}
