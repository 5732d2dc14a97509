//! Managed clusters, their nodes, groups and sizes.

use super::{Loose, Wire, Wrong, addresses, id, id_if_told, time};
use crate::id::{ClusterId, DatacenterId, GroupId, GroupNumber, ServerId, SizeId};
use crate::model::{Cluster, ClusterNode, ClusterNodes, Group, KubeSize, Role, Shape};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WireCluster {
    identifier: Loose,
    cluster_name: Loose,
    kube_version: Loose,
    #[serde(rename = "slaveCount")]
    slave_count: Loose,
    created_on: Loose,
}

impl Wire for WireCluster {
    type Noun = Cluster;

    fn read(self) -> Result<Cluster, Wrong> {
        Ok(Cluster {
            id: id("identifier", &self.identifier, ClusterId::parse)?,
            name: self.cluster_name.to_string(),
            version: self.kube_version.as_str().trim_start_matches('v').to_string(),
            workers: self.slave_count.number(),
            created: time(&self.created_on),
        })
    }
}

#[derive(Debug, Deserialize)]
pub struct WireClusterNodes {
    #[serde(flatten)]
    cluster: WireCluster,
    /// `null` where there are none; that it is missing is another matter.
    nodes: Option<Vec<WireNode>>,
    /// Where another client looks for them.
    masters: Option<Vec<WireNode>>,
    slaves: Option<Vec<WireNode>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireNode {
    identifier: Loose,
    hostname: Loose,
    role: Loose,
    status: Loose,
    ip: Loose,
    default_ip: Loose,
    private_ip: Loose,
    cpu: Loose,
    ram: Loose,
    disk: Loose,
    ssd: Loose,
    created_on: Loose,
}

impl Wire for WireClusterNodes {
    type Noun = ClusterNodes;

    fn read(self) -> Result<ClusterNodes, Wrong> {
        let cluster = self.cluster.read()?;
        let nodes = self.nodes.unwrap_or_default();
        let nodes = match nodes.is_empty() {
            true => self.masters.into_iter().chain(self.slaves).flatten().collect(),
            false => nodes,
        };
        // Without this, a cluster whose nodes are left out would seem to have lost them all.
        if nodes.is_empty() && cluster.workers.is_some_and(|it| it > 0) {
            return Err(format!("nodes: there are none, and slaveCount is {}", cluster.workers.unwrap_or(0)));
        }
        let read = |(at, it): (usize, WireNode)| it.read().map_err(|it| format!("nodes[{at}].{it}"));
        let nodes = nodes.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(ClusterNodes { cluster, nodes })
    }
}

impl WireNode {
    fn read(self) -> Result<ClusterNode, Wrong> {
        if self.hostname.as_str().is_empty() {
            return Err("hostname: it is empty".to_string());
        }
        let shape = self.shape();
        Ok(ClusterNode {
            id: id_if_told("identifier", &self.identifier, ServerId::parse)?,
            role: role(self.role.as_str(), self.hostname.as_str()),
            hostname: self.hostname.to_string(),
            status: self.status.to_string(),
            addresses: addresses(&[
                ("ip", &self.ip),
                ("default_ip", &self.default_ip),
                ("private_ip", &self.private_ip),
            ])?,
            shape,
            created: time(&self.created_on),
        })
    }
}

impl WireNode {
    /// Only where all of it is told: half of it could be that of another size.
    fn shape(&self) -> Option<Shape> {
        let told = |it: &Loose| it.number().filter(|it| *it > 0);
        Some(Shape {
            cpu: told(&self.cpu)?,
            ram_mb: told(&self.ram)?,
            disk_gb: told(&self.disk).or(told(&self.ssd))?,
        })
    }
}

/// Where the role is not told, the name tells: `NAME-slave-11cc`. What the codes of `node_type` mean is not
/// known.
fn role(told: &str, hostname: &str) -> Role {
    let of = |it: &str| match it {
        "slave" | "worker" => Role::Worker,
        "master" => Role::ControlPlane,
        _ => Role::Unknown,
    };
    match told {
        "" => {
            let hostname = hostname.to_lowercase();
            let mut parts = hostname.rsplit('-').skip(1);
            of(parts.next().unwrap_or_default())
        }
        told => of(&told.to_lowercase()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WireGroup {
    id: Loose,
    identifier: Loose,
    group_name: Loose,
    boxsize_id: Loose,
    cpu: Loose,
    ram: Loose,
    ssd: Loose,
    nodes_count: Loose,
    #[serde(rename = "dcIdentifier")]
    datacenter: Loose,
    project_id: Loose,
    is_deleted: Loose,
    created_on: Loose,
}

impl Wire for WireGroup {
    type Noun = Group;

    fn read(self) -> Result<Group, Wrong> {
        Ok(Group {
            id: id("identifier", &self.identifier, GroupId::parse)?,
            number: GroupNumber(self.id.needed("id")?),
            name: self.group_name.to_string(),
            size: SizeId(self.boxsize_id.needed("boxsize_id")?),
            cpu: self.cpu.whole("cpu")?,
            ram_mb: self.ram.whole("ram")?,
            disk_gb: self.ssd.whole("ssd")?,
            nodes: self.nodes_count.whole("nodes_count")?,
            datacenter: id_if_told("dcIdentifier", &self.datacenter, DatacenterId::parse)?,
            project: self.project_id.to_string(),
            deleted: self.is_deleted.is_true(),
            created: time(&self.created_on),
        })
    }
}

/// Offers of workers and of plain servers call the same things by two names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WireKubeSize {
    id: Loose,
    name: Loose,
    nickname: Loose,
    cpu: Loose,
    ram: Loose,
    disk: Loose,
    ssd: Loose,
    price: Loose,
    hourly_price: Loose,
}

impl Wire for WireKubeSize {
    type Noun = KubeSize;

    fn read(self) -> Result<KubeSize, Wrong> {
        let name = if self.name.as_str().is_empty() { &self.nickname } else { &self.name };
        let disk = if self.disk.as_str().is_empty() { &self.ssd } else { &self.disk };
        Ok(KubeSize {
            id: SizeId(self.id.needed("id")?),
            name: name.to_string(),
            cpu: self.cpu.needed("cpu")?,
            ram_mb: self.ram.needed("ram")?,
            disk_gb: disk.whole("disk")?,
            price_per_month: self.price.money("price")?,
            price_per_hour: self.hourly_price.money_if_told("hourly_price")?,
        })
    }
}
