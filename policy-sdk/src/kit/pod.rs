//! A pod by hand.

use super::pairs::Pairs;
use crate::records::{self, found, owners, pod_bits, volume_kinds};

/// A ready pod of a ReplicaSet that exists, until a test says otherwise.
#[derive(Clone)]
pub struct Pod {
    pub(super) namespace: String,
    pub(super) name: String,
    bits: u32,
    owner: u32,
    owner_found: u32,
    replicas: i32,
    started: i64,
    pdbs: u32,
    priority: i32,
    deletion_cost: i32,
    pub(super) volumes: Vec<(records::Volume, String)>,
    pub(super) labels: Pairs,
    pub(super) annotations: Pairs,
}

impl Pod {
    /// `namespace/name`.
    pub fn named(name: &str) -> Self {
        let Some((namespace, name)) = name.split_once('/') else {
            panic!("{name:?} has no namespace");
        };
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            bits: pod_bits::READY,
            owner: owners::REPLICA_SET,
            owner_found: found::EXISTS,
            replicas: 2,
            started: 0,
            pdbs: 0,
            priority: 0,
            deletion_cost: 0,
            volumes: Vec::new(),
            labels: Pairs::default(),
            annotations: Pairs::default(),
        }
    }

    /// Bits of [`pod_bits`], added to those it has.
    pub fn bits(mut self, bits: u32) -> Self {
        self.bits |= bits;
        self
    }

    /// One of [`owners`], which exists where it is one that is looked up.
    pub fn owner(mut self, owner: u32) -> Self {
        let looked_up = (owners::REPLICATION_CONTROLLER..=owners::DAEMON_SET).contains(&owner);
        self.owner = owner;
        self.owner_found = if looked_up { found::EXISTS } else { found::NOT_LOOKED_UP };
        let counted = (owners::REPLICATION_CONTROLLER..=owners::STATEFUL_SET).contains(&owner);
        self.replicas = if counted { 2 } else { records::NONE_COUNT };
        self
    }

    pub fn owner_missing(mut self) -> Self {
        self.owner_found = found::MISSING;
        self.replicas = records::NONE_COUNT;
        self
    }

    pub fn replicas(mut self, replicas: i32) -> Self {
        self.replicas = replicas;
        self
    }

    /// RFC 3339.
    pub fn started(mut self, instant: &str) -> Self {
        self.started = super::instant(instant);
        self
    }

    pub fn not_started(mut self) -> Self {
        self.started = records::NONE_TIME;
        self
    }

    pub fn pdbs(mut self, number: u32) -> Self {
        self.pdbs = number;
        self
    }

    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    pub fn deletion_cost(mut self, cost: i32) -> Self {
        self.deletion_cost = cost;
        self
    }

    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.put(key, value);
        self
    }

    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.annotations.put(key, value);
        self
    }

    /// One of [`volume_kinds`].
    pub fn volume(mut self, name: &str, kind: u32) -> Self {
        self.volumes.push((records::Volume { kind, bits: 0 }, name.to_owned()));
        self
    }

    /// Named as safe to evict.
    pub fn volume_that_does_not_count(mut self, name: &str, kind: u32) -> Self {
        let bits = records::volume_bits::SAFE_TO_EVICT;
        self.volumes.push((records::Volume { kind, bits }, name.to_owned()));
        self
    }

    fn local_volumes(&self, kind: u32) -> u32 {
        let counts = |volume: &records::Volume| volume.kind == kind && volume.bits == 0;
        self.volumes.iter().filter(|(volume, _)| counts(volume)).count() as u32
    }

    pub(super) fn push(&self, columns: &mut records::PodColumns, symbols: &records::Table) {
        columns.started.push(self.started);
        columns.cpu.push(0);
        columns.memory.push(0);
        columns.namespace.push(symbols.find(&self.namespace).unwrap_or(records::NONE));
        columns.bits.push(self.bits);
        columns.owner.push(self.owner);
        columns.owner_kind.push(records::NONE);
        columns.owner_api_group.push(records::NONE);
        columns.owner_found.push(self.owner_found);
        columns.owner_number.push(records::NONE);
        columns.replicas.push(self.replicas);
        columns.empty_dirs.push(self.local_volumes(volume_kinds::EMPTY_DIR));
        columns.host_paths.push(self.local_volumes(volume_kinds::HOST_PATH));
        columns.volumes.push(self.volumes.len() as u32);
        columns.pdbs.push(self.pdbs);
        columns.priority.push(self.priority);
        columns.deletion_cost.push(self.deletion_cost);
    }
}
