//! Tier 4: the account and what it spends.

use crate::reply::Reply;
use crate::request::{Area, Request};
use crate::world::{Stage, World};
use serde_json::{Value, json};

/// None: not a route of this tier.
pub fn answer(world: &mut World, request: &Request) -> Option<Reply> {
    if request.area != Area::Main {
        return None;
    }
    let cents: u64 = world
        .workers
        .iter()
        .filter(|it| it.group.is_some() && it.stage(world.now_ms) != Stage::Gone)
        .filter_map(|it| world.size(it.size))
        .map(|it| it.cents)
        .sum();
    // Money comes as text here and as a number there.
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    let number: Value = text.parse().expect("a number");
    Some(match (request.method.as_str(), &*request.segments()) {
        ("GET", ["profile", "user"]) => Reply::data(json!({
            "id": 7, "name": "Ada L", "firstname": "Ada", "lastname": "L", "email": "ada@example.org",
            "identifier": "7a0e0000-0000-11f0-8000-0242ac110004", "status": "active", "current_balance": 250.5,
            "monthly_charge": text,
        })),
        ("GET", ["billing", "estimated", "usages"]) => Reply::json(
            200,
            json!({
                "error": false,
                "data": [{"price": text, "cost_value": number, "cost_value_month": text}],
                "balanceData": {"current_balance": 250.5, "balance_charged": "0", "monthly_charge": number, "actual_monthly_charge": text},
            }),
        ),
        _ => return None,
    })
}
