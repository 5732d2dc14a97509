//! The provider's list cannot be trusted just now, so nothing goes by it.

use super::{Case, Fact};
use crate::plan::Reason;

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    case.tick.world.inventory_frozen.clone().map(|why| Reason::InventoryFrozen { why })
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    let frozen = case.tick.world.inventory_frozen.as_ref();
    let value = frozen.map_or_else(|| "trusted".to_string(), |it| format!("frozen: {it}"));
    Fact::new(value, "not frozen", "AutoscalerConfig condition InventoryFrozen")
}
