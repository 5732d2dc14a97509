//! What is seen from outside: machines and Nodes of the cluster, servers and balancers of the
//! provider. Plain values; whoever watches makes them.

use crate::time::Time;
use crate::world::Name;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// A VPSieNode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    pub uid: Name,
    /// The host name too, where it can be chosen; it must never have been used before.
    pub name: Name,
    pub group: Name,
    pub backend: Backend,
    /// Its resource version: grows with every change, and is the precondition of our writes.
    pub version: u64,
    /// It has a deletionTimestamp, which cannot be taken back: it leaves whatever the wish is.
    pub deleted: bool,
    pub papers: Papers,
}

/// What is to become of a machine. Decided anew each tick, and never written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Wish {
    /// Lives; leaving marks are taken off.
    Stay,
    /// Nothing is begun about it in either direction, wherever it stands: its removal may not go on just
    /// now, or nobody has spoken yet. What a server that is already gone left behind is still cleaned up.
    Wait,
    /// Leaves; can be taken back until the machine is condemned.
    Leave,
}

/// What we have written on a machine: all that must survive a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Papers {
    /// Written before a server is asked for.
    pub intent: Option<Intent>,
    /// Its server, once that was found.
    pub server: Option<Claim>,
    /// Written before the deletion of the server is asked for. From here there is no way back.
    pub condemned: Option<Time>,
    pub failed: Option<Failure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub at: Time,
    /// Ids and host names of all servers known at that time, in lower case and sorted: what is not
    /// among them is new.
    pub seen: Arc<[Name]>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Empty while the provider does not tell it.
    pub id: Name,
    pub host: Name,
    pub at: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub at: Time,
    pub why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Why {
    /// The provider accepted the request, and no server ever appeared.
    ProvisioningTimeout,
    /// The server never became a Node that can be used, or its Node was deleted and stayed away.
    JoiningTimeout,
    /// The server is gone, and nobody here had asked for that.
    ServerGone,
}

/// Where servers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Backend {
    /// A worker of the provider's own cluster: nobody tells which one a request brought.
    Managed,
    /// A plain server, found again by the host name that it was given.
    Plain,
}

/// An entry of the provider's list, pending ones too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Empty while the provider does not tell it.
    pub id: Name,
    pub host: Name,
    /// By its size or name; a server of no known group is never adopted.
    pub group: Name,
    pub mark: Mark,
}

/// Whose a server is, as far as it can be told from the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// It, or its Node, bears our mark.
    Ours,
    /// Nothing tells; it can be what we have just asked for.
    Unmarked,
    Foreign,
}

/// A Node, and what is still on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub name: Name,
    pub uid: Name,
    /// Grows with every observation of the Node or of what is on it.
    pub version: u64,
    pub provider_id: Name,
    /// It bears our mark.
    pub ours: bool,
    pub ready: bool,
    /// It is Ready, or has been.
    pub ever_ready: bool,
    /// Labels and taints of its group are on it, and the start-up taint is not.
    pub dressed: bool,
    /// Any of our leaving marks is on it: cordon, taint, the label that keeps balancers away.
    pub marked: bool,
    /// All of them are.
    pub excluded: bool,
    pub addresses: Vec<Name>,
    /// Pods that must go before the server does.
    pub pods: u32,
    /// Volumes that are still attached.
    pub volumes: u32,
}

/// A rule of a load balancer, or a domain of one: whatever has backends of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub name: Name,
    pub backends: Vec<Target>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub id: Name,
    pub ip: Name,
}

impl Claim {
    pub(super) fn is(&self, server: &Server) -> bool {
        if self.id.is_empty() || server.id.is_empty() {
            !self.host.is_empty() && alike(&self.host, &server.host)
        } else {
            alike(&self.id, &server.id)
        }
    }
}

impl Server {
    /// What it is known by: its id, or its host name until it has one.
    #[must_use]
    pub fn key(&self) -> Name {
        fold(if self.id.is_empty() { &self.host } else { &self.id })
    }

    pub(super) fn is_among(&self, seen: &[Name]) -> bool {
        let has = |it: &Name| {
            let it = lower(it);
            !it.is_empty() && seen.binary_search_by(|seen| (**seen).cmp(&it)).is_ok()
        };
        has(&self.id) || has(&self.host)
    }
}

impl Node {
    #[must_use]
    pub fn server_id(&self) -> Name {
        server_id(&self.provider_id)
    }
}

/// The server that a provider id names, whichever of its forms that has.
#[must_use]
pub fn server_id(provider_id: &str) -> Name {
    fold(&provider_id.rsplit('/').next().unwrap_or_default().into())
}

/// The provider writes names in either case, Kubernetes only in one.
pub(super) fn lower(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|it| !it.is_ascii() || it.is_ascii_uppercase()) {
        true => name.to_lowercase().into(),
        false => name.into(),
    }
}

pub(super) fn fold(name: &Name) -> Name {
    match lower(name) {
        Cow::Borrowed(_) => name.clone(),
        Cow::Owned(it) => it.into(),
    }
}

pub(super) fn alike(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || (!one.is_ascii() && lower(one) == lower(other))
}

/// The one that is known, where they say the same: what is told again and again takes no room.
pub(super) fn shared(told: Name, known: &Name) -> Name {
    if told == *known { known.clone() } else { told }
}
