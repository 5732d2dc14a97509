//! A pod as a row.

use super::{entry, time};
use crate::records::{NONE, NONE_COUNT, PodColumns, PodIndex, Sym, found, owners, pod_bits};

/// A pod that a policy may judge.
#[derive(Clone, Copy)]
pub struct Pod<'p> {
    columns: &'p PodColumns,
    at: usize,
    index: usize,
}

/// What the controller reference of a pod names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    None,
    /// Of a kind that is looked up, and whether it exists.
    Known {
        exists: bool,
    },
    Other,
}

impl<'p> Pod<'p> {
    pub(super) fn new(columns: &'p PodColumns, at: usize, index: usize) -> Self {
        Self { columns, at, index }
    }

    /// Among the pods of its node.
    pub fn index(self) -> PodIndex {
        self.index as PodIndex
    }

    /// Among the pods of its page.
    pub fn position(self) -> u32 {
        self.at as u32
    }

    pub fn started(self) -> Option<i64> {
        time(&self.columns.started, self.at)
    }

    pub fn cpu(self) -> u64 {
        entry(&self.columns.cpu, self.at, 0)
    }

    pub fn memory(self) -> u64 {
        entry(&self.columns.memory, self.at, 0)
    }

    pub fn namespace(self) -> Sym {
        entry(&self.columns.namespace, self.at, NONE)
    }

    pub fn mirror(self) -> bool {
        self.bit(pod_bits::MIRROR)
    }

    /// Of a DaemonSet, or marked so.
    pub fn daemon(self) -> bool {
        self.bit(pod_bits::DAEMON)
    }

    pub fn ready(self) -> bool {
        self.bit(pod_bits::READY)
    }

    pub fn pending(self) -> bool {
        self.bit(pod_bits::PENDING)
    }

    pub fn safe_to_evict(self) -> bool {
        self.bit(pod_bits::SAFE_TO_EVICT)
    }

    pub fn prefers_no_eviction(self) -> bool {
        self.bit(pod_bits::PREFER_NO_EVICTION)
    }

    pub fn tolerates_our_taint(self) -> bool {
        self.bit(pod_bits::TOLERATES_OUR_TAINT)
    }

    pub fn host_network(self) -> bool {
        self.bit(pod_bits::HOST_NETWORK)
    }

    /// A kind that is not known counts as any other. A controller that was not looked up counts as there.
    pub fn owner(self) -> Owner {
        match entry(&self.columns.owner, self.at, owners::OTHER) {
            owners::NO_CONTROLLER => Owner::None,
            owners::REPLICATION_CONTROLLER..=owners::DAEMON_SET => Owner::Known {
                exists: entry(&self.columns.owner_found, self.at, found::NOT_LOOKED_UP) != found::MISSING,
            },
            _ => Owner::Other,
        }
    }

    /// As written in the controller reference.
    pub fn owner_kind(self) -> Sym {
        entry(&self.columns.owner_kind, self.at, NONE)
    }

    /// As written in the controller reference.
    pub fn owner_api_group(self) -> Sym {
        entry(&self.columns.owner_api_group, self.at, NONE)
    }

    /// Equal numbers are one controller.
    pub fn owner_number(self) -> Option<u32> {
        self.columns.owner_number.get(self.at).copied().filter(|number| *number != NONE)
    }

    /// How many its controller is to keep, where that is a number.
    pub fn replicas(self) -> Option<u32> {
        u32::try_from(entry(&self.columns.replicas, self.at, NONE_COUNT)).ok()
    }

    /// Not in memory, and not named as safe to evict; like [`Self::host_paths`].
    pub fn empty_dirs(self) -> u32 {
        entry(&self.columns.empty_dirs, self.at, 0)
    }

    pub fn host_paths(self) -> u32 {
        entry(&self.columns.host_paths, self.at, 0)
    }

    pub fn volumes(self) -> u32 {
        entry(&self.columns.volumes, self.at, 0)
    }

    /// Disruption budgets that match it.
    pub fn pdbs(self) -> u32 {
        entry(&self.columns.pdbs, self.at, 0)
    }

    pub fn priority(self) -> i32 {
        entry(&self.columns.priority, self.at, 0)
    }

    pub fn deletion_cost(self) -> i32 {
        entry(&self.columns.deletion_cost, self.at, 0)
    }

    fn bit(self, bit: u32) -> bool {
        entry(&self.columns.bits, self.at, 0) & bit != 0
    }
}
