//! Whether anything would be lost or go short if a node went.
//!
//! | code | a node is kept when | setting | default |
//! |---|---|---|---|
//! | `controller-not-found` | the controller of a pod is of a kind that is looked up, and does not exist | `missingController` | `keep` |
//! | `not-replicated` | a pod has no controller | `bare` | `keep` |
//! | | or one of a kind that is not known | `customControllers` | `keep` |
//! | `min-replicas` | the controller of a pod keeps fewer replicas than this | `minReplicas` | 0: off |
//! | `system-pod` | a kube-system pod without disruption budget started less than this ago | `systemPodMinAgeSeconds` | 3600, 0: off |
//! | `unique-system-pod` | a kube-system pod is etcd, kube-apiserver, kube-controller-manager or kube-scheduler by its name, mirror pods included | `uniqueSystemPods` | `keep` |
//! | `local-storage` | a pod has data in an emptyDir that is not in memory, or in a hostPath | `localStorage` | `keep` |
//! | `headroom` | free room elsewhere, in sum, is less than this percentage of the requests that must move | `headroomPercent` | 120, 0: off |
//! | `capacity` | more than this percentage of CPU or memory of what remains would be requested | `capacityPercentMax` | 85, 0: off |
//!
//! `keep` can be set to `allow`, which lifts the row. Of several the first in this order decides, and within
//! one the pod first by namespace and name.
//!
//! Mirror pods count for `unique-system-pod` alone. Pods of DaemonSets do not count for `not-replicated`,
//! `system-pod` and `local-storage`. A pod with `cluster-autoscaler.kubernetes.io/safe-to-evict: "true"`
//! counts for `unique-system-pod` alone, and for the last two, which are not about one pod.
//!
//! This policy knows no group and no time but the age of pods. Only `headroom` and `capacity` rest on the
//! world on paper.

mod paper;
mod pods;
mod remainder;
mod rules;
mod veto;

use policy_sdk::prelude::*;

/// The vetoer.
#[derive(Clone, Debug, PartialEq, Eq, Settings)]
pub struct Safety {
    /// pods whose controller does not exist
    #[setting(default = Verdict::Keep)]
    missing_controller: Verdict,
    /// pods without a controller
    #[setting(default = Verdict::Keep)]
    bare: Verdict,
    /// pods with a controller of a kind that is not known
    #[setting(default = Verdict::Keep)]
    custom_controllers: Verdict,
    /// pods whose controller keeps fewer replicas keep their node; 0 is off
    #[setting(default = 0, range = 0..=1_000_000)]
    min_replicas: u32,
    /// kube-system pods without disruption budget keep their node for so long; 0 is off
    #[setting(default = 3_600, range = 0..=1_000_000_000)]
    system_pod_min_age_seconds: u32,
    /// etcd, kube-apiserver, kube-controller-manager and kube-scheduler in kube-system
    #[setting(default = Verdict::Keep)]
    unique_system_pods: Verdict,
    /// pods with data in an emptyDir that is not in memory, or in a hostPath
    #[setting(default = Verdict::Keep)]
    local_storage: Verdict,
    /// free room elsewhere, in percent of the requests that must move; 0 is off
    #[setting(default = 120, range = 0..=10_000)]
    headroom_percent: u32,
    /// most that may be requested of what remains; 0 is off
    #[setting(default = 85, range = 0..=100)]
    capacity_percent_max: u32,
}

/// What a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Settings)]
enum Verdict {
    Keep,
    Allow,
}

policy_sdk::policy!(Safety: vetoer with paper);
