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

/// The cluster of `examples/cluster.yaml`, decided on by the shipped policies.
#[cfg(test)]
pub fn example(now: &str) -> Looked {
    use crate::{objects, tick};
    use decide::time::Time;
    use std::path::Path;

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/cluster.yaml");
    let inputs = objects::gather([file]).expect("the example is there");
    let now = Time::parse(now).expect("a time");
    let world = objects::read(&inputs, now).expect("it can be read").world;
    let mut memory = Memory::default();
    memory.absorb(&world);
    let policies = Set::shipped();
    let plan = tick::decide(&world, &memory, &policies, None).plan;
    Looked {
        tick: 1,
        world: Arc::new(world),
        memory: Arc::new(memory),
        policies: Arc::new(policies),
        plan: Arc::new(plan),
        leads: true,
        dry: false,
    }
}
