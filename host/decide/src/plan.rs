//! What was decided, as values: one verdict for each node and what led to it. How each is said in
//! words is in `say`.

use crate::marks::{DoNotDisrupt, Mark};
use crate::place::Obstacle;
use crate::select::Labels;
use crate::time::{Stamp, Time};
use crate::world::{Name, PodName, Taint};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub now: Time,
    /// Every node of the world, by name.
    pub nodes: Vec<Entry>,
    /// The nodes to start removing now, best first.
    pub removals: Vec<Name>,
    pub additions: Vec<Addition>,
    /// Nodes are added to it once it is there.
    pub creation: Option<Creation>,
    pub pending: Vec<Pending>,
    pub groups: Vec<Outlook>,
    /// Nodes that the time box left out: first in line next time.
    pub cursor: Vec<Name>,
    /// (pod, node) checks that it took.
    pub checks: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub name: Name,
    pub group: Option<Name>,
    pub verdict: Verdict,
    /// The figures that the thresholds are compared with, in hundredths of a percent.
    pub cpu: Option<u32>,
    pub memory: Option<u32>,
    pub idle_secs: Option<i64>,
    /// What the scorers gave; higher goes earlier.
    pub score: Option<i64>,
    /// Pods that tolerate our taint and would be left when the server goes.
    pub stays: Vec<PodName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    Keep(Reason),
    Remove {
        how: How,
        moves: Vec<Move>,
    },
    Leaving {
        step: Step,
        why: Option<Reason>,
        /// Pods that are left to evict.
        left: u32,
        /// An annotation that asks to wait with the deletion of the server.
        delayed_by: Option<Name>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// Nothing to evict that anybody would miss.
    Empty,
    Drain,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    pub pod: PodName,
    pub to: Name,
}

/// What a leaving node is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    Marked,
    Detaching,
    Evicting,
    Volumes,
    Deleting,
    Cleaning,
    TakeBack,
    Held,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addition {
    pub group: Name,
    pub count: u32,
    pub pods: Vec<PodName>,
}

/// A group to make, of a size that no other has, for pods that no group takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creation {
    pub group: Name,
    pub size: u32,
    pub labels: Labels,
    pub taints: Vec<Taint>,
    pub pods: Vec<PodName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    pub pod: PodName,
    /// The group whose new node takes it.
    pub placed: Option<Name>,
    pub reason: Option<PendingReason>,
}

/// Why a pending pod brings no node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PendingReason {
    /// It fits an existing node without us.
    NotOurs {
        node: Name,
    },
    TooYoung {
        age_secs: i64,
        grace_secs: u32,
    },
    /// A machine that is coming has room for it.
    OnItsWay {
        group: Name,
    },
    ScaleUpDisabled {
        group: Name,
    },
    BackOff {
        group: Name,
        until: Time,
    },
    Cooldown {
        group: Name,
        until: Time,
    },
    AtMaximum {
        group: Name,
        max: u32,
    },
    ClusterAtMaximum {
        workers: u32,
        max: u32,
    },
    /// As many machines are on their way as may be.
    BudgetSpent {
        max: u32,
    },
    /// It would not fit an empty node of any group; what stands against it in the most promising.
    NoGroupFits {
        nearest: Option<(Name, Obstacle)>,
    },
}

/// What a group can do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    pub name: Name,
    pub namespace: Name,
    pub ready: u32,
    pub leaving: u32,
    pub min: u32,
    pub max: u32,
    /// How many more nodes this group might give up now.
    pub may_remove: u32,
    pub why: Limit,
}

/// What limits the removals of a group just now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit {
    Disabled(Disabled),
    Closed { policy: Name, why: Name, until: Option<Time> },
    Cooling(Cooling),
    Minimum { ready: u32, min: u32 },
    AtOnce { at_once: u32, leaving: u32 },
}

/// Why a node stays. One list for plan, explanation, event, metric and journal; their order is
/// that of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    ControlPlane { label: Name },
    NotManaged(NotManaged),
    InventoryFrozen { why: Name },
    ClusterUnhealthy { unready: u32, nodes: u32, percent_max: u32, nodes_min: u32 },
    Protected(Mark),
    ScaleDownDisabled(Disabled),
    Cordoned(Cordon),
    NotReadyYet(NotYet),
    Unready { since: Option<Time>, wait_secs: Option<u32> },
    Nominated { pod: PodName },
    NoMetrics { gap: bool },
    StaleMetrics { age_secs: i64, max_secs: u32 },
    TooFewSamples { have: u32, need: u32, window_secs: u32 },
    Busy(Busy),
    NotIdleLongEnough { since: Stamp, window_secs: u32 },
    PodBlocks { pod: PodName, block: Block },
    NoPlaceToMovePods { pod: PodName, alone: bool, nearest: Option<(Name, Obstacle)> },
    OutsideWindow { policy: Name, why: Name, until: Option<Time> },
    Vetoed(Box<Veto>),
    PolicyFault { policy: Name, text: Name },
    Cooldown(Cooling),
    MinSize { group: Name, ready: u32, min: u32 },
    ClusterMinimum { resource: Name, would_be: i64, min: u64 },
    BudgetSpent(Spent),
    NotEvaluated,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotManaged {
    NoLabel,
    NoGroupNamed,
    NoSuchGroup { group: Name },
    GroupNotManaged { group: Name },
    SeveralGroups { group: Name, namespaces: Vec<Name> },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disabled {
    Paused,
    Everywhere,
    Group { group: Name },
    Mode { policy: Name, why: Name, until: Option<Time> },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cordon {
    Unschedulable,
    OtherAutoscaler {
        taint: Name,
    },
    /// Our taint without a mark that says since when (or one that cannot be read).
    TaintAlone {
        mark: Stamp,
    },
    MarkAlone,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotYet {
    NeverReady,
    Starting { taint: Name },
    Young { age_secs: i64, min_secs: u32 },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Busy {
    NothingAllocatable {
        resource: Resource,
    },
    /// The mean of the window, or what is requested now.
    Use {
        resource: Resource,
        use_hundredths: u32,
        threshold_hundredths: u32,
        window_secs: Option<u32>,
    },
    /// Too few of the window's samples are below both thresholds.
    Quorum {
        below: u32,
        of: u32,
        percent: u32,
        window_secs: u32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Resource {
    Cpu,
    Memory,
}

/// Which rule of the host about pods keeps the node, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    NotSafeToEvict,
    DoNotDisrupt(DoNotDisrupt),
    WaitsForCompletion,
    PdbInvalid { pdb: Name, why: Name },
    PdbMultiple { pdbs: Vec<Name> },
    PdbStale { pdb: Name },
    PdbExhausted { pdb: Name, spent_here: bool },
    LocalVolume { claim: Name, volume: Name },
    VolumeUnknown { what: Name },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Veto {
    pub policy: Name,
    pub code: Name,
    pub text: Name,
    pub flips: Option<Name>,
    pub pod: Option<PodName>,
    pub until: Option<Time>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cooling {
    /// The group changed its size.
    Group { group: Name, changed: Time, secs: u32 },
    /// It grows in this very plan.
    Grows { group: Name, secs: u32 },
    /// A node went, anywhere.
    Removal { at: Time, secs: u32 },
    /// Another node goes in this very plan.
    ThisPlan { node: Name, secs: u32 },
    /// This node was taken back.
    TakenBack { not_before: Stamp },
    /// It could not be drained in time.
    DrainTimeout { draining_since: Time, secs: u32 },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spent {
    Cluster {
        at_once: u32,
    },
    Group {
        group: Name,
        at_once: u32,
    },
    Drains {
        most: u32,
    },
    /// It is to take pods of a node that goes.
    TakesPods {
        of: Name,
        pod: PodName,
    },
}
