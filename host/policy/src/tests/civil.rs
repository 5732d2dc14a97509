//! The zones that policies are offered.

use crate::zones::Zones;
use policy_sdk::Zones as _;

const DAY_SECS: i64 = 86_400;

fn offsets(zone: &str, start: i64, end: i64) -> Option<Vec<(i64, i32)>> {
    let offsets = Zones.offsets(zone, start, end)?;
    Some(offsets.iter().map(|it| (it.at, it.seconds)).collect())
}

#[test]
fn offsets_of_a_range() {
    // 2026-03-29T01:00:00Z and 2026-10-25T01:00:00Z.
    let (spring, autumn) = (1_774_746_000, 1_792_890_000);
    let rows = [
        (spring - 10, spring, vec![(spring - 10, 3_600)]),
        (spring - 10, spring + 1, vec![(spring - 10, 3_600), (spring, 7_200)]),
        (spring, spring + 1, vec![(spring, 7_200)]),
        (spring - 1, autumn + 1, vec![(spring - 1, 3_600), (spring, 7_200), (autumn, 3_600)]),
        (autumn, autumn - 5, vec![(autumn, 3_600)]),
    ];
    for (start, end, wanted) in rows {
        assert_eq!(offsets("Europe/Berlin", start, end), Some(wanted), "{start} to {end}");
    }
    assert_eq!(offsets("Asia/Kolkata", 0, 400 * DAY_SECS), Some(vec![(0, 19_800)]));
    assert_eq!(offsets("UTC", 5, 9), Some(vec![(5, 0)]));
}

#[test]
fn names_are_matched_exactly() {
    let none = [
        "",
        " ",
        "europe/berlin",
        "Europe/berlin",
        "EUROPE/BERLIN",
        "utc",
        "Berlin",
        "Europe/",
        "Etc/Unknown",
        "../../etc/passwd",
        "Europe/Berlin\0",
        " UTC",
    ];
    for name in none {
        assert_eq!(offsets(name, 0, 1), None, "{name:?}");
    }
    for name in ["UTC", "GMT", "Etc/UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Calcutta"]
    {
        assert!(offsets(name, 0, 1).is_some(), "{name}");
    }
}

#[test]
fn ranges_are_bounded() {
    for (start, end) in [(i64::MIN, i64::MAX), (0, i64::MAX), (i64::MAX, i64::MIN), (i64::MIN, 0)] {
        for zone in ["Europe/Berlin", "Africa/Casablanca", "UTC"] {
            let offsets = offsets(zone, start, end).expect("a zone");
            assert!(offsets.len() <= 64);
            let reach = offsets[offsets.len() - 1].0 - offsets[0].0;
            assert!((0..400 * DAY_SECS).contains(&reach), "{zone} {start} {end}: {offsets:?}");
        }
    }
}
