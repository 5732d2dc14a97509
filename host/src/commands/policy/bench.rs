//! `policy bench`: what a policy costs on clusters of several sizes, with all limits on.

use super::what::{self, What};
use crate::args::PolicyBenchArgs;
use crate::clock::Stopwatch;
use crate::commands::Failure;
use crate::show;
use anyhow::{Context, anyhow};
use policy::Asked;

const SIZES: [usize; 4] = [1, 100, 1000, 5000];
const PODS_PER_NODE: usize = 10;
const RUNS: usize = 15;

pub fn run(typed: &PolicyBenchArgs) -> Result<(), Failure> {
    let module = What::of(&typed.path)?.module()?;
    let specimen = what::specimen(&module, typed.settings.as_deref())?;
    let mut text = format!(
        "{:8} {:>6} {:>12} {:>12} {:>12} {:>8} {:>10}\n",
        "hook", "nodes", "median", "slowest", "fuel", "of limit", "memory"
    );
    for size in SIZES {
        let world = policy::example_world(size, PODS_PER_NODE);
        let hooks = specimen.ask(&world).len();
        for hook in 0..hooks {
            let mut times = Vec::new();
            let mut last: Option<Asked> = None;
            for _ in 0..RUNS {
                let mut watch = Stopwatch::default();
                last = specimen.ask_timed(&world, hook, |call| watch.time(call));
                times.push(watch.total);
            }
            times.sort();
            let Some(asked) = last else { continue };
            if let Err(fault) = &asked.said {
                return Err(Failure::Unusable(anyhow!("{}, on {size} nodes: {fault}", asked.hook)));
            }
            text += &format!(
                "{:8} {size:>6} {:>9} µs {:>9} µs {:>12} {:>7} % {:>7} KiB\n",
                asked.hook,
                times[RUNS / 2].as_micros(),
                times[RUNS - 1].as_micros(),
                asked.spent.fuel,
                asked.spent.fuel * 100 / asked.fuel_max.max(1),
                asked.spent.memory_bytes >> 10,
            );
        }
    }
    show::print(&text).context("cannot write")?;
    Ok(())
}
