//! A control-plane node never goes.

use super::{Case, Fact};
use crate::marks;
use crate::plan::Reason;

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    marks::control_plane(&case.node().labels).map(|label| Reason::ControlPlane { label })
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    let role = marks::control_plane(&case.node().labels);
    Fact::new(
        role.map_or_else(|| "worker".to_string(), |it| format!("label {it}")),
        "no control-plane role",
        "node label",
    )
}
