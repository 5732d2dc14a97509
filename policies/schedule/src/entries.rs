//! Entries of `windows`, `allow` and `freeze`.

use policy_sdk::civil::{Span, Weekly};
use policy_sdk::settings::{Object, Value};

use crate::mode::Mode;
use crate::times;

/// More removals than anyone means.
const REMOVALS_MAX: i64 = 1_000_000;

/// Whom an entry speaks for; no names are all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Groups(Vec<String>);

impl Groups {
    pub(crate) fn every() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|own| own == name)
    }

    fn read(object: &mut Object<'_>) -> Self {
        let Some(value) = object.get("groups") else {
            return Self::every();
        };
        let names = value.list(|name| name.text().map(str::to_owned));
        if names.as_ref().is_some_and(Vec::is_empty) {
            value.refuse("names no group; without groups it is every group");
        }
        Self(names.unwrap_or_default())
    }
}

/// A window: a pace of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) when: Weekly,
    pub(crate) groups: Groups,
    pub(crate) mode: Option<Mode>,
    pub(crate) removals: Option<u32>,
}

impl Window {
    pub(crate) fn read(value: &Value<'_>) -> Option<Self> {
        let window = value.object(|object| {
            let when = times::weekly(object);
            let groups = Groups::read(object);
            let mode = object.get("mode");
            let removals = object.get("removals");
            if mode.is_none() && removals.is_none() {
                object.refuse("needs mode or removals, or both");
            }
            let removals = removals.and_then(|removals| removals.whole(0..=REMOVALS_MAX));
            Some(Self {
                when: when?,
                groups,
                mode: mode.and_then(|mode| mode.word(&Mode::WORDS)),
                removals: removals.and_then(|removals| u32::try_from(removals).ok()),
            })
        });
        window.flatten()
    }
}

/// When removals are allowed, or frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) span: Span,
    /// The span as people are told of it.
    pub(crate) told: String,
    pub(crate) groups: Groups,
}

impl Entry {
    pub(crate) fn read(value: &Value<'_>) -> Option<Self> {
        let entry = value.object(|object| {
            let when = times::span(object);
            let groups = Groups::read(object);
            let (span, told) = when?;
            Some(Self { span, told, groups })
        });
        entry.flatten()
    }
}
