//! The machine alone: tables of what must happen, and rules that hold whatever happens.

use super::{Effect, Event, Generation, Life, News, Number, Origin, Quarantined, Replayed, Sight};
use crate::stage::Stage;
use crate::tally::{Calls, Used};
use decide::time::Time;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::Duration;

const NOW: Time = Time(1_795_168_800);

fn begin(files: &[&str]) -> Life {
    let files: Vec<String> = files.iter().map(|it| (*it).to_owned()).collect();
    let origin = if files.is_empty() { Origin::BuiltIn } else { Origin::Directory };
    Life::begin(Generation { number: 1, origin, digest: "first".into(), files, since: NOW }, vec![], vec![])
}

fn seen(digest: &str) -> Event {
    content(digest, &["policies.yaml"])
}

fn content(digest: &str, files: &[&str]) -> Event {
    let files = files.iter().map(|it| (*it).to_owned()).collect();
    Event::Seen(Sight::Content { digest: digest.into(), files })
}

fn ready(number: Number) -> Event {
    Event::Ready { number, replayed: Replayed::default() }
}

fn refused(number: Number) -> Event {
    Event::Refused { number, stage: Stage::Compiled, reason: "odd".into() }
}

fn ended(failed: &[bool]) -> Event {
    let fault = failed.contains(&true).then(|| "ouch".to_owned());
    let used = Used { policy: "guest".into(), hook: "vetoer", fuel: 0, took: Duration::ZERO };
    Event::TickEnded(vec![Calls { used, failed: failed.to_vec(), fault }])
}

/// What was done, without the texts.
fn run(life: &mut Life, events: impl IntoIterator<Item = Event>) -> Vec<String> {
    let mut done = Vec::new();
    for event in events {
        let (next, effects) = life.step(event, NOW);
        *life = next;
        done.extend(effects.iter().map(|it| match it {
            Effect::Tell(news) => news.reason().unwrap_or("Note").to_owned(),
            other => format!("{other:?}"),
        }));
    }
    done
}

fn texts(life: &mut Life, events: impl IntoIterator<Item = Event>) -> Vec<String> {
    let mut told = Vec::new();
    for event in events {
        let (next, effects) = life.step(event, NOW);
        *life = next;
        told.extend(effects.iter().filter_map(|it| match it {
            Effect::Tell(news) => Some(news.to_string()),
            _ => None,
        }));
    }
    told
}

#[test]
fn a_good_one_becomes_active_when_a_tick_begins_and_not_before() {
    let mut life = begin(&["policies.yaml"]);
    assert_eq!(run(&mut life, [Event::Stirred, seen("b")]), ["Load(2)"]);
    assert_eq!(run(&mut life, [Event::TickBegins]), [""; 0], "not ready");
    let reached = |stage| Event::Reached { number: 2, stage };
    run(&mut life, [reached(Stage::Parsed), reached(Stage::Probed), ended(&[false])]);
    assert_eq!(life.candidate.as_ref().map(|it| it.stage), Some(Stage::Probed));
    assert_eq!(run(&mut life, [ready(2), ended(&[false])]), [""; 0], "not between ticks");
    assert_eq!(run(&mut life, [Event::TickBegins, Event::TickBegins]), ["Serve(2)", "PolicyActivated"]);
    assert_eq!((life.active.number, life.earlier.len(), life.proved), (2, 1, false));
    assert_eq!(run(&mut life, [ended(&[false]), ended(&[false])]), ["Keep(2)"], "kept once");
}

#[test]
fn the_newest_wins() {
    let mut life = begin(&["policies.yaml"]);
    let done = run(&mut life, [seen("b"), seen("c"), ready(2), Event::TickBegins]);
    assert_eq!(done, ["Load(2)", "Forget(2)", "Load(3)"], "what is late is not taken");
    let done = run(&mut life, [refused(2), ready(3), seen("d"), Event::TickBegins]);
    assert_eq!(done, ["Forget(3)", "Load(4)"], "ready, but no longer what is wanted");
    assert_eq!(run(&mut life, [seen("first"), ready(4), Event::TickBegins]), ["Forget(4)"], "taken back");
}

#[test]
fn the_same_content_is_no_new_generation() {
    let mut life = begin(&["policies.yaml"]);
    assert_eq!(run(&mut life, [seen("first"), seen("first")]), [""; 0]);
    assert_eq!(run(&mut life, [seen("b"), seen("b"), seen("b")]), ["Load(2)"]);
    assert_eq!(run(&mut life, [refused(2), seen("b"), seen("b")]), ["Forget(2)", "PolicyRejected"]);
    assert_eq!(run(&mut life, [seen("c")]), ["Load(3)"]);
}

#[test]
fn what_goes_missing_keeps_the_active_one_and_is_told_once() {
    let nothing = |why: &str| Event::Seen(Sight::Nothing(why.into()));
    let mut life = begin(&["a.wasm", "b.wasm"]);
    assert_eq!(
        texts(&mut life, [nothing("it is empty"), nothing("it is empty"), nothing("it is gone")]),
        ["it is empty; generation 1 stays active", "it is gone; generation 1 stays active"]
    );
    assert_eq!(
        texts(&mut life, [content("x", &["a.wasm", "c.wasm"])]),
        [
            "b.wasm is gone from the policy directory, and no policies.yaml in it says that this is meant; generation \
             1 stays active"
        ]
    );
    assert!(life.trouble.is_some());
    assert_eq!(run(&mut life, [content("x", &["a.wasm", "policies.yaml"])]), ["Load(2)"], "this is meant");
    assert_eq!(life.trouble, None);
    assert_eq!(run(&mut life, [nothing("it is empty")]), ["Forget(2)", "Note"], "and so is the candidate");
    assert_eq!(run(&mut life, [content("y", &["a.wasm", "b.wasm", "c.wasm"])]), ["Load(3)"], "more is fine");

    let mut life = begin(&["policies.yaml"]);
    assert_eq!(run(&mut life, [content("x", &["a.wasm"])]), ["Note"], "policies.yaml itself");

    let mut life = begin(&[]);
    assert_eq!(run(&mut life, [nothing("it is empty")]), [""; 0], "nothing was there, nothing is lost");
}

/// A second generation that was taken after a first one that worked.
fn second() -> Life {
    let mut life = begin(&["policies.yaml"]);
    run(&mut life, [ended(&[false]), seen("b"), ready(2), Event::TickBegins]);
    life
}

#[test]
fn faults_lead_back() {
    let (ok, no) = (false, true);
    let rows: [(&[bool], bool); 9] = [
        (&[no, no], false),
        (&[no, no, no], true),
        (&[no, no, ok, no, no], false),
        (&[ok, no, no, no, ok], true),
        (&[no, ok, no, ok, no, ok, no, ok], false),
        (&[no, ok, no, ok, no, ok, no, ok, no], true),
        (&[no, ok, no, ok, no, ok, no, ok, ok, ok, ok, ok, ok, ok, ok, ok, ok, ok, ok, ok, no], false),
        (&[ok; 100], false),
        (&[], false),
    ];
    for (failed, back) in rows {
        let mut life = second();
        let done = run(&mut life, [ended(failed)]);
        let wanted: &[&str] = &["Serve(1)", "Keep(1)", "Forget(2)", "KeepQuarantine", "PolicyRolledBack"];
        assert_eq!(done.contains(&"PolicyRolledBack".to_owned()), back, "{failed:?}: {done:?}");
        if back {
            assert_eq!(done, wanted, "{failed:?}");
        }
        let mut life = second();
        let one_by_one = run(&mut life, failed.iter().map(|it| ended(&[*it])));
        assert_eq!(one_by_one.contains(&"PolicyRolledBack".to_owned()), back, "over ticks: {failed:?}");
    }
}

#[test]
fn what_was_rolled_back_is_not_taken_again_until_it_changes() {
    let mut life = second();
    let told = texts(&mut life, [ended(&[true; 3])]);
    assert_eq!(
        told,
        [
            "generation 2 (b) was rolled back to generation 1 (first): policy guest (vetoer) failed 3 times in a row: ouch; the \
             same content is not taken again"
        ]
    );
    assert_eq!(run(&mut life, [seen("b"), seen("b"), Event::TickBegins]), [""; 0]);
    assert_eq!(
        run(&mut life, [seen("b2"), ready(3), Event::TickBegins]),
        ["Load(3)", "Serve(3)", "PolicyActivated"]
    );
    assert_eq!(run(&mut life, [seen("b")]), [""; 0], "it stays in quarantine");
    assert_eq!(life.quarantine.len(), 1);
}

#[test]
fn what_failed_is_not_gone_back_to() {
    // The first content comes back as the third generation, and fails, and then the second fails as well.
    let mut life = second();
    run(&mut life, [ended(&[false]), seen("first"), ready(3), Event::TickBegins]);
    let done = run(&mut life, [ended(&[false]), ended(&[true; 3])]);
    let back = ["Serve(2)", "Keep(2)", "Forget(3)", "KeepQuarantine", "PolicyRolledBack"];
    assert_eq!(done, [&["Keep(3)", "Forget(1)"][..], &back[..]].concat(), "the second is what is remembered");
    assert_eq!(run(&mut life, [ended(&[true; 3])]), ["Note"], "there is nothing to go back to");
    assert_eq!(life.active.number, 2);
}

#[test]
fn with_nothing_to_go_back_to_it_stays_and_says_so_once() {
    let mut life = begin(&["policies.yaml"]);
    assert_eq!(run(&mut life, [ended(&[true; 9]), ended(&[true; 9])]), ["Note"]);
    assert_eq!(life.active.number, 1);
    // What never went through a tick is nothing to go back to.
    let mut life = begin(&["policies.yaml"]);
    run(&mut life, [seen("b"), ready(2), Event::TickBegins]);
    assert_eq!(run(&mut life, [ended(&[true; 3])]), ["Note"]);
}

#[test]
fn where_all_nodes_are_kept_faults_are_meant() {
    let mut life = begin(&[]);
    life.active.origin = Origin::Held;
    assert_eq!(run(&mut life, [ended(&[true; 9])]), [""; 0]);
    assert_eq!(
        run(&mut life, [seen("b"), ready(2), Event::TickBegins]),
        ["Load(2)", "Serve(2)", "PolicyActivated", "Forget(1)"]
    );
}

const DIGESTS: [&str; 5] = ["first", "b", "c", "d", "e"];

fn event() -> impl Strategy<Value = Event> {
    let number = 1_u64..12;
    prop_oneof![
        Just(Event::Stirred),
        (0..DIGESTS.len()).prop_map(|it| seen(DIGESTS[it])),
        (0..DIGESTS.len()).prop_map(|it| content(DIGESTS[it], &["a.wasm"])),
        Just(Event::Seen(Sight::Nothing("gone".into()))),
        (number.clone(), 0..3_usize).prop_map(|(number, at)| Event::Reached {
            number,
            stage: [Stage::Parsed, Stage::Linked, Stage::Probed][at]
        }),
        number.clone().prop_map(refused),
        number.prop_map(ready),
        Just(Event::TickBegins),
        proptest::collection::vec(any::<bool>(), 0..5).prop_map(|it| ended(&it)),
        Just(ended(&[false])),
    ]
}

proptest! {
    #[test]
    fn whatever_happens(events in proptest::collection::vec(event(), 0..120), built_in in any::<bool>()) {
        let mut life = begin(if built_in { &[] } else { &["policies.yaml"] });
        // What a shell would hold, and what of it could be served.
        let mut held = BTreeSet::from([1]);
        let mut usable = BTreeSet::from([1]);
        let mut serving = 1;
        let mut remembered = None;
        for event in events {
            if let Event::Ready { number, .. } = event && life.wants(number) {
                usable.insert(number);
            }
            let (next, effects) = life.step(event.clone(), NOW);
            for effect in effects {
                match effect {
                    Effect::Load(number) => {
                        prop_assert!(held.insert(number), "{number} is new");
                        let Event::Seen(Sight::Content { digest, .. }) = &event else { panic!("{event:?}") };
                        let all = |it: &Quarantined| it.digest != *digest;
                        prop_assert!(life.quarantine.iter().all(all), "{digest} is in quarantine");
                        prop_assert!(life.rejected.as_ref().is_none_or(|it| it.digest != *digest));
                    }
                    Effect::Serve(number) => {
                        let between = matches!(event, Event::TickBegins | Event::TickEnded(_));
                        prop_assert!(between, "in the midst of a tick: {event:?}");
                        prop_assert!(held.contains(&number) && usable.contains(&number));
                        serving = number;
                    }
                    Effect::Forget(number) => prop_assert!(held.remove(&number) && number != serving),
                    Effect::Keep(number) => {
                        prop_assert_eq!(number, serving);
                        remembered = Some(next.active.digest.clone());
                    }
                    Effect::KeepQuarantine => prop_assert!(next.quarantine.len() <= super::QUARANTINE_MAX),
                    Effect::Tell(News::Rejected(_)) => prop_assert_eq!(&next.active, &life.active),
                    Effect::Tell(_) => {}
                }
            }
            life = next;
            let alive = life.earlier.iter().map(|it| it.number).chain([life.active.number]);
            let alive: BTreeSet<_> = alive.chain(life.candidate.as_ref().map(|it| it.number)).collect();
            prop_assert_eq!(&held, &alive, "nothing is held that nobody needs");
            prop_assert_eq!(serving, life.active.number);
            let clean = life.quarantine.iter().all(|it| it.digest != life.active.digest);
            prop_assert!(clean, "{} is active and in quarantine", life.active.digest);
            if life.proved && life.active.origin == Origin::Directory {
                prop_assert_eq!(remembered.as_ref(), Some(&life.active.digest), "what works survives a restart");
            }
            // The newest that was seen and may be taken is on its way, or there already.
            if let Event::Seen(Sight::Content { digest, .. }) = &event && life.trouble.is_none() {
                let there = life.active.digest == *digest;
                let coming = life.candidate.as_ref().is_some_and(|it| it.digest == *digest);
                let refused = life.rejected.as_ref().is_some_and(|it| it.digest == *digest)
                    || life.quarantine.iter().any(|it| it.digest == *digest);
                prop_assert!(there || coming || refused);
            }
        }
    }
}
