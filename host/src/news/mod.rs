//! What people should hear without asking: Kubernetes events on nodes, NodeGroups and the AutoscalerConfig.
//!
//! Only changes are news, and only so many of them: what is in force shows `status`, `explain` and the metrics.

mod changes;
mod desk;
mod valve;

pub use changes::news;
pub use desk::Desk;

use decide::world::Name;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub about: About,
    pub kind: Kind,
    /// One word, for programs and eyes: those of the Go autoscaler where they mean the same.
    pub reason: &'static str,
    pub text: String,
}

/// The object that it is told of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    Node {
        name: Name,
        uid: Name,
    },
    Group {
        namespace: Name,
        name: Name,
    },
    /// The one AutoscalerConfig.
    Config,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Normal,
    Warning,
}

/// What became of a generation of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    Activated,
    Rejected,
    RolledBack,
}

impl About {
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            About::Node { .. } => "Node",
            About::Group { .. } => "NodeGroup",
            About::Config => "AutoscalerConfig",
        }
    }
}

impl Kind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Normal => "Normal",
            Kind::Warning => "Warning",
        }
    }
}

impl Generation {
    /// The reason of its event, too.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Generation::Activated => "PolicyActivated",
            Generation::Rejected => "PolicyRejected",
            Generation::RolledBack => "PolicyRolledBack",
        }
    }
}
