//! What the last tick saw and decided: what everybody is told who asks.

use decide::memory::Memory;
use decide::plan::Plan;
use decide::world::World;
use policy::Set;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct Looked {
    pub tick: u64,
    pub world: Arc<World>,
    /// As it was when it was decided.
    pub memory: Arc<Memory>,
    pub policies: Arc<Set>,
    pub plan: Arc<Plan>,
    /// We hold the lease.
    pub leads: bool,
    /// Nothing is carried out.
    pub dry: bool,
}
