//! The last stage before a module is trusted: every hook is really called, on clusters of no node,
//! of one, and of twice as many as there are, each twice.

use crate::example;
use crate::specimen::Specimen;
use decide::world::World;

/// Of each node of the clusters that it is tried on.
const PODS_PER_NODE: usize = 10;

/// Where `nodes` is the size of the cluster that it is for: the first thing that is wrong.
///
/// # Errors
///
/// In words that say on which cluster, in which hook, and what.
pub fn probe(specimen: &Specimen, nodes: usize) -> Result<(), String> {
    for size in [0, 1, nodes.saturating_mul(2)] {
        let world = example::world(size, PODS_PER_NODE);
        same_twice(specimen, &world, size)?;
        if let Some(why) = specimen.judges_one_by_one(&world) {
            return Err(format!("vetoer, on {size} nodes: {why}; a vetoer must judge each node by itself"));
        }
    }
    Ok(())
}

fn same_twice(specimen: &Specimen, world: &World, size: usize) -> Result<(), String> {
    let (first, second) = (specimen.ask(world), specimen.ask(world));
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
