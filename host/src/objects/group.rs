//! NodeGroups and VPSieNodes, as the reference wrote them: the same fields under the same names.
//!
//! A field that neither the reference nor we know is an error. One of the reference's that has no
//! rule with us is checked, and named in a warning.

use super::meta::{Meta, Object, labels, named};
use super::pod::effect;
use super::quantity::Quantity;
use super::wire::{BigCount, Count, Int, List, Long, Number, Pairs, Percent, Positive, Text, When, wire};
use super::{Fault, Reader, Unused};
use crate::kinds::{GROUP_FINALIZER, Record};
use decide::build::Builder;
use decide::marks;
use decide::provision::Papers;
use decide::resources::Amounts;
use decide::select::Labels;
use decide::world::{Effect, Group, Machine, ScaleDownPolicy, Taint};
use serde::de::{Deserialize, Deserializer};
use serde_json::Value;

const OFFER_CPU: &str = "autoscaler.vpsie.com/cpu";
const OFFER_MEMORY: &str = "autoscaler.vpsie.com/memory";
const HOURLY_PRICE: &str = "autoscaler.vpsie.com/hourly-price";
const PRICE: &str = "a price (expected for example 0.02)";
/// Nobody says how many pods a node of an offer takes; this is what the kubelet takes.
const OFFER_PODS: i64 = 110;
/// The schema's own defaults of `nodeGroupDefaults`.
const DEFAULT_NODES: (u32, u32) = (1, 10);

named!(WireGroup, WireMachine);

wire! {
    strict pub struct WireGroup<'a> {
        metadata: Meta<'a>,
        spec: GroupSpec<'a>,
        status: GroupStatus,
        ;
        "apiVersion": Text<'_>,
        "kind": Text<'_>,
    }
}

wire! {
    strict struct GroupSpec<'a> {
        min_nodes "minNodes": Option<Count>,
        max_nodes "maxNodes": Option<Positive>,
        desired_nodes "desiredNodes": Option<Count>,
        allow_mixed_instances "allowMixedInstances": Option<bool>,
        labels: Option<Pairs<'a>>,
        taints: Option<List<WireTaint<'a>>>,
        scale_up_policy "scaleUpPolicy": WireScaleUp,
        scale_down_policy "scaleDownPolicy": WireScaleDown,
        spot_config "spotConfig": Option<SpotConfig>,
        multi_region "multiRegion": Option<MultiRegion>,
        cost_optimization "costOptimization": Option<CostOptimization>,
        ;
        "datacenterID": Text<'_>,
        "resourceIdentifier": Text<'_>,
        "project": Text<'_>,
        "offeringIDs": List<Text<'_>>,
        "osImageID": Text<'_>,
        "kubernetesVersion": Text<'_>,
        "preferredInstanceType": Text<'_>,
        "sshKeyIDs": List<Text<'_>>,
        "tags": List<Text<'_>>,
        "notes": Text<'_>,
        "kubeSizeID": Positive,
    }
}

wire! {
    /// `nodeGroupDefaults` of the AutoscalerConfig.
    strict pub struct Defaults<'a> {
        min_nodes "minNodes": Option<Count>,
        max_nodes "maxNodes": Option<Positive>,
        labels: Option<Pairs<'a>>,
        taints: Option<List<WireTaint<'a>>>,
        scale_up_policy "scaleUpPolicy": WireScaleUp,
        scale_down_policy "scaleDownPolicy": WireScaleDown,
        cost_optimization "costOptimization": Option<CostOptimization>,
        spot_config "spotConfig": Option<SpotConfig>,
        ;
        "namespace": Text<'_>,
        "datacenterID": Text<'_>,
        "offeringIDs": List<Text<'_>>,
        "resourceIdentifier": Text<'_>,
        "project": Text<'_>,
        "osImageID": Text<'_>,
        "kubernetesVersion": Text<'_>,
        "kubeSizeID": Positive,
        "sshKeyIDs": List<Text<'_>>,
        "tags": List<Text<'_>>,
        "notes": Text<'_>,
    }
}

wire! {
    strict struct WireTaint<'a> {
        key: Text<'a>,
        value: Text<'a>,
        effect: Text<'a>,
        time_added "timeAdded": Option<When>,
    }
}

wire! {
    strict struct WireScaleUp {
        enabled: Option<bool>,
        stabilization_window_seconds "stabilizationWindowSeconds": Option<Count>,
        cpu_threshold "cpuThreshold": Option<Percent>,
        memory_threshold "memoryThreshold": Option<Percent>,
    }
}

wire! {
    strict struct WireScaleDown {
        enabled: Option<bool>,
        stabilization_window_seconds "stabilizationWindowSeconds": Option<Count>,
        cpu_threshold "cpuThreshold": Option<Percent>,
        memory_threshold "memoryThreshold": Option<Percent>,
        cooldown_seconds "cooldownSeconds": Option<Count>,
    }
}

wire! {
    strict struct SpotConfig {
        ;
        "enabled": bool,
        "maxSpotPercentage": Percent,
        "fallbackToOnDemand": bool,
        "interruptionGracePeriod": Text<'_>,
        "allowedInterruptionRate": Percent,
    }
}

wire! {
    strict struct MultiRegion {
        ;
        "enabled": bool,
        "datacenterIDs": List<Text<'_>>,
        "distributionStrategy": Text<'_>,
        "weightedDistribution": Pairs<'_, Int>,
        "primaryDatacenter": Text<'_>,
        "minNodesPerRegion": Count,
    }
}

wire! {
    strict struct CostOptimization {
        ;
        "enabled": bool,
        "strategy": Text<'_>,
        "optimizationInterval": Text<'_>,
        "minMonthlySavings": Number,
        "maxPerformanceImpact": Percent,
        "requireApproval": bool,
    }
}

wire! {
    strict struct GroupStatus {
        desired_nodes "desiredNodes": Option<Count>,
        last_scale_up_time "lastScaleUpTime": Option<When>,
        last_scale_down_time "lastScaleDownTime": Option<When>,
        back_off_until "backOffUntil": Option<When>,
        ;
        "currentNodes": Count,
        "readyNodes": Count,
        "vpsieGroupID": BigCount,
        "nodes": List<GroupNode>,
        "conditions": List<OurCondition<'_>>,
        "lastScaleTime": When,
        "observedGeneration": Long,
    }
}

wire! {
    strict struct GroupNode {
        ;
        "nodeName": Text<'_>,
        "vpsID": BigCount,
        "instanceType": Text<'_>,
        "status": Text<'_>,
        "createdAt": When,
        "readyAt": When,
        "ipAddress": Text<'_>,
    }
}

wire! {
    /// A condition on an object of ours.
    strict pub struct OurCondition<'a> {
        pub name "type": Text<'a>,
        pub status: Text<'a>,
        pub reason: Text<'a>,
        pub message: Text<'a>,
        ;
        "lastTransitionTime": When,
        "lastUpdateTime": When,
        "observedGeneration": Long,
    }
}

/// What an annotation says. One that makes no sense says nothing, and a warning says that.
fn annotated<T>(
    meta: &Meta<'_>,
    key: &str,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
    warnings: &mut Vec<String>,
) -> Option<T> {
    let text = meta.annotation(key)?;
    let value = read(text);
    if value.is_none() {
        let (namespace, name) = (meta.namespace(), &*meta.name);
        let found: String = text.chars().take(80).collect();
        warnings.push(format!(
            "NodeGroup {}/{name}: annotation {key}: {found:?} is not {expected}; it is passed over",
            &*namespace
        ));
    }
    value
}

impl<'a> Object<'a> for WireGroup<'a> {
    /// AutoscalerConfigs come first, so that the defaults are known.
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let WireGroup { metadata, spec, status, .. } = &self;
        let Reader { builder, group_defaults, unused, warnings, .. } = reader;
        let none = Defaults::default();
        let defaults = group_defaults.as_ref().unwrap_or(&none);
        let schema = |it: u32| group_defaults.as_ref().map(|_| it);
        let min = spec.min_nodes.or(defaults.min_nodes).map(Count::u32).or(schema(DEFAULT_NODES.0));
        let max = spec.max_nodes.or(defaults.max_nodes).map(Positive::u32).or(schema(DEFAULT_NODES.1));
        let min = min.ok_or_else(|| Fault::missing("spec.minNodes"))?;
        let max = max.ok_or_else(|| Fault::missing("spec.maxNodes"))?;
        if min > max {
            return Err(Fault::at("spec.minNodes", format!("{min} is above spec.maxNodes, which is {max}")));
        }

        let leaving = metadata.deletion_timestamp.is_some();
        // A person's wish for more nodes is a floor for as long as it stands; one that is deleted has none.
        let floor = if leaving { 0 } else { min.max(spec.desired_nodes.map_or(0, Count::u32).min(max)) };
        let own_taints = spec.taints.as_ref().or(defaults.taints.as_ref());
        let own_labels = spec.labels.as_ref().or(defaults.labels.as_ref());
        let cpu = annotated(metadata, OFFER_CPU, Quantity::EXPECTED, Quantity::parse, warnings);
        let memory = annotated(metadata, OFFER_MEMORY, Quantity::EXPECTED, Quantity::parse, warnings);
        let price_per_hour = annotated(metadata, HOURLY_PRICE, PRICE, billionths, warnings);
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
            min: floor,
            max,
            desired: status.desired_nodes.map_or(floor, Count::u32),
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
            price_per_hour,
            leaving,
            held: metadata.finalizers.iter().any(|it| &**it == GROUP_FINALIZER),
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

wire! {
    strict pub struct WireMachine<'a> {
        metadata: Meta<'a>,
        spec: MachineSpec<'a>,
        status: MachineStatus<'a>,
        ;
        "apiVersion": Text<'_>,
        "kind": Text<'_>,
    }
}

wire! {
    strict struct MachineSpec<'a> {
        node_group_name "nodeGroupName": Text<'a>,
        node_name "nodeName": Text<'a>,
        ;
        "vpsieInstanceID": BigCount,
        "instanceType": Text<'_>,
        "datacenterID": Text<'_>,
        "resourceIdentifier": Text<'_>,
        "project": Text<'_>,
        "osImageID": Text<'_>,
        "kubernetesVersion": Text<'_>,
        "sshKeyIDs": List<Text<'_>>,
        "ipAddress": Text<'_>,
        "ipv6Address": Text<'_>,
        "vpsieGroupID": BigCount,
        "vpsieNodeIdentifier": Text<'_>,
    }
}

wire! {
    strict struct MachineStatus<'a> {
        phase: Text<'a>,
        node_name "nodeName": Text<'a>,
        record: Condemned,
        ;
        "vpsieStatus": Text<'_>,
        "hostname": Text<'_>,
        "resources": MachineResources,
        "createdAt": When,
        "provisionedAt": When,
        "joinedAt": When,
        "readyAt": When,
        "terminatingAt": When,
        "deletedAt": When,
        "conditions": List<OurCondition<'_>>,
        "lastError": Text<'_>,
        "observedGeneration": Long,
    }
}

/// What the engine's record says of the way back; nothing where it is not one that we understand.
#[derive(Debug, Default)]
struct Condemned(Option<bool>);

impl<'de> Deserialize<'de> for Condemned {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Condemned, D::Error> {
        let Value::Object(record) = Value::deserialize(from)? else { return Ok(Condemned(None)) };
        let papers = Papers::try_from(&Record(record));
        Ok(Condemned(papers.ok().map(|it| it.condemned.is_some())))
    }
}

wire! {
    strict struct MachineResources {
        ;
        "cpu": BigCount,
        "memoryMB": BigCount,
        "diskGB": BigCount,
        "bandwidthGB": BigCount,
    }
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
            // Without a record of ours the phase is all there is.
            deleted: metadata.deletion_timestamp.is_some(),
            condemned: status.record.0.unwrap_or(matches!(phase, "Terminating" | "Deleting")),
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
