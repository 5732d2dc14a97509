//! What the controller needs, checked once.

use super::supplier::Place;
use crate::args::RunArgs;
use crate::clock;
use crate::lead;
use std::env::VarError;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// That of vpsie-k8s-autoscaler too: while its leader lives, nobody here leads.
const LEASE: &str = "vpsie-autoscaler-leader";

#[derive(Debug)]
pub struct Settings {
    pub kubeconfig: Option<PathBuf>,
    pub policies: Option<PathBuf>,
    pub journal: Option<PathBuf>,
    pub journal_mib: u64,
    pub tick: Duration,
    pub collect: Duration,
    pub lag: Duration,
    pub listen: SocketAddr,
    /// Everything is decided and shown, and nothing is carried out.
    pub dry: bool,
    pub secret: Place,
    pub lease: lead::Settings,
}

impl Settings {
    /// `variable`: reads the environment.
    ///
    /// # Errors
    ///
    /// What is wrong with what was typed.
    pub fn of(
        typed: RunArgs,
        variable: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<Settings, String> {
        let RunArgs {
            kubeconfig,
            policies,
            journal,
            journal_mib,
            tick,
            collect,
            provider_lag,
            listen,
            dry_run,
            namespace,
            secret,
            identity,
            log: _,
        } = typed;
        let identity = identity.unwrap_or_else(|| {
            let host = variable("HOSTNAME").ok().filter(|it| !it.is_empty());
            let host =
                host.or_else(|| fs::read_to_string("/etc/hostname").ok().map(|it| it.trim().to_string()));
            // Two replicas on one machine, and one that came after another, are not the same.
            let (process, began) = (std::process::id(), clock::fine().as_millis());
            format!("{}_{process}_{began}", host.as_deref().unwrap_or("unknown"))
        });
        let lease = lead::Settings { namespace: namespace.clone(), name: LEASE.to_string(), identity };
        let secret = Place { namespace, name: secret };
        Ok(Settings {
            kubeconfig,
            policies,
            journal,
            journal_mib,
            tick,
            collect,
            lag: provider_lag,
            listen,
            dry: dry_run,
            secret,
            lease,
        })
    }
}
