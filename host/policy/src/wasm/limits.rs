//! What one call of a policy may use. The numbers belong to a policy of a generation, never to a
//! module: the same bytes may run with more elsewhere.

use wasmtime::{ResourceLimiter, Result};

pub(super) const CORE_INSTANCES_MAX: u32 = 8;
pub(super) const MEMORIES_MAX: u32 = 1;
pub(super) const TABLES_MAX: u32 = 4;
pub(super) const TABLE_ELEMENTS_MAX: usize = 10_000;
/// No policy can be given more.
pub const MEMORY_MIB_MAX: usize = 256;
pub const MILLIS_MAX: u64 = 2_000;

/// What is lifted out of a guest in one call: a text of 32 MiB would be read otherwise.
pub(super) const LIFTED_BYTES_MAX: usize = 4 << 20;

const FUEL_BASE: u64 = 10_000_000;
const FUEL_PER_POD: u64 = 1_000;
const FUEL_MAX: u64 = 500_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    pub fuel_per_node: u64,
    #[serde(rename = "memoryMiB")]
    pub memory_mib: usize,
    /// Of wall time: the backstop where fuel does not bite.
    pub millis: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { fuel_per_node: 50_000, memory_mib: 32, millis: 500 }
    }
}

impl Limits {
    /// For a call about so many nodes, whose pods it may list.
    #[must_use]
    pub fn fuel(&self, nodes: usize, pods: u64) -> u64 {
        let nodes = self.fuel_per_node.saturating_mul(nodes as u64);
        let pods = FUEL_PER_POD.saturating_mul(pods);
        FUEL_BASE.saturating_add(nodes).saturating_add(pods).min(FUEL_MAX)
    }
}

/// What the memories and tables of one call have grown to.
#[derive(Debug)]
pub(super) struct Guard {
    memory_bytes_max: usize,
    pub memory_bytes: usize,
    /// It wanted more than it may have, and was refused.
    pub refused: bool,
}

impl Guard {
    pub fn of(limits: &Limits) -> Guard {
        Guard { memory_bytes_max: limits.memory_mib << 20, memory_bytes: 0, refused: false }
    }
}

impl ResourceLimiter for Guard {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        let fits = desired <= self.memory_bytes_max;
        if fits {
            self.memory_bytes = self.memory_bytes.max(desired);
        } else {
            self.refused = true;
        }
        Ok(fits)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES_MAX as usize
    }

    fn tables(&self) -> usize {
        TABLES_MAX as usize
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_has_an_end() {
        let mut guard = Guard::of(&Limits::default());
        let grows = |guard: &mut Guard, to| guard.memory_growing(0, to, None).expect("no trap");
        assert!(grows(&mut guard, 32 << 20) && !guard.refused);
        assert!(!grows(&mut guard, (32 << 20) + 1) && guard.refused);
        assert_eq!(guard.memory_bytes, 32 << 20, "what was refused was not used");
        // A pool has a limit of its own; without one there is only this.
        let mut grows = |to| guard.table_growing(0, to, None).expect("no trap");
        assert!(grows(TABLE_ELEMENTS_MAX) && !grows(TABLE_ELEMENTS_MAX + 1));
    }
}
