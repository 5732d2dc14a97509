//! The stages of a machine's life, and the ways between them. Phases, as users know them, are a
//! view of the stage.

use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// Has no server, and none has been asked for that could still come.
    Queued,
    /// The intent is written; the server is being asked for.
    Asking,
    /// Asked for; a new server must appear, or be proven not to.
    Looking,
    /// A server was found and is being written on the machine.
    Claiming,
    /// Has a server, which is no Node yet.
    Booting,
    /// Has a Node, which cannot be used yet.
    Joining,
    Ready,
    /// Kept for people to look at.
    Failed,
    /// Leaving: balancers first.
    Detaching,
    /// Leaving: pods are asked to go.
    Evicting,
    /// Leaving: volumes are still attached.
    Releasing,
    /// The server is being deleted, or seen to be gone.
    Deleting,
    /// The server is gone; its Node is being deleted.
    Forgetting,
    /// Nothing is left but the machine.
    Finishing,
}

use Stage::*;

/// Every way from stage to stage, and what opens it. There are no others.
pub const WAYS: &[(Stage, Stage, &str)] = &[
    (Queued, Asking, "intent written"),
    (Queued, Looking, "an intent of an earlier leader is found on it"),
    (Queued, Booting, "a claim of an earlier leader is found on it"),
    (Queued, Failed, "a Node has its name, and no server"),
    (Queued, Finishing, "leaves, never had a server"),
    (Asking, Looking, "accepted, or nobody knows"),
    (Asking, Queued, "refused: the group backs off"),
    (Asking, Finishing, "leaves before it was asked for"),
    (Looking, Claiming, "a new server appeared"),
    (Looking, Queued, "proven absent: ask again"),
    (Looking, Failed, "accepted, but never seen, or gone before it was"),
    (Looking, Booting, "a claim of an earlier leader is found on it"),
    (Looking, Joining, "a claim of an earlier leader is found on it"),
    (Looking, Ready, "a claim of an earlier leader is found on it"),
    (Looking, Detaching, "leaves, a claim of an earlier leader is found on it"),
    (Looking, Deleting, "leaves, a claim of an earlier leader is found on it"),
    (Looking, Finishing, "leaves, proven absent"),
    (Claiming, Booting, "claim written"),
    (Claiming, Joining, "claim written, Node is there"),
    (Claiming, Ready, "claim written, Node can be used"),
    (Claiming, Detaching, "leaves, Node is there"),
    (Claiming, Evicting, "leaves, Node is marked"),
    (Claiming, Deleting, "leaves, no Node"),
    (Claiming, Forgetting, "leaves, server is gone again"),
    (Claiming, Finishing, "leaves, server is gone again, no Node"),
    (Claiming, Failed, "server is gone again"),
    (Booting, Joining, "Node appeared"),
    (Booting, Ready, "Node appeared and can be used"),
    (Booting, Failed, "no Node in time, or server gone"),
    (Booting, Deleting, "leaves"),
    (Booting, Detaching, "leaves, Node appeared"),
    (Booting, Finishing, "leaves, server gone"),
    (Joining, Ready, "ready, labels and taints on"),
    (Joining, Booting, "Node deleted"),
    (Joining, Failed, "not in time, or server gone"),
    (Joining, Detaching, "leaves"),
    (Joining, Deleting, "leaves, condemned by an earlier leader"),
    (Joining, Forgetting, "leaves, server gone"),
    (Ready, Joining, "labels or taints lost"),
    (Ready, Booting, "Node deleted"),
    (Ready, Failed, "server gone"),
    (Ready, Detaching, "leaves"),
    (Ready, Evicting, "leaves, marked already"),
    (Ready, Releasing, "leaves, marked already and empty"),
    (Ready, Deleting, "leaves, nothing holds it"),
    (Ready, Forgetting, "leaves, server gone"),
    (Failed, Joining, "its Node can be used after all"),
    (Failed, Ready, "its Node can be used after all"),
    (Failed, Detaching, "kept long enough, or leaves"),
    (Failed, Evicting, "leaves, marked already"),
    (Failed, Deleting, "kept long enough, no Node"),
    (Failed, Forgetting, "kept long enough, server gone"),
    (Failed, Finishing, "kept long enough, nothing left"),
    (Detaching, Evicting, "no balancer names it"),
    (Detaching, Releasing, "no balancer names it, no pods"),
    (Detaching, Deleting, "nothing holds it"),
    (Detaching, Forgetting, "server gone"),
    (Detaching, Finishing, "server and Node gone"),
    (Detaching, Ready, "wanted again"),
    (Detaching, Joining, "wanted again"),
    (Detaching, Booting, "wanted again, Node deleted"),
    (Detaching, Failed, "wanted again, has failed"),
    (Evicting, Releasing, "pods gone"),
    (Evicting, Deleting, "pods and volumes gone"),
    (Evicting, Detaching, "balancers name it again"),
    (Evicting, Forgetting, "server gone"),
    (Evicting, Finishing, "server and Node gone"),
    (Evicting, Ready, "wanted again"),
    (Evicting, Joining, "wanted again"),
    (Evicting, Booting, "wanted again, Node deleted"),
    (Evicting, Failed, "wanted again, has failed"),
    (Releasing, Deleting, "volumes gone"),
    (Releasing, Evicting, "pods came back"),
    (Releasing, Detaching, "balancers name it again"),
    (Releasing, Forgetting, "server gone"),
    (Releasing, Finishing, "server and Node gone"),
    (Releasing, Ready, "wanted again"),
    (Releasing, Joining, "wanted again"),
    (Releasing, Booting, "wanted again, Node deleted"),
    (Releasing, Failed, "wanted again, has failed"),
    (Deleting, Forgetting, "absent in two reads"),
    (Deleting, Finishing, "absent in two reads, no Node"),
    (Deleting, Detaching, "something holds it again"),
    (Deleting, Evicting, "something holds it again"),
    (Deleting, Releasing, "something holds it again"),
    (Deleting, Ready, "wanted again before it was condemned"),
    (Deleting, Joining, "wanted again before it was condemned"),
    (Deleting, Booting, "wanted again before it was condemned"),
    (Deleting, Failed, "wanted again before it was condemned, has failed"),
    (Forgetting, Finishing, "Node gone"),
    (Forgetting, Deleting, "an old list shows the server again"),
    (Forgetting, Detaching, "an old list shows the server again"),
    (Forgetting, Evicting, "an old list shows the server again, and pods are on it"),
    (Forgetting, Releasing, "an old list shows the server again, and volumes are attached"),
    (Finishing, Deleting, "an old list shows the server again"),
    (Forgetting, Failed, "wanted again, server gone"),
    (Forgetting, Ready, "wanted again while the list is frozen"),
    (Forgetting, Joining, "wanted again while the list is frozen"),
    (Forgetting, Booting, "wanted again while the list is frozen, Node gone"),
    (Finishing, Forgetting, "a Node of that name is back"),
    (Finishing, Queued, "wanted again, never had a server"),
    (Finishing, Looking, "an intent of an earlier leader is found on it"),
    (Finishing, Asking, "wanted again, nothing was asked for yet"),
    (Finishing, Failed, "wanted again, has failed"),
    (Finishing, Booting, "wanted again while the list is frozen"),
    (Finishing, Joining, "wanted again while the list is frozen, a Node of that name is back"),
    (Finishing, Ready, "wanted again while the list is frozen, a Node of that name is back"),
];

/// The status of a VPSieNode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    Pending,
    Provisioning,
    Provisioned,
    Joining,
    Ready,
    Terminating,
    Deleting,
    Failed,
}

impl Stage {
    pub const ALL: [Stage; 14] = [
        Queued, Asking, Looking, Claiming, Booting, Joining, Ready, Failed, Detaching, Evicting, Releasing,
        Deleting, Forgetting, Finishing,
    ];

    #[must_use]
    pub fn at(self) -> usize {
        self as usize
    }

    /// Still to become a Node that can be used, or to fail.
    #[must_use]
    pub fn is_coming(self) -> bool {
        self < Ready
    }

    #[must_use]
    pub fn is_going(self) -> bool {
        self > Failed
    }

    /// `leaves`: it was asked to, but a server may still be on its way.
    #[must_use]
    pub fn phase(self, leaves: bool) -> Phase {
        match self {
            Queued if !leaves => Phase::Pending,
            Asking | Looking | Claiming if !leaves => Phase::Provisioning,
            Booting if !leaves => Phase::Provisioned,
            Joining if !leaves => Phase::Joining,
            Ready if !leaves => Phase::Ready,
            Failed if !leaves => Phase::Failed,
            Deleting | Forgetting | Finishing => Phase::Deleting,
            Detaching | Evicting | Releasing => Phase::Terminating,
            Queued | Asking | Looking | Claiming | Booting | Joining | Ready | Failed => Phase::Terminating,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
