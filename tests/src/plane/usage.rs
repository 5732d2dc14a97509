//! What a process has used so far, as the kernel counts it.

use std::fs;
use std::time::Duration;

/// The kernel tells time in hundredths here, whatever its own clock does.
const TICKS_PER_SECOND: u32 = 100;

#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// Of all its threads, in the program and in the kernel.
    pub cpu: Duration,
    pub memory_kib: u64,
    /// The most it ever had.
    pub memory_kib_max: u64,
}

impl Usage {
    /// None: there is no such process.
    #[must_use]
    pub fn of(pid: u32) -> Option<Usage> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name may have blanks; after it come the state, and ten numbers before the two that matter.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: u32 = [11, 12].iter().filter_map(|it| fields.get(*it)?.parse::<u32>().ok()).sum();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let kib = |name: &str| {
            let line = status.lines().find(|it| it.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        Some(Usage {
            cpu: Duration::from_secs(1) * ticks / TICKS_PER_SECOND,
            memory_kib: kib("VmRSS:")?,
            memory_kib_max: kib("VmHWM:")?,
        })
    }
}
