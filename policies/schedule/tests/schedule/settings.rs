//! Settings that cannot be used, and what the user is told.

use policy_sdk::kit;
use schedule::Schedule;

use crate::{schedule, world};

#[test]
fn settings_that_cannot_be_used() {
    let rows = [
        (r#"{"mode": "turbo"}"#, "/mode", "one of aggressive"),
        (r#"{"mode": "agressive"}"#, "/mode", r#"did you mean "aggressive"?"#),
        (r#"{"preset": "prod"}"#, "/preset", "one of production"),
        (r#"{"zone": "Mars/Olympus"}"#, "/zone", "the name of a time zone"),
        (r#"{"zone": ""}"#, "/zone", "the name of a time zone"),
        (r#"{"zone": 1}"#, "/zone", "found 1"),
        (r#"{"timezone": "UTC"}"#, "/timezone", "unknown setting"),
        (r#"{"windws": []}"#, "/windws", r#"did you mean "windows"?"#),
        (r#"{"annotations": "loose"}"#, "/annotations", "strict, lenient"),
        (r#"{"windows": {}}"#, "/windows", "expected a list"),
        (r#"{"windows": [{"from": "09:00"}]}"#, "/windows/0", "needs mode or removals"),
        (r#"{"windows": [{"mode": "balanced", "group": ["a"]}]}"#, "/windows/0/group", "groups"),
        (r#"{"windows": [{"removals": "many"}]}"#, "/windows/0/removals", "a whole number"),
        (r#"{"windows": [{"removals": -1}]}"#, "/windows/0/removals", "a whole number"),
        (r#"{"windows": [{"removals": 1.5}]}"#, "/windows/0/removals", "a whole number"),
        (r#"{"windows": [{"removals": 1, "groups": []}]}"#, "/windows/0/groups", "no group"),
        (r#"{"windows": [{"removals": 1, "groups": "a"}]}"#, "/windows/0/groups", "a list"),
        (
            r#"{"windows": [{"removals": 1, "from": "2026-11-20T00:00:00Z"}]}"#,
            "/windows/0/from",
            "expected HH:MM, up to 24:00",
        ),
        (r#"{"allow": [{"days": ["Fri-Mod"]}]}"#, "/allow/0/days/0", "a range of days"),
        (r#"{"allow": [{"days": []}]}"#, "/allow/0/days", "names no day"),
        (r#"{"allow": [{"days": "Funday"}]}"#, "/allow/0/days", "Mon-Fri or Sat,Sun"),
        (r#"{"allow": [{"days": 5}]}"#, "/allow/0/days", "a list"),
        (r#"{"allow": [{"from": "25:00"}]}"#, "/allow/0/from", "HH:MM, up to 24:00, or"),
        (r#"{"allow": [{"from": "9:00"}]}"#, "/allow/0/from", "HH:MM"),
        (r#"{"allow": [{"from": 540}]}"#, "/allow/0/from", "found 540"),
        (r#"{"allow": [{"from": "24:00"}]}"#, "/allow/0/from", "no beginning"),
        (r#"{"allow": [{"to": "09:60"}]}"#, "/allow/0/to", "HH:MM"),
        (r#"{"allow": [{"to": "24:01"}]}"#, "/allow/0/to", "HH:MM"),
        (r#"{"allow": [{"mode": "balanced"}]}"#, "/allow/0/mode", "unknown setting"),
        (r#"{"allow": ["Mon-Fri"]}"#, "/allow/0", "expected an object"),
        (
            r#"{"freeze": [{"from": "2026-13-01T00:00:00Z", "to": "2026-12-02T00:00:00Z"}]}"#,
            "/freeze/0/from",
            "an instant",
        ),
        (r#"{"freeze": [{"from": "2026-12-01T00:00:00Z"}]}"#, "/freeze/0", "both from and to"),
        (r#"{"freeze": [{"from": "09:00", "to": "2026-12-02T00:00:00Z"}]}"#, "/freeze/0/from", "an instant"),
        (r#"{"freeze": [{"from": 9, "to": "2026-12-02T00:00:00Z"}]}"#, "/freeze/0/from", "an instant"),
        (
            r#"{"freeze": [{"from": "2026-12-02T00:00:00Z", "to": "2026-12-01T00:00:00Z"}]}"#,
            "/freeze/0/to",
            "is before from",
        ),
        (
            r#"{"freeze": [{"days": ["Fri"], "from": "2026-12-01T00:00:00Z", "to": "2026-12-02T00:00:00Z"}]}"#,
            "/freeze/0/days",
            "do not go together",
        ),
    ];
    for (settings, pointer, text) in rows {
        let told = kit::configure::<Schedule>(settings, &world("2026-01-01T00:00:00Z"));
        let told = told.expect_err(settings);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].pointer, pointer, "{settings}");
        assert!(told[0].text.contains(text), "{settings}: {}", told[0].text);
    }
}

#[test]
fn settings_that_can_be_used() {
    let rows = [
        r#"{"zone": null, "mode": null, "preset": null, "windows": null, "annotations": null}"#,
        r#"{"allow": [{"days": ["Wed", "Sat-Sun"], "from": "00:00", "to": "24:00"}]}"#,
        r#"{"allow": [{"days": "Mon-Wed,Fri"}], "freeze": [{}]}"#,
        r#"{"freeze": [{"from": "2026-12-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}]}"#,
        r#"{"windows": [{"removals": 0}, {"mode": "balanced", "groups": ["a", "b"]}]}"#,
    ];
    for settings in rows {
        schedule(settings);
    }
    kit::check_schema::<Schedule>(&world("2026-01-01T00:00:00Z"));
}
