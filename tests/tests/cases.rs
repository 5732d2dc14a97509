//! The project's own cases for `plan`: see `tests/cases/README.md`.

use std::path::Path;
use tests::scenario::{self, Report};

/// Fewer cases than this were lost, not simplified.
const CASES_MIN: usize = 620;

#[test]
fn cases() {
    let report = scenario::run_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"));
    println!("{report}");
    assert!(report.failures.is_empty(), "{} cases failed", report.failures.len());
    assert!(report.cases >= CASES_MIN, "{} cases", report.cases);
}

/// A harness that cannot fail proves nothing.
#[test]
fn wrong_cases_are_reported() {
    let world = "config source=Requests\ngroup workers\nnode a\nnode big free cpu=32 mem=128Gi\n";
    for (lines, expect) in [
        ("> keep a Busy", "a: Remove Empty (), expected Keep Busy"),
        ("> remove a Drain", "a: Remove Empty (), expected Remove Drain"),
        ("> nothing", "removals [\"a\"], expected []"),
        ("> remove a\n> add workers 1", "additions none, expected 1 workers"),
        ("> remove a moves=web/x", "a: moves {}, expected {\"web/x\"}"),
        ("> refused now", "a plan was made; expected: refused"),
        ("> keep a Bussy", "line 6: keep a: nobody knows [\"Bussy\"]"),
        ("> remove a\nnode b cordond", "line 7: node knows no word \"cordond\""),
        ("> remove a\nnods b", "line 7: nobody knows the word \"nods\""),
        ("node a", "a case expects something"),
    ] {
        let mut report = Report::default();
        scenario::run_text("wrong.txt", &format!("{world}== wrong\n{lines}\n"), &mut report);
        assert_eq!((report.cases, report.failures.len()), (1, 1), "{lines}");
        assert!(report.failures[0].contains(expect), "{lines}: {}", report.failures[0]);
    }
}
