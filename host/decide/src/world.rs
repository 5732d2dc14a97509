//! The nouns: one cluster at one instant, as plain values.
//!
//! A `World` is made by a [`Builder`](crate::build::Builder), which sorts and interns, so that the
//! same objects give the same value in whatever order they came. Nothing in it is derived: what
//! follows from these facts is worked out by those who decide.

use crate::resources::Amounts;
use crate::select::{Labels, NodeSelector, Selector};
use crate::settings::Settings;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A name or another short text; cloning one costs nothing.
pub type Name = Arc<str>;

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            #[must_use]
            pub fn at(self) -> usize {
                self.0 as usize
            }

            #[must_use]
            pub fn new(position: usize) -> $name {
                $name(u32::try_from(position).expect("fewer than 2^32 of anything"))
            }
        }
    };
}

index!(
    /// A position in `World::nodes`.
    NodeId
);
index!(
    /// A position in `World::pods`.
    PodId
);
index!(
    /// A position in `World::groups`.
    GroupId
);
index!(
    /// A position in `World::budgets`.
    BudgetId
);
index!(
    /// A position in `World::namespaces`.
    NamespaceId
);
index!(
    /// A position in `World::shapes`.
    ShapeId
);
index!(
    /// A position in `World::label_sets`.
    LabelsId
);
index!(
    /// A position in `World::resources`.
    ResourceId
);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    pub now: Time,
    pub settings: Settings,
    /// By name.
    pub nodes: Vec<Node>,
    /// By namespace and name, as are all that have a namespace.
    pub pods: Vec<Pod>,
    pub groups: Vec<Group>,
    pub machines: Vec<Machine>,
    pub budgets: Vec<Budget>,
    pub owners: Vec<Owner>,
    pub daemons: Vec<Daemon>,
    pub claims: Vec<Claim>,
    pub volumes: Vec<Volume>,
    pub classes: Vec<StorageClass>,
    pub csi_nodes: Vec<CsiNode>,
    pub attachments: Vec<Attachment>,
    /// New this tick; the history is in `Memory`.
    pub samples: Vec<Sample>,
    /// Of what a new group may be made; empty where none is to be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Offer>,
    /// Why the provider's list cannot be trusted just now.
    pub inventory_frozen: Option<Name>,
    /// What could not be read, in words.
    pub gaps: Vec<Name>,
    /// Tables that the pods above point into.
    pub namespaces: Vec<Namespace>,
    pub shapes: Vec<Shape>,
    pub label_sets: Vec<Labels>,
    pub resources: Vec<Name>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub name: Name,
    pub uid: Name,
    pub provider_id: Name,
    pub created: Time,
    pub labels: Labels,
    pub annotations: Labels,
    pub taints: Vec<Taint>,
    pub unschedulable: bool,
    pub ready: Ready,
    pub allocatable: Amounts,
}

/// The Ready condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ready {
    /// There is no such condition.
    Absent,
    Yes {
        since: Time,
    },
    /// `False` or `Unknown`.
    No {
        since: Time,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Taint {
    pub key: Name,
    pub value: Name,
    pub effect: Effect,
    pub since: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Effect {
    NoSchedule,
    PreferNoSchedule,
    NoExecute,
    /// One that Kubernetes does not know; it keeps nobody away.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pod {
    pub name: Name,
    pub namespace: NamespaceId,
    pub uid: Name,
    pub labels: LabelsId,
    pub annotations: LabelsId,
    pub shape: ShapeId,
    pub place: Place,
    /// `status.nominatedNodeName`: the scheduler is making room there.
    pub nominated: Option<NodeId>,
    pub created: Time,
    pub started: Option<Time>,
    /// Its deletionTimestamp, which already holds the grace.
    pub deleting: Option<Time>,
    pub phase: Phase,
    pub ready: bool,
    /// `PodScheduled=False/Unschedulable`: the scheduler looked and found no room.
    pub unschedulable: bool,
    pub gated: bool,
    pub priority: i32,
    pub owner: Option<OwnerRef>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    Unbound,
    On(NodeId),
    /// Bound to a node that is not there.
    Elsewhere,
    /// Evicted by us and not back yet: its room stays reserved.
    Evicted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

/// The controller reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OwnerRef {
    pub kind: OwnerKind,
    /// As written, for kinds that we do not know.
    pub kind_name: Name,
    pub api_group: Name,
    pub name: Name,
    pub uid: Name,
}

/// The kinds that we look up, each of its own API group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OwnerKind {
    ReplicationController,
    ReplicaSet,
    StatefulSet,
    Job,
    DaemonSet,
    Other,
}

impl OwnerKind {
    #[must_use]
    pub fn of(api_group: &str, kind: &str) -> OwnerKind {
        match (api_group, kind) {
            ("", "ReplicationController") => OwnerKind::ReplicationController,
            ("apps", "ReplicaSet") => OwnerKind::ReplicaSet,
            ("apps", "StatefulSet") => OwnerKind::StatefulSet,
            ("batch", "Job") => OwnerKind::Job,
            ("apps", "DaemonSet") => OwnerKind::DaemonSet,
            _ => OwnerKind::Other,
        }
    }
}

/// A controller that exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    pub kind: OwnerKind,
    pub namespace: Name,
    pub name: Name,
    /// Of a ReplicationController, ReplicaSet or StatefulSet; absent in the object = 1.
    pub replicas: Option<i32>,
}

/// A DaemonSet, for its share of a new node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Daemon {
    pub namespace: NamespaceId,
    pub name: Name,
    pub labels: LabelsId,
    pub shape: ShapeId,
    pub priority: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    pub name: Name,
    /// None: pods live in it, but there is no such object.
    pub labels: Option<Labels>,
}

/// What matters about a pod when a place is sought for it. Pods of one template share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Shape {
    /// By the scheduler's own formula.
    pub requests: Amounts,
    pub node_selector: Vec<(Name, Name)>,
    /// Required node affinity.
    pub affinity: Option<NodeSelector>,
    pub tolerations: Vec<Toleration>,
    pub near: Vec<PodTerm>,
    pub apart: Vec<PodTerm>,
    pub spread: Vec<Spread>,
    pub ports: Vec<HostPort>,
    pub volumes: Vec<PodVolume>,
    pub host_network: bool,
    /// `spec.resourceClaims`: fits nowhere for now.
    pub claims_devices: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Toleration {
    /// Empty: every key.
    pub key: Name,
    pub exists: bool,
    pub value: Name,
    /// None: every effect.
    pub effect: Option<Effect>,
}

/// A term of required inter-pod (anti-)affinity.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PodTerm {
    pub selector: Selector,
    pub namespaces: Vec<Name>,
    pub namespace_selector: Selector,
    pub topology_key: Name,
}

/// A hard topology spread constraint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Spread {
    pub selector: Selector,
    /// Keys whose values the pod's own labels add to the selector.
    pub match_label_keys: Vec<Name>,
    pub topology_key: Name,
    pub max_skew: i32,
    pub min_domains: i32,
    pub honor_affinity: bool,
    pub honor_taints: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HostPort {
    pub port: i32,
    pub protocol: Name,
    /// `0.0.0.0` where none is given.
    pub ip: Name,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PodVolume {
    pub name: Name,
    pub kind: PodVolumeKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PodVolumeKind {
    EmptyDir {
        memory: bool,
    },
    HostPath,
    Claim(Name),
    /// Its claim is named after the pod.
    EphemeralClaim,
    /// ConfigMap, secret, projected, downward API.
    Config,
    Csi,
    Other,
}

/// A NodeGroup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub name: Name,
    pub namespace: Name,
    /// Carries the label `autoscaler.vpsie.com/managed: "true"`.
    pub managed: bool,
    pub labels: Labels,
    pub annotations: Labels,
    pub min: u32,
    pub max: u32,
    pub desired: u32,
    pub scale_down: ScaleDownPolicy,
    pub scale_up_enabled: bool,
    pub last_up: Option<Time>,
    pub last_down: Option<Time>,
    pub back_off_until: Option<Time>,
    /// Of a node that is still to come.
    pub node_labels: Labels,
    pub node_taints: Vec<Taint>,
    /// What the provider's offer gives; none where nobody knows.
    pub offer: Option<Amounts>,
    /// In 10^-9 of the currency.
    pub price_per_hour: Option<i64>,
    /// Somebody has deleted it: it grows no more, has no minimum, and all its nodes are to go.
    #[serde(default, skip_serializing_if = "is_false")]
    pub leaving: bool,
    /// Bears our finalizer: it stays until that is taken off.
    #[serde(default, skip_serializing_if = "is_false")]
    pub held: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_false(it: &bool) -> bool {
    !it
}

/// A size of servers that no group has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The provider's number of it.
    pub size: u32,
    pub room: Amounts,
    /// In 10^-9 of the currency.
    pub price_per_hour: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleDownPolicy {
    pub enabled: bool,
    pub cpu_threshold_percent: u32,
    pub memory_threshold_percent: u32,
    pub window_secs: u32,
    pub cooldown_secs: u32,
}

impl Default for ScaleDownPolicy {
    fn default() -> Self {
        ScaleDownPolicy {
            enabled: true,
            cpu_threshold_percent: 50,
            memory_threshold_percent: 50,
            window_secs: 600,
            cooldown_secs: 600,
        }
    }
}

/// A VPSieNode.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Machine {
    pub namespace: Name,
    pub name: Name,
    pub group: Name,
    pub phase: Name,
    /// The Node that it is, in lower case; empty while that is not known.
    pub node: Name,
    /// The deletion of its server has been decided for good: there is no way back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub condemned: bool,
    /// Somebody has deleted the object itself, which cannot be taken back either.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deleted: bool,
}

/// A PodDisruptionBudget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    pub namespace: NamespaceId,
    pub name: Name,
    pub selector: Selector,
    pub allowed: u32,
    pub current_healthy: i32,
    pub desired_healthy: i32,
    pub unhealthy_always: bool,
    pub generation: i64,
    pub observed_generation: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    pub namespace: Name,
    pub name: Name,
    /// The volume that it is bound to; empty while it is not.
    pub volume: Name,
    pub class: Name,
    /// It goes, so no new pod can use it.
    pub deleting: bool,
    /// `ReadWriteOncePod`: for one pod in the whole cluster.
    pub one_pod: bool,
}

/// A PersistentVolume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    pub name: Name,
    pub labels: Labels,
    /// Its source is `local` or `hostPath`.
    pub local: bool,
    pub affinity: Option<NodeSelector>,
    pub csi_driver: Name,
    pub csi_handle: Name,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageClass {
    pub name: Name,
    pub provisioner: Name,
    pub waits_for_consumer: bool,
    /// Any of these must hold; none at all = anywhere.
    pub allowed: Vec<Vec<(Name, Vec<Name>)>>,
    pub default: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsiNode {
    pub name: Name,
    /// Driver and how many volumes it can attach.
    pub limits: Vec<(Name, u32)>,
}

/// A VolumeAttachment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attachment {
    pub node: Name,
    pub volume: Name,
    pub name: Name,
    pub driver: Name,
}

/// One reading of the metrics API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sample {
    pub node: Name,
    pub at: Time,
    /// In 10^-9 of a core, as it is measured: nothing is rounded before it is compared.
    pub cpu_nanos: u64,
    pub memory_bytes: u64,
}

/// A pod as people name it: `namespace/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodName {
    pub namespace: Name,
    pub name: Name,
}

impl fmt::Display for PodName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.namespace, self.name)
    }
}

impl Serialize for PodName {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PodName {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        match text.split_once('/') {
            Some((namespace, name)) => Ok(PodName { namespace: namespace.into(), name: name.into() }),
            None => Err(serde::de::Error::custom("expected namespace/name")),
        }
    }
}

impl World {
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.at()]
    }

    #[must_use]
    pub fn pod(&self, id: PodId) -> &Pod {
        &self.pods[id.at()]
    }

    #[must_use]
    pub fn shape_of(&self, pod: &Pod) -> &Shape {
        &self.shapes[pod.shape.at()]
    }

    #[must_use]
    pub fn labels_of(&self, pod: &Pod) -> &Labels {
        &self.label_sets[pod.labels.at()]
    }

    #[must_use]
    pub fn annotations_of(&self, pod: &Pod) -> &Labels {
        &self.label_sets[pod.annotations.at()]
    }

    #[must_use]
    pub fn namespace_of(&self, pod: &Pod) -> &Namespace {
        &self.namespaces[pod.namespace.at()]
    }

    #[must_use]
    pub fn name_of(&self, pod: PodId) -> PodName {
        let pod = self.pod(pod);
        PodName { namespace: self.namespace_of(pod).name.clone(), name: pod.name.clone() }
    }

    #[must_use]
    pub fn find_node(&self, name: &str) -> Option<NodeId> {
        self.nodes.binary_search_by(|it| (*it.name).cmp(name)).ok().map(NodeId::new)
    }

    #[must_use]
    pub fn find_claim(&self, namespace: &str, name: &str) -> Option<&Claim> {
        self.claims
            .binary_search_by(|it| (&*it.namespace, &*it.name).cmp(&(namespace, name)))
            .ok()
            .map(|at| &self.claims[at])
    }

    #[must_use]
    pub fn find_volume(&self, name: &str) -> Option<&Volume> {
        self.volumes.binary_search_by(|it| (*it.name).cmp(name)).ok().map(|at| &self.volumes[at])
    }

    #[must_use]
    pub fn find_class(&self, name: &str) -> Option<&StorageClass> {
        self.classes.binary_search_by(|it| (*it.name).cmp(name)).ok().map(|at| &self.classes[at])
    }
}
