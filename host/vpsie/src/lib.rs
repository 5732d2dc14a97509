//! The VPSie HTTP API, typed: what an autoscaler needs of it, and nothing else.
//!
//! Invariant: knows nothing about Kubernetes and decides nothing. A write whose outcome is unknown is never
//! sent again from here, and no secret stands in anything that it says.

mod balancers;
mod base;
mod breaker;
mod call;
mod client;
mod clock;
mod clusters;
mod credentials;
mod encode;
mod envelope;
mod error;
mod id;
mod model;
mod money;
mod pace;
mod prices;
mod random;
mod redact;
mod retry;
mod servers;
mod session;
mod settings;
mod wire;

pub use base::{Base, BaseError};
pub use client::{Client, NoClient, NotRotated, Seen};
pub use credentials::{Credentials, CredentialsError, Secret};
pub use error::{Cause, Error, Outcome};
pub use id::{
    BackendId, BalancerId, CategoryId, ClusterId, DatacenterId, DomainId, GroupId, GroupNumber, IdError,
    ImageId, PlanId, ProjectId, RuleId, ScriptId, ServerId, SizeId, SshKeyId,
};
pub use model::{
    Account, Backend, Balancer, BalancerRules, Category, Cluster, ClusterNode, ClusterNodes, Datacenter,
    Deletion, Domain, Group, KubeSize, PendingServer, Plan, Role, Rule, Server, ServerName, ServerOrder,
    Shape,
};
pub use money::Money;
pub use settings::Settings;
