//! All servers of the account, and what clusters and groups say about them.

use super::{is_it, there_is_none};
use vpsie::{Client, Cluster, ClusterNode, Error, Group, KubeSize, Server, ServerName};

#[derive(Debug)]
pub struct Side {
    pub clusters: Vec<ClusterSide>,
    pub servers: Vec<Server>,
    pub names: Vec<ServerName>,
    /// What could not be read, a line each.
    pub problems: Vec<String>,
}

#[derive(Debug)]
pub struct ClusterSide {
    pub cluster: Cluster,
    pub nodes: Vec<ClusterNode>,
    pub groups: Vec<Group>,
    /// Of the datacenters of its groups.
    pub sizes: Vec<KubeSize>,
}

/// `only`: the one cluster that is of interest.
///
/// # Errors
///
/// Where the clusters cannot be listed, or there is none of this name. What else cannot be read is told.
pub async fn look(client: &Client, only: Option<&str>) -> anyhow::Result<Side> {
    let all = client.clusters().await?;
    let wanted: Vec<&Cluster> = all.iter().filter(|it| only.is_none_or(|only| is_it(it, only))).collect();
    if let Some(only) = only.filter(|_| wanted.is_empty()) {
        anyhow::bail!(there_is_none(only, &all));
    }
    let mut problems = Vec::new();
    let mut clusters = Vec::new();
    for cluster in wanted {
        let detail = told(client.cluster(&cluster.id).await, &mut problems).flatten();
        let groups = told(client.groups(&cluster.id).await, &mut problems).unwrap_or_default();
        let mut datacenters: Vec<_> = groups.iter().filter_map(|it| it.datacenter.clone()).collect();
        datacenters.sort_unstable();
        datacenters.dedup();
        let mut sizes = Vec::new();
        for datacenter in &datacenters {
            sizes.extend(told(client.kube_sizes(datacenter).await, &mut problems).unwrap_or_default());
        }
        let nodes = detail.map(|it| it.nodes).unwrap_or_default();
        clusters.push(ClusterSide { cluster: cluster.clone(), nodes, groups, sizes });
    }
    let servers = told(client.servers().await, &mut problems).unwrap_or_default();
    let names = told(client.server_names().await, &mut problems).unwrap_or_default();
    Ok(Side { clusters, servers, names, problems })
}

fn told<T>(read: Result<T, Error>, problems: &mut Vec<String>) -> Option<T> {
    read.map_err(|it| problems.push(it.to_string())).ok()
}
