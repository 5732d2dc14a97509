//! Somebody marked the node as one that must stay.

use super::{Case, Fact};
use crate::marks;
use crate::plan::Reason;

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    marks::protected(&case.node().labels, &case.node().annotations).map(Reason::Protected)
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    let mark = marks::protected(&case.node().labels, &case.node().annotations);
    let value = mark.map_or_else(|| "none".to_string(), |it| format!("{}: {}", it.key, it.value));
    Fact::new(value, "no protection mark", "node annotations, label")
}
