//! What is listed: the kinds of the contract of `plan`.

use std::fmt;

#[derive(Debug)]
pub struct List {
    pub group: &'static str,
    pub version: &'static str,
    pub resource: &'static str,
    pub kind: &'static str,
    /// What it means where a cluster does not serve it; none: it always does.
    pub without: Option<Without>,
}

#[derive(Debug, Clone, Copy)]
pub struct Without {
    pub meaning: &'static str,
    /// An aggregated API may also be down.
    pub served_by_others: bool,
}

const fn always(
    group: &'static str,
    version: &'static str,
    resource: &'static str,
    kind: &'static str,
) -> List {
    List { group, version, resource, kind, without: None }
}

const fn ours(resource: &'static str, kind: &'static str, meaning: &'static str) -> List {
    let without = Some(Without { meaning, served_by_others: false });
    List { group: "autoscaler.vpsie.com", version: "v1alpha1", resource, kind, without }
}

/// Pods after what owns and holds them: a pod that is new in between finds its owner missing at
/// worst, and that keeps a node.
pub const LISTS: [List; 20] = [
    ours("autoscalerconfigs", "AutoscalerConfig", "the defaults hold"),
    ours("nodegroups", "NodeGroup", "no node is managed"),
    ours("vpsienodes", "VPSieNode", "no machine is known to be on its way"),
    always("", "v1", "namespaces", "Namespace"),
    always("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass"),
    always("storage.k8s.io", "v1", "storageclasses", "StorageClass"),
    always("storage.k8s.io", "v1", "csinodes", "CSINode"),
    always("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment"),
    always("", "v1", "persistentvolumes", "PersistentVolume"),
    always("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
    always("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    always("", "v1", "replicationcontrollers", "ReplicationController"),
    always("apps", "v1", "deployments", "Deployment"),
    always("apps", "v1", "replicasets", "ReplicaSet"),
    always("apps", "v1", "statefulsets", "StatefulSet"),
    always("apps", "v1", "daemonsets", "DaemonSet"),
    always("batch", "v1", "jobs", "Job"),
    always("", "v1", "nodes", "Node"),
    always("", "v1", "pods", "Pod"),
    List {
        group: "metrics.k8s.io",
        version: "v1beta1",
        resource: "nodes",
        kind: "NodeMetrics",
        without: Some(Without {
            meaning: "there are no samples (is metrics-server installed?)",
            served_by_others: true,
        }),
    },
];

impl List {
    #[must_use]
    pub fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_string(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Nobody tells when it changes: it is asked for.
    #[must_use]
    pub fn is_polled(&self) -> bool {
        self.kind == "NodeMetrics"
    }

    #[must_use]
    pub fn path(&self) -> String {
        match self.group {
            "" => format!("/api/{}/{}", self.version, self.resource),
            group => format!("/apis/{group}/{}/{}", self.version, self.resource),
        }
    }
}

/// Where objects of a listed kind are, or one of them is.
///
/// # Panics
///
/// Where the kind is not listed: a mistake of ours.
#[must_use]
pub fn path_of(kind: &str, namespace: &str, name: Option<&str>) -> String {
    let list = of_kind(kind);
    let path = list.path();
    let root = path.strip_suffix(list.resource).unwrap_or(&path);
    let within = match namespace {
        "" => String::new(),
        namespace => format!("namespaces/{namespace}/"),
    };
    let name = name.map(|it| format!("/{it}")).unwrap_or_default();
    format!("{root}{within}{}{name}", list.resource)
}

/// # Panics
///
/// As above.
#[must_use]
pub fn api_version_of(kind: &str) -> String {
    of_kind(kind).api_version()
}

fn of_kind(kind: &str) -> &'static List {
    LISTS.iter().find(|it| it.kind == kind).expect("a kind that is listed")
}

impl fmt::Display for List {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group {
            "" => write!(out, "{}", self.resource),
            group => write!(out, "{}.{group}", self.resource),
        }
    }
}

impl Without {
    #[must_use]
    pub fn said(&self, list: &List) -> String {
        format!("the cluster does not serve {list}: {}", self.meaning)
    }
}
