//! The search for the next beginning or end, held against looking at every minute.

use policy_sdk::civil::{Clock, Days, HoursMinutes, Span, Weekly};
use policy_sdk::kit::{Chance, World};

/// Changes of clocks with an hour, half an hour, at midnight, and by a whole day.
fn world() -> World {
    World::at("2026-01-01T00:00:00Z")
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
            "America/Havana",
            &[
                ("2025-11-02T05:00:00Z", -18_000),
                ("2026-03-08T05:00:00Z", -14_400),
                ("2026-11-01T05:00:00Z", -18_000),
            ],
        )
        .zone(
            "Australia/Lord_Howe",
            &[
                ("2025-10-04T15:30:00Z", 39_600),
                ("2026-04-04T15:00:00Z", 37_800),
                ("2026-10-03T15:30:00Z", 39_600),
            ],
        )
        .zone("Pacific/Apia", &[("2011-09-24T14:00:00Z", -36_000), ("2011-12-30T10:00:00Z", 50_400)])
}

fn instant(text: &str) -> i64 {
    policy_sdk::civil::instant(text).expect("an instant")
}

fn weekly(days: &str, from: &str, to: &str) -> Span {
    let time = |text| HoursMinutes::read(text).expect("a time");
    let days = Days::read_list(days).expect("days");
    Span::Weekly(Weekly { days, from: time(from), to: time(to) })
}

#[test]
fn the_next_change_is_the_one_found_by_stepping_through_time() {
    let world = world();
    let times = ["00:00", "00:30", "01:30", "02:00", "02:15", "02:45", "03:00", "09:00", "24:00"];
    let around = [
        ("Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-10-25T01:00:00Z"),
        ("America/Havana", "2026-03-08T05:00:00Z"),
        ("America/Havana", "2026-11-01T05:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("UTC", "2028-02-29T00:00:00Z"),
    ];
    for seed in 0..300 {
        let mut chance = Chance::new(seed);
        let (zone, change) = *chance.of(&around);
        let change = instant(change);
        let start = change + (chance.below(10 * 24 * 60) as i64 - 8 * 24 * 60) * 60;
        let spans: Vec<Span> = (0..1 + chance.below(3))
            .map(|_| {
                let (first, last) = (chance.below(7) as u8, chance.below(7) as u8);
                let time =
                    |chance: &mut Chance| HoursMinutes::read(chance.of::<&str>(&times)).expect("a time");
                if chance.one_in(4) {
                    let from = change + (chance.below(4_000) as i64 - 2_000) * 60;
                    return Span::Absolute { from, to: from + chance.below(3_000) as i64 * 60 };
                }
                let (from, to) = (time(&mut chance), time(&mut chance));
                Span::Weekly(Weekly { days: Days::range(first, last), from, to })
            })
            .collect();
        let inside = |at| {
            let clock = Clock::new(&world, zone, at).expect("a zone");
            spans.iter().any(|span| span.contains(at, clock.now()))
        };
        let now = inside(start);
        let stepped = (1..15 * 24 * 60).map(|minute| start + minute * 60).find(|at| inside(*at) != now);
        let clock = Clock::new(&world, zone, start).expect("a zone");
        let found = clock.first(&spans, |at, local| spans.iter().any(|span| span.contains(at, local)) != now);
        match stepped {
            Some(_) => assert_eq!(found, stepped, "seed {seed}: {zone} {start} {spans:?}"),
            None => assert!(found.is_none_or(|at| at >= start + 15 * 86_400), "seed {seed}"),
        }
    }
}

#[test]
fn the_next_opening() {
    let world = world();
    let rows = [
        // A span inside the hour that is skipped opens a week later.
        ("Europe/Berlin", "2026-03-28T12:00:00Z", weekly("Sun", "02:15", "02:45"), "2026-04-05T00:15:00Z"),
        // What is left of one that is partly skipped opens at the jump.
        ("Europe/Berlin", "2026-03-28T12:00:00Z", weekly("Sun", "02:30", "03:30"), "2026-03-29T01:00:00Z"),
        // One inside the hour that comes twice opens twice.
        ("Europe/Berlin", "2026-10-25T00:50:00Z", weekly("Sun", "02:15", "02:45"), "2026-10-25T01:15:00Z"),
        ("America/Havana", "2026-03-08T04:00:00Z", weekly("Sun", "00:00", "02:00"), "2026-03-08T05:00:00Z"),
        // The Friday that Samoa left out: of its night the part on Saturday is left.
        ("Pacific/Apia", "2011-12-30T00:00:00Z", weekly("Fri", "22:00", "02:00"), "2011-12-30T10:00:00Z"),
        // Further away than one question for offsets reaches.
        (
            "Europe/Berlin",
            "2026-01-01T00:00:00Z",
            Span::Absolute { from: instant("2029-06-01T00:00:00Z"), to: instant("2030-01-01T00:00:00Z") },
            "2029-06-01T00:00:00Z",
        ),
    ];
    for (zone, start, span, opens) in rows {
        let clock = Clock::new(&world, zone, instant(start)).expect("a zone");
        let found = clock.first([&span], |at, local| span.contains(at, local));
        assert_eq!(found, Some(instant(opens)), "{zone} {start} {span:?}");
    }
}

#[test]
fn what_never_opens_is_not_found() {
    let world = world();
    let clock = Clock::new(&world, "Europe/Berlin", 0).expect("a zone");
    let never = weekly("Mon-Sun", "09:00", "09:00");
    assert_eq!(clock.first([&never], |at, local| never.contains(at, local)), None);
    assert!(Clock::new(&world, "Mars/Olympus", 0).is_none());
}

#[test]
fn no_instant_makes_it_panic() {
    let world = world();
    let spans = [
        weekly("Mon-Fri", "22:00", "02:00"),
        Span::Absolute { from: i64::MIN, to: i64::MAX },
        Span::Absolute { from: i64::MAX, to: i64::MIN },
    ];
    for start in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        let clock = Clock::new(&world, "Europe/Berlin", start).expect("a zone");
        let _ = clock.first(&spans, |at, local| spans[0].contains(at, local));
        let _ = clock.now().to_string();
    }
}
