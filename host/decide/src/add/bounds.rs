//! How far each group may grow now.

use super::template;
use crate::facts::{Facts, is_ours};
use crate::plan::PendingReason;
use crate::time::Time;
use crate::world::{GroupId, World};

#[derive(Debug)]
pub(super) struct Bounds {
    /// By group: nodes of it, machines on their way, and what this plan opens.
    size: Vec<u32>,
    pub(super) coming: Vec<u32>,
    opened: Vec<u32>,
    workers: u32,
    on_the_way: u32,
}

impl Bounds {
    pub(super) fn of(facts: &Facts<'_>) -> Bounds {
        let world = facts.world;
        let mut bounds = Bounds {
            size: vec![0; world.groups.len()],
            coming: vec![0; world.groups.len()],
            opened: vec![0; world.groups.len()],
            workers: facts.standing.iter().filter(|it| !it.control_plane).count() as u32,
            on_the_way: 0,
        };
        for node in facts.nodes() {
            if let Some(group) = facts.standing(node).group {
                let arrives = u32::from(template::is_arriving(facts, node));
                bounds.size[group.at()] += 1;
                bounds.coming[group.at()] += arrives;
                bounds.on_the_way += arrives;
            }
        }
        for machine in template::machines(facts) {
            bounds.workers += u32::from(machine.node.is_none());
            bounds.on_the_way += 1;
            if let Some(group) = machine.group {
                bounds.size[group.at()] += 1;
                bounds.coming[group.at()] += 1;
            }
        }
        bounds
    }

    pub(super) fn opened(&mut self, group: GroupId) {
        self.opened[group.at()] += 1;
    }

    pub(super) fn grown(&self) -> Vec<bool> {
        self.opened.iter().map(|it| *it > 0).collect()
    }

    /// How many nodes the group is short of its minimum, those on their way counted.
    pub(super) fn missing(&self, facts: &Facts<'_>, group: GroupId) -> u32 {
        let it = &facts.world.groups[group.at()];
        let member =
            |it: &&crate::facts::Standing| it.group == Some(group) && it.ready && it.leaving.is_none();
        let ready = facts.standing.iter().filter(member).count() as u32;
        if is_ours(facts.world, group) { it.min.saturating_sub(ready + self.coming[group.at()]) } else { 0 }
    }

    /// The first thing that keeps the group from one more node, in the order of the reasons.
    pub(super) fn block(&self, world: &World, group: GroupId) -> Option<PendingReason> {
        let it = &world.groups[group.at()];
        let global = &world.settings.global;
        let name = || it.name.clone();
        if !it.scale_up_enabled {
            return Some(PendingReason::ScaleUpDisabled { group: name() });
        }
        if let Some(until) = it.back_off_until.filter(|until| world.now < *until) {
            return Some(PendingReason::BackOff { group: name(), until });
        }
        if let Some(until) = cooling(world.now, it.last_up, global.addition_cooldown_secs) {
            return Some(PendingReason::Cooldown { group: name(), until });
        }
        let opened: u32 = self.opened.iter().sum();
        if self.size[group.at()] + self.opened[group.at()] >= it.max {
            return Some(PendingReason::AtMaximum { group: name(), max: it.max });
        }
        if let Some(reason) = self.cluster_is_full(world) {
            return Some(reason);
        }
        if self.on_the_way + opened >= global.additions_at_once {
            return Some(PendingReason::BudgetSpent { max: global.additions_at_once });
        }
        None
    }

    /// No group may grow, nor is one to be made.
    pub(super) fn cluster_is_full(&self, world: &World) -> Option<PendingReason> {
        let max = world.settings.global.cluster_workers_max;
        let workers = self.workers + self.opened.iter().sum::<u32>();
        (max > 0 && workers >= max).then_some(PendingReason::ClusterAtMaximum { workers, max })
    }
}

/// Until when the group rests after its last growth. A time in the future keeps, too.
fn cooling(now: Time, last_up: Option<Time>, secs: u32) -> Option<Time> {
    let until = last_up?.plus(i64::from(secs));
    (secs > 0 && now < until).then_some(until)
}
