//! What the engine is told, and what it asks for.

use super::objects::{Backend, Machine, Node, Papers, Rule, Server, Wish};
use crate::time::Time;
use crate::world::Name;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A machine is there, or has changed. Older versions than the one known change nothing.
    Machine(Machine),
    MachineGone {
        uid: Name,
    },
    /// What is to become of a machine that is known. Until the first, it waits.
    Wish {
        uid: Name,
        wish: Wish,
    },
    /// A Node is there, or it or what is on it has changed.
    Node(Node),
    NodeGone {
        name: Name,
        uid: Name,
        version: u64,
    },
    /// Whether what is known of the cluster is up to date. While it is not, nothing is destroyed.
    Watching(bool),
    /// A group is there, or its specification has changed.
    Group {
        name: Name,
        generation: u64,
    },
    /// What a reading of the provider's servers brought, and when that began.
    Servers {
        token: Token,
        began: Time,
        listing: Listing,
    },
    /// Every rule of every balancer; none where any of them could not be read.
    Balancers {
        token: Token,
        began: Time,
        rules: Option<Vec<Rule>>,
    },
    Outcome {
        token: Token,
        outcome: Outcome,
    },
    /// Time has passed.
    Tick,
    /// Nothing more is to be begun.
    Stop,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listing {
    Complete(Vec<Server>),
    /// Some of it could be read; what is missing may be there.
    Partial(Vec<Server>),
    Failed {
        /// The provider asks to wait for so long.
        wait_secs: Option<u32>,
    },
}

/// How an operation ended. An answer that says nothing certain is `Unknown`, never a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It was accepted, or was so already.
    Done,
    /// A machine was written.
    Written { version: u64 },
    /// What it is about is not there.
    Absent,
    /// The object has changed since it was seen.
    Conflict,
    /// It surely had no effect; another time it may.
    Failed,
    /// It surely had no effect; the provider asks to wait for so long.
    Throttled { wait_secs: u32 },
    /// It surely had no effect, and would not have until something changes: a limit is reached.
    Refused { why: Name },
    /// No answer, or one that does not tell: it may have taken effect.
    Unknown,
}

/// Names one attempt. The outcome of an earlier one is no news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Token(pub u64);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Ends with an `Outcome`.
    Run { token: Token, machine: Name, operation: Operation },
    /// Ends with `Servers`.
    ReadServers { token: Token },
    /// Ends with `Balancers`.
    ReadBalancers { token: Token },
    /// For people; nothing comes back.
    Report(Finding),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Only if the machine still has this version.
    Write { version: u64, papers: Papers },
    /// Buys a server. The one operation that must not be repeated blindly.
    Create { backend: Backend, group: Name, host: Name },
    /// Puts labels and taints of the group on the Node, takes start-up and leaving marks off.
    Dress { node: Name, uid: Name },
    /// Cordon, leaving taint and the label that keeps balancers away, in one patch.
    Exclude { node: Name, uid: Name },
    /// Takes one backend out of one rule of a balancer.
    Detach { target: Name },
    /// Asks each pod that must go to go.
    Evict { node: Name, uid: Name },
    /// Deletes exactly this server, if it still has this host name.
    Delete { backend: Backend, id: Name, host: Name },
    /// Deletes the Node object.
    Forget { node: Name, uid: Name },
    /// Deletes the machine if need be, and takes our finalizer off it.
    Finish { uid: Name },
}

/// The kinds of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Work {
    Write,
    Create,
    Dress,
    Exclude,
    Detach,
    Evict,
    Delete,
    Forget,
    Finish,
}

/// Something without a machine that bears our mark, or stands in our group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// A server of ours; it is deleted if this stays so and it has no Node.
    Orphan { server: Name },
    /// A Node of ours whose server is gone; it is deleted if this stays so.
    Zombie { node: Name },
    /// A server that appeared in a group of ours unasked; it is left alone.
    Stranger { server: Name },
}

impl Operation {
    #[must_use]
    pub fn work(&self) -> Work {
        match self {
            Operation::Write { .. } => Work::Write,
            Operation::Create { .. } => Work::Create,
            Operation::Dress { .. } => Work::Dress,
            Operation::Exclude { .. } => Work::Exclude,
            Operation::Detach { .. } => Work::Detach,
            Operation::Evict { .. } => Work::Evict,
            Operation::Delete { .. } => Work::Delete,
            Operation::Forget { .. } => Work::Forget,
            Operation::Finish { .. } => Work::Finish,
        }
    }
}

impl Work {
    pub const ALL: [Work; 9] = [
        Work::Write,
        Work::Create,
        Work::Dress,
        Work::Exclude,
        Work::Detach,
        Work::Evict,
        Work::Delete,
        Work::Forget,
        Work::Finish,
    ];

    /// Whether the provider is asked, and not the cluster.
    #[must_use]
    pub fn asks_provider(self) -> bool {
        matches!(self, Work::Create | Work::Detach | Work::Delete)
    }
}
