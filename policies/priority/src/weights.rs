//! How many points each thing counts.

use policy_sdk::settings::Object;

/// The largest weight: one unit of anything can then decide alone.
const WEIGHT_MAX: i64 = 1_000_000;

/// Points for each unit; see the table of the crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    pub usage: i64,
    pub pod: i64,
    pub system_pod: i64,
    pub price: i64,
    pub age: i64,
    pub zone_imbalance: i64,
    pub large_waste_first: i64,
}

impl Weights {
    pub(crate) fn read(object: &mut Object<'_>) -> Self {
        let mut weight = |key, default| object.whole(key, 0..=WEIGHT_MAX, default);
        Self {
            usage: weight("usage", 10),
            pod: weight("pod", 100),
            system_pod: weight("systemPod", 500),
            price: weight("price", 0),
            age: weight("age", 0),
            zone_imbalance: weight("zoneImbalance", 0),
            large_waste_first: weight("largeWasteFirst", 0),
        }
    }
}
