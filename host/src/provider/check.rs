//! Whether the provider can be used as it should be. Only reads are tried: what could be tried of writes would
//! change something.

use super::{is_it, there_is_none};
use decide::say::count;
use serde::Serialize;
use std::collections::BTreeSet;
use vpsie::{Cause, Client, Cluster, ClusterNodes, Error, Group, KubeSize, Role};

#[derive(Debug, Serialize)]
pub struct Report {
    pub url: String,
    pub checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
pub struct Check {
    pub name: &'static str,
    /// The cluster or group that it is about; empty: the account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    pub result: Found,
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    Well,
    Wrong,
    /// What it needs is wrong, or it cannot be tried without a change.
    Untried,
}

impl Report {
    #[must_use]
    pub fn count(&self, result: Found) -> usize {
        self.checks.iter().filter(|it| it.result == result).count()
    }

    fn add(&mut self, name: &'static str, place: &str, result: Found, detail: impl Into<String>) {
        self.checks.push(Check { name, place: place.to_string(), result, detail: detail.into() });
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        place: &str,
        read: Result<T, Error>,
        say: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        match read {
            Ok(it) => {
                self.add(name, place, Found::Well, say(&it));
                Some(it)
            }
            Err(error) => {
                self.add(name, place, Found::Wrong, error.to_string());
                None
            }
        }
    }
}

/// `only`: the one cluster that is of interest.
pub async fn check(client: &Client, url: &str, only: Option<&str>) -> Report {
    let mut report = Report { url: url.to_string(), checks: Vec::new() };
    let clusters = client.clusters().await;
    if !admitted(&mut report, clusters.as_ref().err()) {
        for name in ["account", "clusters", "nodes", "groups", "offers", "servers", "balancers"] {
            report.add(name, "", Found::Untried, "needs what is wrong above");
        }
        return report;
    }
    report.read("account", "", client.account().await, |it| match it {
        None => "nothing is told of it to these credentials".to_string(),
        Some(it) => {
            let money = |it: Option<vpsie::Money>| it.map_or("not told".to_string(), |it| it.to_string());
            format!("{}, balance {}, {} a month", it.email, money(it.balance), money(it.charge_per_month))
        }
    });
    match clusters {
        Err(error) => report.add("clusters", "", Found::Wrong, error.to_string()),
        Ok(all) => {
            for cluster in wanted(&mut report, &all, only) {
                of_cluster(&mut report, client, cluster).await;
            }
        }
    }
    report.read("servers", "", client.servers().await, |it| several(it.len(), "plain server"));
    report.read("names", "", client.server_names().await, |it| several(it.len(), "name"));
    report.read("balancers", "", client.balancers().await, |it| several(it.len(), "load balancer"));
    report.add(
        "writes",
        "",
        Found::Untried,
        "a check changes nothing: whether workers may be added and deleted shows when it is done",
    );
    report
}

/// Whether there is a point in asking on.
fn admitted(report: &mut Report, error: Option<&Error>) -> bool {
    let Some(error) = error else {
        report.add("connection", "", Found::Well, "the API answers");
        report.add("credentials", "", Found::Well, "they are accepted");
        return true;
    };
    match error.cause {
        Cause::Unauthorized => {
            report.add("connection", "", Found::Well, "the API answers");
            report.add("credentials", "", Found::Wrong, error.to_string());
            false
        }
        Cause::Forbidden | Cause::Partial => {
            report.add("connection", "", Found::Well, "the API answers");
            report.add("credentials", "", Found::Well, "they are accepted");
            true
        }
        _ => {
            report.add("connection", "", Found::Wrong, error.to_string());
            report.add("credentials", "", Found::Untried, "needs what is wrong above");
            false
        }
    }
}

fn wanted<'a>(report: &mut Report, all: &'a [Cluster], only: Option<&str>) -> Vec<&'a Cluster> {
    let wanted: Vec<&Cluster> = all.iter().filter(|it| only.is_none_or(|only| is_it(it, only))).collect();
    match only {
        Some(only) if wanted.is_empty() => report.add("clusters", "", Found::Wrong, there_is_none(only, all)),
        _ if all.is_empty() => {
            let detail = "there is none: only groups of plain servers can be used";
            report.add("clusters", "", Found::Wrong, detail);
        }
        _ => report.add("clusters", "", Found::Well, several(all.len(), "cluster")),
    }
    wanted
}

async fn of_cluster(report: &mut Report, client: &Client, cluster: &Cluster) {
    match client.cluster(&cluster.id).await {
        Ok(Some(it)) => nodes(report, &it),
        Ok(None) => report.add(
            "nodes",
            &cluster.name,
            Found::Wrong,
            "it is listed, and cannot be read by its identifier",
        ),
        Err(error) => report.add("nodes", &cluster.name, Found::Wrong, error.to_string()),
    }
    let groups = report
        .read("groups", &cluster.name, client.groups(&cluster.id).await, |it| several(it.len(), "group"));
    let groups = groups.unwrap_or_default();
    let datacenters: BTreeSet<_> = groups.iter().filter_map(|it| it.datacenter.clone()).collect();
    let mut sizes = Vec::new();
    let mut known = true;
    for datacenter in &datacenters {
        let read = client.kube_sizes(datacenter).await;
        let offered = report.read("offers", &cluster.name, read, |it| several(it.len(), "size"));
        known &= offered.is_some();
        sizes.extend(offered.unwrap_or_default());
    }
    if known {
        groups.iter().for_each(|it| offer(report, cluster, it, &sizes));
    }
}

fn nodes(report: &mut Report, cluster: &ClusterNodes) {
    let of = |role| cluster.nodes.iter().filter(|it| it.role == role).count();
    let (workers, masters, unknown) = (of(Role::Worker), of(Role::ControlPlane), of(Role::Unknown));
    let mut detail = format!(
        "version {}, {}, {masters} of the control plane",
        cluster.cluster.version,
        several(workers, "worker")
    );
    let nameless = cluster.nodes.iter().filter(|it| it.role == Role::Worker && it.id.is_none()).count();
    if unknown > 0 {
        detail += &format!("; of {unknown} the API tells no role: they are never deleted");
    }
    if nameless > 0 {
        detail += &format!(
            "; of {} the API tells no identifier: they cannot be deleted one by one",
            several(nameless, "worker")
        );
    }
    let result = if nameless + unknown > 0 { Found::Wrong } else { Found::Well };
    report.add("nodes", &cluster.cluster.name, result, detail);
}

fn offer(report: &mut Report, cluster: &Cluster, group: &Group, sizes: &[KubeSize]) {
    let place = format!("{}/{}", cluster.name, group.name);
    let nodes = count(group.nodes, "node");
    match sizes.iter().find(|it| it.id == group.size) {
        Some(size) => {
            let KubeSize { name, cpu, ram_mb, price_per_month, .. } = size;
            let detail = format!("{nodes} of {name}: {cpu} CPU, {ram_mb} MB, {price_per_month} a month");
            report.add("size", &place, Found::Well, detail);
        }
        None => {
            let detail = format!(
                "{nodes} of size {}, which is not offered: what another one has and costs is not known",
                group.size.0
            );
            report.add("size", &place, Found::Wrong, detail);
        }
    }
}

fn several(number: usize, noun: &str) -> String {
    count(number as u64, noun)
}
