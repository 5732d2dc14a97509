//! A group by hand.

use super::pairs::Pairs;
use crate::records::{self, Table};

/// A group with the documented numbers, until a test says otherwise.
#[derive(Clone)]
pub struct Group {
    pub(super) name: String,
    record: records::Group,
    pub(super) labels: Pairs,
    pub(super) annotations: Pairs,
}

impl Group {
    pub fn named(name: &str) -> Self {
        let record = records::Group {
            last_change: records::NONE_TIME,
            bits: records::group_bits::SCALE_DOWN_ENABLED,
            max: 10,
            cpu_threshold: 50_00,
            memory_threshold: 50_00,
            window_seconds: 600,
            cooldown_seconds: 600,
            at_once: 1,
            ..records::Group::default()
        };
        Self { name: name.to_owned(), record, labels: Pairs::default(), annotations: Pairs::default() }
    }

    /// In percent.
    pub fn thresholds(mut self, cpu: u32, memory: u32) -> Self {
        self.record.cpu_threshold = cpu * 100;
        self.record.memory_threshold = memory * 100;
        self
    }

    pub fn window_seconds(mut self, seconds: u32) -> Self {
        self.record.window_seconds = seconds;
        self
    }

    pub fn at_once(mut self, number: u32) -> Self {
        self.record.at_once = number;
        self
    }

    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.put(key, value);
        self
    }

    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.annotations.put(key, value);
        self
    }

    pub(super) fn record(&self, symbols: &Table) -> records::Group {
        let name = symbols.find(&self.name).unwrap_or(records::NONE);
        records::Group { name, ..self.record.clone() }
    }
}
