//! How a hook of a policy of the active generation has done.

use crate::tally::Calls;
use decide::time::Time;
use std::collections::VecDeque;

/// So many faults one after the other are enough.
const IN_A_ROW: usize = 3;
/// Or so many among the last calls.
const AMONG: usize = 5;
const LAST: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Record {
    pub calls: u64,
    pub faults: u64,
    pub last_fault: Option<(Time, String)>,
    /// The last calls: whether each failed.
    recent: VecDeque<bool>,
}

impl Record {
    /// Why the policy is to be trusted no more, in words that follow its name.
    pub fn add(&mut self, calls: &Calls, now: Time) -> Option<String> {
        let mut enough = None;
        for failed in &calls.failed {
            self.calls += 1;
            self.faults += u64::from(*failed);
            if self.recent.len() == LAST {
                self.recent.pop_front();
            }
            self.recent.push_back(*failed);
            enough = enough.or(self.enough());
        }
        if let Some(fault) = &calls.fault {
            self.last_fault = Some((now, fault.clone()));
        }
        let last = self.last_fault.as_ref().map_or("", |it| it.1.as_str());
        enough.map(|it| format!("{it}: {last}"))
    }

    fn enough(&self) -> Option<String> {
        if self.recent.iter().rev().take(IN_A_ROW).filter(|it| **it).count() == IN_A_ROW {
            return Some(format!("failed {IN_A_ROW} times in a row"));
        }
        (self.recent.iter().filter(|it| **it).count() >= AMONG)
            .then(|| format!("failed {AMONG} times in its last {LAST} calls"))
    }
}
