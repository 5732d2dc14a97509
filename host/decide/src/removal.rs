//! A leaving node's next step, from what is seen on the objects alone.

use crate::facts::Facts;
use crate::marks;
use crate::plan::{Cooling, Reason, Step};
use crate::roles::Role;
use crate::tick::Leaver;
use crate::time::{Stamp, Time};
use crate::world::{Machine, NodeId, PodId, World};

/// The step, and what speaks against going on, where something does.
#[must_use]
pub fn step(facts: &Facts<'_>, leaver: &Leaver, against: Option<Reason>) -> (Step, Option<Reason>) {
    if let Some(timeout) = timed_out(facts.world, leaver) {
        return (Step::TakeBack, Some(timeout));
    }
    let deleted = machines(facts.world, leaver).any(|it| it.deleted);
    match (against, &leaver.draining) {
        // Before the first eviction everything can be taken back, but not what a person has deleted.
        (Some(reason), Stamp::Absent) if !deleted => (Step::TakeBack, Some(reason)),
        (Some(reason), _) => (Step::Held, Some(reason)),
        (None, _) => (onward(facts, leaver), None),
    }
}

const PATIENCE_SECS: i64 = 300;
const PATIENCE_SECS_MAX: i64 = 3600;

/// Until when a node that is taken back is left alone, and what is noted on it, so that it is longer when the
/// same happens again. `noted`: what stands there from the last time.
#[must_use]
pub fn patience(now: Time, noted: Option<&str>, cause: &str) -> (Time, String) {
    let before = noted.and_then(|it| it.split_once(' ')).filter(|it| it.0 == cause);
    let times = before.and_then(|it| it.1.parse::<u32>().ok()).unwrap_or_default().saturating_add(1);
    let secs =
        PATIENCE_SECS.saturating_mul(1i64.checked_shl(times - 1).unwrap_or(i64::MAX)).min(PATIENCE_SECS_MAX);
    (now.plus(secs), format!("{cause} {times}"))
}

fn onward(facts: &Facts<'_>, leaver: &Leaver) -> Step {
    let world = facts.world;
    let node = world.node(leaver.node);
    if leaver.draining == Stamp::Absent {
        let excluded = node.labels.get(marks::EXCLUDE_FROM_BALANCERS).is_some();
        return if excluded { Step::Detaching } else { Step::Marked };
    }
    if left(facts, leaver.node) > 0 {
        return Step::Evicting;
    }
    let delayed = marks::delays(&node.annotations).next().is_some();
    if delayed || world.attachments.iter().any(|it| it.node == node.name) {
        return Step::Volumes;
    }
    // The provider's own word that the server is gone is a machine past its deletion.
    let gone = machines(world, leaver).any(|it| it.condemned && &*it.phase == "Deleting")
        && !facts.standing(leaver.node).ready;
    if gone { Step::Cleaning } else { Step::Deleting }
}

/// Pods that are not gone yet: to be evicted, or evicted and inside their grace. The server waits
/// for all of them.
#[must_use]
pub fn left(facts: &Facts<'_>, node: NodeId) -> u32 {
    remaining(facts, node).count() as u32
}

/// The same, one by one.
pub fn remaining(facts: &Facts<'_>, node: NodeId) -> impl Iterator<Item = PodId> {
    let ends = |role: Role| role.is(Role::DELETING) && !role.is(Role::MIRROR) && !role.is(Role::DAEMON);
    let waits = move |it: &PodId| facts.role(*it).is(Role::EVICTED) || ends(facts.role(*it));
    facts.residents(node).iter().copied().filter(waits)
}

/// The drain took too long. Once the deletion of the server has been asked for, or that of its machine, there is no
/// way back: it goes on for as long as it takes.
fn timed_out(world: &World, leaver: &Leaver) -> Option<Reason> {
    let Stamp::At(draining_since) = leaver.draining else { return None };
    let secs = world.settings.scale_down.drain_timeout_secs;
    let over = world.now.since(draining_since) >= i64::from(secs);
    let going = machines(world, leaver).any(|it| it.condemned || it.deleted);
    (over && !going).then_some(Reason::Cooldown(Cooling::DrainTimeout { draining_since, secs }))
}

/// Machines that say that they are this node: one, unless somebody wrote another by hand.
fn machines<'w>(world: &'w World, leaver: &Leaver) -> impl Iterator<Item = &'w Machine> {
    let name = world.node(leaver.node).name.to_lowercase();
    world.machines.iter().filter(move |it| *it.node == *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_doubles_for_the_same_cause_and_ends_at_an_hour() {
        let now = Time(1000);
        let mut noted: Option<String> = None;
        for secs in [300, 600, 1200, 2400, 3600, 3600] {
            let (until, text) = patience(now, noted.as_deref(), "Vetoed");
            assert_eq!(until, now.plus(secs), "{text}");
            noted = Some(text);
        }
        assert_eq!(patience(now, noted.as_deref(), "Busy"), (now.plus(300), "Busy 1".into()));
        for odd in ["", "Vetoed", "Vetoed x", "Vetoed -1", "Vetoed 99999999999"] {
            assert_eq!(patience(now, Some(odd), "Vetoed"), (now.plus(300), "Vetoed 1".into()), "{odd}");
        }
        assert_eq!(patience(now, Some("Vetoed 4294967295"), "Vetoed").0, now.plus(3600));
    }
}
