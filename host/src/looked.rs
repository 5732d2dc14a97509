//! What a tick saw and decided, for whoever tells people about it.

use decide::memory::Memory;
use decide::plan::Plan;
use decide::world::World;
use policy::Set;
use std::sync::Arc;

/// Published after every tick. Whoever decides anew on it gets the very same plan.
#[derive(Debug, Clone)]
pub struct Looked {
    pub tick: u64,
    pub world: Arc<World>,
    pub memory: Arc<Memory>,
    pub policies: Arc<Set>,
    pub plan: Arc<Plan>,
    /// This process holds the lease.
    pub leads: bool,
    /// Nothing is carried out.
    pub dry: bool,
}
