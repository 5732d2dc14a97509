//! Amounts of what a node has and a pod asks for. Integers only: CPU in thousandths of a core,
//! memory and ephemeral storage in bytes, the rest in whole units.
//!
//! Sums saturate. No real cluster comes near the limit, and beyond it a sum that stays "too much"
//! keeps a node, which is the safe side.

use crate::world::ResourceId;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Amounts {
    pub cpu: i64,
    pub memory: i64,
    pub ephemeral: i64,
    /// How many pods: a limit of a node, and 0 in a request, where each pod is one.
    pub pods: i64,
    /// Everything else (GPUs, huge pages), by resource, without zeroes.
    pub other: Vec<(ResourceId, i64)>,
}

impl Amounts {
    pub fn add(&mut self, more: &Amounts) {
        self.cpu = self.cpu.saturating_add(more.cpu);
        self.memory = self.memory.saturating_add(more.memory);
        self.ephemeral = self.ephemeral.saturating_add(more.ephemeral);
        self.pods = self.pods.saturating_add(more.pods);
        for (resource, amount) in &more.other {
            let held = self.entry(*resource);
            *held = held.saturating_add(*amount);
        }
    }

    pub fn take(&mut self, less: &Amounts) {
        self.cpu = self.cpu.saturating_sub(less.cpu);
        self.memory = self.memory.saturating_sub(less.memory);
        self.ephemeral = self.ephemeral.saturating_sub(less.ephemeral);
        self.pods = self.pods.saturating_sub(less.pods);
        for (resource, amount) in &less.other {
            let held = self.entry(*resource);
            *held = held.saturating_sub(*amount);
        }
        if !less.other.is_empty() {
            self.other.retain(|it| it.1 != 0);
        }
    }

    /// The larger of both, resource by resource.
    pub fn raise(&mut self, floor: &Amounts) {
        self.cpu = self.cpu.max(floor.cpu);
        self.memory = self.memory.max(floor.memory);
        self.ephemeral = self.ephemeral.max(floor.ephemeral);
        self.pods = self.pods.max(floor.pods);
        for (resource, amount) in &floor.other {
            let held = self.entry(*resource);
            *held = (*held).max(*amount);
        }
    }

    #[must_use]
    pub fn of(&self, resource: ResourceId) -> i64 {
        match self.other.binary_search_by_key(&resource, |it| it.0) {
            Ok(at) => self.other[at].1,
            Err(_) => 0,
        }
    }

    pub fn entry(&mut self, resource: ResourceId) -> &mut i64 {
        let at = match self.other.binary_search_by_key(&resource, |it| it.0) {
            Ok(at) => at,
            Err(at) => {
                self.other.insert(at, (resource, 0));
                at
            }
        };
        &mut self.other[at].1
    }
}

/// How much of a whole, in hundredths of a percent, cut. None where the whole is nothing.
#[must_use]
pub fn share(part: i64, whole: i64) -> Option<u32> {
    if whole <= 0 {
        return None;
    }
    let hundredths = i128::from(part.max(0)) * 10_000 / i128::from(whole);
    Some(u32::try_from(hundredths).unwrap_or(u32::MAX))
}
