//! The last stage before a module is trusted: every hook is really called, on clusters of no node,
//! of one, and of twice as many as there are, each twice.

use crate::example;
use crate::trial::Trial;
use crate::wasm::Guest;
use decide::world::World;

/// Of each node of the clusters that it is tried on.
const PODS_PER_NODE: usize = 10;

/// What modules are tried on, where `nodes` is the size of the cluster that they are for.
pub(crate) fn worlds(nodes: usize) -> [World; 3] {
    [0, 1, nodes.saturating_mul(2)].map(|size| example::world(size, PODS_PER_NODE))
}

/// The first thing that is wrong, in words that say on which cluster, in which hook, and what.
pub(crate) fn probe(guest: &Guest, worlds: &[World]) -> Result<(), String> {
    let trial = Trial(guest);
    for world in worlds {
        let size = world.nodes.len();
        same_twice(trial, world, size)?;
        trial.judges_one_by_one(world).map_err(|why| {
            format!("vetoer, on {size} nodes: {why}; a vetoer must judge each node by itself")
        })?;
    }
    Ok(())
}

fn same_twice(trial: Trial<'_>, world: &World, size: usize) -> Result<(), String> {
    let (first, second) = (trial.ask(world), trial.ask(world));
    for (one, other) in first.iter().zip(&second) {
        if let Err(fault) = &one.said {
            return Err(format!("{}, on {size} nodes: {fault}", one.hook));
        }
        if one.said != other.said {
            return Err(format!("{}, on {size} nodes: asked twice, it answers two things", one.hook));
        }
        if one.spent.fuel != other.spent.fuel {
            return Err(format!("{}, on {size} nodes: asked twice, it uses fuel otherwise", one.hook));
        }
    }
    Ok(())
}
