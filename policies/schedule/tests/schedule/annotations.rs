//! The annotations of nodes: codes, and until when.

use policy_sdk::kit::Node;
use policy_sdk::records::Vetoed;

use crate::{instant, schedule, world};

type Annotations<'a> = &'a [(&'a str, &'a str)];

fn veto(settings: &str, now: &str, annotations: Annotations<'_>) -> Option<Vetoed> {
    let marked = annotations.iter().fold(Node::named("n"), |node, (key, value)| {
        node.annotation(&format!("autoscaler.vpsie.com/{key}"), value)
    });
    let world = world(now).node(Node::named("a")).node(marked).node(Node::named("z"));
    let mut vetoed = world.veto(&schedule(settings)).expect("an answer");
    assert!(vetoed.iter().all(|vetoed| vetoed.node == 1 && vetoed.pod.is_none()));
    let paper = ["annotations"];
    assert!(world.asked().iter().all(|asked| paper.iter().any(|known| asked.starts_with(known))));
    assert!(vetoed.len() <= 1);
    vetoed.pop()
}

#[track_caller]
fn check(settings: &str, now: &str, annotations: Annotations<'_>, code: &str, until: &str) {
    let vetoed = veto(settings, now, annotations);
    let found = vetoed.as_ref().map_or("", |vetoed| vetoed.why.code.as_str());
    assert_eq!(found, code, "{annotations:?} at {now}");
    assert_eq!(vetoed.and_then(|vetoed| vetoed.until), instant(until), "{annotations:?} at {now}");
}

const STRICT: &str = "{}";
const LENIENT: &str = r#"{"annotations": "lenient"}"#;

const DISABLED: &str = "annotation-disabled";
const UNREADABLE: &str = "annotation-unreadable";
const OUTSIDE_DAYS: &str = "outside-allowed-days";
const OUTSIDE_HOURS: &str = "outside-allowed-hours";

#[test]
fn allowed_hours() {
    let rows = [
        ("09:00-17:00", "08:59:59", OUTSIDE_HOURS, "2026-11-20T09:00:00Z"),
        ("09:00-17:00", "09:00:00", "", ""),
        ("09:00-17:00", "16:59:59", "", ""),
        ("09:00-17:00", "17:00:00", OUTSIDE_HOURS, "2026-11-21T09:00:00Z"),
        ("22:00-02:00", "23:00:00", "", ""),
        ("22:00-02:00", "01:59:59", "", ""),
        ("22:00-02:00", "02:00:00", OUTSIDE_HOURS, "2026-11-20T22:00:00Z"),
        ("09:00-09:00", "09:00:00", OUTSIDE_HOURS, ""),
        ("9:5-17:0", "09:04:59", OUTSIDE_HOURS, "2026-11-20T09:05:00Z"),
        ("9:5-17:0", "09:05:00", "", ""),
        ("+9:00-17:00", "10:00:00", "", ""),
        (" 09:00 - 17:00 ", "10:00:00", "", ""),
        (" 09:00 - 17:00 ", "18:00:00", OUTSIDE_HOURS, "2026-11-21T09:00:00Z"),
        ("22:00-00:00", "23:59:59", "", ""),
        ("22:00-00:00", "00:00:00", OUTSIDE_HOURS, "2026-11-20T22:00:00Z"),
    ];
    for (hours, time, code, until) in rows {
        let now = format!("2026-11-20T{time}Z");
        for settings in [STRICT, LENIENT] {
            check(settings, &now, &[("scale-down-allowed-hours", hours)], code, until);
        }
    }
}

#[test]
fn unreadable_values() {
    let long = format!("09:00-17:00{}", " ".repeat(246));
    let longer = format!("{}09:00-17:00", "\u{A0}".repeat(10_000));
    let fits = "\u{A0}".repeat(245) + "09:00-17:00";
    let now = "2026-11-20T18:00:00Z";
    let hours = [
        "22:00-24:00",
        "00:00-24:00",
        "09:00-12:00,13:00-17:00",
        "09:00:00-17:00:00",
        "09:00–17:00",
        "",
        " ",
        "-",
        ":-:",
        "09 :00-17:00",
        "-09:00-17:00",
        "09:00--17:00",
        "09:60-17:00",
        "25:00-26:00",
        "09:00",
        "0900-1700",
        "9-5",
        "9am-5pm",
        "99999999999:00-17:00",
        "whenever",
        &long,
        &longer,
    ];
    for value in hours {
        check(STRICT, now, &[("scale-down-allowed-hours", value)], UNREADABLE, "");
        check(LENIENT, now, &[("scale-down-allowed-hours", value)], "", "");
    }
    let tomorrow = "2026-11-21T09:00:00Z";
    check(STRICT, now, &[("scale-down-allowed-hours", &fits)], OUTSIDE_HOURS, tomorrow);
    for value in ["", "Funday", "Mon-Funday", "Fri,Funday", "friday", "Fri-", "5"] {
        check(STRICT, now, &[("scale-down-allowed-days", value)], UNREADABLE, "");
        check(LENIENT, now, &[("scale-down-allowed-days", value)], "", "");
    }
    for value in ["", "Mars/Olympus", "+01:00!", "europe/berlin", " Europe/Berlin"] {
        check(STRICT, now, &[("scale-down-zone", value)], UNREADABLE, "");
        check(LENIENT, now, &[("scale-down-zone", value)], "", "");
    }
    // Lenient passes over the one annotation only.
    let hours = ("scale-down-allowed-hours", "09:00-17:00");
    let zone = ("scale-down-zone", "Mars/Olympus");
    check(LENIENT, "2026-11-20T10:00:00Z", &[hours, zone], "", "");
    check(LENIENT, now, &[hours, zone], OUTSIDE_HOURS, tomorrow);
    let days = ("scale-down-allowed-days", "Mon-Thu");
    let unreadable = ("scale-down-allowed-hours", "night");
    check(LENIENT, now, &[days, unreadable], OUTSIDE_DAYS, "2026-11-23T00:00:00Z");
    check(STRICT, now, &[days, unreadable], UNREADABLE, "");
}

#[test]
fn codes_in_their_order() {
    let all = [
        ("scale-down", "disabled"),
        ("scale-down-zone", "Mars/Olympus"),
        ("scale-down-allowed-days", "Mon-Thu"),
        ("scale-down-allowed-hours", "12:00-13:00"),
    ];
    let now = "2026-11-20T10:00:00Z";
    check(STRICT, now, &all, DISABLED, "");
    check(STRICT, now, &all[1..], UNREADABLE, "");
    check(STRICT, now, &all[2..], OUTSIDE_DAYS, "2026-11-23T12:00:00Z");
    check(STRICT, now, &all[3..], OUTSIDE_HOURS, "2026-11-20T12:00:00Z");
    for value in ["Disabled", "true", "enabled", "", "disabled "] {
        check(STRICT, now, &[("scale-down", value)], "", "");
    }
    check(STRICT, now, &[("allowed-hours", "whenever")], "", "");
}

#[test]
fn allowed_days() {
    let rows = [
        ("Fri-Mon", "2026-11-19T23:59:59Z", OUTSIDE_DAYS, "2026-11-20T00:00:00Z"),
        ("Fri-Mon", "2026-11-20T00:00:00Z", "", ""),
        ("Fri-Mon", "2026-11-24T00:00:00Z", OUTSIDE_DAYS, "2026-11-27T00:00:00Z"),
        ("Thu", "2026-11-20T10:00:00Z", OUTSIDE_DAYS, "2026-11-26T00:00:00Z"),
        ("Tue,Thu,Fri", "2026-11-20T10:00:00Z", "", ""),
    ];
    for (days, now, code, until) in rows {
        check(STRICT, now, &[("scale-down-allowed-days", days)], code, until);
    }
    // With hours past midnight the days are those on which they begin.
    let nights = [("scale-down-allowed-days", "Mon-Fri"), ("scale-down-allowed-hours", "22:00-02:00")];
    let rows = [
        ("2026-11-20T23:00:00Z", "", ""),
        ("2026-11-21T01:00:00Z", "", ""),
        ("2026-11-21T02:00:00Z", OUTSIDE_DAYS, "2026-11-23T22:00:00Z"),
        ("2026-11-22T01:00:00Z", OUTSIDE_DAYS, "2026-11-23T22:00:00Z"),
        ("2026-11-22T23:00:00Z", OUTSIDE_DAYS, "2026-11-23T22:00:00Z"),
        ("2026-11-23T01:00:00Z", OUTSIDE_DAYS, "2026-11-23T22:00:00Z"),
        ("2026-11-23T12:00:00Z", OUTSIDE_HOURS, "2026-11-23T22:00:00Z"),
    ];
    for (now, code, until) in rows {
        check(STRICT, now, &nights, code, until);
    }
}

#[test]
fn zones() {
    let hours = |hours| ("scale-down-allowed-hours", hours);
    let zone = |zone| ("scale-down-zone", zone);
    let berlin = r#"{"zone": "Europe/Berlin"}"#;
    check(berlin, "2026-11-20T10:00:00Z", &[hours("10:00-11:00")], OUTSIDE_HOURS, "2026-11-21T09:00:00Z");
    check(STRICT, "2026-11-20T03:30:00Z", &[hours("09:00-17:00"), zone("Asia/Kolkata")], "", "");
    check(berlin, "2026-11-20T10:30:00Z", &[hours("10:00-11:00"), zone("UTC")], "", "");
    check(STRICT, "2026-11-20T10:00:00Z", &[zone("Asia/Tokyo")], "", "");
    let days = ("scale-down-allowed-days", "Sat,Sun");
    let until = "2026-11-21T08:00:00Z";
    check(STRICT, "2026-11-21T03:00:00Z", &[days, zone("America/Los_Angeles")], OUTSIDE_DAYS, until);
    let auckland = r#"{"zone": "Pacific/Auckland"}"#;
    let weekdays = ("scale-down-allowed-days", "Mon-Fri");
    check(auckland, "2026-11-20T11:30:00Z", &[weekdays], OUTSIDE_DAYS, "2026-11-22T11:00:00Z");
    // Hours that come twice, and hours that are cut short.
    let rows = [
        ("02:00-03:00", "2026-10-25T01:30:00Z", "", ""),
        ("02:15-02:45", "2026-10-25T00:50:00Z", OUTSIDE_HOURS, "2026-10-25T01:15:00Z"),
        ("02:15-02:45", "2026-10-25T01:20:00Z", "", ""),
        ("23:00-02:15", "2026-03-29T00:59:59Z", "", ""),
        ("23:00-02:15", "2026-03-29T01:00:00Z", OUTSIDE_HOURS, "2026-03-29T21:00:00Z"),
    ];
    for (value, now, code, until) in rows {
        check(STRICT, now, &[hours(value), zone("Europe/Berlin")], code, until);
    }
}

#[test]
fn texts() {
    let text = |annotations: Annotations<'_>| {
        veto(STRICT, "2026-11-20T10:00:00Z", annotations).map_or(String::new(), |vetoed| vetoed.why.text)
    };
    let key = "annotation autoscaler.vpsie.com/scale-down";
    let rows: [(Annotations<'_>, String); 6] = [
        (&[("scale-down", "disabled")], format!("{key} is disabled")),
        (
            &[("scale-down-allowed-hours", "9-5")],
            format!(r#"{key}-allowed-hours: found "9-5", expected HH:MM-HH:MM, such as 22:00-06:00"#),
        ),
        (
            &[("scale-down-allowed-hours", "12:00-13:00"), ("scale-down-zone", "Asia/Tokyo")],
            format!("it is Fri 19:00 (Asia/Tokyo); {key}-allowed-hours allows 12:00-13:00"),
        ),
        (
            &[("scale-down-allowed-hours", "9:0-9:0")],
            format!("it is Fri 10:00 (UTC); {key}-allowed-hours allows 09:00-09:00, which is never"),
        ),
        (
            &[("scale-down-allowed-days", "Sat,Sun")],
            format!("it is Fri 10:00 (UTC); {key}-allowed-days allows Sat,Sun"),
        ),
        (
            &[("scale-down-allowed-days", "Fri-Wed"), ("scale-down-allowed-hours", "20:00-12:00")],
            format!(
                "it is Fri 10:00, of hours begun the day before (UTC); {key}-allowed-days allows \
                 Mon-Wed,Fri-Sun"
            ),
        ),
    ];
    for (annotations, wanted) in rows {
        assert_eq!(text(annotations), wanted);
    }
}

#[test]
fn equal_marks_are_judged_once_and_all_nodes_are_kept() {
    let world = (0..200).fold(world("2026-11-20T10:00:00Z"), |world, n| {
        let node = Node::named(&format!("n{n:03}"));
        world.node(node.annotation("autoscaler.vpsie.com/scale-down-allowed-hours", "12:00-13:00"))
    });
    let vetoed = world.veto(&schedule(STRICT)).expect("an answer");
    assert!(vetoed.iter().map(|vetoed| vetoed.node).eq(0..200));
    assert_eq!(world.asked().len(), 1);
}
