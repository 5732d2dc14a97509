//! Our kinds, as the API server has them: what a manifest may say, and what is written back.
//!
//! The manifests in `deploy/crds` are generated from these types. What the fields mean is read by
//! `objects`, which knows the same fields; a test holds both together.

mod adopt;
mod config;
mod crd;
mod fields;
mod group;
mod machine;
mod parts;
mod record;
mod rules;

#[cfg(test)]
mod tests;

pub use adopt::{Unreadable, machine};
pub use config::{
    AutoscalerConfig, AutoscalerConfigSpec, AutoscalerConfigStatus, GlobalSettings, NodeGroupDefaults,
    PaceBounds, ScaleDown, UnreadyNodes, UtilizationSource,
};
pub use crd::definitions;
pub use group::{GroupNode, MultiRegion, NodeGroup, NodeGroupSpec, NodeGroupStatus};
pub use machine::{MachineResources, VpsieNode, VpsieNodeSpec, VpsieNodeStatus};
pub use parts::{
    Condition, CostOptimization, ScaleDownPolicy, ScaleUpPolicy, SpotConfig, Taint, TaintEffect, When,
};
pub use record::Record;

/// Holds a NodeGroup until its machines have come to a clean end.
pub const GROUP_FINALIZER: &str = "nodegroup.autoscaler.vpsie.com/finalizer";
/// Holds a VPSieNode until its server is seen to be gone.
pub const MACHINE_FINALIZER: &str = "vpsienode.autoscaler.vpsie.com/finalizer";
