//! Groups and their own numbers.

use super::symbols::Symbols;
use decide::tick::Tick;
use decide::world::{Group, World};
use policy_sdk::records::{self, NONE_TIME, group_bits};

/// All groups of the world, so that positions are the same on both sides.
pub(super) fn records(tick: &Tick<'_>, symbols: &Symbols<'_>) -> Vec<records::Group> {
    let world = tick.world;
    let mut records: Vec<records::Group> = world.groups.iter().map(|it| record(it, world, symbols)).collect();
    for standing in &tick.facts.standing {
        if let Some(group) = standing.group {
            let it = &mut records[group.at()];
            it.ready += u32::from(standing.ready && standing.leaving.is_none());
            it.leaving += u32::from(standing.leaving.is_some());
        }
    }
    let coming = decide::add::on_the_way(tick.facts);
    for (at, it) in records.iter_mut().enumerate() {
        it.on_the_way = coming[at];
        if tick.growth.grown[at] && it.cooldown_seconds > 0 {
            it.bits |= group_bits::IN_COOLDOWN;
        }
    }
    records
}

fn record(group: &Group, world: &World, symbols: &Symbols<'_>) -> records::Group {
    let own = &group.scale_down;
    let changed = group.last_up.max(group.last_down);
    let cools = changed.is_some_and(|it| world.now.since(it) < i64::from(own.cooldown_secs));
    let mut bits = 0;
    if own.enabled {
        bits |= group_bits::SCALE_DOWN_ENABLED;
    }
    if own.cooldown_secs > 0 && cools {
        bits |= group_bits::IN_COOLDOWN;
    }
    records::Group {
        last_change: changed.map_or(NONE_TIME, |it| it.0),
        name: symbols.of_text(&group.name),
        namespace: symbols.of_text(&group.namespace),
        bits,
        ready: 0,
        leaving: 0,
        on_the_way: 0,
        min: group.min,
        max: group.max,
        desired: group.desired,
        cpu_threshold: own.cpu_threshold_percent.saturating_mul(100),
        memory_threshold: own.memory_threshold_percent.saturating_mul(100),
        window_seconds: own.window_secs,
        cooldown_seconds: own.cooldown_secs,
        at_once: world.settings.global.removals_at_once,
    }
}
