//! What several kinds have.

use super::fields::fields;
use decide::time::Time;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;

fields! {
    #[derive(Default)]
    /// When the group may grow.
    pub struct ScaleUpPolicy {
        ;
        /// Whether nodes may be added. Default: true.
        enabled: bool,
        /// Accepted, without effect.
        #[schemars(range(min = 0))]
        stabilization_window_seconds: i32,
        /// Accepted, without effect.
        #[schemars(range(min = 0, max = 100))]
        cpu_threshold: i32,
        /// Accepted, without effect.
        #[schemars(range(min = 0, max = 100))]
        memory_threshold: i32,
    }
}

fields! {
    #[derive(Default)]
    /// When nodes of the group may go.
    pub struct ScaleDownPolicy {
        ;
        /// Whether nodes may be removed. Default: true.
        enabled: bool,
        /// How long a node must have been below both thresholds. Default: 600.
        #[schemars(range(min = 0))]
        stabilization_window_seconds: i32,
        /// CPU use in percent of what is allocatable; a node that may go is below it. Default: 50.
        #[schemars(range(min = 0, max = 100))]
        cpu_threshold: i32,
        /// Memory use in percent of what is allocatable; a node that may go is below it. Default: 50.
        #[schemars(range(min = 0, max = 100))]
        memory_threshold: i32,
        /// The least time between a change of the group's size and the next removal. Default: 600.
        #[schemars(range(min = 0))]
        cooldown_seconds: i32,
    }
}

fields! {
    #[derive(Default)]
    /// Accepted, without effect.
    pub struct SpotConfig {
        ;
        enabled: bool,
        #[schemars(range(min = 0, max = 100))]
        max_spot_percentage: i32,
        fallback_to_on_demand: bool,
        interruption_grace_period: String,
        #[schemars(range(min = 0, max = 100))]
        allowed_interruption_rate: i32,
    }
}

fields! {
    #[derive(Default)]
    /// Accepted, without effect.
    pub struct CostOptimization {
        ;
        enabled: bool,
        strategy: String,
        optimization_interval: String,
        min_monthly_savings: f64,
        #[schemars(range(min = 0, max = 100))]
        max_performance_impact: i32,
        require_approval: bool,
    }
}

fields! {
    /// A taint that every node of the group gets.
    pub struct Taint {
        #[schemars(length(min = 1, max = 316))]
        key: String,
        effect: TaintEffect,
        ;
        #[schemars(length(max = 63))]
        value: String,
        time_added: When,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TaintEffect {
    NoSchedule,
    PreferNoSchedule,
    NoExecute,
}

fields! {
    /// What is to be said about the object in one respect.
    pub struct Condition {
        #[serde(rename = "type")]
        name: String,
        /// True, False or Unknown.
        status: String,
        ;
        /// One word for programs.
        reason: String,
        /// A sentence for people.
        message: String,
        last_transition_time: When,
        last_update_time: When,
        /// The generation of the object that this speaks of.
        observed_generation: i64,
    }
}

const PATTERN: &str = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$";

/// An instant, written in RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct When(pub Time);

impl Serialize for When {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<When, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        let expected = &"a time (expected for example 2026-11-20T10:00:00Z)";
        Time::parse(&text)
            .map(When)
            .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), expected))
    }
}

impl JsonSchema for When {
    fn schema_name() -> Cow<'static, str> {
        "When".into()
    }

    fn inline_schema() -> bool {
        true
    }

    /// The format lets lower-case letters pass, which nobody here reads.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time", "pattern": PATTERN})
    }
}
