//! Every variant in words. What people read is checked as it stands.

use crate::marks::{DoNotDisrupt, Mark};
use crate::place::Obstacle;
use crate::place::company::Unsuited;
use crate::place::volumes::OutOfReach;
use crate::plan::{
    Block, Busy, Cooling, Cordon, Disabled, Limit, NotManaged, NotYet, PendingReason, Reason, Resource,
    Spent, Step, Veto,
};
use crate::time::{Stamp, Time};
use crate::world::{Name, PodName};
use std::collections::BTreeSet;

/// 2026-11-20T10:00:00Z.
const NOW: Time = Time(1_795_168_800);

fn pod(name: &str) -> PodName {
    PodName { namespace: "web".into(), name: name.into() }
}

fn at(ahead_secs: i64) -> Time {
    NOW.plus(ahead_secs)
}

fn mark(key: &str, value: &str, label: bool) -> Reason {
    Reason::Protected(Mark { key: key.into(), value: value.into(), label })
}

fn blocks(block: Block) -> Reason {
    Reason::PodBlocks { pod: pod("a-0"), block }
}

fn disrupts(it: DoNotDisrupt) -> Reason {
    blocks(Block::DoNotDisrupt(it))
}

fn stuck(obstacle: Obstacle) -> Reason {
    Reason::NoPlaceToMovePods { pod: pod("a-0"), alone: true, nearest: Some(("n2".into(), obstacle)) }
}

fn room(resource: &str, needs: i64, free: i64) -> Obstacle {
    Obstacle::Room { resource: resource.into(), needs, free }
}

fn veto(text: &str, flips: Option<&str>, until: Option<Time>) -> Reason {
    Reason::Vetoed(Box::new(Veto {
        policy: "safety".into(),
        code: "local-storage".into(),
        text: text.into(),
        flips: flips.map(Name::from),
        pod: Some(pod("cache-0")),
        until,
    }))
}

fn use_of(resource: Resource, use_hundredths: u32, threshold_hundredths: u32, window: Option<u32>) -> Reason {
    Reason::Busy(Busy::Use { resource, use_hundredths, threshold_hundredths, window_secs: window })
}

/// Reason, detail, flips (empty: none), blocker (empty: none).
#[rustfmt::skip]
fn table() -> Vec<(Reason, &'static str, &'static str, &'static str)> {
    vec![
        (Reason::ControlPlane { label: "node-role.kubernetes.io/master".into() },
            "label node-role.kubernetes.io/master makes it a control-plane node, and those never go", "", ""),
        (Reason::NotManaged(NotManaged::NoLabel),
            "it has no label autoscaler.vpsie.com/managed: \"true\"",
            "label autoscaler.vpsie.com/managed: \"true\"", ""),
        (Reason::NotManaged(NotManaged::NoGroupNamed),
            "it has no label autoscaler.vpsie.com/nodegroup that names its NodeGroup",
            "label autoscaler.vpsie.com/nodegroup that names a managed NodeGroup", ""),
        (Reason::NotManaged(NotManaged::NoSuchGroup { group: "workers".into() }),
            "its label autoscaler.vpsie.com/nodegroup names \"workers\", and there is no such NodeGroup",
            "a managed NodeGroup \"workers\"", "workers"),
        (Reason::NotManaged(NotManaged::GroupNotManaged { group: "workers".into() }),
            "its NodeGroup workers has no label autoscaler.vpsie.com/managed: \"true\"",
            "label autoscaler.vpsie.com/managed: \"true\" on NodeGroup workers", "workers"),
        (Reason::NotManaged(NotManaged::SeveralGroups { group: "w".into(), namespaces: vec!["a".into(), "b".into()] }),
            "a/w and b/w are 2 managed NodeGroups of one name",
            "only one managed NodeGroup w", "w"),
        (Reason::InventoryFrozen { why: "40 of 100 servers missing.".into() },
            "the provider's list of servers cannot be trusted just now: 40 of 100 servers missing",
            "condition InventoryFrozen of the AutoscalerConfig no longer True", ""),
        (Reason::ClusterUnhealthy { unready: 5, nodes: 9, percent_max: 45, nodes_min: 3 },
            "5 of 9 nodes are not Ready; with more than 45 % and more than 3 nobody goes",
            "at most 4 nodes not Ready", ""),
        (mark("autoscaler.vpsie.com/protected", "true", false),
            "annotation autoscaler.vpsie.com/protected: \"true\"",
            "annotation autoscaler.vpsie.com/protected removed", ""),
        (mark("autoscaler.vpsie.com/scale-down-disabled", "true", true),
            "label autoscaler.vpsie.com/scale-down-disabled: \"true\"",
            "label autoscaler.vpsie.com/scale-down-disabled removed", ""),
        (mark("atlassian.com/no-delete", "until we\nknow more", false),
            "annotation atlassian.com/no-delete: \"until we\\nknow more\"",
            "annotation atlassian.com/no-delete removed", ""),
        (Reason::ScaleDownDisabled(Disabled::Paused),
            "removals are paused: scaleDown.paused of the AutoscalerConfig is true", "scaleDown.paused: false", ""),
        (Reason::ScaleDownDisabled(Disabled::Everywhere),
            "scale-down is off: scaleDown.enabled of the AutoscalerConfig is false", "scaleDown.enabled: true", ""),
        (Reason::ScaleDownDisabled(Disabled::Group { group: "workers".into() }),
            "scale-down of group workers is off: its scaleDownPolicy.enabled is false",
            "scaleDownPolicy.enabled: true of group workers", ""),
        (Reason::ScaleDownDisabled(Disabled::Mode { policy: "schedule".into(), why: "mode disabled".into(), until: Some(at(7200)) }),
            "policy schedule disables scale-down: mode disabled; changes at 2026-11-20T12:00:00Z (in 2 h)",
            "from 2026-11-20T12:00:00Z (in 2 h) on", ""),
        (Reason::ScaleDownDisabled(Disabled::Mode { policy: "mine".into(), why: "".into(), until: None }),
            "policy mine disables scale-down", "", ""),
        (Reason::Cordoned(Cordon::Unschedulable),
            "somebody made it unschedulable (kubectl uncordon undoes it)", "spec.unschedulable: false", ""),
        (Reason::Cordoned(Cordon::OtherAutoscaler { taint: "karpenter.sh/disrupted".into() }),
            "taint karpenter.sh/disrupted: another autoscaler is about to remove it",
            "taint karpenter.sh/disrupted removed", ""),
        (Reason::Cordoned(Cordon::TaintAlone { mark: Stamp::Absent }),
            "taint autoscaler.vpsie.com/leaving without the annotation autoscaler.vpsie.com/leaving-since: not set by us",
            "taint autoscaler.vpsie.com/leaving removed", ""),
        (Reason::Cordoned(Cordon::TaintAlone { mark: Stamp::At(at(60)) }),
            "taint autoscaler.vpsie.com/leaving, but annotation autoscaler.vpsie.com/leaving-since lies in the future: 2026-11-20T10:01:00Z (in 1 min)",
            "from 2026-11-20T10:01:00Z (in 1 min) on", ""),
        (Reason::Cordoned(Cordon::TaintAlone { mark: Stamp::Unreadable("soon".into()) }),
            "taint autoscaler.vpsie.com/leaving, but annotation autoscaler.vpsie.com/leaving-since is no RFC 3339 time: \"soon\"",
            "taint autoscaler.vpsie.com/leaving removed", ""),
        (Reason::Cordoned(Cordon::MarkAlone),
            "annotation autoscaler.vpsie.com/leaving-since without the taint autoscaler.vpsie.com/leaving:NoSchedule: not set by us",
            "annotation autoscaler.vpsie.com/leaving-since removed", ""),
        (Reason::NotReadyYet(NotYet::NeverReady), "it has not been Ready yet", "condition Ready", ""),
        (Reason::NotReadyYet(NotYet::Starting { taint: "autoscaler.vpsie.com/starting".into() }),
            "it is still being set up: start-up taint autoscaler.vpsie.com/starting",
            "taint autoscaler.vpsie.com/starting removed", ""),
        (Reason::NotReadyYet(NotYet::Young { age_secs: 480, min_secs: 600 }),
            "8 min old; at least 10 min from 2026-11-20T10:02:00Z (in 2 min) on",
            "from 2026-11-20T10:02:00Z (in 2 min) on", ""),
        (Reason::NotReadyYet(NotYet::Young { age_secs: -60, min_secs: 600 }),
            "created 1 min in the future; at least 10 min old it may go",
            "from 2026-11-20T10:11:00Z (in 11 min) on", ""),
        (Reason::Unready { since: Some(at(-300)), wait_secs: None },
            "not Ready since 2026-11-20T09:55:00Z (5 min ago); scaleDown.unreadyNodes keeps such nodes", "Ready again", ""),
        (Reason::Unready { since: Some(at(-300)), wait_secs: Some(1200) },
            "not Ready since 2026-11-20T09:55:00Z (5 min ago); removed after 20 min, from 2026-11-20T10:15:00Z (in 15 min) on",
            "Ready again", ""),
        (Reason::Unready { since: None, wait_secs: Some(1200) }, "not Ready; removed after 20 min", "Ready again", ""),
        (Reason::Nominated { pod: pod("big-0") },
            "pending pod web/big-0 is about to use it", "pod web/big-0 placed elsewhere", "web/big-0"),
        (Reason::NoMetrics { gap: false },
            "the metrics API has no sample of it in the observation window; does metrics-server run?", "", ""),
        (Reason::NoMetrics { gap: true },
            "no sample of it in the observation window, and not all of the cluster could be read", "", ""),
        (Reason::StaleMetrics { age_secs: 420, max_secs: 300 },
            "its newest sample is 7 min old, at most 5 min may be", "a sample at most 5 min old", ""),
        (Reason::TooFewSamples { have: 6, need: 8, window_secs: 600 },
            "6 of the 8 samples that 10 min must hold", "2 samples more in the window", ""),
        (Reason::Busy(Busy::NothingAllocatable { resource: Resource::Cpu }),
            "it has no allocatable CPU, so nobody can say how used it is", "allocatable CPU above 0", ""),
        (use_of(Resource::Cpu, 6200, 5000, Some(600)),
            "CPU 62.0 % of allocatable over 10 min; removed below 50 %", "CPU use below 50 %", ""),
        (use_of(Resource::Memory, 5001, 5000, None),
            "memory requests 50.01 % of allocatable; removed below 50 %", "memory requests below 50 %", ""),
        (use_of(Resource::Cpu, 300, 0, Some(600)),
            "CPU 3.0 % of allocatable over 10 min; a threshold of 0 never lets a node go", "CPU threshold above 3.0 %", ""),
        (Reason::Busy(Busy::Quorum { below: 7, of: 9, percent: 80, window_secs: 600 }),
            "7 of 9 samples of 10 min are below both thresholds; 80 % must be", "8 of 9 samples below both thresholds", ""),
        (Reason::NotIdleLongEnough { since: Stamp::Absent, window_secs: 600 },
            "removed when idle for 10 min; annotation autoscaler.vpsie.com/idle-since does not say since when it is",
            "annotation autoscaler.vpsie.com/idle-since at least 10 min ago", ""),
        (Reason::NotIdleLongEnough { since: Stamp::At(at(-240)), window_secs: 600 },
            "idle since 2026-11-20T09:56:00Z (4 min ago); removed when idle for 10 min, from 2026-11-20T10:06:00Z (in 6 min) on",
            "from 2026-11-20T10:06:00Z (in 6 min) on", ""),
        (Reason::NotIdleLongEnough { since: Stamp::At(at(60)), window_secs: 600 },
            "removed when idle for 10 min; annotation autoscaler.vpsie.com/idle-since lies in the future: 2026-11-20T10:01:00Z (in 1 min)",
            "from 2026-11-20T10:11:00Z (in 11 min) on", ""),
        (Reason::NotIdleLongEnough { since: Stamp::Unreadable("x".into()), window_secs: 600 },
            "removed when idle for 10 min; annotation autoscaler.vpsie.com/idle-since is no RFC 3339 time: \"x\"",
            "annotation autoscaler.vpsie.com/idle-since at least 10 min ago", ""),
        (blocks(Block::NotSafeToEvict),
            "pod web/a-0 says cluster-autoscaler.kubernetes.io/safe-to-evict: \"false\"",
            "cluster-autoscaler.kubernetes.io/safe-to-evict removed from the pod", "web/a-0"),
        (disrupts(DoNotDisrupt::Always),
            "pod web/a-0 says karpenter.sh/do-not-disrupt: \"true\"",
            "karpenter.sh/do-not-disrupt removed from the pod", "web/a-0"),
        (disrupts(DoNotDisrupt::Until(at(1200))),
            "pod web/a-0 must not be disrupted before 2026-11-20T10:20:00Z (in 20 min) (karpenter.sh/do-not-disrupt)",
            "from 2026-11-20T10:20:00Z (in 20 min) on", "web/a-0"),
        (disrupts(DoNotDisrupt::NoStart("30m".into())),
            "pod web/a-0 says karpenter.sh/do-not-disrupt: \"30m\" from its start, which nobody knows",
            "karpenter.sh/do-not-disrupt removed from the pod", "web/a-0"),
        (disrupts(DoNotDisrupt::NotPositive("-5m".into())),
            "pod web/a-0 says karpenter.sh/do-not-disrupt: \"-5m\", which is no positive length of time",
            "karpenter.sh/do-not-disrupt removed from the pod", "web/a-0"),
        (disrupts(DoNotDisrupt::Unreadable("yes".into())),
            "pod web/a-0 says karpenter.sh/do-not-disrupt: \"yes\", which is neither true nor a length such as 30m",
            "karpenter.sh/do-not-disrupt removed from the pod", "web/a-0"),
        (blocks(Block::WaitsForCompletion),
            "pod web/a-0 is to finish first: cluster-autoscaler.kubernetes.io/safe-to-evict: \"on-completion\"",
            "pod web/a-0 finished", "web/a-0"),
        (blocks(Block::PdbInvalid { pdb: "front".into(), why: "operator \"Is\" is not known.".into() }),
            "pod web/a-0: the selector of PodDisruptionBudget web/front cannot be read: operator \"Is\" is not known",
            "a readable selector in web/front", "web/a-0"),
        (blocks(Block::PdbMultiple { pdbs: vec!["front".into(), "all".into()] }),
            "pod web/a-0 is under 2 PodDisruptionBudgets, front and all, and so cannot be evicted",
            "one PodDisruptionBudget over the pod", "web/a-0"),
        (blocks(Block::PdbStale { pdb: "front".into() }),
            "pod web/a-0: the status of PodDisruptionBudget web/front is older than its spec",
            "a fresh status of web/front", "web/a-0"),
        (blocks(Block::PdbExhausted { pdb: "front".into(), spent_here: false }),
            "pod web/a-0: PodDisruptionBudget web/front allows no disruption now",
            "1 disruption allowed by web/front", "web/a-0"),
        (blocks(Block::PdbExhausted { pdb: "front".into(), spent_here: true }),
            "pod web/a-0: what PodDisruptionBudget web/front allows is spent on nodes that go first",
            "1 more disruption allowed by web/front", "web/a-0"),
        (blocks(Block::LocalVolume { claim: "data".into(), volume: "pv-1".into() }),
            "pod web/a-0 keeps data on this node: claim data, volume pv-1", "", "web/a-0"),
        (blocks(Block::VolumeUnknown { what: "claim data".into() }),
            "pod web/a-0 names claim data, which is not there", "claim data is there", "web/a-0"),
        (Reason::NoPlaceToMovePods { pod: pod("a-0"), alone: true, nearest: None },
            "pod web/a-0 fits nowhere else: no other node takes pods", "", "web/a-0"),
        (Reason::NoPlaceToMovePods { pod: pod("a-0"), alone: false, nearest: Some(("n2".into(), room("cpu", 2, 1))) },
            "pod web/a-0 finds no place once the other pods of the node have taken theirs", "", "web/a-0"),
        (stuck(room("cpu", 1500, 250)),
            "pod web/a-0 fits nowhere else; nearest n2: needs 1500m CPU, 250m free", "1250m CPU more free on n2", "web/a-0"),
        (stuck(room("memory", 2 << 30, -5)),
            "pod web/a-0 fits nowhere else; nearest n2: needs 2Gi memory, none free", "2Gi memory more free on n2", "web/a-0"),
        (stuck(room("nvidia.com/gpu", 1, 0)),
            "pod web/a-0 fits nowhere else; nearest n2: needs 1 nvidia.com/gpu, none free",
            "1 nvidia.com/gpu more free on n2", "web/a-0"),
        (stuck(Obstacle::Slots { most: 110 }),
            "pod web/a-0 fits nowhere else; nearest n2: takes no more than 110 pods", "room for 1 more pod on n2", "web/a-0"),
        (stuck(Obstacle::Devices),
            "pod web/a-0 fits nowhere else; nearest n2: claims devices (spec.resourceClaims), which nobody plans for yet", "", "web/a-0"),
        (stuck(Obstacle::Taint { key: "gpu".into(), value: "yes".into() }),
            "pod web/a-0 fits nowhere else; nearest n2: does not tolerate taint gpu=yes",
            "a toleration of taint gpu=yes, as on n2", "web/a-0"),
        (stuck(Obstacle::NodeAffinity),
            "pod web/a-0 fits nowhere else; nearest n2: node selector or required node affinity does not match", "", "web/a-0"),
        (stuck(Obstacle::Port { port: 80, protocol: "TCP".into() }),
            "pod web/a-0 fits nowhere else; nearest n2: host port 80/TCP is taken", "", "web/a-0"),
        (stuck(Obstacle::Volume(OutOfReach::Nowhere { what: "claim data does not exist".into() })),
            "pod web/a-0 fits nowhere else; nearest n2: claim data does not exist", "", "web/a-0"),
        (stuck(Obstacle::Volume(OutOfReach::Tied)),
            "pod web/a-0 fits nowhere else; nearest n2: its volume is tied to other nodes", "", "web/a-0"),
        (stuck(Obstacle::Volume(OutOfReach::Zone { label: "topology.kubernetes.io/zone".into() })),
            "pod web/a-0 fits nowhere else; nearest n2: its volume is elsewhere (topology.kubernetes.io/zone)", "", "web/a-0"),
        (stuck(Obstacle::Volume(OutOfReach::Class)),
            "pod web/a-0 fits nowhere else; nearest n2: its storage class does not allow the topology of the node", "", "web/a-0"),
        (stuck(Obstacle::Volume(OutOfReach::Attachments { driver: "csi.vpsie.com".into(), most: 8 })),
            "pod web/a-0 fits nowhere else; nearest n2: driver csi.vpsie.com attaches no more than 8 volumes", "", "web/a-0"),
        (stuck(Obstacle::Company(Unsuited::Unreadable)),
            "pod web/a-0 fits nowhere else; nearest n2: a selector of its affinity or spread cannot be read", "", "web/a-0"),
        (stuck(Obstacle::Company(Unsuited::Near { topology: "zone".into() })),
            "pod web/a-0 fits nowhere else; nearest n2: no pod there that it must be near (affinity by zone)", "", "web/a-0"),
        (stuck(Obstacle::Company(Unsuited::Apart { topology: "kubernetes.io/hostname".into(), theirs: false })),
            "pod web/a-0 fits nowhere else; nearest n2: a pod there that it must be apart from (anti-affinity by kubernetes.io/hostname)", "", "web/a-0"),
        (stuck(Obstacle::Company(Unsuited::Apart { topology: "zone".into(), theirs: true })),
            "pod web/a-0 fits nowhere else; nearest n2: a pod there wants it apart (anti-affinity by zone)", "", "web/a-0"),
        (stuck(Obstacle::Company(Unsuited::NoDomain { topology: "my rack".into() })),
            "pod web/a-0 fits nowhere else; nearest n2: no label \"my rack\" there, by which it is spread", "", "web/a-0"),
        (stuck(Obstacle::Company(Unsuited::Skew { topology: "zone".into(), would_be: 2, max: 1 })),
            "pod web/a-0 fits nowhere else; nearest n2: a skew of 2 by zone, at most 1 may be", "", "web/a-0"),
        (Reason::OutsideWindow { policy: "schedule".into(), why: "no removals in the window Mon-Fri 09:00-17:00 (UTC)".into(), until: Some(at(25_200)) },
            "policy schedule: no removals in the window Mon-Fri 09:00-17:00 (UTC); opens at 2026-11-20T17:00:00Z (in 7 h)",
            "from 2026-11-20T17:00:00Z (in 7 h) on", ""),
        (Reason::OutsideWindow { policy: "mine".into(), why: "".into(), until: None },
            "policy mine allows no removals now; no opening in sight", "", ""),
        (veto("pod web/cache-0 keeps data in emptyDir volume scratch", Some("volume scratch in memory"), None),
            "pod web/cache-0 keeps data in emptyDir volume scratch", "volume scratch in memory", "web/cache-0"),
        (veto("too young\u{1b}[31m.\n\n", None, Some(at(60))),
            "too young [31m", "from 2026-11-20T10:01:00Z (in 1 min) on", "web/cache-0"),
        (veto(" ", Some(""), None), "policy safety says no, with code local-storage", "", "web/cache-0"),
        (Reason::PolicyFault { policy: "mine".into(), text: "out of fuel".into() }, "policy mine failed: out of fuel", "", ""),
        (Reason::Cooldown(Cooling::Group { group: "workers".into(), changed: at(-240), secs: 600 }),
            "group workers changed its size at 2026-11-20T09:56:00Z (4 min ago); it cools down for 10 min, until 2026-11-20T10:06:00Z (in 6 min)",
            "from 2026-11-20T10:06:00Z (in 6 min) on", ""),
        (Reason::Cooldown(Cooling::Grows { group: "workers".into(), secs: 600 }),
            "group workers grows in this plan; it cools down for 10 min after that",
            "from 2026-11-20T10:10:00Z (in 10 min) on", ""),
        (Reason::Cooldown(Cooling::Removal { at: at(-60), secs: 300 }),
            "a node was removed at 2026-11-20T09:59:00Z (1 min ago); the next goes 5 min later (scaleDownCooldownSeconds), from 2026-11-20T10:04:00Z (in 4 min) on",
            "from 2026-11-20T10:04:00Z (in 4 min) on", ""),
        (Reason::Cooldown(Cooling::ThisPlan { node: "n3".into(), secs: 300 }),
            "n3 goes now, the next 5 min later (scaleDownCooldownSeconds)",
            "from 2026-11-20T10:05:00Z (in 5 min) on", "n3"),
        (Reason::Cooldown(Cooling::TakenBack { not_before: Stamp::At(at(300)) }),
            "its removal was taken back, and is not tried again before 2026-11-20T10:05:00Z (in 5 min)",
            "from 2026-11-20T10:05:00Z (in 5 min) on", ""),
        (Reason::Cooldown(Cooling::TakenBack { not_before: Stamp::Unreadable("x".into()) }),
            "annotation autoscaler.vpsie.com/not-before is no RFC 3339 time: \"x\"",
            "annotation autoscaler.vpsie.com/not-before removed", ""),
        (Reason::Cooldown(Cooling::DrainTimeout { draining_since: at(-360), secs: 300 }),
            "not gone within 5 min: its drain began at 2026-11-20T09:54:00Z (6 min ago)", "", ""),
        (Reason::MinSize { group: "workers".into(), ready: 3, min: 3 },
            "group workers has 3 Ready nodes to stay, its minimum is 3",
            "4 Ready nodes in group workers, or minNodes 2", ""),
        (Reason::ClusterMinimum { resource: "cpu".into(), would_be: 11_500, min: 12_000 },
            "without it the cluster would have 11500m CPU, at least 12 CPU must stay (scaleDown.minCores)",
            "scaleDown.minCores at most 11", ""),
        (Reason::ClusterMinimum { resource: "memory".into(), would_be: 1 << 30, min: 1 << 31 },
            "without it the cluster would have 1Gi of memory, at least 2Gi must stay (scaleDown.minMemoryBytes)",
            "scaleDown.minMemoryBytes at most 1073741824", ""),
        (Reason::BudgetSpent(Spent::Cluster { at_once: 1 }),
            "could go, but no more than 1 node at once (maxConcurrentScaleDowns)", "maxConcurrentScaleDowns 2", ""),
        (Reason::BudgetSpent(Spent::Cluster { at_once: 0 }),
            "no node may go: maxConcurrentScaleDowns is 0", "maxConcurrentScaleDowns 1", ""),
        (Reason::BudgetSpent(Spent::Group { group: "workers".into(), at_once: 2 }),
            "could go, but no more than 2 nodes at once in group workers", "3 at once in group workers", ""),
        (Reason::BudgetSpent(Spent::Drains { most: 1 }),
            "could go, but no more than 1 node at once with pods to evict (scaleDown.maxDrains)", "scaleDown.maxDrains 2", ""),
        (Reason::BudgetSpent(Spent::Drains { most: 0 }),
            "has pods to evict, and scaleDown.maxDrains is 0", "scaleDown.maxDrains 1", ""),
        (Reason::BudgetSpent(Spent::TakesPods { of: "n3".into(), pod: pod("a-0") }),
            "takes pod web/a-0 of n3, which goes in this plan", "n3 does not go", "web/a-0"),
        (Reason::NotEvaluated,
            "the time box of this round ended before its turn; it is first in line next time", "", ""),
    ]
}

#[test]
fn every_reason_in_words() {
    let mut names = BTreeSet::new();
    let mut codes = BTreeSet::new();
    for (reason, detail, flips, blocker) in table() {
        names.insert(reason.name());
        codes.extend(reason.code().map(ToString::to_string));
        assert_eq!(reason.detail(NOW), detail);
        assert_eq!(reason.flips(NOW).unwrap_or_default(), flips, "{detail}");
        assert_eq!(reason.blocker().unwrap_or_default(), blocker, "{detail}");
        assert_fit(detail);
        assert_fit(if flips.is_empty() { "none" } else { flips });
    }
    assert_eq!(names, Reason::NAMES.into_iter().collect());
    assert!(Block::CODES.iter().all(|it| codes.contains(*it)));
}

#[test]
fn policies_are_named() {
    let mode = Disabled::Mode { policy: "mine".into(), why: "".into(), until: None };
    let closed = Reason::OutsideWindow { policy: "mine".into(), why: "".into(), until: None };
    let fault = Reason::PolicyFault { policy: "mine".into(), text: "".into() };
    for (reason, expect) in [
        (Reason::ScaleDownDisabled(mode), Some("mine")),
        (closed, Some("mine")),
        (fault, Some("mine")),
        (veto("no", None, None), Some("safety")),
        (Reason::NotEvaluated, None),
    ] {
        assert_eq!(reason.policy(), expect);
    }
}

#[test]
fn every_pending_reason_in_words() {
    let group = || Name::from("workers");
    let until = at(60);
    #[rustfmt::skip]
    let table = [
        (PendingReason::NotOurs { node: "n2".into() }, "NotOurs", "fits n2 as it is; the scheduler will see to it"),
        (PendingReason::TooYoung { age_secs: 10, grace_secs: 30 }, "TooYoung",
            "10 s old; left to the scheduler for 30 s, until 2026-11-20T10:00:20Z (in 20 s)"),
        (PendingReason::OnItsWay { group: group() }, "OnItsWay",
            "a machine of group workers that is on its way has room for it"),
        (PendingReason::ScaleUpDisabled { group: group() }, "ScaleUpDisabled",
            "group workers would take it, but its scaleUpPolicy.enabled is false"),
        (PendingReason::BackOff { group: group(), until }, "BackOff",
            "group workers would take it; the provider refused it a server, next try at 2026-11-20T10:01:00Z (in 1 min)"),
        (PendingReason::Cooldown { group: group(), until }, "Cooldown",
            "group workers would take it, but it grew a moment ago; again at 2026-11-20T10:01:00Z (in 1 min)"),
        (PendingReason::AtMaximum { group: group(), max: 10 }, "AtMaximum",
            "group workers would take it, but is at its maximum of 10 nodes"),
        (PendingReason::ClusterAtMaximum { workers: 20, max: 20 }, "ClusterAtMaximum",
            "the cluster has 20 workers, at most 20 may be (maxClusterWorkers)"),
        (PendingReason::BudgetSpent { max: 10 }, "BudgetSpent",
            "no more than 10 machines on their way at once (maxConcurrentScaleUps)"),
        (PendingReason::NoGroupFits { nearest: None }, "NoGroupFits", "there is no group whose node could take it"),
        (PendingReason::NoGroupFits { nearest: Some((group(), room("cpu", 64_000, 8000))) }, "NoGroupFits",
            "fits an empty node of no group; nearest workers: needs 64 CPU, 8 free"),
    ];
    for (reason, name, detail) in table {
        assert_eq!((reason.name(), reason.detail(NOW)), (name, detail.to_string()));
        assert_fit(detail);
    }
}

#[test]
fn every_limit_in_words() {
    let closed = Limit::Closed { policy: "schedule".into(), why: "frozen".into(), until: Some(at(60)) };
    let cooling = Limit::Cooling(Cooling::Grows { group: "workers".into(), secs: 600 });
    for (limit, expect) in [
        (
            Limit::Disabled(Disabled::Paused),
            "removals are paused: scaleDown.paused of the AutoscalerConfig is true",
        ),
        (closed, "policy schedule: frozen; opens at 2026-11-20T10:01:00Z (in 1 min)"),
        (cooling, "group workers grows in this plan; it cools down for 10 min after that"),
        (Limit::Minimum { ready: 4, min: 1 }, "4 Ready nodes to stay, minimum 1"),
        (Limit::AtOnce { at_once: 1, leaving: 0 }, "1 node at once"),
        (Limit::AtOnce { at_once: 2, leaving: 1 }, "2 nodes at once, 1 is leaving"),
        (Limit::AtOnce { at_once: 3, leaving: 2 }, "3 nodes at once, 2 are leaving"),
    ] {
        assert_eq!(limit.detail(NOW), expect);
        assert_fit(expect);
    }
}

#[test]
fn every_step_in_words() {
    let why = Reason::NotEvaluated;
    for (step, why, expect) in [
        (Step::Marked, None, "3 pods to evict, once no load balancer leads to it"),
        (Step::Detaching, None, "3 pods to evict; the load balancers let go of it"),
        (Step::Evicting, None, "3 pods left"),
        (Step::Volumes, None, "no pods left; its volumes are being detached"),
        (Step::Deleting, None, "no pods and no volumes left; its server goes"),
        (Step::Cleaning, None, "its server is gone; its Node object goes"),
        (Step::TakeBack, None, "its removal is taken back"),
        (Step::Held, None, "its removal is held"),
        (
            Step::Held,
            Some(&why),
            "the time box of this round ended before its turn; it is first in line next time",
        ),
    ] {
        assert_eq!(step.detail(3, why, None, NOW), expect, "{}", step.name());
        assert_fit(expect);
    }
}

#[test]
fn a_deletion_that_waits_says_for_what() {
    let said = Step::Volumes.detail(0, None, Some("delay-deletion.example/backup"), NOW);
    assert_eq!(said, "no pods left; its server waits for annotation delay-deletion.example/backup to go");
}

/// Something is said, on one line, and it is no sentence.
fn assert_fit(text: &str) {
    assert!(!text.trim().is_empty());
    assert!(!text.ends_with(['.', ' ', '\n']), "{text}");
    assert!(!text.contains(char::is_control), "{text}");
}
