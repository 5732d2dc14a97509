//! AutoscalerConfig: all settings of the cluster, in one object named `default`.

use super::group::{Defaults, OurCondition, read_defaults};
use super::meta::{Meta, Object, named};
use super::wire::{BigCount, Count, Int, List, Long, Percent, Positive, Text, When, Whole, wire};
use super::{Fault, Reader};
use decide::settings::{Global, PaceBounds, ScaleDown, Settings, Source};

const NAME: &str = "default";
const INVENTORY_FROZEN: &str = "InventoryFrozen";

named!(WireConfig);

wire! {
    strict pub struct WireConfig<'a> {
        metadata: Meta<'a>,
        spec: Spec<'a>,
        status: Status<'a>,
        ;
        "apiVersion": Text<'_>,
        "kind": Text<'_>,
    }
}

wire! {
    strict struct Spec<'a> {
        node_group_defaults "nodeGroupDefaults": Option<Defaults<'a>>,
        global_settings "globalSettings": WireGlobal,
        scale_down "scaleDown": WireScaleDown<'a>,
    }
}

wire! {
    strict struct WireGlobal {
        scale_up_cooldown_seconds "scaleUpCooldownSeconds": Option<Count>,
        scale_down_cooldown_seconds "scaleDownCooldownSeconds": Option<Count>,
        max_concurrent_scale_ups "maxConcurrentScaleUps": Option<Positive>,
        max_concurrent_scale_downs "maxConcurrentScaleDowns": Option<Positive>,
        max_cluster_workers "maxClusterWorkers": Option<Count>,
        unschedulable_pod_grace_period_seconds "unschedulablePodGracePeriodSeconds": Option<Count>,
        enable_dynamic_node_group_creation "enableDynamicNodeGroupCreation": Option<bool>,
        enable_rebalancing "enableRebalancing": Option<bool>,
        node_ready_timeout_seconds "nodeReadyTimeoutSeconds": Option<Whole<60, { i32::MAX as i64 }>>,
        pod_eviction_timeout_seconds "podEvictionTimeoutSeconds": Option<Count>,
    }
}

wire! {
    strict struct WireScaleDown<'a> {
        enabled: Option<bool>,
        paused: Option<bool>,
        utilization_source "utilizationSource": Text<'a>,
        quorum_percent "quorumPercent": Option<Percent>,
        sample_max_age_seconds "sampleMaxAgeSeconds": Option<Count>,
        count_daemon_set_pods "countDaemonSetPods": Option<bool>,
        max_drains "maxDrains": Option<Count>,
        unready_nodes "unreadyNodes": Text<'a>,
        unready_seconds "unreadySeconds": Option<Count>,
        min_age_seconds "minAgeSeconds": Option<Count>,
        expendable_priority_below "expendablePriorityBelow": Option<Int>,
        unhealthy_percent_max "unhealthyPercentMax": Option<Percent>,
        unhealthy_nodes_min "unhealthyNodesMin": Option<Count>,
        min_cores "minCores": Option<BigCount>,
        min_memory_bytes "minMemoryBytes": Option<BigCount>,
        spare_daemon_set_pdbs "spareDaemonSetPdbs": Option<bool>,
        max_grace_seconds "maxGraceSeconds": Option<Count>,
        drain_timeout_seconds "drainTimeoutSeconds": Option<Count>,
        pace_bounds "paceBounds": WirePaceBounds,
    }
}

wire! {
    strict struct WirePaceBounds {
        cpu_threshold_max "cpuThresholdMax": Option<Percent>,
        memory_threshold_max "memoryThresholdMax": Option<Percent>,
        window_seconds_min "windowSecondsMin": Option<Count>,
        removals_max "removalsMax": Option<Count>,
    }
}

wire! {
    strict struct Status<'a> {
        conditions: List<OurCondition<'a>>,
        ;
        "observedGeneration": Long,
        "lastUpdated": When,
        "active": bool,
        "message": Text<'_>,
    }
}

impl<'a> Object<'a> for WireConfig<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let WireConfig { metadata, spec, status, .. } = self;
        let scale_down = scale_down(&spec.scale_down)?;
        if &*metadata.name != NAME {
            let name = super::error::shown(&metadata.name);
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
