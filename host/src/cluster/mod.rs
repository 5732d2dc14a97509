//! The cluster as whoever talks to it finds it: where its kinds are, what its refusals mean, how long lists
//! are read. Nothing here knows what is read or written for.

mod count;
pub mod lists;
mod pages;
pub mod refusal;

pub use lists::{api_version_of, path_of};
pub use pages::Pages;

use crate::metrics::Metrics;
use anyhow::Context;
use kube::client::ClientBuilder;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Namespace, where it has one, and name.
pub type Key = (String, String);

pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A watch that says nothing for so long is dead.
pub const WATCH_READ_TIMEOUT: Duration = Duration::from_secs(150);

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
///
/// # Errors
///
/// Where there is neither.
pub async fn config() -> Result<Config, KubeconfigError> {
    match Config::from_kubeconfig(&KubeConfigOptions::default()).await {
        Ok(config) => Ok(config),
        Err(error) => Config::incluster().map_err(|_| error),
    }
}
