//! NodeGroups and VPSieNodes, as the reference wrote them: the same fields under the same names.
//!
//! A field that neither the reference nor we know is an error. One of the reference's that has no
//! rule with us is checked, and named in a warning.

use super::meta::{Meta, Object, annotated, labels, named};
use super::pod::effect;
use super::quantity::Quantity;
use super::wire::{
    BigCount, Count, Int, List, Long, Number, Pairs, Percent, Positive, Text, When, Whole, absent,
};
use super::{Fault, Reader, Unused};
use decide::build::Builder;
use decide::marks;
use decide::resources::Amounts;
use decide::select::Labels;
use decide::world::{Effect, Group, Machine, ScaleDownPolicy, Taint};
use serde::Deserialize;
use serde::de::IgnoredAny;

const OFFER_CPU: &str = "autoscaler.vpsie.com/cpu";
const OFFER_MEMORY: &str = "autoscaler.vpsie.com/memory";
const HOURLY_PRICE: &str = "autoscaler.vpsie.com/hourly-price";
/// Nobody says how many pods a node of an offer takes; this is what the kubelet takes.
const OFFER_PODS: i64 = 110;
/// The schema's own defaults of `nodeGroupDefaults`.
const DEFAULT_NODES: (i64, i64) = (1, 10);

named!(WireGroup, WireMachine);

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
pub struct WireGroup<'a> {
    api_version: IgnoredField,
    kind: IgnoredField,
    #[serde(deserialize_with = "absent")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "absent")]
    spec: GroupSpec<'a>,
    #[serde(deserialize_with = "absent")]
    status: GroupStatus<'a>,
}

/// Read elsewhere already.
pub type IgnoredField = Option<IgnoredAny>;

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct GroupSpec<'a> {
    min_nodes: Option<Count>,
    max_nodes: Option<Positive>,
    #[serde(rename = "datacenterID")]
    datacenter_id: Text<'a>,
    resource_identifier: Text<'a>,
    project: Text<'a>,
    #[serde(rename = "offeringIDs")]
    offering_ids: List<Text<'a>>,
    #[serde(rename = "osImageID")]
    os_image_id: Text<'a>,
    kubernetes_version: Text<'a>,
    preferred_instance_type: Text<'a>,
    allow_mixed_instances: Option<bool>,
    labels: Option<Pairs<'a>>,
    taints: Option<List<WireTaint<'a>>>,
    #[serde(deserialize_with = "absent")]
    scale_up_policy: WireScaleUp,
    #[serde(deserialize_with = "absent")]
    scale_down_policy: WireScaleDown,
    #[serde(rename = "sshKeyIDs")]
    ssh_key_ids: List<Text<'a>>,
    tags: List<Text<'a>>,
    notes: Text<'a>,
    #[serde(rename = "kubeSizeID")]
    kube_size_id: Option<Positive>,
    spot_config: Option<SpotConfig<'a>>,
    multi_region: Option<MultiRegion<'a>>,
    cost_optimization: Option<CostOptimization<'a>>,
}

/// `nodeGroupDefaults` of the AutoscalerConfig.
#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
pub struct Defaults<'a> {
    min_nodes: Option<Count>,
    max_nodes: Option<Positive>,
    namespace: Text<'a>,
    #[serde(rename = "datacenterID")]
    datacenter_id: Text<'a>,
    #[serde(rename = "offeringIDs")]
    offering_ids: List<Text<'a>>,
    resource_identifier: Text<'a>,
    project: Text<'a>,
    #[serde(rename = "osImageID")]
    os_image_id: Text<'a>,
    kubernetes_version: Text<'a>,
    #[serde(rename = "kubeSizeID")]
    kube_size_id: Option<Positive>,
    labels: Option<Pairs<'a>>,
    taints: Option<List<WireTaint<'a>>>,
    #[serde(deserialize_with = "absent")]
    scale_up_policy: WireScaleUp,
    #[serde(deserialize_with = "absent")]
    scale_down_policy: WireScaleDown,
    cost_optimization: Option<CostOptimization<'a>>,
    #[serde(rename = "sshKeyIDs")]
    ssh_key_ids: List<Text<'a>>,
    tags: List<Text<'a>>,
    notes: Text<'a>,
    spot_config: Option<SpotConfig<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct WireTaint<'a> {
    key: Text<'a>,
    value: Text<'a>,
    effect: Text<'a>,
    time_added: Option<When>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct WireScaleUp {
    enabled: Option<bool>,
    stabilization_window_seconds: Option<Count>,
    cpu_threshold: Option<Percent>,
    memory_threshold: Option<Percent>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct WireScaleDown {
    enabled: Option<bool>,
    stabilization_window_seconds: Option<Count>,
    cpu_threshold: Option<Percent>,
    memory_threshold: Option<Percent>,
    cooldown_seconds: Option<Count>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct SpotConfig<'a> {
    enabled: Option<bool>,
    max_spot_percentage: Option<Percent>,
    fallback_to_on_demand: Option<bool>,
    interruption_grace_period: Text<'a>,
    allowed_interruption_rate: Option<Percent>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct MultiRegion<'a> {
    enabled: Option<bool>,
    #[serde(rename = "datacenterIDs")]
    datacenter_ids: List<Text<'a>>,
    distribution_strategy: Text<'a>,
    weighted_distribution: Pairs<'a, Int>,
    primary_datacenter: Text<'a>,
    min_nodes_per_region: Option<Count>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct CostOptimization<'a> {
    enabled: Option<bool>,
    strategy: Text<'a>,
    optimization_interval: Text<'a>,
    min_monthly_savings: Option<Number>,
    max_performance_impact: Option<Percent>,
    require_approval: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct GroupStatus<'a> {
    current_nodes: Option<Count>,
    desired_nodes: Option<Count>,
    ready_nodes: Option<Count>,
    #[serde(rename = "vpsieGroupID")]
    vpsie_group_id: Option<BigCount>,
    nodes: List<GroupNode<'a>>,
    conditions: List<OurCondition<'a>>,
    last_scale_time: Option<When>,
    last_scale_up_time: Option<When>,
    last_scale_down_time: Option<When>,
    observed_generation: Option<Long>,
    back_off_until: Option<When>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct GroupNode<'a> {
    node_name: Text<'a>,
    #[serde(rename = "vpsID")]
    vps_id: Option<BigCount>,
    instance_type: Text<'a>,
    status: Text<'a>,
    created_at: Option<When>,
    ready_at: Option<When>,
    ip_address: Text<'a>,
}

/// A condition on an object of ours.
#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
pub struct OurCondition<'a> {
    #[serde(rename = "type")]
    pub name: Text<'a>,
    pub status: Text<'a>,
    pub reason: Text<'a>,
    pub message: Text<'a>,
    last_transition_time: Option<When>,
    last_update_time: Option<When>,
    observed_generation: Option<Long>,
}

impl<'a> Object<'a> for WireGroup<'a> {
    /// AutoscalerConfigs come first, so that the defaults are known.
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let WireGroup { metadata, spec, status, .. } = &self;
        let Reader { builder, group_defaults, unused, .. } = reader;
        let none = Defaults::default();
        let defaults = group_defaults.as_ref().unwrap_or(&none);
        let schema = |it: i64| group_defaults.as_ref().map(|_| it);

        let min = spec.min_nodes.or(defaults.min_nodes).map(|it| it.0).or(schema(DEFAULT_NODES.0));
        let max = spec.max_nodes.or(defaults.max_nodes).map(|it| it.0).or(schema(DEFAULT_NODES.1));
        let min = min.ok_or_else(|| Fault::missing("spec.minNodes"))?;
        let max = max.ok_or_else(|| Fault::missing("spec.maxNodes"))?;
        if min > max {
            return Err(Fault::at("spec.minNodes", format!("{min} is above spec.maxNodes, which is {max}")));
        }
        let (min, max) = (Whole::<0, { i64::MAX }>(min).u32(), Whole::<0, { i64::MAX }>(max).u32());

        let own_taints = spec.taints.as_ref().or(defaults.taints.as_ref());
        let own_labels = spec.labels.as_ref().or(defaults.labels.as_ref());
        let cpu = annotated(metadata, OFFER_CPU, Quantity::EXPECTED, Quantity::parse)?;
        let memory = annotated(metadata, OFFER_MEMORY, Quantity::EXPECTED, Quantity::parse)?;
        let offer = cpu.zip(memory).map(|(cpu, memory)| Amounts {
            cpu: cpu.millis(),
            memory: memory.units(),
            pods: OFFER_PODS,
            ..Amounts::default()
        });
        let group = Group {
            name: builder.name(&metadata.name),
            namespace: builder.name(&metadata.namespace()),
            managed: metadata.labels.get(marks::MANAGED).is_some_and(|it| &**it == "true"),
            labels: metadata.labels(builder),
            annotations: metadata.annotations(builder),
            min,
            max,
            desired: status.desired_nodes.map_or(min, Count::u32),
            scale_down: scale_down(&spec.scale_down_policy, &defaults.scale_down_policy),
            scale_up_enabled: spec
                .scale_up_policy
                .enabled
                .or(defaults.scale_up_policy.enabled)
                .unwrap_or(true),
            last_up: status.last_scale_up_time.map(|it| it.0),
            last_down: status.last_scale_down_time.map(|it| it.0),
            back_off_until: status.back_off_until.map(|it| it.0),
            node_labels: own_labels.map_or_else(Labels::default, |it| labels(it, builder)),
            node_taints: own_taints
                .map_or_else(|| Ok(Vec::new()), |it| taints(it, "spec.taints", builder))?,
            offer,
            price_per_hour: annotated(
                metadata,
                HOURLY_PRICE,
                "a price (expected for example 0.02)",
                billionths,
            )?,
        };
        builder.group(group);

        unused.note(spec.allow_mixed_instances.is_some(), "NodeGroup spec.allowMixedInstances");
        unused.note(spec.spot_config.is_some(), "NodeGroup spec.spotConfig");
        unused.note(spec.multi_region.is_some(), "NodeGroup spec.multiRegion");
        unused.note(spec.cost_optimization.is_some(), "NodeGroup spec.costOptimization");
        unused_scale_up(&spec.scale_up_policy, "NodeGroup spec", unused);
        Ok(())
    }
}

/// Checks what no group may come to need, and keeps the rest for those that do.
pub fn read_defaults<'a>(defaults: Defaults<'a>, reader: &mut Reader<'a>) -> Result<(), Fault> {
    if let Some(list) = &defaults.taints {
        taints(list, "spec.nodeGroupDefaults.taints", &mut reader.builder)?;
    }
    let unused = &mut reader.unused;
    let place = "AutoscalerConfig spec.nodeGroupDefaults";
    unused.note(defaults.spot_config.is_some(), &format!("{place}.spotConfig"));
    unused.note(defaults.cost_optimization.is_some(), &format!("{place}.costOptimization"));
    unused_scale_up(&defaults.scale_up_policy, place, unused);
    reader.group_defaults = Some(defaults);
    Ok(())
}

/// The thresholds of scale-up have no rule.
fn unused_scale_up(policy: &WireScaleUp, place: &str, unused: &mut Unused) {
    let mut note = |given, field| unused.note(given, &format!("{place}.scaleUpPolicy.{field}"));
    note(policy.stabilization_window_seconds.is_some(), "stabilizationWindowSeconds");
    note(policy.cpu_threshold.is_some(), "cpuThreshold");
    note(policy.memory_threshold.is_some(), "memoryThreshold");
}

/// Field by field: the group's own, else the default for all groups, else ours.
fn scale_down(own: &WireScaleDown, default: &WireScaleDown) -> ScaleDownPolicy {
    let ours = ScaleDownPolicy::default();
    let percent =
        |own: Option<Percent>, default: Option<Percent>, ours| own.or(default).map_or(ours, Percent::u32);
    let seconds = |own: Option<Count>, default: Option<Count>, ours| own.or(default).map_or(ours, Count::u32);
    ScaleDownPolicy {
        enabled: own.enabled.or(default.enabled).unwrap_or(ours.enabled),
        cpu_threshold_percent: percent(own.cpu_threshold, default.cpu_threshold, ours.cpu_threshold_percent),
        memory_threshold_percent: percent(
            own.memory_threshold,
            default.memory_threshold,
            ours.memory_threshold_percent,
        ),
        window_secs: seconds(
            own.stabilization_window_seconds,
            default.stabilization_window_seconds,
            ours.window_secs,
        ),
        cooldown_secs: seconds(own.cooldown_seconds, default.cooldown_seconds, ours.cooldown_secs),
    }
}

/// Unlike a taint on a node, which is a fact, one that a group asks for must be one that works.
fn taints(wires: &[WireTaint<'_>], path: &str, builder: &mut Builder) -> Result<Vec<Taint>, Fault> {
    let taint = |(index, it): (usize, &WireTaint<'_>)| {
        if it.key.is_empty() {
            return Err(Fault::missing(&format!("{path}[{index}].key")));
        }
        let effect = effect(&it.effect);
        if effect == Effect::Other {
            let path = format!("{path}[{index}].effect");
            return Err(Fault::not(path, &it.effect, "NoSchedule, PreferNoSchedule or NoExecute"));
        }
        let (key, value) = (builder.name(&it.key), builder.name(&it.value));
        Ok(Taint { key, value, effect, since: it.time_added.map(|it| it.0) })
    };
    wires.iter().enumerate().map(taint).collect()
}

/// A decimal number that is not negative, exactly, in billionths.
fn billionths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0').to_string() + if fraction.is_empty() { "" } else { "0" };
    if !digits(whole) || !digits(&fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let missing = 9_u32.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let fraction: i64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    whole.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(fraction * 10_i64.pow(missing))
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
pub struct WireMachine<'a> {
    api_version: IgnoredField,
    kind: IgnoredField,
    #[serde(deserialize_with = "absent")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "absent")]
    spec: MachineSpec<'a>,
    #[serde(deserialize_with = "absent")]
    status: MachineStatus<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct MachineSpec<'a> {
    #[serde(rename = "vpsieInstanceID")]
    vpsie_instance_id: Option<BigCount>,
    instance_type: Text<'a>,
    node_group_name: Text<'a>,
    #[serde(rename = "datacenterID")]
    datacenter_id: Text<'a>,
    resource_identifier: Text<'a>,
    project: Text<'a>,
    #[serde(rename = "osImageID")]
    os_image_id: Text<'a>,
    kubernetes_version: Text<'a>,
    #[serde(rename = "sshKeyIDs")]
    ssh_key_ids: List<Text<'a>>,
    node_name: Text<'a>,
    ip_address: Text<'a>,
    ipv6_address: Text<'a>,
    #[serde(rename = "vpsieGroupID")]
    vpsie_group_id: Option<BigCount>,
    vpsie_node_identifier: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "'de: 'a"),
    expecting = "an object"
)]
struct MachineStatus<'a> {
    phase: Text<'a>,
    node_name: Text<'a>,
    vpsie_status: Text<'a>,
    hostname: Text<'a>,
    resources: Option<MachineResources>,
    created_at: Option<When>,
    provisioned_at: Option<When>,
    joined_at: Option<When>,
    ready_at: Option<When>,
    terminating_at: Option<When>,
    deleted_at: Option<When>,
    conditions: List<OurCondition<'a>>,
    last_error: Text<'a>,
    observed_generation: Option<Long>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct MachineResources {
    cpu: Option<BigCount>,
    #[serde(rename = "memoryMB")]
    memory_mb: Option<BigCount>,
    #[serde(rename = "diskGB")]
    disk_gb: Option<BigCount>,
    #[serde(rename = "bandwidthGB")]
    bandwidth_gb: Option<BigCount>,
}

impl<'a> Object<'a> for WireMachine<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let builder = &mut reader.builder;
        let WireMachine { metadata, spec, status, .. } = &self;
        let labelled = metadata.labels.get(marks::GROUP).filter(|it| !it.is_empty());
        let group = labelled.unwrap_or(&spec.node_group_name);
        if group.is_empty() {
            return Err(Fault::missing("spec.nodeGroupName"));
        }
        let node = if status.node_name.is_empty() { &spec.node_name } else { &status.node_name };
        let phase = if status.phase.is_empty() { "Pending" } else { &status.phase };
        let machine = Machine {
            namespace: builder.name(&metadata.namespace()),
            name: builder.name(&metadata.name),
            group: builder.name(group),
            phase: builder.name(phase),
            node: builder.name(&node.to_lowercase()),
        };
        builder.machine(machine);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::billionths;

    #[test]
    fn prices_are_exact() {
        let table = [
            ("0.02", Some(20_000_000)),
            ("2.40", Some(2_400_000_000)),
            ("3", Some(3_000_000_000)),
            ("0.0", Some(0)),
            ("0", Some(0)),
            ("0.000000001", Some(1)),
            ("0.0000000010", Some(1)),
            ("0.0000000001", None),
            ("9223372036.854775807", Some(i64::MAX)),
            ("9223372036.854775808", None),
            ("99999999999999999999", None),
            ("-1", None),
            ("+1", None),
            ("1.", None),
            (".5", None),
            ("", None),
            ("1e3", None),
            ("0,02", None),
            ("1.2.3", None),
            ("free", None),
        ];
        for (text, expect) in table {
            assert_eq!(billionths(text), expect, "{text}");
        }
    }
}
