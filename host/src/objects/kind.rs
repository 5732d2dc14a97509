//! The kinds that are read, each of its own API group and version.

use super::error::shown;
use super::wire::{Text, wire};

/// In the order in which they are read: what others need to be understood comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    AutoscalerConfig,
    PriorityClass,
    StorageClass,
    Namespace,
    Node,
    Pod,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
    DaemonSet,
    Job,
    Deployment,
    PodDisruptionBudget,
    PersistentVolumeClaim,
    PersistentVolume,
    CSINode,
    VolumeAttachment,
    NodeMetrics,
    NodeGroup,
    VPSieNode,
}

impl Kind {
    pub fn of(api_version: &str, kind: &str) -> Option<Kind> {
        Some(match (api_version, kind) {
            ("v1", "Namespace") => Kind::Namespace,
            ("v1", "Node") => Kind::Node,
            ("v1", "Pod") => Kind::Pod,
            ("v1", "ReplicationController") => Kind::ReplicationController,
            ("v1", "PersistentVolumeClaim") => Kind::PersistentVolumeClaim,
            ("v1", "PersistentVolume") => Kind::PersistentVolume,
            ("apps/v1", "ReplicaSet") => Kind::ReplicaSet,
            ("apps/v1", "StatefulSet") => Kind::StatefulSet,
            ("apps/v1", "DaemonSet") => Kind::DaemonSet,
            ("apps/v1", "Deployment") => Kind::Deployment,
            ("batch/v1", "Job") => Kind::Job,
            ("policy/v1", "PodDisruptionBudget") => Kind::PodDisruptionBudget,
            ("scheduling.k8s.io/v1", "PriorityClass") => Kind::PriorityClass,
            ("storage.k8s.io/v1", "StorageClass") => Kind::StorageClass,
            ("storage.k8s.io/v1", "CSINode") => Kind::CSINode,
            ("storage.k8s.io/v1", "VolumeAttachment") => Kind::VolumeAttachment,
            ("metrics.k8s.io/v1beta1", "NodeMetrics") => Kind::NodeMetrics,
            ("autoscaler.vpsie.com/v1alpha1", "AutoscalerConfig") => Kind::AutoscalerConfig,
            ("autoscaler.vpsie.com/v1alpha1", "NodeGroup") => Kind::NodeGroup,
            ("autoscaler.vpsie.com/v1alpha1", "VPSieNode") => Kind::VPSieNode,
            _ => return None,
        })
    }

    pub fn namespaced(self) -> bool {
        !matches!(
            self,
            Kind::AutoscalerConfig
                | Kind::PriorityClass
                | Kind::StorageClass
                | Kind::Namespace
                | Kind::Node
                | Kind::PersistentVolume
                | Kind::CSINode
                | Kind::VolumeAttachment
                | Kind::NodeMetrics
        )
    }
}

wire! {
    /// As much of an object as tells its name, whatever else is wrong with it.
    struct Nameplate<'a> {
        metadata: Names<'a>,
    }
}

wire! {
    struct Names<'a> {
        name: Text<'a>,
        namespace: Text<'a>,
    }
}

/// What to call an object that cannot be read, as far as that is known.
pub fn named(kind: Kind, json: &str) -> String {
    let Names { name, namespace } =
        serde_json::from_str::<Nameplate<'_>>(json).map(|it| it.metadata).unwrap_or_default();
    match (kind.namespaced() && !namespace.is_empty(), !name.is_empty()) {
        (true, true) => format!("{kind:?} {}/{}", shown(&namespace), shown(&name)),
        (false, true) => format!("{kind:?} {}", shown(&name)),
        (_, false) => format!("{kind:?}"),
    }
}
