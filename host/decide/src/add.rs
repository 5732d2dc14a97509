//! Pending pods that no node takes, and the machines that they bring.

use crate::facts::Facts;
use crate::place::Floor;
use crate::plan::{Addition, Pending};
use crate::world::PodId;

/// What grows in this plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Growth {
    pub additions: Vec<Addition>,
    pub pending: Vec<Pending>,
    /// By group.
    pub grown: Vec<bool>,
}

#[must_use]
pub fn grow(
    facts: &Facts<'_>,
    _floor: &mut Floor<'_>,
    _homeless: &[PodId],
    _seated: &[Option<PodId>],
) -> Growth {
    Growth { additions: Vec::new(), pending: Vec::new(), grown: vec![false; facts.world.groups.len()] }
}
