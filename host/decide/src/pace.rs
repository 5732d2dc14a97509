//! How fast a group may shrink now: its own settings, and what windows policies make of them.

use crate::ask::Paces;
use crate::facts::is_ours;
use crate::settings::PaceBounds;
use crate::time::Time;
use crate::world::{Group, GroupId, Name, World};

/// Of one group, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    pub cpu: Number,
    pub memory: Number,
    pub window: Number,
    pub at_once: Number,
    /// Never, says this policy.
    pub disabled: Option<Said>,
    /// Not now, says this policy; of several the one that opens last.
    pub closed: Option<Said>,
    /// A policy that had to be asked failed.
    pub fault: Option<(Name, Name)>,
}

/// A number in force and where it comes from: none is the group's own setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    pub value: u32,
    pub policy: Option<(Name, Name)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub policy: Name,
    pub why: Name,
    pub until: Option<Time>,
}

/// The pace of every group: for each number the strictest answer counts, within the bounds.
#[must_use]
pub fn paces(world: &World, answers: &[Paces]) -> Vec<Pace> {
    let at_once = world.settings.global.removals_at_once;
    let mut paces: Vec<Pace> = world.groups.iter().map(|it| own(it, at_once)).collect();
    for policy in answers {
        match &policy.answer {
            Err(fault) => {
                for pace in &mut paces {
                    pace.fault.get_or_insert_with(|| (policy.policy.clone(), fault.clone()));
                }
            }
            Ok(said) => {
                for it in said {
                    let group = &world.groups[it.group.at()];
                    apply(&mut paces[it.group.at()], policy, it, group, world);
                }
            }
        }
    }
    paces
}

fn own(group: &Group, at_once: u32) -> Pace {
    let number = |value| Number { value, policy: None };
    Pace {
        cpu: number(group.scale_down.cpu_threshold_percent * 100),
        memory: number(group.scale_down.memory_threshold_percent * 100),
        window: number(group.scale_down.window_secs),
        at_once: number(at_once),
        disabled: None,
        closed: None,
        fault: None,
    }
}

fn apply(pace: &mut Pace, policy: &Paces, said: &crate::ask::PaceAnswer, group: &Group, world: &World) {
    let PaceBounds { cpu_threshold_percent_max, memory_threshold_percent_max, window_secs_min, removals_max } =
        world.settings.scale_down.pace_bounds;
    let source = || Some((policy.policy.clone(), said.mode.clone()));
    let told = || Said { policy: policy.policy.clone(), why: said.why.clone(), until: said.until };

    // What is looser than the group's own goes as far as the bounds do; they never cut the group's own.
    let at_most = |named: u32, own: u32, bound: u32| named.min(own.max(bound));
    let lowers = |held: &mut Number, value: u32| {
        if held.policy.is_none() || value < held.value {
            *held = Number { value, policy: source() };
        }
    };
    let own = &group.scale_down;
    if let Some(it) = said.cpu_threshold {
        lowers(&mut pace.cpu, at_most(it, own.cpu_threshold_percent * 100, cpu_threshold_percent_max * 100));
    }
    if let Some(it) = said.memory_threshold {
        let bound = memory_threshold_percent_max * 100;
        lowers(&mut pace.memory, at_most(it, own.memory_threshold_percent * 100, bound));
    }
    if let Some(it) = said.window_secs {
        let value = it.max(own.window_secs.min(window_secs_min));
        if pace.window.policy.is_none() || value > pace.window.value {
            pace.window = Number { value, policy: source() };
        }
    }
    if let Some(it) = said.at_once {
        lowers(&mut pace.at_once, at_most(it, world.settings.global.removals_at_once, removals_max));
        if it == 0 && pace.closed.as_ref().is_none_or(|held| opens_later(said.until, held.until)) {
            pace.closed = Some(told());
        }
    }
    if said.disabled && pace.disabled.is_none() {
        pace.disabled = Some(told());
    }
}

/// Nobody knows when is the latest of all.
fn opens_later(one: Option<Time>, other: Option<Time>) -> bool {
    match (one, other) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(one), Some(other)) => one > other,
    }
}

/// How many nodes may be on their way out at once in the whole cluster: as configured, or the
/// largest number of any group where that is more.
#[must_use]
pub fn cluster_at_once(world: &World, paces: &[Pace]) -> u32 {
    let ours = paces.iter().enumerate().filter(|(at, _)| is_ours(world, GroupId::new(*at)));
    let largest = ours.map(|(_, pace)| pace.at_once.value).max().unwrap_or(0);
    largest.max(world.settings.global.removals_at_once)
}

impl Pace {
    /// What keeps all nodes of the group for good, in the order of the rules.
    #[must_use]
    pub fn disabled(&self, world: &World, group: GroupId) -> Option<crate::plan::Disabled> {
        use crate::plan::Disabled;
        let scale_down = &world.settings.scale_down;
        let group = &world.groups[group.at()];
        if scale_down.paused {
            Some(Disabled::Paused)
        } else if !scale_down.enabled {
            Some(Disabled::Everywhere)
        } else if !group.scale_down.enabled {
            Some(Disabled::Group { group: group.name.clone() })
        } else {
            let it = self.disabled.as_ref()?;
            Some(Disabled::Mode { policy: it.policy.clone(), why: it.why.clone(), until: it.until })
        }
    }
}
