//! What a pod is to the node that it runs on, sentence by sentence from the rules.

use super::objects::{Cluster, Pod, list, text};
use serde_json::Value;

pub const LEAVING: &str = "autoscaler.vpsie.com/leaving";

impl Cluster {
    /// Finished pods are nothing at all, nor are those whose deletion is 30 s past.
    #[must_use]
    pub fn is_nothing(&self, pod: &Pod) -> bool {
        let finished = pod.phase == "Succeeded" || pod.phase == "Failed";
        finished || pod.deleting.is_some_and(|it| self.now - it >= 30)
    }

    #[must_use]
    pub fn is_expendable(&self, pod: &Pod) -> bool {
        pod.priority < self.number("/scaleDown/expendablePriorityBelow", -10)
    }

    /// Being deleted and in need of no new room.
    #[must_use]
    pub fn is_vanishing(&self, pod: &Pod) -> bool {
        let comes_back = is_owned_by(pod, "apps", "StatefulSet") && !self.is_expendable(pod);
        pod.deleting.is_some() && !comes_back
    }

    /// Whether anybody would miss it: what is evicted.
    #[must_use]
    pub fn is_missed(&self, pod: &Pod) -> bool {
        !self.is_nothing(pod) && !goes_with_node(pod) && !self.is_vanishing(pod)
    }

    /// On its way out, inside its grace: the server waits for it.
    #[must_use]
    pub fn is_ending(&self, pod: &Pod) -> bool {
        pod.deleting.is_some() && !self.is_nothing(pod) && !goes_with_node(pod)
    }

    /// Tolerates our taint and may stay until the server goes.
    #[must_use]
    pub fn may_stay(&self, pod: &Pod) -> bool {
        self.is_missed(pod) && tolerates(&pod.spec, &(LEAVING.into(), String::new(), "NoSchedule".into()))
    }

    /// Needs a place elsewhere before its node can go.
    #[must_use]
    pub fn must_move(&self, pod: &Pod) -> bool {
        self.is_missed(pod) && !self.may_stay(pod) && !self.is_expendable(pod)
    }

    /// Takes room where it is.
    #[must_use]
    pub fn takes_room(&self, pod: &Pod) -> bool {
        !self.is_nothing(pod) && !self.is_expendable(pod)
    }

    /// Marks, budgets and volumes on it count.
    #[must_use]
    pub fn can_block(&self, pod: &Pod) -> bool {
        !self.is_nothing(pod) && !is_mirror(pod) && pod.deleting.is_none()
    }

    /// Waits for a node.
    #[must_use]
    pub fn is_pending(&self, pod: &Pod) -> bool {
        pod.bound_to.is_none()
            && pod.deleting.is_none()
            && !pod.gated
            && !self.is_nothing(pod)
            && !self.is_expendable(pod)
            && !is_daemon(pod)
            && !is_evicted(pod)
    }
}

/// We evicted it and it is not back yet; only the tests write that on a pod.
#[must_use]
pub fn is_evicted(pod: &Pod) -> bool {
    pod.says(crate::clusters::EVICTED).is_some()
}

#[must_use]
pub fn is_mirror(pod: &Pod) -> bool {
    pod.says("kubernetes.io/config.mirror").is_some()
}

#[must_use]
pub fn is_daemon(pod: &Pod) -> bool {
    is_owned_by(pod, "apps", "DaemonSet")
        || pod.says("cluster-autoscaler.kubernetes.io/daemonset-pod") == Some("true")
}

#[must_use]
pub fn goes_with_node(pod: &Pod) -> bool {
    is_mirror(pod) || is_daemon(pod)
}

#[must_use]
pub fn is_owned_by(pod: &Pod, group: &str, kind: &str) -> bool {
    pod.owner.as_ref().is_some_and(|it| it.0 == group && it.1 == kind)
}

/// Whether a pod of this spec tolerates the taint: key, value and effect.
#[must_use]
pub fn tolerates(spec: &Value, taint: &(String, String, String)) -> bool {
    list(spec, "/tolerations").iter().any(|it| {
        let (key, value, effect) = (text(it, "/key"), text(it, "/value"), text(it, "/effect"));
        (effect.is_empty() || effect == taint.2)
            && (key.is_empty() || key == taint.0)
            && match text(it, "/operator").as_str() {
                "" | "Equal" => value == taint.1,
                "Exists" => true,
                _ => false,
            }
    })
}
