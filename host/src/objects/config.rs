//! AutoscalerConfig: all settings of the cluster, in one object named `default`.

use super::group::{Defaults, IgnoredField, OurCondition, read_defaults};
use super::meta::{Meta, Object, named};
use super::wire::{BigCount, Count, Int, List, Long, Percent, Positive, Text, When, Whole, absent};
use super::{Fault, Reader};
use decide::settings::{Global, PaceBounds, ScaleDown, Settings, Source};
use serde::Deserialize;

const NAME: &str = "default";
const INVENTORY_FROZEN: &str = "InventoryFrozen";

named!(WireConfig);

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
pub struct WireConfig<'a> {
    api_version: IgnoredField,
    kind: IgnoredField,
    #[serde(deserialize_with = "absent")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "absent")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "absent")]
    status: Status<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct Spec<'a> {
    node_group_defaults: Option<Defaults<'a>>,
    #[serde(deserialize_with = "absent")]
    global_settings: WireGlobal,
    #[serde(deserialize_with = "absent")]
    scale_down: WireScaleDown<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct WireGlobal {
    scale_up_cooldown_seconds: Option<Count>,
    scale_down_cooldown_seconds: Option<Count>,
    max_concurrent_scale_ups: Option<Positive>,
    max_concurrent_scale_downs: Option<Positive>,
    max_cluster_workers: Option<Count>,
    unschedulable_pod_grace_period_seconds: Option<Count>,
    enable_dynamic_node_group_creation: Option<bool>,
    enable_rebalancing: Option<bool>,
    node_ready_timeout_seconds: Option<Whole<60, { i32::MAX as i64 }>>,
    pod_eviction_timeout_seconds: Option<Count>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct WireScaleDown<'a> {
    enabled: Option<bool>,
    paused: Option<bool>,
    utilization_source: Text<'a>,
    quorum_percent: Option<Percent>,
    sample_max_age_seconds: Option<Count>,
    count_daemon_set_pods: Option<bool>,
    max_drains: Option<Count>,
    unready_nodes: Text<'a>,
    unready_seconds: Option<Count>,
    min_age_seconds: Option<Count>,
    expendable_priority_below: Option<Int>,
    unhealthy_percent_max: Option<Percent>,
    unhealthy_nodes_min: Option<Count>,
    min_cores: Option<BigCount>,
    min_memory_bytes: Option<BigCount>,
    spare_daemon_set_pdbs: Option<bool>,
    max_grace_seconds: Option<Count>,
    drain_timeout_seconds: Option<Count>,
    #[serde(deserialize_with = "absent")]
    pace_bounds: WirePaceBounds,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct WirePaceBounds {
    cpu_threshold_max: Option<Percent>,
    memory_threshold_max: Option<Percent>,
    window_seconds_min: Option<Count>,
    removals_max: Option<Count>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct Status<'a> {
    observed_generation: Option<Long>,
    last_updated: Option<When>,
    #[serde(deserialize_with = "absent")]
    active: bool,
    message: Text<'a>,
    conditions: List<OurCondition<'a>>,
}

impl<'a> Object<'a> for WireConfig<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let WireConfig { metadata, spec, status, .. } = self;
        let scale_down = scale_down(&spec.scale_down)?;
        if &*metadata.name != NAME {
            let name = super::error::cut(&metadata.name);
            reader
                .warnings
                .push(format!("AutoscalerConfig {name} passed over: only the one named {NAME} counts"));
            return Ok(());
        }
        if let Some(defaults) = spec.node_group_defaults {
            read_defaults(defaults, reader)?;
        }
        // Off is what it does; only who asks for it is told.
        let rebalancing = spec.global_settings.enable_rebalancing == Some(true);
        reader.unused.note(rebalancing, "AutoscalerConfig spec.globalSettings.enableRebalancing");
        reader.builder.settings(Settings { scale_down, global: global(&spec.global_settings) });

        let frozen = status.conditions.iter().find(|it| &*it.name == INVENTORY_FROZEN);
        if let Some(condition) = frozen.filter(|it| &*it.status == "True") {
            let said = [&condition.message, &condition.reason].into_iter().find(|it| !it.is_empty());
            let why = reader.builder.name(said.map_or("no reason is given", |it| &**it));
            reader.builder.inventory_frozen(why);
        }
        Ok(())
    }
}

fn global(wire: &WireGlobal) -> Global {
    let ours = Global::default();
    let count = |it: Option<Count>, ours| it.map_or(ours, Count::u32);
    Global {
        removals_at_once: wire.max_concurrent_scale_downs.map_or(ours.removals_at_once, Positive::u32),
        additions_at_once: wire.max_concurrent_scale_ups.map_or(ours.additions_at_once, Positive::u32),
        cluster_workers_max: count(wire.max_cluster_workers, ours.cluster_workers_max),
        removal_cooldown_secs: count(wire.scale_down_cooldown_seconds, ours.removal_cooldown_secs),
        addition_cooldown_secs: count(wire.scale_up_cooldown_seconds, ours.addition_cooldown_secs),
        pending_grace_secs: count(wire.unschedulable_pod_grace_period_seconds, ours.pending_grace_secs),
        node_ready_timeout_secs: wire
            .node_ready_timeout_seconds
            .map_or(ours.node_ready_timeout_secs, Whole::u32),
        eviction_timeout_secs: count(wire.pod_eviction_timeout_seconds, ours.eviction_timeout_secs),
        dynamic_groups: wire.enable_dynamic_node_group_creation.unwrap_or(ours.dynamic_groups),
        rebalancing: wire.enable_rebalancing.unwrap_or(ours.rebalancing),
    }
}

fn scale_down(wire: &WireScaleDown<'_>) -> Result<ScaleDown, Fault> {
    let ours = ScaleDown::default();
    let count = |it: Option<Count>, ours| it.map_or(ours, Count::u32);
    let percent = |it: Option<Percent>, ours| it.map_or(ours, Percent::u32);
    let source = match &*wire.utilization_source {
        "" => ours.source,
        "Usage" => Source::Usage,
        "Requests" => Source::Requests,
        "Highest" => Source::Highest,
        other => {
            let path = "spec.scaleDown.utilizationSource";
            return Err(Fault::not(path, other, "Usage, Requests or Highest"));
        }
    };
    let remove_unready = match &*wire.unready_nodes {
        "" => ours.remove_unready,
        "Keep" => false,
        "Remove" => true,
        other => return Err(Fault::not("spec.scaleDown.unreadyNodes", other, "Keep or Remove")),
    };
    let bounds = &wire.pace_bounds;
    let ours_bounds = ours.pace_bounds;
    Ok(ScaleDown {
        enabled: wire.enabled.unwrap_or(ours.enabled),
        paused: wire.paused.unwrap_or(ours.paused),
        source,
        quorum_percent: percent(wire.quorum_percent, ours.quorum_percent),
        sample_age_secs_max: count(wire.sample_max_age_seconds, ours.sample_age_secs_max),
        count_daemon_pods: wire.count_daemon_set_pods.unwrap_or(ours.count_daemon_pods),
        drains_max: wire.max_drains.map(Count::u32).or(ours.drains_max),
        remove_unready,
        unready_secs: count(wire.unready_seconds, ours.unready_secs),
        age_secs_min: count(wire.min_age_seconds, ours.age_secs_min),
        expendable_priority_below: wire
            .expendable_priority_below
            .map_or(ours.expendable_priority_below, Int::i32),
        unhealthy_percent_max: percent(wire.unhealthy_percent_max, ours.unhealthy_percent_max),
        unhealthy_nodes_min: count(wire.unhealthy_nodes_min, ours.unhealthy_nodes_min),
        cores_min: wire.min_cores.map_or(ours.cores_min, BigCount::u64),
        memory_bytes_min: wire.min_memory_bytes.map_or(ours.memory_bytes_min, BigCount::u64),
        spare_daemon_budgets: wire.spare_daemon_set_pdbs.unwrap_or(ours.spare_daemon_budgets),
        grace_secs_max: count(wire.max_grace_seconds, ours.grace_secs_max),
        drain_timeout_secs: count(wire.drain_timeout_seconds, ours.drain_timeout_secs),
        pace_bounds: PaceBounds {
            cpu_threshold_percent_max: percent(
                bounds.cpu_threshold_max,
                ours_bounds.cpu_threshold_percent_max,
            ),
            memory_threshold_percent_max: percent(
                bounds.memory_threshold_max,
                ours_bounds.memory_threshold_percent_max,
            ),
            window_secs_min: count(bounds.window_seconds_min, ours_bounds.window_secs_min),
            removals_max: count(bounds.removals_max, ours_bounds.removals_max),
        },
    })
}
