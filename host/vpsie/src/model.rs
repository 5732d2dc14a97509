//! The nouns: what the API is about, checked, and in our own words.

use crate::credentials::Secret;
use crate::id::{
    BackendId, BalancerId, CategoryId, ClusterId, DatacenterId, DomainId, GroupId, GroupNumber, ImageId,
    PlanId, ProjectId, RuleId, ScriptId, ServerId, SizeId, SshKeyId,
};
use crate::money::Money;
use jiff::Timestamp;
use std::net::IpAddr;

/// A managed cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    pub id: ClusterId,
    pub name: String,
    /// Without a leading `v`; empty where it is not told.
    pub version: String,
    /// As the API counts them; none where it does not.
    pub workers: Option<u64>,
    pub created: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterNodes {
    pub cluster: Cluster,
    /// The control plane's among them.
    pub nodes: Vec<ClusterNode>,
}

/// A server of a managed cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterNode {
    /// Not always told; without it nothing can be deleted.
    pub id: Option<ServerId>,
    /// In the API's spelling; Kubernetes has it in lower case.
    pub hostname: String,
    pub role: Role,
    /// The API's word; empty where it is not told.
    pub status: String,
    pub addresses: Vec<IpAddr>,
    /// Not always told.
    pub shape: Option<Shape>,
    pub created: Option<Timestamp>,
}

/// What a worker has: by it, and by nothing else, can be told to which group it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    pub cpu: u64,
    pub ram_mb: u64,
    pub disk_gb: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Worker,
    ControlPlane,
    /// It is not told, and must not be guessed.
    Unknown,
}

/// Workers of one size. Which worker belongs to it the API does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub id: GroupId,
    pub number: GroupNumber,
    pub name: String,
    pub size: SizeId,
    pub cpu: u64,
    pub ram_mb: u64,
    pub disk_gb: u64,
    pub nodes: u64,
    pub datacenter: Option<DatacenterId>,
    pub project: String,
    /// It goes, or is gone and still listed.
    pub deleted: bool,
    pub created: Option<Timestamp>,
}

/// An offer: what a worker of this size has and costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeSize {
    pub id: SizeId,
    pub name: String,
    pub cpu: u64,
    pub ram_mb: u64,
    pub disk_gb: u64,
    pub price_per_month: Money,
    pub price_per_hour: Option<Money>,
}

/// How a deletion was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// It is on its way; lists will tell when it is done.
    Accepted,
    /// The API knows no such thing. That may also mean a wrong prefix: lists must confirm it.
    Unknown,
}

/// A plain server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub id: ServerId,
    pub hostname: String,
    pub addresses: Vec<IpAddr>,
    pub project: String,
    pub datacenter: Option<DatacenterId>,
    pub cpu: u64,
    pub ram_mb: u64,
    pub disk_gb: u64,
    /// It was provisioned.
    pub active: bool,
    pub powered: bool,
    pub locked: bool,
    pub suspended: bool,
    /// It goes, or is gone and still listed.
    pub deleted: bool,
    /// As they were given when it was ordered.
    pub notes: String,
    pub created: Option<Timestamp>,
}

/// A server that was ordered and is not listed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingServer {
    pub hostname: String,
    pub notes: String,
}

/// An entry of the map from hostnames to servers, workers of clusters included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerName {
    pub id: ServerId,
    pub hostname: String,
    /// `k8s` for a worker.
    pub kind: String,
    pub addresses: Vec<IpAddr>,
    pub datacenter: Option<DatacenterId>,
}

/// What is needed to order a plain server. Its hostname is the only thing by which it is found again, so it
/// must be one of its own.
#[derive(Debug, Clone)]
pub struct ServerOrder {
    pub hostname: String,
    pub plan: PlanId,
    pub image: ImageId,
    pub datacenter: DatacenterId,
    pub project: ProjectId,
    pub public_ipv4: bool,
    pub public_ipv6: bool,
    pub private_ip: bool,
    pub ssh_key: Option<SshKeyId>,
    pub script: Option<ScriptId>,
    /// For cloud-init, in base64; it may hold the token by which a node joins.
    pub user_data: Option<Secret>,
    pub tags: Vec<String>,
    pub notes: String,
}

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balancer {
    pub id: BalancerId,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalancerRules {
    pub balancer: Balancer,
    pub rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: RuleId,
    pub scheme: String,
    pub front_port: u16,
    pub back_port: u16,
    pub proxy_mode: u64,
    pub backends: Vec<Backend>,
    pub domains: Vec<Domain>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    pub id: DomainId,
    pub name: String,
    pub backends: Vec<Backend>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// None in what is still to be set.
    pub id: Option<BackendId>,
    pub ip: IpAddr,
    /// As it was given, which may be nothing: `spec.providerID` of a node is often empty.
    pub server: String,
    /// `vm` or `k8s`; empty where it is not told.
    pub kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datacenter {
    pub id: DatacenterId,
    pub name: String,
    pub active: bool,
}

/// Of plans of plain servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub id: CategoryId,
    pub name: String,
}

/// An offer of a plain server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub id: PlanId,
    pub name: String,
    pub cpu: u64,
    pub ram_mb: u64,
    pub disk_gb: u64,
    pub price_per_month: Money,
}

/// Whose credentials these are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub email: String,
    pub balance: Option<Money>,
    pub charge_per_month: Option<Money>,
}

impl Group {
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape { cpu: self.cpu, ram_mb: self.ram_mb, disk_gb: self.disk_gb }
    }
}

impl ClusterNode {
    /// The name that it has in Kubernetes.
    #[must_use]
    pub fn node_name(&self) -> String {
        self.hostname.to_lowercase()
    }
}
