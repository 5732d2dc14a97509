//! The pace of a group: numbers, why, and until when.

use policy_sdk::kit::Group;
use policy_sdk::records::Pace;

use crate::{instant, schedule, world};

/// The pace of the group `workers`, whose own numbers are 50 %, 55 %, 600 s and 3 at once.
fn pace(settings: &str, now: &str) -> Pace {
    let group = Group::named("workers").thresholds(50, 55).at_once(3);
    let world = world(now).group(Group::named("others")).group(group);
    let paces = world.paces(&schedule(settings)).expect("an answer");
    assert_eq!(paces.iter().map(|pace| pace.group).collect::<Vec<_>>(), [0, 1]);
    paces[1].clone()
}

/// CPU and memory threshold in percent, window, number at once; `never`, where disabled.
fn numbers(pace: &Pace) -> String {
    let number = |number: Option<u32>| number.map_or("-".to_owned(), |number| number.to_string());
    let percent = |hundredths: Option<u32>| number(hundredths.map(|hundredths| hundredths / 100));
    let numbers = [
        percent(pace.cpu_threshold),
        percent(pace.memory_threshold),
        number(pace.window_seconds),
        number(pace.at_once),
    ];
    if pace.disabled { "never".to_owned() } else { numbers.join(" ") }
}

const OWN: &str = "50 55 600 3";
const AGGRESSIVE: &str = "60 60 300 6";
const CONSERVATIVE: &str = "40 40 1200 1";
const CLOSED: &str = "50 55 600 0";

#[track_caller]
fn check(settings: &str, rows: &[(&str, &str, &str)]) {
    for (now, wanted, until) in rows {
        let pace = pace(settings, now);
        assert_eq!(numbers(&pace), *wanted, "{settings} at {now}");
        assert_eq!(pace.until, instant(until), "{settings} at {now}, until");
    }
}

#[test]
fn modes() {
    let now = "2026-11-20T10:00:00Z";
    check("{}", &[(now, OWN, "")]);
    check(r#"{"mode": "balanced"}"#, &[(now, OWN, "")]);
    check(r#"{"mode": "aggressive"}"#, &[(now, AGGRESSIVE, "")]);
    check(r#"{"mode": "conservative"}"#, &[(now, CONSERVATIVE, "")]);
    check(r#"{"mode": "disabled"}"#, &[(now, "never", "")]);
    check(r#"{"mode": "disabled", "allow": [{"days": ["Sun"]}]}"#, &[(now, "never", "")]);
}

#[test]
fn no_mode_opens_what_is_configured_as_none() {
    for mode in ["aggressive", "balanced", "conservative"] {
        let world = world("2026-11-20T10:00:00Z").group(Group::named("workers").at_once(0));
        let schedule = schedule(&format!(r#"{{"mode": "{mode}"}}"#));
        let paces = world.paces(&schedule).expect("an answer");
        assert_eq!(paces[0].at_once, None, "{mode}");
    }
}

#[test]
fn windows() {
    check(
        r#"{"zone": "Europe/Berlin", "windows": [
            {"days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "from": "09:00", "to": "17:00", "mode": "conservative"}
        ]}"#,
        &[
            ("2026-11-20T07:59:59Z", OWN, "2026-11-20T08:00:00Z"),
            ("2026-11-20T08:00:00Z", CONSERVATIVE, "2026-11-20T16:00:00Z"),
            ("2026-11-20T16:00:00Z", OWN, "2026-11-23T08:00:00Z"),
            ("2026-07-01T06:59:59Z", OWN, "2026-07-01T07:00:00Z"),
            ("2026-07-01T07:00:00Z", CONSERVATIVE, "2026-07-01T15:00:00Z"),
        ],
    );
    // The first that matches wins.
    check(
        r#"{"windows": [
            {"days": ["Fri"], "from": "09:00", "to": "12:00", "mode": "disabled"},
            {"days": ["Fri"], "from": "00:00", "to": "24:00", "mode": "aggressive"}
        ]}"#,
        &[
            ("2026-11-20T10:00:00Z", "never", "2026-11-20T12:00:00Z"),
            ("2026-11-20T12:00:00Z", AGGRESSIVE, "2026-11-21T00:00:00Z"),
            ("2026-11-20T00:00:00Z", AGGRESSIVE, "2026-11-20T09:00:00Z"),
        ],
    );
    check(
        r#"{"windows": [
            {"days": ["Fri"], "from": "00:00", "to": "24:00", "mode": "aggressive"},
            {"days": ["Fri"], "from": "09:00", "to": "12:00", "mode": "disabled"}
        ]}"#,
        &[("2026-11-20T10:00:00Z", AGGRESSIVE, "2026-11-21T00:00:00Z")],
    );
    check(
        r#"{"windows": [{"from": "09:00", "to": "11:00", "mode": "disabled"}]}"#,
        &[("2026-11-20T10:00:00Z", "never", "2026-11-20T11:00:00Z")],
    );
}

#[test]
fn removals() {
    check(
        r#"{"windows": [{"days": ["Fri"], "from": "08:00", "to": "12:00", "removals": 0}]}"#,
        &[
            ("2026-11-20T11:59:59Z", CLOSED, "2026-11-20T12:00:00Z"),
            ("2026-11-20T12:00:00Z", OWN, "2026-11-27T08:00:00Z"),
        ],
    );
    // Without a mode the default mode's other numbers stay.
    check(
        r#"{"mode": "conservative", "windows": [{"days": ["Fri"], "removals": 7}]}"#,
        &[("2026-11-20T10:00:00Z", "40 40 1200 7", "2026-11-21T00:00:00Z")],
    );
    check(
        r#"{"windows": [{"days": ["Fri"], "removals": 7, "mode": "aggressive"}]}"#,
        &[("2026-11-20T10:00:00Z", "60 60 300 7", "2026-11-21T00:00:00Z")],
    );
    check(
        r#"{"mode": "disabled", "windows": [{"days": ["Fri"], "removals": 3}]}"#,
        &[("2026-11-20T10:00:00Z", "never", "")],
    );
}

#[test]
fn presets() {
    let rows = [
        ("2026-11-24T08:59:59Z", AGGRESSIVE, "2026-11-24T09:00:00Z"),
        ("2026-11-24T09:00:00Z", CONSERVATIVE, "2026-11-24T17:00:00Z"),
        ("2026-11-24T17:00:00Z", AGGRESSIVE, "2026-11-25T09:00:00Z"),
        ("2026-11-21T12:00:00Z", AGGRESSIVE, "2026-11-23T09:00:00Z"),
    ];
    check(r#"{"preset": "production", "mode": "aggressive"}"#, &rows);
    // Its window is of its default mode: nothing ever changes.
    check(r#"{"preset": "production"}"#, &[("2026-11-24T02:00:00Z", CONSERVATIVE, "")]);
    check(r#"{"preset": "development"}"#, &[("2026-11-24T17:30:00Z", OWN, "")]);
    check(r#"{"preset": "cost-saving"}"#, &[("2026-11-24T12:00:00Z", AGGRESSIVE, "")]);
    check(
        r#"{"preset": "cost-saving", "mode": "conservative"}"#,
        &[
            ("2026-11-24T17:59:59Z", CONSERVATIVE, "2026-11-24T18:00:00Z"),
            ("2026-11-25T07:59:59Z", AGGRESSIVE, "2026-11-25T08:00:00Z"),
            ("2026-11-20T18:00:00Z", AGGRESSIVE, "2026-11-23T08:00:00Z"),
        ],
    );
    // The user's window comes before that of the preset.
    check(
        r#"{"preset": "production", "windows": [
            {"days": ["Fri"], "from": "09:00", "to": "17:00", "mode": "aggressive"}
        ]}"#,
        &[
            ("2026-11-20T10:00:00Z", AGGRESSIVE, "2026-11-20T17:00:00Z"),
            ("2026-11-20T17:00:00Z", CONSERVATIVE, "2026-11-27T09:00:00Z"),
        ],
    );
    check(
        r#"{"preset": "production", "mode": "disabled"}"#,
        &[("2026-11-21T12:00:00Z", "never", "2026-11-23T09:00:00Z")],
    );
}

#[test]
fn allow_and_freeze() {
    check(
        r#"{"allow": [{"days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "from": "22:00", "to": "02:00"}]}"#,
        &[
            ("2026-11-21T01:59:59Z", OWN, "2026-11-21T02:00:00Z"),
            ("2026-11-21T02:00:00Z", CLOSED, "2026-11-23T22:00:00Z"),
            ("2026-11-23T01:00:00Z", CLOSED, "2026-11-23T22:00:00Z"),
        ],
    );
    check(
        r#"{"allow": [
            {"days": ["Fri"], "from": "22:00", "to": "24:00"},
            {"days": ["Sat", "Sun"], "from": "00:00", "to": "24:00"},
            {"days": ["Mon"], "from": "00:00", "to": "06:00"}
        ]}"#,
        &[
            ("2026-11-20T22:00:00Z", OWN, "2026-11-23T06:00:00Z"),
            ("2026-11-23T06:00:00Z", CLOSED, "2026-11-27T22:00:00Z"),
        ],
    );
    // Over New Year, and from a leap day into March.
    check(
        r#"{"allow": [{"days": ["Thu"], "from": "23:00", "to": "01:00"}]}"#,
        &[("2027-01-01T00:30:00Z", OWN, "2027-01-01T01:00:00Z")],
    );
    check(
        r#"{"allow": [{"days": ["Tue"], "from": "23:00", "to": "01:00"}]}"#,
        &[("2028-03-01T00:59:59Z", OWN, "2028-03-01T01:00:00Z")],
    );
    // Frozen from an instant to another, whatever the zone.
    let freeze = r#"{"zone": "Asia/Tokyo", "freeze": [
        {"from": "2026-11-20T15:30:00+05:30", "to": "2026-11-20T16:30:00+05:30"}
    ]}"#;
    check(
        freeze,
        &[
            ("2026-11-20T09:59:59Z", OWN, "2026-11-20T10:00:00Z"),
            ("2026-11-20T10:00:00Z", CLOSED, "2026-11-20T11:00:00Z"),
            ("2026-11-20T11:00:00Z", OWN, ""),
        ],
    );
    // The freeze wins, and it opens where both let it.
    check(
        r#"{"allow": [{"days": ["Fri"], "from": "08:00", "to": "12:00"}],
            "freeze": [{"from": "2026-11-20T09:30:00Z", "to": "2026-11-20T12:30:00Z"}]}"#,
        &[("2026-11-20T10:00:00Z", CLOSED, "2026-11-27T08:00:00Z")],
    );
    // Thresholds are those of the mode, frozen or not.
    check(
        r#"{"mode": "conservative", "freeze": [{"days": ["Fri"], "from": "09:00", "to": "11:00"}]}"#,
        &[("2026-11-20T10:00:00Z", "40 40 1200 0", "2026-11-20T11:00:00Z")],
    );
    // Past midnight a freeze belongs to the day it began.
    let freeze = r#"{"freeze": [{"days": ["Fri"], "from": "22:00", "to": "11:00"}]}"#;
    check(
        freeze,
        &[
            ("2026-11-20T10:00:00Z", OWN, "2026-11-20T22:00:00Z"),
            ("2026-11-21T10:59:59Z", CLOSED, "2026-11-21T11:00:00Z"),
        ],
    );
    // What is never allowed never opens.
    check(r#"{"allow": [{"from": "09:00", "to": "09:00"}]}"#, &[("2026-11-20T09:00:00Z", CLOSED, "")]);
    // It does not open while it is disabled.
    check(
        r#"{"allow": [{"from": "09:00"}], "windows": [{"from": "08:00", "to": "10:00", "mode": "disabled"}]}"#,
        &[("2026-11-20T07:00:00Z", CLOSED, "2026-11-20T10:00:00Z")],
    );
}

#[test]
fn groups() {
    let others = r#"{"windows": [{"days": ["Fri"], "mode": "disabled", "groups": ["others"]}],
        "allow": [{"days": ["Sun"], "groups": ["others"]}], "freeze": [{"groups": ["others"]}]}"#;
    check(others, &[("2026-11-20T10:00:00Z", OWN, "")]);
    check(
        r#"{"windows": [{"days": ["Fri"], "mode": "disabled", "groups": ["others", "workers"]}]}"#,
        &[("2026-11-20T10:00:00Z", "never", "2026-11-21T00:00:00Z")],
    );
    check(
        r#"{"allow": [{"days": ["Sun"], "groups": ["others"]}, {"days": ["Sat"], "groups": ["workers"]}]}"#,
        &[("2026-11-20T10:00:00Z", CLOSED, "2026-11-21T00:00:00Z")],
    );
}

#[test]
fn daylight_saving() {
    let allow = |zone, days, from, to| {
        format!(r#"{{"zone": "{zone}", "allow": [{{"days": ["{days}"], "from": "{from}", "to": "{to}"}}]}}"#)
    };
    let berlin = |days, from, to| allow("Europe/Berlin", days, from, to);
    check(
        &berlin("Sun", "01:00", "05:00"),
        &[
            ("2026-03-28T23:59:59Z", CLOSED, "2026-03-29T00:00:00Z"),
            ("2026-03-29T00:59:59Z", OWN, "2026-03-29T03:00:00Z"),
        ],
    );
    check(
        &berlin("Sun", "01:00", "02:00"),
        &[
            ("2026-03-29T00:59:59Z", OWN, "2026-03-29T01:00:00Z"),
            ("2026-03-29T01:00:00Z", CLOSED, "2026-04-04T23:00:00Z"),
        ],
    );
    check(
        &berlin("Sun", "03:00", "04:00"),
        &[
            ("2026-03-29T00:59:59Z", CLOSED, "2026-03-29T01:00:00Z"),
            ("2026-03-29T02:00:00Z", CLOSED, "2026-04-05T01:00:00Z"),
        ],
    );
    // Wholly skipped, partly skipped.
    check(
        &berlin("Sun", "02:15", "02:45"),
        &[
            ("2026-03-29T00:59:59Z", CLOSED, "2026-04-05T00:15:00Z"),
            ("2026-03-29T01:00:00Z", CLOSED, "2026-04-05T00:15:00Z"),
        ],
    );
    check(
        &berlin("Sun", "02:30", "03:30"),
        &[
            ("2026-03-29T00:59:59Z", CLOSED, "2026-03-29T01:00:00Z"),
            ("2026-03-29T01:10:00Z", OWN, "2026-03-29T01:30:00Z"),
        ],
    );
    // Twice.
    check(
        &berlin("Sun", "02:00", "03:00"),
        &[
            ("2026-10-24T23:59:59Z", CLOSED, "2026-10-25T00:00:00Z"),
            ("2026-10-25T00:30:00Z", OWN, "2026-10-25T02:00:00Z"),
            ("2026-10-25T01:59:59Z", OWN, "2026-10-25T02:00:00Z"),
        ],
    );
    check(
        &berlin("Sun", "02:15", "02:45"),
        &[
            ("2026-10-25T00:20:00Z", OWN, "2026-10-25T00:45:00Z"),
            ("2026-10-25T00:45:00Z", CLOSED, "2026-10-25T01:15:00Z"),
            ("2026-10-25T01:20:00Z", OWN, "2026-10-25T01:45:00Z"),
            ("2026-10-25T01:45:00Z", CLOSED, "2026-11-01T01:15:00Z"),
        ],
    );
    check(&berlin("Sat", "22:00", "04:00"), &[("2026-10-25T02:59:59Z", OWN, "2026-10-25T03:00:00Z")]);
    check(
        &allow("America/New_York", "Mon-Fri", "09:00", "17:00"),
        &[("2026-10-30T13:00:00Z", OWN, "2026-10-30T21:00:00Z")],
    );
    check(
        &allow("Asia/Kolkata", "Fri", "09:00", "17:30"),
        &[("2026-11-20T12:00:00Z", CLOSED, "2026-11-27T03:30:00Z")],
    );
    // Midnight does not exist.
    check(
        &allow("America/Havana", "Sun", "00:00", "02:00"),
        &[
            ("2026-03-08T04:59:59Z", CLOSED, "2026-03-08T05:00:00Z"),
            ("2026-03-08T05:00:00Z", OWN, "2026-03-08T06:00:00Z"),
        ],
    );
}

#[test]
fn texts() {
    let rows = [
        ("{}", "mode balanced"),
        (r#"{"mode": "disabled"}"#, "mode disabled"),
        (
            r#"{"windows": [{"days": ["Fri"], "mode": "disabled"}]}"#,
            "mode disabled in the window Fri 00:00-24:00 (UTC)",
        ),
        (
            r#"{"zone": "Europe/Berlin", "windows": [{"days": "Mon-Fri", "removals": 2}]}"#,
            "mode balanced, 2 at once in the window Mon-Fri 00:00-24:00 (Europe/Berlin)",
        ),
        (
            r#"{"windows": [{"from": "09:00", "to": "11:00", "removals": 0}]}"#,
            "no removals in the window Mon-Sun 09:00-11:00 (UTC)",
        ),
        (
            r#"{"freeze": [{"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"}]}"#,
            "frozen: 2026-11-20T00:00:00Z to 2026-11-21T00:00:00Z (UTC)",
        ),
        (
            r#"{"allow": [{"days": ["Sat"]}, {"days": ["Sun"]}, {"days": ["Mon"]}, {"days": ["Tue"]}]}"#,
            "outside the allowed times: Sat 00:00-24:00, Sun 00:00-24:00, Mon 00:00-24:00, ... (UTC)",
        ),
    ];
    for (settings, why) in rows {
        let pace = pace(settings, "2026-11-20T10:00:00Z");
        assert_eq!(pace.why, why, "{settings}");
    }
    assert_eq!(pace("{}", "2026-11-20T10:00:00Z").mode, "balanced");
}

#[test]
fn a_zone_that_the_host_has_lost_is_a_fault() {
    let schedule = schedule(r#"{"zone": "Europe/Berlin"}"#);
    let world = policy_sdk::kit::World::at("2026-11-20T10:00:00Z").group(Group::named("workers"));
    assert_eq!(world.paces(&schedule).unwrap_err().code, "no-such-zone");
}
