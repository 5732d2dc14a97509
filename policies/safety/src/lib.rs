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

use policy_sdk::records::{Diagnostic, Metadata};
use policy_sdk::settings::{Object, Tree};
use policy_sdk::{Policy, Zones};

/// The vetoer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Safety {
    missing_controller: Verdict,
    bare: Verdict,
    custom_controllers: Verdict,
    replicas_min: u32,
    system_pod_age_secs_min: u32,
    unique_system_pods: Verdict,
    local_storage: Verdict,
    headroom_percent: u32,
    capacity_percent_max: u32,
}

/// What a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Keep,
    Allow,
}

policy_sdk::export!(Safety: vetoer with paper);

impl Policy for Safety {
    fn describe() -> Metadata {
        Metadata::new("safety", env!("CARGO_PKG_VERSION"))
            .with("settings-schema", include_str!("settings.schema.json"))
            .with("license", env!("CARGO_PKG_LICENSE"))
    }

    fn configure(settings: &Tree<'_>, _zones: &dyn Zones) -> Result<Self, Vec<Diagnostic>> {
        settings.read(|object| Self {
            missing_controller: verdict(object, "missingController"),
            bare: verdict(object, "bare"),
            custom_controllers: verdict(object, "customControllers"),
            replicas_min: number(object, "minReplicas", 1_000_000, 0),
            system_pod_age_secs_min: number(object, "systemPodMinAgeSeconds", 1_000_000_000, 3_600),
            unique_system_pods: verdict(object, "uniqueSystemPods"),
            local_storage: verdict(object, "localStorage"),
            headroom_percent: number(object, "headroomPercent", 10_000, 120),
            capacity_percent_max: number(object, "capacityPercentMax", 100, 85),
        })
    }
}

fn verdict(object: &mut Object<'_>, key: &'static str) -> Verdict {
    object.word(key, &[("keep", Verdict::Keep), ("allow", Verdict::Allow)], Verdict::Keep)
}

fn number(object: &mut Object<'_>, key: &'static str, most: u32, default: u32) -> u32 {
    let number = object.whole(key, 0..=most.into(), default.into());
    u32::try_from(number).unwrap_or(default)
}
