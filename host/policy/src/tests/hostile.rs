//! Policies that answer what they must not. One violation refuses the whole answer, and the fault
//! says what was done.

use super::{Cluster, decide, verdict};
use crate::Set;
use crate::hooks::Hooks;
use crate::member::{Manner, Member, Mode, OnFault};
use crate::remark::Kind;
use decide::ask::VetoAnswer;
use decide::world::{PodVolumeKind, World};
use policy_sdk::records::{Batch, Fault, Group, Pace, Reason, Scored, Table, Tick, Vetoed};
use policy_sdk::{Host, Scorer, Vetoer, Windows};
use std::sync::{Arc, Mutex};

type Answer<T> = Result<Vec<T>, Fault>;

/// A policy with one hook, which answers whatever it likes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Guest {
    Windows(fn(&[Group], &Host<'_>) -> Answer<Pace>),
    Vetoer(fn(&Batch, &Host<'_>) -> Answer<Vetoed>),
    Scorer(fn(&Batch, &Host<'_>) -> Answer<Scored>),
}

impl Hooks for Guest {
    fn windows(&self) -> Option<&dyn Windows> {
        matches!(self, Guest::Windows(_)).then_some(self)
    }

    fn vetoer(&self) -> Option<&dyn Vetoer> {
        matches!(self, Guest::Vetoer(_)).then_some(self)
    }

    fn scorer(&self) -> Option<&dyn Scorer> {
        matches!(self, Guest::Scorer(_)).then_some(self)
    }
}

impl Windows for Guest {
    fn paces(&self, _: &Tick, _: &Table, groups: &[Group], host: &Host<'_>) -> Answer<Pace> {
        let Guest::Windows(answer) = self else { unreachable!("asked for its own hook") };
        answer(groups, host)
    }
}

impl Vetoer for Guest {
    fn veto(&self, batch: &Batch, host: &Host<'_>) -> Answer<Vetoed> {
        let Guest::Vetoer(answer) = self else { unreachable!("asked for its own hook") };
        answer(batch, host)
    }
}

impl Scorer for Guest {
    fn score(&self, batch: &Batch, host: &Host<'_>) -> Answer<Scored> {
        let Guest::Scorer(answer) = self else { unreachable!("asked for its own hook") };
        answer(batch, host)
    }
}

/// A generation of one policy, called `guest`.
pub(crate) fn alone(guest: Guest, manner: Manner) -> Set {
    Set::of(vec![member("guest", guest, manner)])
}

pub(crate) fn member(name: &str, guest: Guest, manner: Manner) -> Member {
    let (version, digest) = ("1.0.0".to_owned(), String::new());
    let source = "test".to_owned();
    Member { name: name.into(), version, digest, source, hooks: Box::new(guest), manner }
}

/// Two empty nodes that could go, and one that is busy.
fn world() -> World {
    Cluster::new()
        .node("a", 8)
        .node("b", 8)
        .node("keeper", 10)
        .pod("web/x", "keeper", 6_000)
        .pod_with("web/y", "a", 100, |_, _, shape| {
            shape.volumes = vec![super::volume("cache", PodVolumeKind::EmptyDir { memory: false })];
        })
        .world()
}

fn reason(text: &str) -> Reason {
    Reason { code: "because".into(), text: text.into(), flips: None }
}

fn veto(node: u32) -> Vetoed {
    Vetoed { node, pod: None, why: reason("no"), until: None }
}

fn score(node: u32, score: i32) -> Scored {
    Scored { node, score, why: None }
}

#[test]
fn a_violation_refuses_the_whole_answer() {
    use Guest::{Scorer, Vetoer, Windows};
    let pace = |_: &[Group], _: &Host<'_>| Ok(vec![Pace { group: 1, ..Pace::default() }]);
    let rows: [(&str, Guest); 22] = [
        ("answered about group 1 of 1", Windows(pace)),
        ("answered twice about group workers", Windows(|_, _| Ok(vec![Pace::default(); 2]))),
        (
            "no-idea: the clock has stopped",
            Windows(|_, _| Err(Fault { code: "no-idea".into(), text: "the clock has stopped".into() })),
        ),
        ("panicked: at the windows", Windows(|_, _| panic!("at the windows"))),
        (
            "panicked: asked for the world on paper, which is for vetoers alone",
            Windows(|_, host| {
                host.paper.use_above(1);
                Ok(Vec::new())
            }),
        ),
        ("answered about node 2 of 2", Vetoer(|_, _| Ok(vec![veto(0), veto(2)]))),
        ("answered about node 4294967295 of 2", Vetoer(|_, _| Ok(vec![veto(u32::MAX)]))),
        ("answered twice about node b", Vetoer(|_, _| Ok(vec![veto(1), veto(0), veto(1)]))),
        ("named pod 1 of node a, which lists 1", Vetoer(|_, _| Ok(vec![Vetoed { pod: Some(1), ..veto(0) }]))),
        ("named pod 0 of node b, which lists 0", Vetoer(|_, _| Ok(vec![Vetoed { pod: Some(0), ..veto(1) }]))),
        ("gave the code \"\", which is not [a-z0-9-]{1,64}", Vetoer(|_, _| coded(""))),
        ("gave the code \"Because\", which is not [a-z0-9-]{1,64}", Vetoer(|_, _| coded("Because"))),
        ("gave the code \"ü\", which is not [a-z0-9-]{1,64}", Vetoer(|_, _| coded("ü"))),
        (
            "gave the code \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"..., \
             which is not [a-z0-9-]{1,64}",
            Vetoer(|_, _| coded(&"a".repeat(65))),
        ),
        (
            "panicked: asked about node 2 of 2",
            Vetoer(|_, host| {
                host.view.taints(2);
                Ok(Vec::new())
            }),
        ),
        (
            "panicked: asked about pod 7 of node a, which lists fewer",
            Vetoer(|_, host| {
                host.view.volumes(0, 7);
                Ok(Vec::new())
            }),
        ),
        (
            "panicked: asked what remains without node 9 of 2",
            Vetoer(|_, host| {
                host.paper.remains(9);
                Ok(Vec::new())
            }),
        ),
        (
            "panicked: asked about group 3 of 1",
            Vetoer(|_, host| {
                host.view.group_label(3, "x");
                Ok(Vec::new())
            }),
        ),
        ("panicked: with something that is no text", Vetoer(|_, _| std::panic::panic_any(7_u8))),
        ("gave node b the score 1000001, beyond ±1000000", Scorer(|_, _| Ok(vec![score(1, 1_000_001)]))),
        ("gave node a the score -2147483648, beyond ±1000000", Scorer(|_, _| Ok(vec![score(0, i32::MIN)]))),
        ("answered twice about node a", Scorer(|_, _| Ok(vec![score(0, 1), score(0, 1)]))),
    ];
    let world = world();
    for (fault, guest) in rows {
        let decision = decide(&world, &alone(guest, Manner::default()));
        let told = format!("PolicyFault guest: {fault}");
        assert_eq!([verdict(&decision.plan, "a"), verdict(&decision.plan, "b")], [told.clone(), told]);
        assert_eq!(verdict(&decision.plan, "keeper"), "Busy", "what is kept for a reason keeps it");
    }
}

fn coded(code: &str) -> Answer<Vetoed> {
    Ok(vec![Vetoed { why: Reason { code: code.into(), ..reason("no") }, ..veto(0) }])
}

#[test]
fn what_is_just_within_the_limits_is_taken() {
    let (world, set) = (world(), |guest| alone(guest, Manner::default()));
    let longest = set(Guest::Vetoer(|_, _| coded(&"a-9".repeat(21))));
    assert_eq!(verdict(&decide(&world, &longest).plan, "a"), format!("Vetoed guest {}", "a-9".repeat(21)));
    let most = set(Guest::Scorer(|_, _| Ok(vec![score(1, 1_000_000), score(0, -1_000_000)])));
    let plan = decide(&world, &most).plan;
    assert_eq!(plan.removals.iter().map(|it| &**it).collect::<Vec<_>>(), ["b", "a"]);
}

fn told(text: &'static str) -> String {
    thread_local!(static TEXT: std::cell::Cell<&'static str> = const { std::cell::Cell::new("") });
    TEXT.set(text);
    let guest = Guest::Vetoer(|_, _| {
        let why = Reason { text: TEXT.get().into(), flips: Some(TEXT.get().into()), code: "x".into() };
        Ok(vec![Vetoed { pod: Some(0), why, ..veto(0) }])
    });
    let decision = decide(&world(), &alone(guest, Manner::default()));
    let veto: &VetoAnswer = &decision.answers.vetoes[0].answer.as_ref().expect("an answer")[0];
    assert_eq!(Some(&veto.text), veto.flips.as_ref());
    veto.text.to_string()
}

#[test]
fn names_are_put_in_after_the_limit_was_applied() {
    let rows = [
        ("{pod} on {node} of {group}: {volume:0}", "web/y on a of workers: cache"),
        ("{volume:1} {volume:-1} {volume:} {Pod} {", "{volume:1} {volume:-1} {volume:} {Pod} {"),
        ("{{node}} }{node", "{a} }{node"),
        ("{no{node}", "{noa"),
        ("", ""),
    ];
    for (text, filled) in rows {
        assert_eq!(told(text), filled);
    }
    let long: &'static str = Box::leak(format!("{}{{node}}", "x".repeat(250)).into_boxed_str());
    assert_eq!(told(long), format!("{}a", "x".repeat(250)), "256 bytes are taken");
    let longer: &'static str = Box::leak(format!("{}{{node}}", "x".repeat(251)).into_boxed_str());
    assert_eq!(told(longer), format!("{}{{node", "x".repeat(251)), "and no more");
    let broken: &'static str = Box::leak(format!("{}ü", "x".repeat(255)).into_boxed_str());
    assert_eq!(told(broken), "x".repeat(255), "no half characters");
    let huge: &'static str = Box::leak("{node}".repeat(1 << 20).into_boxed_str());
    assert_eq!(told(huge), format!("{}{{nod", "a".repeat(42)));
}

/// What is remarked while a set decides.
fn remarks(mut set: Set) -> (Set, Arc<Mutex<Vec<String>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let notes = heard.clone();
    set.listen(move |it| notes.lock().expect("no panic before").push(it.to_string()));
    (set, heard)
}

#[test]
fn a_fault_can_be_ignored_but_not_quietly() {
    let world = world();
    let ignored = Manner { on_fault: OnFault::Ignore, ..Manner::default() };
    let rows = [
        Guest::Windows(|_, _| panic!("ouch")),
        Guest::Vetoer(|_, _| panic!("ouch")),
        Guest::Scorer(|_, _| panic!("ouch")),
    ];
    for guest in rows {
        let (set, heard) = remarks(alone(guest, ignored));
        assert_eq!(verdict(&decide(&world, &set).plan, "a"), "Remove");
        let hook = &set.lines()[0].hooks[0];
        let wanted = format!("policy guest (fault ignored): {hook}: panicked: ouch");
        assert_eq!(*heard.lock().expect("no panic"), [wanted]);
    }
}

#[test]
fn a_shadow_is_heard_and_does_nothing() {
    let world = world();
    let shadow = Manner { mode: Mode::Shadow, ..Manner::default() };
    let rows: [(Guest, &[&str]); 7] = [
        (
            Guest::Windows(|_, _| Ok(vec![Pace { at_once: Some(0), ..Pace::default() }])),
            &["would change the pace of workers"],
        ),
        (Guest::Windows(|_, _| Ok(vec![Pace { why: "same".into(), ..Pace::default() }])), &[]),
        (Guest::Vetoer(|_, _| Ok(vec![veto(0), veto(1)])), &["would also keep a, b"]),
        (Guest::Vetoer(|_, _| panic!("ouch")), &["vetoer failed: panicked: ouch"]),
        (Guest::Scorer(|_, _| Ok(vec![score(1, 5)])), &["would put b first and not a"]),
        (Guest::Scorer(|_, _| Ok(vec![score(0, 5)])), &[]),
        (Guest::Scorer(|_, _| Err(Fault::default())), &["scorer failed: "]),
    ];
    for (guest, wanted) in rows {
        let (set, heard) = remarks(alone(guest, shadow));
        let decision = decide(&world, &set);
        assert_eq!(verdict(&decision.plan, "a"), "Remove");
        assert_eq!(verdict(&decision.plan, "b"), "Remove");
        assert!(decision.paces.is_empty() && decision.answers == Default::default());
        let wanted: Vec<String> = wanted.iter().map(|it| format!("policy guest (shadow): {it}")).collect();
        assert_eq!(*heard.lock().expect("no panic"), wanted);
    }
}

#[test]
fn lines_of_a_policy_are_heard_up_to_a_limit() {
    let guest = Guest::Vetoer(|_, host| {
        assert!(host.log.enabled(2) && !host.log.enabled(3));
        host.log.write(3, "debug");
        host.log.write(0, &"ü".repeat(600));
        (0..100).for_each(|it| host.log.write(1, &it.to_string()));
        Ok(Vec::new())
    });
    let mut set = alone(guest, Manner::default());
    let heard: Arc<Mutex<Vec<(Kind, String)>>> = Arc::default();
    let notes = heard.clone();
    set.listen(move |it| notes.lock().expect("no panic").push((it.kind, it.text.clone())));
    decide(&world(), &set);
    let heard = heard.lock().expect("no panic");
    assert_eq!(heard.len(), 64);
    assert_eq!(heard[0], (Kind::Said { level: 0 }, "ü".repeat(512)));
    assert_eq!(heard[1], (Kind::Said { level: 1 }, "0".to_owned()));
}

#[test]
fn weights_multiply_scores() {
    let ahead = |name, weight, guest| member(name, guest, Manner { weight, ..Manner::default() });
    let first = |one, other| {
        let members = vec![
            ahead("one", one, Guest::Scorer(|_, _| Ok(vec![score(0, 10)]))),
            ahead("other", other, Guest::Scorer(|_, _| Ok(vec![score(1, 6)]))),
        ];
        decide(&world(), &Set::of(members)).plan.removals[0].to_string()
    };
    assert_eq!(first(1, 1), "a");
    assert_eq!(first(1, 2), "b");
    assert_eq!(first(0, 1), "b");
}
