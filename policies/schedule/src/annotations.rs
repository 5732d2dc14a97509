//! The annotations of nodes and their grammars.

use policy_sdk::civil::{Days, HoursMinutes};
use policy_sdk::quoted;
use policy_sdk::records::{Hits, NodeIndex};

const DISABLED: &str = "autoscaler.vpsie.com/scale-down";
const HOURS: &str = "autoscaler.vpsie.com/scale-down-allowed-hours";
const DAYS: &str = "autoscaler.vpsie.com/scale-down-allowed-days";
const ZONE: &str = "autoscaler.vpsie.com/scale-down-zone";

/// What nodes are asked for.
pub(crate) const KEYS: [&str; 4] = [DISABLED, HOURS, DAYS, ZONE];

/// A longer value is unreadable.
const VALUE_CHARS_MAX: usize = 256;

/// What is read of a value: no 256 characters are longer, and what is cut here is longer than 256 characters.
pub(crate) const VALUE_BYTES_READ: u32 = 4 * VALUE_CHARS_MAX as u32;

/// The annotations of a node that speak of scale-down.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Marks<'v> {
    pub(crate) disabled: Option<Mark<'v>>,
    pub(crate) hours: Option<Mark<'v>>,
    pub(crate) days: Option<Mark<'v>>,
    pub(crate) zone: Option<Mark<'v>>,
}

/// A value, and under which key it stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark<'v> {
    pub(crate) key: &'static str,
    /// `None`: too long.
    value: Option<&'v str>,
}

impl<'v> Mark<'v> {
    /// The value by its grammar.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&'v str) -> Option<T>) -> Option<T> {
        self.value.and_then(read)
    }

    /// What stands there instead of something readable.
    pub(crate) fn found(&self) -> String {
        match self.value {
            Some(value) => quoted(value),
            None => format!("more than {VALUE_CHARS_MAX} characters"),
        }
    }
}

/// The marked nodes, in order.
pub(crate) fn marked(hits: &Hits) -> Vec<(NodeIndex, Marks<'_>)> {
    let mut nodes: Vec<(NodeIndex, Marks<'_>)> = Vec::new();
    for (found, value) in hits.found.iter().zip(hits.values.iter()) {
        let Some(key) = KEYS.get(found.key as usize) else {
            continue;
        };
        if nodes.last().is_none_or(|(node, _)| *node != found.node) {
            nodes.push((found.node, Marks::default()));
        }
        let Some((_, marks)) = nodes.last_mut() else {
            continue;
        };
        let whole = value.len() >= found.whole as usize;
        let readable = whole && value.chars().count() <= VALUE_CHARS_MAX;
        let mark = Some(Mark { key, value: readable.then_some(value) });
        match *key {
            DISABLED => marks.disabled = mark,
            HOURS => marks.hours = mark,
            DAYS => marks.days = mark,
            _ => marks.zone = mark,
        }
    }
    nodes
}

/// The reference's grammar: two times with one dash; blanks around either, no padding and a plus sign are all
/// right, hour 24 is not.
pub(crate) fn hours(text: &str) -> Option<(HoursMinutes, HoursMinutes)> {
    let (from, to) = text.split_once('-')?;
    Some((time(from)?, time(to)?))
}

fn time(text: &str) -> Option<HoursMinutes> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let time = HoursMinutes::new(hours.parse().ok()?, minutes.parse().ok()?)?;
    (time != HoursMinutes::DAY_END).then_some(time)
}

/// `Mon-Fri` or `Sat,Sun`.
pub(crate) fn days(text: &str) -> Option<Days> {
    Days::read_list(text)
}
