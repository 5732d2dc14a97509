//! The pods of nodes, and the volumes of a pod.

use super::Sym;

/// One entry a pod that a policy may judge, node after node; within a node by namespace and name. Left out:
/// finished, being deleted, below the expendable priority.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodColumns {
    /// `status.startTime`; [`NONE_TIME`](super::NONE_TIME) when unknown.
    pub started: Vec<i64>,
    /// Requests by the scheduler's formula, milli-cores and bytes.
    pub cpu: Vec<u64>,
    pub memory: Vec<u64>,
    pub namespace: Vec<Sym>,
    /// See [`pod_bits`].
    pub bits: Vec<u32>,
    /// See [`owners`].
    pub owner: Vec<u32>,
    /// As written in the controller reference; [`NONE`](super::NONE) without one.
    pub owner_kind: Vec<Sym>,
    pub owner_api_group: Vec<Sym>,
    /// See [`found`].
    pub owner_found: Vec<u32>,
    /// Equal numbers are one controller, in this tick; [`NONE`](super::NONE) without one.
    pub owner_number: Vec<u32>,
    /// `spec.replicas` of ReplicationController, ReplicaSet and StatefulSet (absent = 1);
    /// [`NONE_COUNT`](super::NONE_COUNT) otherwise.
    pub replicas: Vec<i32>,
    /// Local volumes that count: not in memory, not in `safe-to-evict-local-volumes`.
    pub empty_dirs: Vec<u32>,
    pub host_paths: Vec<u32>,
    /// All of them: the length of [`View::volumes`](crate::View::volumes).
    pub volumes: Vec<u32>,
    /// Disruption budgets whose selector matches.
    pub pdbs: Vec<u32>,
    pub priority: Vec<i32>,
    pub deletion_cost: Vec<i32>,
}

/// Bits of [`PodColumns::bits`].
pub mod pod_bits {
    pub const MIRROR: u32 = 1;
    /// Of a DaemonSet, or marked so.
    pub const DAEMON: u32 = 1 << 1;
    pub const READY: u32 = 1 << 2;
    pub const PENDING: u32 = 1 << 3;
    /// `safe-to-evict: "true"`.
    pub const SAFE_TO_EVICT: u32 = 1 << 4;
    pub const TOLERATES_OUR_TAINT: u32 = 1 << 5;
    pub const PREFER_NO_EVICTION: u32 = 1 << 6;
    pub const HOST_NETWORK: u32 = 1 << 7;
}

/// Codes of [`PodColumns::owner`]; the known kinds each of its own API group.
pub mod owners {
    pub const NO_CONTROLLER: u32 = 0;
    pub const REPLICATION_CONTROLLER: u32 = 1;
    pub const REPLICA_SET: u32 = 2;
    pub const STATEFUL_SET: u32 = 3;
    pub const JOB: u32 = 4;
    pub const DAEMON_SET: u32 = 5;
    pub const OTHER: u32 = 255;
}

/// Codes of [`PodColumns::owner_found`].
pub mod found {
    pub const MISSING: u32 = 0;
    pub const EXISTS: u32 = 1;
    pub const NOT_LOOKED_UP: u32 = 2;
}

/// A volume of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Volume {
    /// See [`volume_kinds`].
    pub kind: u32,
    /// See [`volume_bits`].
    pub bits: u32,
}

/// Codes of [`Volume::kind`].
pub mod volume_kinds {
    pub const OTHER: u32 = 0;
    pub const EMPTY_DIR: u32 = 1;
    pub const EMPTY_DIR_IN_MEMORY: u32 = 2;
    pub const HOST_PATH: u32 = 3;
    pub const CLAIM: u32 = 4;
    pub const EPHEMERAL_CLAIM: u32 = 5;
    /// configMap, secret, projected, downwardAPI.
    pub const PROJECTED: u32 = 6;
    pub const CSI: u32 = 7;
}

/// Bits of [`Volume::bits`].
pub mod volume_bits {
    /// Named in `safe-to-evict-local-volumes`.
    pub const SAFE_TO_EVICT: u32 = 1;
}
