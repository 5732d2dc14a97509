//! Which candidate goes first: the one whose removal disturbs least.
//!
//! The score is a sum of points, cut to whole numbers and to ±1,000,000; the higher goes earlier. With the
//! defaults it is the documented priority, negated: `-(int(10 x mean of CPU % and memory %) + 100 a pod + 500
//! more a kube-system pod)`.
//!
//! Settings, all whole numbers from 0 to 1,000,000 unless said otherwise:
//!
//! | setting | default | points |
//! |---|---|---|
//! | `usage` | 10 | taken off for each percent of use, the mean of CPU and memory |
//! | `pod` | 100 | taken off for each pod, DaemonSet and mirror pods too |
//! | `systemPod` | 500 | taken off besides for each pod in kube-system |
//! | `price` | 0 | added for each hundredth of the currency that the node costs an hour: the dearer goes first |
//! | `age` | 0 | added for each full day since the node was created: the older goes first |
//! | `zoneImbalance` | 0 | added for each ready node that its zone has more than the zone with the fewest |
//! | `largeWasteFirst` | 0 | added for each full core that is allocatable and not requested: a big node that is nearly empty goes before small ones that are half full, and fewer, fuller nodes remain |
//! | `explain` | false | true: each score tells how it came about, at the cost of a text a candidate |
//!
//! What is not known (use, price, age, zone) adds and takes off nothing.
//!
//! This policy never keeps a node and looks at no single pod.

mod score;

use policy_sdk::prelude::*;

/// The scorer.
#[derive(Clone, Debug, PartialEq, Eq, Settings)]
pub struct Priority {
    /// points taken off for each percent of use, the mean of CPU and memory
    #[setting(default = 10, range = 0..=1_000_000)]
    usage: i64,
    /// points taken off for each pod, DaemonSet and mirror pods too
    #[setting(default = 100, range = 0..=1_000_000)]
    pod: i64,
    /// points taken off besides for each pod in kube-system
    #[setting(default = 500, range = 0..=1_000_000)]
    system_pod: i64,
    /// points added for each hundredth of the currency that the node costs an hour
    #[setting(default = 0, range = 0..=1_000_000)]
    price: i64,
    /// points added for each full day since the node was created
    #[setting(default = 0, range = 0..=1_000_000)]
    age: i64,
    /// points added for each ready node that its zone has more than the zone with the fewest
    #[setting(default = 0, range = 0..=1_000_000)]
    zone_imbalance: i64,
    /// points added for each full core that is allocatable and not requested
    #[setting(default = 0, range = 0..=1_000_000)]
    large_waste_first: i64,
    /// each score tells how it came about
    #[setting(default = false)]
    explain: bool,
}

policy_sdk::policy!(Priority: scorer);
