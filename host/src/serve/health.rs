//! How the controller is: alive, ready, and if not, why.
//!
//! Alive means that the loop turns; nothing outside of this process makes it less alive, or a provider that is
//! down would restart every replica over and over.

use serde::Serialize;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A loop that was not heard of for so many ticks hangs.
const TICKS_MAX: u32 = 10;
/// With very short ticks, one slow decision is no reason to die.
const SILENCE_MIN: Duration = Duration::from_secs(60);

/// The loop writes, probes read. Times are those of [`running`](crate::clock::running).
#[derive(Debug)]
pub struct Health {
    silence_max: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    began: Duration,
    ticked: Option<Duration>,
    missing: Vec<String>,
    policies: Result<(), String>,
    frozen: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub well: bool,
    pub detail: String,
}

impl Health {
    /// Of a loop that turns once in `tick`.
    #[must_use]
    pub fn new(tick: Duration, now: Duration) -> Health {
        Health {
            silence_max: (tick * TICKS_MAX).max(SILENCE_MIN),
            state: Mutex::new(State {
                began: now,
                ticked: None,
                missing: vec!["nothing has been listed yet".into()],
                policies: Err("not loaded yet".into()),
                frozen: None,
            }),
        }
    }

    /// The loop has turned, whether it could decide or not.
    pub fn ticked(&self, now: Duration) {
        self.state().ticked = Some(now);
    }

    /// What could not be listed yet, in words; empty: everything is there.
    pub fn synced(&self, missing: Vec<String>) {
        self.state().missing = missing;
    }

    /// Whether there is a generation of policies to decide with, and if not, why.
    pub fn policies(&self, loaded: Result<(), String>) {
        self.state().policies = loaded;
    }

    /// Why nothing is removed by what the provider says; none where it can be believed.
    pub fn frozen(&self, why: Option<String>) {
        self.state().frozen = why;
    }

    /// How long ago the loop turned.
    #[must_use]
    pub fn silence(&self, now: Duration) -> Option<Duration> {
        self.state().ticked.map(|it| now.saturating_sub(it))
    }

    /// Whether this process should live.
    #[must_use]
    pub fn live(&self, now: Duration) -> Vec<Check> {
        let State { began, ticked, .. } = *self.state();
        let silence = now.saturating_sub(ticked.unwrap_or(began));
        let (ago, most) = (silence.as_secs(), self.silence_max.as_secs());
        let last = match ticked {
            Some(_) => format!("last tick {ago} s ago"),
            None => format!("no tick in the {ago} s since the start"),
        };
        let well = silence <= self.silence_max;
        let detail = if well { last } else { format!("{last}, more than {most} s: the loop hangs") };
        vec![Check { name: "loop", well, detail }]
    }

    /// Whether what it says can be relied on.
    #[must_use]
    pub fn ready(&self, now: Duration) -> Vec<Check> {
        let mut checks = self.live(now);
        let state = self.state();
        checks[0].well &= state.ticked.is_some();
        let synced = state.missing.is_empty();
        checks.push(Check {
            name: "synced",
            well: synced,
            detail: if synced { "all lists are there".into() } else { state.missing.join("; ") },
        });
        checks.push(Check {
            name: "policies",
            well: state.policies.is_ok(),
            detail: state.policies.clone().err().unwrap_or_else(|| "loaded".into()),
        });
        // Whoever decides carefully is ready; but a person who asks should hear of it.
        checks.extend(state.frozen.as_ref().map(|why| Check {
            name: "inventory",
            well: true,
            detail: format!("nothing is removed: {why}"),
        }));
        checks
    }

    /// It stays usable whoever panicked with it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As other probes of Kubernetes print theirs.
#[must_use]
pub fn lines(checks: &[Check]) -> String {
    let mut out = String::new();
    for Check { name, well, detail } in checks {
        let _ = writeln!(out, "[{}] {name}: {detail}", if *well { '+' } else { '-' });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alive_while_the_loop_turns_and_ready_when_it_knows() {
        let secs = Duration::from_secs;
        let health = Health::new(secs(10), secs(5));
        let live = |now: u64| lines(&health.live(secs(now)));
        let ready = |now: u64| lines(&health.ready(secs(now)));

        assert_eq!(live(15), "[+] loop: no tick in the 10 s since the start\n");
        assert_eq!(
            ready(15),
            "[-] loop: no tick in the 10 s since the start\n\
             [-] synced: nothing has been listed yet\n[-] policies: not loaded yet\n"
        );
        assert_eq!(
            live(106),
            "[-] loop: no tick in the 101 s since the start, more than 100 s: the loop hangs\n"
        );

        health.ticked(secs(110));
        health.synced(vec!["pods are not listed yet".into(), "nodes cannot be listed: forbidden".into()]);
        health.policies(Ok(()));
        assert_eq!(live(113), "[+] loop: last tick 3 s ago\n");
        assert_eq!(
            ready(113),
            "[+] loop: last tick 3 s ago\n\
             [-] synced: pods are not listed yet; nodes cannot be listed: forbidden\n[+] policies: loaded\n"
        );

        health.synced(Vec::new());
        assert!(ready(210).contains("[+] synced: all lists are there\n"));
        assert!(!ready(210).contains("[-]"));
        assert_eq!(live(211), "[-] loop: last tick 101 s ago, more than 100 s: the loop hangs\n");
        assert_eq!(health.silence(secs(211)), Some(secs(101)));
    }

    #[test]
    fn short_ticks_leave_time_for_a_slow_one() {
        let health = Health::new(Duration::from_millis(100), Duration::ZERO);
        assert!(health.live(SILENCE_MIN)[0].well);
    }
}
