//! What is listed: the kinds of the contract of `plan`.

use std::fmt;

#[derive(Debug)]
pub struct List {
    pub group: &'static str,
    pub version: &'static str,
    pub resource: &'static str,
    /// What it means where a cluster does not serve it; none: it always does.
    pub without: Option<Without>,
}

#[derive(Debug, Clone, Copy)]
pub struct Without {
    pub meaning: &'static str,
    /// An aggregated API may also be down.
    pub served_by_others: bool,
}

const fn always(group: &'static str, version: &'static str, resource: &'static str) -> List {
    List { group, version, resource, without: None }
}

const fn ours(resource: &'static str, meaning: &'static str) -> List {
    let without = Some(Without { meaning, served_by_others: false });
    List { group: "autoscaler.vpsie.com", version: "v1alpha1", resource, without }
}

/// Pods after what owns and holds them: a pod that is new in between finds its owner missing at
/// worst, and that keeps a node.
pub const LISTS: [List; 20] = [
    ours("autoscalerconfigs", "the defaults hold"),
    ours("nodegroups", "no node is managed"),
    ours("vpsienodes", "no machine is known to be on its way"),
    always("", "v1", "namespaces"),
    always("scheduling.k8s.io", "v1", "priorityclasses"),
    always("storage.k8s.io", "v1", "storageclasses"),
    always("storage.k8s.io", "v1", "csinodes"),
    always("storage.k8s.io", "v1", "volumeattachments"),
    always("", "v1", "persistentvolumes"),
    always("", "v1", "persistentvolumeclaims"),
    always("policy", "v1", "poddisruptionbudgets"),
    always("", "v1", "replicationcontrollers"),
    always("apps", "v1", "deployments"),
    always("apps", "v1", "replicasets"),
    always("apps", "v1", "statefulsets"),
    always("apps", "v1", "daemonsets"),
    always("batch", "v1", "jobs"),
    always("", "v1", "nodes"),
    always("", "v1", "pods"),
    List {
        group: "metrics.k8s.io",
        version: "v1beta1",
        resource: "nodes",
        without: Some(Without {
            meaning: "there are no samples (is metrics-server installed?)",
            served_by_others: true,
        }),
    },
];

impl List {
    #[must_use]
    pub fn path(&self) -> String {
        match self.group {
            "" => format!("/api/{}/{}", self.version, self.resource),
            group => format!("/apis/{group}/{}/{}", self.version, self.resource),
        }
    }
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
