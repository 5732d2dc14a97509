//! The schedule policy on worlds by hand.

mod annotations;
mod arbitrary;
mod pace;
mod settings;

use policy_sdk::kit::{self, World};
use schedule::Schedule;

/// A world with the changes of clocks that the rows below speak of.
fn world(now: &str) -> World {
    World::at(now)
        .zone(
            "Europe/Berlin",
            &[
                ("2025-10-26T01:00:00Z", 3_600),
                ("2026-03-29T01:00:00Z", 7_200),
                ("2026-10-25T01:00:00Z", 3_600),
                ("2027-03-28T01:00:00Z", 7_200),
            ],
        )
        .zone(
            "America/New_York",
            &[
                ("2025-11-02T06:00:00Z", -18_000),
                ("2026-03-08T07:00:00Z", -14_400),
                ("2026-11-01T06:00:00Z", -18_000),
            ],
        )
        .zone("America/Havana", &[("2025-11-02T05:00:00Z", -18_000), ("2026-03-08T05:00:00Z", -14_400)])
        .zone("America/Los_Angeles", &[("2026-11-01T09:00:00Z", -28_800)])
        .zone("Asia/Kolkata", &[("1945-10-15T00:00:00Z", 19_800)])
        .zone("Asia/Tokyo", &[("1951-10-07T00:00:00Z", 32_400)])
        .zone("Pacific/Auckland", &[("2026-09-26T14:00:00Z", 46_800)])
}

fn schedule(settings: &str) -> Schedule {
    match kit::configure(settings, &world("2026-01-01T00:00:00Z")) {
        Ok(schedule) => schedule,
        Err(told) => panic!("{settings}: {told:?}"),
    }
}

/// Empty is none.
fn instant(text: &str) -> Option<i64> {
    let instant = policy_sdk::civil::instant(text);
    assert!(instant.is_some() || text.is_empty(), "{text:?} is no instant");
    instant
}
