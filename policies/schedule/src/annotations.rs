//! The annotations of nodes and their grammars.

use policy_sdk::civil::{Days, HoursMinutes};
use policy_sdk::records::{Hits, NodeIndex};
use policy_sdk::{in_two, quoted};

pub(crate) const DISABLED: &str = "autoscaler.vpsie.com/scale-down";
pub(crate) const HOURS: &str = "autoscaler.vpsie.com/scale-down-allowed-hours";
pub(crate) const DAYS: &str = "autoscaler.vpsie.com/scale-down-allowed-days";
pub(crate) const ZONE: &str = "autoscaler.vpsie.com/scale-down-zone";

/// What nodes are asked for.
pub(crate) const KEYS: [&str; 4] = [DISABLED, HOURS, DAYS, ZONE];

/// A longer value is unreadable.
const VALUE_CHARS_MAX: usize = 256;

/// What is read of a value: no 256 characters are longer, and what is cut here is longer than 256 characters.
pub(crate) const VALUE_BYTES_READ: u32 = 4 * VALUE_CHARS_MAX as u32;

/// The annotations of a node that speak of scale-down, in the order of [`KEYS`].
pub(crate) type Marks<'v> = [Option<Mark<'v>>; 4];

/// A value, as far as it is not too long.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark<'v>(Option<&'v str>);

impl<'v> Mark<'v> {
    /// The value by its grammar.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&'v str) -> Option<T>) -> Option<T> {
        self.0.and_then(read)
    }

    /// What stands there instead of something readable.
    pub(crate) fn found(&self) -> String {
        match self.0 {
            Some(value) => quoted(value),
            None => format!("more than {VALUE_CHARS_MAX} characters"),
        }
    }
}

/// The marked nodes, in order.
pub(crate) fn marked(hits: &Hits) -> Vec<(NodeIndex, Marks<'_>)> {
    let mut nodes: Vec<(NodeIndex, Marks<'_>)> = Vec::new();
    for (found, value) in hits.found.iter().zip(hits.values.iter()) {
        if nodes.last().is_none_or(|(node, _)| *node != found.node) {
            nodes.push((found.node, Marks::default()));
        }
        let mark = nodes.last_mut().and_then(|(_, marks)| marks.get_mut(found.key as usize));
        let Some(mark) = mark else {
            continue;
        };
        let whole = value.len() >= found.whole as usize;
        let readable = whole && value.char_indices().nth(VALUE_CHARS_MAX).is_none();
        *mark = Some(Mark(readable.then_some(value)));
    }
    nodes
}

/// The reference's grammar: two times with one dash; blanks around either, no padding and a plus sign are all
/// right, hour 24 is not.
pub(crate) fn hours(text: &str) -> Option<(HoursMinutes, HoursMinutes)> {
    let (from, to) = in_two(text, '-')?;
    Some((time(from)?, time(to)?))
}

fn time(text: &str) -> Option<HoursMinutes> {
    let (hours, minutes) = in_two(text.trim(), ':')?;
    let time = HoursMinutes::new(number(hours)?, number(minutes)?)?;
    (time != HoursMinutes::DAY_END).then_some(time)
}

/// What fits in 16 bits, as [`str::parse`] reads it, which weighs more.
fn number(text: &str) -> Option<u16> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let number = digits.bytes().try_fold(0u16, |number, digit| {
        let digit = u16::from(digit.wrapping_sub(b'0'));
        if digit < 10 { number.checked_mul(10)?.checked_add(digit) } else { None }
    });
    number.filter(|_| !digits.is_empty())
}

/// `Mon-Fri` or `Sat,Sun`.
pub(crate) fn days(text: &str) -> Option<Days> {
    Days::read_list(text)
}
