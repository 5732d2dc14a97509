//! Random whole clusters: what they are made of, as small descriptions that shrink well.
//!
//! A description says what is odd; `objects` (in `clusters/objects.rs`) writes it out as an
//! apiserver would hand it out. Most of every cluster is ordinary, so that decisions get far down
//! the list of reasons; oddities are rare, but there is one of every kind.

mod objects;

pub use objects::{instant, mark, node_name};

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::strategy::{BoxedStrategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

/// The instant at which every cluster is looked at, a Friday: `2026-11-20T10:00:00Z`.
pub const NOW: i64 = 1_795_168_800;

/// Marks a pod that was evicted and is not back yet. No object says so: it is what the controller
/// remembers, and what reads a cluster for a test makes it so.
pub const EVICTED: &str = "tests/evicted";

/// A setting: where it stands below its parent, and what it is.
pub type Setting = (&'static str, Value);
/// A label or annotation.
pub type Mark = (&'static str, &'static str);

#[derive(Debug, Clone)]
pub struct Cluster {
    /// Of the AutoscalerConfig; the path is below `spec`.
    pub settings: Vec<Setting>,
    pub frozen: bool,
    pub groups: Vec<Group>,
    pub nodes: Vec<Node>,
    pub workloads: Vec<Workload>,
    pub budgets: Vec<Budget>,
    pub machines: Vec<Machine>,
}

#[derive(Debug, Clone)]
pub struct Group {
    pub managed: bool,
    pub min: u32,
    /// Of the maximum: how far above the minimum.
    pub spare: u32,
    pub policy: Vec<Setting>,
    pub scale_up: bool,
    /// Seconds ago.
    pub last_up: Option<i64>,
    pub last_down: Option<i64>,
    /// Seconds from now.
    pub back_off: Option<i64>,
    /// Cores and GiB of what the provider offers, and a price in hundredths.
    pub offer: Option<(u32, u32, u32)>,
    pub labelled: bool,
    pub tainted: bool,
}

#[derive(Debug, Clone)]
pub struct Node {
    pub belongs: Belongs,
    pub standing: Standing,
    pub size: usize,
    pub zone: usize,
    pub rack: Option<usize>,
    pub disk: usize,
    pub tainted: bool,
    pub slots: u32,
    pub marks: Vec<Mark>,
    /// Seconds ago; what requests are judged by.
    pub idle: Option<i64>,
    /// Seconds from now.
    pub not_before: Option<i64>,
    pub samples: Samples,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// To a group, by position.
    To(usize),
    ControlPlane {
        tainted: bool,
    },
    /// Its labels name a group, but not that it is managed.
    NotManaged(usize),
    /// It names a group that is not there.
    Lost,
    Stranger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Well,
    Cordoned,
    /// Not Ready for so many seconds.
    Unready(i64),
    /// Created so many seconds ago.
    NeverReady(i64),
    NoCondition(i64),
    Starting,
    Young(i64),
    /// Leaving since so many seconds; and draining since so many.
    Leaving(i64, Option<i64>),
    LeavingUnready(i64),
    TaintAlone,
    MarkAlone,
    TakenByOther,
}

/// Readings of the metrics API: how many, how old the newest, and how much of the node is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Samples {
    pub count: usize,
    pub newest: i64,
    pub cpu: u32,
    pub memory: u32,
    /// Of each so many, one is far above.
    pub peak: usize,
}

#[derive(Debug, Clone)]
pub struct Workload {
    pub kind: Kind,
    pub namespace: usize,
    /// Label `app`; others may share it.
    pub app: usize,
    pub cpu: u32,
    pub memory: u32,
    pub wishes: Vec<Wish>,
    pub volumes: Vec<Volume>,
    pub marks: Vec<Mark>,
    pub priority: Option<i32>,
    pub pods: Vec<Pod>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    /// Its pods say that they are as good as a DaemonSet's.
    DaemonByMark,
    Job,
    ReplicationController,
    Bare,
    Mirror,
    Custom,
    /// A ReplicaSet that is not there.
    Missing,
}

#[derive(Debug, Clone)]
pub struct Pod {
    pub node: usize,
    pub life: Life,
    pub marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    Running,
    NotReady,
    /// Bound, and its containers do not run yet.
    Starting,
    Succeeded,
    Failed,
    /// Its deletionTimestamp is so many seconds away; below 0 it is past.
    Deleting(i64),
    /// Nobody has bound it yet.
    Pending {
        age: i64,
        unschedulable: bool,
        nominated: bool,
        gated: bool,
    },
    /// Evicted by us, and not back yet.
    Evicted,
    /// Bound to a node that is gone.
    Elsewhere,
}

/// What a pod asks of its place, beyond CPU and memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    TolerateAll,
    TolerateLeaving,
    TolerateDedicated,
    Zone(usize),
    Disk(usize),
    Group(usize),
    NodeIn(&'static str),
    Apart { key: &'static str, app: Option<usize>, everywhere: bool },
    Near { key: &'static str, app: Option<usize> },
    Spread { key: &'static str, skew: u32, domains: Option<u32>, affinity: bool, taints: bool, empty: bool },
    Port(u16),
    Gpu,
    Init(u32),
    Sidecar(u32),
    Overhead(u32),
    Whole(u32),
    Resized(u32),
    Device,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volume {
    Scratch,
    InMemory,
    HostPath,
    /// Each pod its own claim on a volume of the zone.
    Zonal(usize),
    /// All pods of the workload one claim.
    Shared(usize),
    /// On the disk of the pod's own node.
    Local,
    HostPathClaim,
    NoClaim,
    NoVolume,
    /// Not bound yet; of a class for all zones or for some.
    Waiting {
        everywhere: bool,
    },
    Immediate,
    Ephemeral,
}

#[derive(Debug, Clone)]
pub struct Budget {
    pub namespace: usize,
    pub select: Select,
    pub allowed: i64,
    pub healthy: (i64, i64),
    pub always: bool,
    pub stale: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    App(usize),
    NotApp(usize),
    All,
    Nothing,
    Unreadable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    pub group: usize,
    pub phase: &'static str,
    pub node: Option<usize>,
    /// What the engine's record says of the way back, where there is one.
    pub condemned: Option<bool>,
}

pub const GROUPS: [&str; 3] = ["alpha", "beta", "gamma"];
pub const NAMESPACES: [&str; 4] = ["web", "data", "jobs", "kube-system"];
pub const APPS: [&str; 5] = ["api", "db", "cache", "queue", "site"];
pub const ZONES: [&str; 3] = ["z1", "z2", "z3"];
pub const RACKS: [&str; 3] = ["r1", "r2", "r3"];
pub const DISKS: [&str; 2] = ["ssd", "hdd"];
/// Cores in thousandths, MiB.
pub const SIZES: [(u32, u32); 5] = [(2000, 4096), (4000, 8192), (4000, 16384), (8000, 16384), (1000, 2048)];
pub const HOSTNAME: &str = "kubernetes.io/hostname";
pub const ZONE: &str = "topology.kubernetes.io/zone";
pub const RACK: &str = "rack";

/// Marks of nodes that keep them.
pub const NODE_KEEPS: [Mark; 6] = [
    ("autoscaler.vpsie.com/protected", "true"),
    ("autoscaler.vpsie.com/scale-down-disabled", "true"),
    ("label:autoscaler.vpsie.com/scale-down-disabled", "true"),
    ("cluster-autoscaler.kubernetes.io/scale-down-disabled", "true"),
    ("karpenter.sh/do-not-disrupt", "true"),
    ("atlassian.com/no-delete", "under repair"),
];

/// The same, with values that mean nothing.
const NODE_ODD: [Mark; 5] = [
    ("autoscaler.vpsie.com/protected", "yes"),
    ("atlassian.com/no-delete", ""),
    ("autoscaler.vpsie.com/scale-down", "disabled"),
    ("autoscaler.vpsie.com/scale-down-allowed-hours", "09:00-17:00"),
    ("delay-deletion.cluster-autoscaler.kubernetes.io/backup", "running"),
];

/// Marks of pods that keep their node, with the code that they give.
pub const POD_KEEPS: [(Mark, &str); 6] = [
    (("cluster-autoscaler.kubernetes.io/safe-to-evict", "false"), "not-safe-to-evict"),
    (("karpenter.sh/do-not-disrupt", "true"), "do-not-disrupt"),
    (("karpenter.sh/do-not-disrupt", "9999h"), "do-not-disrupt"),
    (("karpenter.sh/do-not-disrupt", "soon"), "do-not-disrupt"),
    (("karpenter.sh/do-not-disrupt", "-5m"), "do-not-disrupt"),
    (("cluster-autoscaler.kubernetes.io/safe-to-evict", "on-completion"), "waits-for-completion"),
];

const POD_ODD: [Mark; 8] = [
    ("cluster-autoscaler.kubernetes.io/safe-to-evict", "true"),
    ("karpenter.sh/do-not-disrupt", "false"),
    ("karpenter.sh/do-not-disrupt", ""),
    ("karpenter.sh/do-not-disrupt", "1ms"),
    ("controller.kubernetes.io/pod-deletion-cost", "100"),
    ("controller.kubernetes.io/pod-deletion-cost", "cheap"),
    ("descheduler.alpha.kubernetes.io/prefer-no-eviction", "true"),
    ("cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes", "scratch, disk"),
];

/// Any cluster.
pub fn clusters() -> BoxedStrategy<Cluster> {
    let nodes = vec(node(), 1..=12);
    let workloads = vec(workload(), 0..=10);
    (
        settings(),
        prop::bool::weighted(0.01),
        vec(group(), 1..=3),
        nodes,
        workloads,
        vec(budget(), 0..=3),
        vec(machine(), 0..=2),
    )
        .prop_map(|(settings, frozen, groups, nodes, workloads, budgets, machines)| {
            Cluster { settings, frozen, groups, nodes, workloads, budgets, machines }.trimmed()
        })
        .boxed()
}

/// Clusters in which many nodes can go: nothing is odd about the nodes themselves, so that what is
/// left is about pods and where they fit.
pub fn calm() -> BoxedStrategy<Cluster> {
    clusters().prop_map(Cluster::calmed).boxed()
}

/// Both kinds.
pub fn any() -> BoxedStrategy<Cluster> {
    prop_oneof![clusters(), calm()].boxed()
}

/// The cluster of a seed, for tables of examples.
#[must_use]
pub fn of_seed(seed: u64) -> Cluster {
    drawn(any(), seed)
}

/// What a strategy makes of a seed.
pub fn drawn<S: Strategy>(strategy: S, seed: u64) -> S::Value {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    strategy.new_tree(&mut runner).expect("a strategy makes something of every seed").current()
}

impl Cluster {
    fn calmed(mut self) -> Cluster {
        self.frozen = false;
        self.settings.retain(|(path, _)| path.starts_with("globalSettings/max"));
        self.settings.push(("scaleDown/utilizationSource", json!("Requests")));
        self.settings.push(("scaleDown/expendablePriorityBelow", json!(-10)));
        for it in &mut self.groups {
            it.managed = true;
            it.min = 0;
            it.spare = 12;
            it.policy = vec![("cpuThreshold", json!(80)), ("memoryThreshold", json!(80))];
            (it.last_up, it.last_down) = (None, None);
        }
        for (at, it) in self.nodes.iter_mut().enumerate() {
            it.belongs = Belongs::To(at);
            if !matches!(it.standing, Standing::Leaving(..) | Standing::LeavingUnready(_)) {
                it.standing = Standing::Well;
            }
            it.marks.clear();
            (it.idle, it.not_before) = (Some(7200), None);
        }
        for it in self.workloads.iter_mut().flat_map(|it| &mut it.pods) {
            it.marks.clear();
            if matches!(it.life, Life::Pending { .. }) {
                it.life = Life::Running;
            }
        }
        self
    }

    /// At most sixty pods.
    fn trimmed(mut self) -> Cluster {
        let mut left = 60_usize;
        for workload in &mut self.workloads {
            workload.pods.truncate(left);
            left -= workload.pods.len();
        }
        self
    }
}

fn seconds(around: &'static [i64]) -> impl Strategy<Value = i64> {
    prop_oneof![4 => prop::sample::select(around), 1 => 0..4000_i64]
}

fn settings() -> impl Strategy<Value = Vec<Setting>> {
    let at_once = (1..=6_u32).prop_map(|it| ("globalSettings/maxConcurrentScaleDowns", json!(it)));
    let source = prop_oneof![
        6 => Just("Requests"),
        3 => Just("Usage"),
        2 => Just("Highest"),
    ]
    .prop_map(|it| ("scaleDown/utilizationSource", json!(it)));
    (weighted(0.9, at_once), weighted(0.95, source), vec(setting(), 0..=3))
        .prop_map(|(at_once, source, more)| at_once.into_iter().chain(source).chain(more).collect())
}

fn setting() -> impl Strategy<Value = Setting> {
    let count = |path: &'static str, values: &'static [i64]| {
        prop::sample::select(values).prop_map(move |it| (path, json!(it))).boxed()
    };
    let flag = |path: &'static str, usual: bool| {
        prop::bool::weighted(if usual { 0.9 } else { 0.1 }).prop_map(move |it| (path, json!(it))).boxed()
    };
    prop_oneof![
        flag("scaleDown/enabled", true),
        flag("scaleDown/paused", false),
        flag("scaleDown/countDaemonSetPods", true),
        flag("scaleDown/spareDaemonSetPdbs", true),
        count("scaleDown/maxDrains", &[0, 1, 2, 3]),
        count("scaleDown/unreadySeconds", &[0, 600, 1200]),
        prop::sample::select(&["Keep", "Remove", "Remove"][..])
            .prop_map(|it| ("scaleDown/unreadyNodes", json!(it))),
        count("scaleDown/minAgeSeconds", &[0, 600, 5000]),
        count("scaleDown/expendablePriorityBelow", &[-10, 0, 1]),
        count("scaleDown/unhealthyPercentMax", &[0, 10, 45]),
        count("scaleDown/unhealthyNodesMin", &[0, 1, 3]),
        count("scaleDown/minCores", &[0, 4, 10, 40]),
        count("scaleDown/minMemoryBytes", &[0, 8 << 30, 30 << 30]),
        count("scaleDown/quorumPercent", &[0, 50, 80, 100]),
        count("scaleDown/sampleMaxAgeSeconds", &[0, 60, 300]),
        count("globalSettings/scaleDownCooldownSeconds", &[0, 300, 600]),
        count("globalSettings/scaleUpCooldownSeconds", &[0, 60, 600]),
        count("globalSettings/maxClusterWorkers", &[0, 3, 8, 20]),
        count("globalSettings/maxConcurrentScaleUps", &[1, 2, 10]),
        count("globalSettings/unschedulablePodGracePeriodSeconds", &[0, 30, 300]),
        count("scaleDown/paceBounds/cpuThresholdMax", &[10, 80, 100]),
        count("scaleDown/paceBounds/windowSecondsMin", &[0, 300, 600]),
        count("scaleDown/paceBounds/removalsMax", &[0, 2, 10]),
    ]
}

fn group() -> impl Strategy<Value = Group> {
    let policy = prop_oneof![
        prop::bool::weighted(0.85).prop_map(|it| ("enabled", json!(it))),
        prop::sample::select(&[0, 10, 50, 60, 80, 80, 100, 100][..])
            .prop_map(|it| ("cpuThreshold", json!(it))),
        prop::sample::select(&[0, 10, 50, 60, 80, 80, 100, 100][..])
            .prop_map(|it| ("memoryThreshold", json!(it))),
        prop::sample::select(&[0, 60, 300, 600, 1200][..])
            .prop_map(|it| ("stabilizationWindowSeconds", json!(it))),
        prop::sample::select(&[0, 300, 600, 1200][..]).prop_map(|it| ("cooldownSeconds", json!(it))),
    ];
    let ago = || seconds(&[0, 59, 60, 300, 599, 600, 601, -60]);
    (
        prop::bool::weighted(0.95),
        prop_oneof![6 => Just(0_u32), 3 => Just(1), 2 => 2..=5_u32],
        prop_oneof![1 => Just(0_u32), 6 => 1..=12_u32],
        vec(policy, 0..=2),
        prop::bool::weighted(0.9),
        weighted(0.1, ago()),
        weighted(0.1, ago()),
        weighted(0.1, prop_oneof![Just(300_i64), Just(0), Just(-300)]),
        weighted(0.7, (1..=8_u32, 1..=16_u32, prop_oneof![Just(0_u32), 1..=9_u32])),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.1),
    )
        .prop_map(
            |(
                managed,
                min,
                spare,
                policy,
                scale_up,
                last_up,
                last_down,
                back_off,
                offer,
                labelled,
                tainted,
            )| Group {
                managed,
                min,
                spare: if min + spare == 0 { 1 } else { spare },
                policy,
                scale_up,
                last_up,
                last_down,
                back_off,
                offer,
                labelled,
                tainted,
            },
        )
}

fn node() -> impl Strategy<Value = Node> {
    let belongs = prop_oneof![
        40 => (0..3_usize).prop_map(Belongs::To),
        2 => prop::bool::ANY.prop_map(|tainted| Belongs::ControlPlane { tainted }),
        1 => (0..3_usize).prop_map(Belongs::NotManaged),
        1 => Just(Belongs::Lost),
        2 => Just(Belongs::Stranger),
    ];
    let ago = || seconds(&[0, 1, 10, 60, 299, 300, 301]);
    let standing = prop_oneof![
        80 => Just(Standing::Well),
        2 => Just(Standing::Cordoned),
        5 => seconds(&[0, 599, 600, 1200, 1201]).prop_map(Standing::Unready),
        2 => seconds(&[60, 599, 600, 86_400]).prop_map(Standing::NeverReady),
        1 => seconds(&[60, 599, 600, 86_400]).prop_map(Standing::NoCondition),
        2 => Just(Standing::Starting),
        2 => seconds(&[0, 599, 600, 601]).prop_map(Standing::Young),
        5 => (ago(), weighted(0.6, ago())).prop_map(|(since, draining)| Standing::Leaving(since, draining)),
        1 => ago().prop_map(Standing::LeavingUnready),
        1 => Just(Standing::TaintAlone),
        1 => Just(Standing::MarkAlone),
        1 => Just(Standing::TakenByOther),
    ];
    let mark =
        prop_oneof![1 => prop::sample::select(&NODE_KEEPS[..]), 1 => prop::sample::select(&NODE_ODD[..])];
    (
        belongs,
        standing,
        0..SIZES.len(),
        0..3_usize,
        weighted(0.7, 0..3_usize),
        0..2_usize,
        prop::bool::weighted(0.06),
        prop_oneof![9 => Just(110_u32), 1 => 1..=9_u32],
        prop_oneof![12 => Just(Vec::new()), 1 => vec(mark, 1..=2)],
        weighted(0.95, prop_oneof![8 => Just(7200_i64), 1 => seconds(&[599, 600, 601, -5])]),
        weighted(0.04, prop::sample::select(&[-60_i64, 0, 60][..])),
        samples(),
    )
        .prop_map(
            |(
                belongs,
                standing,
                size,
                zone,
                rack,
                disk,
                tainted,
                slots,
                marks,
                idle,
                not_before,
                samples,
            )| Node {
                belongs,
                standing,
                size,
                zone,
                rack,
                disk,
                tainted,
                slots,
                marks,
                idle,
                not_before,
                samples,
            },
        )
}

fn samples() -> impl Strategy<Value = Samples> {
    (
        prop_oneof![8 => 8..=16_usize, 1 => 0..=9_usize],
        prop_oneof![10 => 0..=60_i64, 1 => seconds(&[-60, -61, 299, 300, 301])],
        prop_oneof![5 => 0..=45_u32, 1 => 45..=70_u32],
        prop_oneof![5 => 0..=45_u32, 1 => 45..=70_u32],
        prop_oneof![6 => Just(0_usize), 1 => 2..=8_usize],
    )
        .prop_map(|(count, newest, cpu, memory, peak)| Samples { count, newest, cpu, memory, peak })
}

fn workload() -> impl Strategy<Value = Workload> {
    let kind = prop_oneof![
        20 => Just(Kind::ReplicaSet),
        6 => Just(Kind::StatefulSet),
        4 => Just(Kind::DaemonSet),
        1 => Just(Kind::DaemonByMark),
        1 => Just(Kind::Job),
        1 => Just(Kind::ReplicationController),
        1 => Just(Kind::Bare),
        1 => Just(Kind::Mirror),
        1 => Just(Kind::Custom),
        1 => Just(Kind::Missing),
    ];
    let priority = prop_oneof![
        10 => Just(None),
        1 => prop::sample::select(&[-100, -11, -10, 0, 1000][..]).prop_map(Some),
    ];
    let size = || prop::sample::select(&[0_u32, 50, 100, 100, 250, 250, 500, 900, 1500][..]);
    (
        kind,
        prop_oneof![8 => 0..3_usize, 1 => Just(3_usize)],
        0..APPS.len(),
        size(),
        size(),
        prop_oneof![3 => Just(Vec::new()), 2 => vec(wish(), 1..=2)],
        prop_oneof![7 => Just(Vec::new()), 2 => vec(volume(), 1..=2)],
        pod_marks(30),
        priority,
        vec(pod(), 1..=8),
    )
        .prop_map(|(kind, namespace, app, cpu, memory, wishes, volumes, marks, priority, pods)| {
            Workload { kind, namespace, app, cpu, memory, wishes, volumes, marks, priority, pods }
        })
}

fn pod_marks(none: u32) -> impl Strategy<Value = Vec<Mark>> {
    let keeps = prop::sample::select(&POD_KEEPS[..]).prop_map(|it| it.0);
    let mark = prop_oneof![1 => keeps, 3 => prop::sample::select(&POD_ODD[..])];
    prop_oneof![none => Just(Vec::new()), 3 => vec(mark, 1..=2)]
}

fn pod() -> impl Strategy<Value = Pod> {
    let pending = (
        prop_oneof![3 => Just(600_i64), 1 => seconds(&[0, 29, 30, 31])],
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(age, unschedulable, nominated, gated)| Life::Pending {
            age,
            unschedulable,
            nominated,
            gated,
        });
    let life = prop_oneof![
        60 => Just(Life::Running),
        3 => Just(Life::NotReady),
        2 => Just(Life::Starting),
        2 => Just(Life::Succeeded),
        1 => Just(Life::Failed),
        3 => prop::sample::select(&[-31_i64, -30, -29, 0, 20, 600][..]).prop_map(Life::Deleting),
        3 => pending,
        1 => Just(Life::Evicted),
        1 => Just(Life::Elsewhere),
    ];
    (0..12_usize, life, pod_marks(200)).prop_map(|(node, life, marks)| Pod { node, life, marks })
}

fn wish() -> impl Strategy<Value = Wish> {
    let key = || prop::sample::select(&[HOSTNAME, HOSTNAME, ZONE, ZONE, RACK][..]);
    let app = || weighted(0.4, 0..APPS.len());
    let more = || prop::sample::select(&[100_u32, 500, 1500][..]);
    prop_oneof![
        1 => Just(Wish::TolerateAll),
        1 => Just(Wish::TolerateLeaving),
        2 => Just(Wish::TolerateDedicated),
        2 => (0..3_usize).prop_map(Wish::Zone),
        1 => (0..2_usize).prop_map(Wish::Disk),
        1 => (0..3_usize).prop_map(Wish::Group),
        2 => prop::sample::select(&["In", "NotIn", "Exists", "Gt", "Fields", "Terms", "Empty"][..]).prop_map(Wish::NodeIn),
        4 => (key(), app(), prop::bool::weighted(0.2))
            .prop_map(|(key, app, everywhere)| Wish::Apart { key, app, everywhere }),
        2 => (key(), app()).prop_map(|(key, app)| Wish::Near { key, app }),
        4 => (
            key(),
            1..=3_u32,
            weighted(0.3, 1..=4_u32),
            prop::bool::weighted(0.8),
            prop::bool::weighted(0.3),
            prop::bool::weighted(0.05),
        )
            .prop_map(|(key, skew, domains, affinity, taints, empty)| Wish::Spread {
                key,
                skew,
                domains,
                affinity,
                taints,
                empty,
            }),
        2 => prop::sample::select(&[80_u16, 80, 443][..]).prop_map(Wish::Port),
        1 => Just(Wish::Gpu),
        1 => more().prop_map(Wish::Init),
        1 => more().prop_map(Wish::Sidecar),
        1 => more().prop_map(Wish::Overhead),
        1 => more().prop_map(Wish::Whole),
        1 => more().prop_map(Wish::Resized),
        1 => Just(Wish::Device),
    ]
}

fn volume() -> impl Strategy<Value = Volume> {
    prop_oneof![
        4 => Just(Volume::Scratch),
        2 => Just(Volume::InMemory),
        2 => Just(Volume::HostPath),
        6 => (0..3_usize).prop_map(Volume::Zonal),
        2 => (0..3_usize).prop_map(Volume::Shared),
        1 => Just(Volume::Local),
        1 => Just(Volume::HostPathClaim),
        1 => Just(Volume::NoClaim),
        1 => Just(Volume::NoVolume),
        2 => prop::bool::ANY.prop_map(|everywhere| Volume::Waiting { everywhere }),
        1 => Just(Volume::Immediate),
        1 => Just(Volume::Ephemeral),
    ]
}

fn budget() -> impl Strategy<Value = Budget> {
    let select = prop_oneof![
        8 => (0..APPS.len()).prop_map(Select::App),
        1 => (0..APPS.len()).prop_map(Select::NotApp),
        1 => Just(Select::All),
        1 => Just(Select::Nothing),
        1 => Just(Select::Unreadable),
    ];
    (
        0..3_usize,
        select,
        prop_oneof![1 => Just(0_i64), 6 => 1..=4_i64],
        prop_oneof![3 => Just((2_i64, 2_i64)), 1 => Just((1, 2)), 1 => Just((0, 0))],
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(namespace, select, allowed, healthy, always, stale)| Budget {
            namespace,
            select,
            allowed,
            healthy,
            always,
            stale,
        })
}

fn machine() -> impl Strategy<Value = Machine> {
    let phase = prop::sample::select(
        &["Pending", "Provisioning", "Provisioned", "Joining", "Ready", "Terminating", "Deleting", "Failed"]
            [..],
    );
    let parts = (0..3_usize, phase, weighted(0.5, 0..12_usize), weighted(0.5, prop::bool::ANY));
    parts.prop_map(|(group, phase, node, condemned)| Machine { group, phase, node, condemned })
}
