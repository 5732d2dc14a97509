//! What a piece of work costs: time, allocations, and the memory of the whole process.

use stats_alloc::{Region, StatsAlloc};
use std::alloc::System;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub time: Duration,
    pub allocations: usize,
    pub bytes: usize,
}

/// Counts what goes through the allocator of the program that measures.
#[derive(Debug, Clone, Copy)]
pub struct Meter(pub &'static StatsAlloc<System>);

impl Meter {
    /// Runs the work several times and tells the median time, and what the last run allocated.
    pub fn measure<T>(self, runs: usize, mut work: impl FnMut() -> T) -> (T, Cost) {
        let mut times = Vec::with_capacity(runs);
        let mut last = None;
        for _ in 0..runs.max(1) {
            drop(last.take());
            let region = Region::new(self.0);
            let start = Instant::now();
            let result = work();
            times.push(start.elapsed());
            let stats = region.change();
            last = Some((result, stats.allocations + stats.reallocations, stats.bytes_allocated));
        }
        times.sort();
        let (result, allocations, bytes) = last.expect("at least one run");
        (result, Cost { time: times[times.len() / 2], allocations, bytes })
    }
}

/// The most memory that the process has held so far, in MiB; none where the system does not tell.
#[must_use]
pub fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|it| it.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}
