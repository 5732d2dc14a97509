//! A component that does what it must not, through every hook: it fails within what it was given,
//! the fault says what it did, and everybody else goes on.

use super::{Cluster, decide, verdict};
use crate::log::Log;
use crate::member::{Manner, Member, Mode, OnFault};
use crate::specimen::{Specimen, Unusable};
use crate::stage::Stage;
use crate::trial::Trial;
use crate::wasm::{Guest, Limits, Module, Unfit};
use crate::zones::Zones;
use crate::{Set, directory, example};
use component::Source;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

static HOSTILE: LazyLock<Vec<u8>> = LazyLock::new(|| component::encode(&CORE).expect("it is a policy"));

static CORE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let folder = Path::new(env!("OUT_DIR")).join("policies");
    let source = Source { manifest: &root.join("Cargo.toml"), package: Some("hostile"), target_dir: &folder };
    let built = component::build(&source).expect("the hostile guest builds");
    std::fs::read(built.join("hostile.wasm")).expect("it is there")
});

/// The hostile guest, for others too.
pub(crate) fn hostile_module() -> &'static [u8] {
    &HOSTILE
}

fn hostile(deed: &str) -> Result<Specimen, Unusable> {
    Specimen::load(&HOSTILE, Some(&format!("do: {deed}")))
}

#[test]
fn every_deed_is_a_fault_that_says_what_was_done() {
    let world = example::world(200, 5);
    let rows = [
        ("loop", ["out-of-fuel: it used up the fuel"; 3]),
        ("recurse", ["out-of-bounds: it reached beyond its memory"; 3]),
        ("deep", ["stack-overflow: it calls itself too deep"; 3]),
        ("grow", ["out-of-memory: it wanted more than its 32 MiB"; 3]),
        ("ask-for-all", ["out-of-fuel: "; 3]),
        ("panic", ["panicked: panicked at "; 3]),
        ("refuse", ["no: I do not want to"; 3]),
        (
            "lengthy",
            [
                "out-of-fuel: ",
                "too-long: its answer has more than 4 MiB",
                "too-long: its answer has more than 4 MiB",
            ],
        ),
        (
            "out-of-range",
            [
                "answered about group 4294967295 of 3",
                "answered about node 4294967295 of 200",
                "answered about node 4294967295 of 200",
            ],
        ),
        (
            "twice",
            [
                "answered twice about group group-0",
                "answered twice about node node-00000",
                "answered twice about node node-00000",
            ],
        ),
    ];
    for (deed, wanted) in rows {
        let specimen = hostile(deed).expect("it starts");
        for (hook, wanted) in wanted.iter().enumerate() {
            let mut took = Duration::MAX;
            let it = specimen.ask_timed(&world, hook, |call| {
                let start = Instant::now();
                call();
                took = start.elapsed();
            });
            let it = it.expect("it has all hooks");
            assert!(
                took < Duration::from_millis(2 * Limits::default().millis),
                "{deed}, {}: {took:?}",
                it.hook
            );
            let fault = it.said.as_ref().expect_err(deed);
            assert!(fault.starts_with(wanted), "{deed}, {}: {fault}", it.hook);
            assert!(it.spent.fuel <= it.fuel_max, "{deed}, {}: {:?}", it.hook, it.spent);
            assert!(it.spent.memory_bytes <= 32 << 20, "{deed}, {}: {:?}", it.hook, it.spent);
        }
    }
}

/// What is left of a call is gone before the next: one that would fail then, or say something else, does not.
#[test]
fn no_call_knows_of_another() {
    let world = example::world(3, 1);
    for deed in ["again", "changing"] {
        let specimen = hostile(deed).expect("it starts");
        let first = specimen.ask(&world);
        assert!(first.iter().all(|it| it.said.is_ok()), "{deed}: {first:?}");
        for _ in 0..3 {
            assert_eq!(specimen.ask(&world), first, "{deed}");
        }
    }
}

/// Where fuel is plenty, time ends it, and soon.
#[test]
fn what_runs_for_too_long_is_stopped() {
    const MILLIS: u64 = 100;
    let module = Arc::new(Module::of(&HOSTILE).expect("a policy"));
    let limits = Limits { fuel_per_node: 1 << 40, millis: MILLIS, ..Limits::default() };
    let settings = directory::settings("do: loop").expect("settings");
    let guest = Guest::start(module, &settings, limits, &Zones, &Log::default()).expect("it starts");
    let world = example::world(20, 1);
    // The machine may be busy with something else once.
    let times = [(); 3].map(|()| {
        let start = Instant::now();
        let asked = Trial(&guest).ask_timed(&world, 1, |call| call()).expect("a vetoer");
        let fault = asked.said.expect_err("it never ends");
        assert_eq!(fault, "out-of-time: it ran for longer than 100 ms (limits.millis)");
        start.elapsed()
    });
    assert!(times.iter().any(|it| *it < Duration::from_millis(2 * MILLIS)), "{times:?}");
}

#[test]
fn only_vetoers_see_the_paper() {
    let asked = hostile("paper").expect("it starts").ask(&example::world(3, 1));
    let said: Vec<_> = asked.iter().map(|it| it.said.as_ref().err().map(String::as_str)).collect();
    let wanted = Some("trapped: use-above may be called by vetoers only");
    assert_eq!(said, [wanted, None, wanted]);
}

#[test]
fn a_probe_refuses_what_a_cluster_would_suffer_from() {
    let rows = [
        ("panic", "windows, on 0 nodes: panicked: "),
        ("fail-of-many", "vetoer, on 8 nodes: panicked: "),
        (
            "first",
            "vetoer, on 8 nodes: asked about the nodes in another order, it answers otherwise about node-00000; a \
             vetoer must judge each node by itself",
        ),
        ("fail-alone", "vetoer, on 8 nodes: asked about node-00000 alone: panicked: "),
    ];
    for (deed, wanted) in rows {
        let why = hostile(deed).expect("it starts").probe(4).expect_err(deed);
        assert!(why.starts_with(wanted), "{deed}: {why}");
    }
}

#[test]
fn every_policy_of_a_set_is_probed() {
    let module = Arc::new(Module::of(&HOSTILE).expect("a policy"));
    let member = |name: &str, deed: &str| {
        let settings = directory::settings(&format!("do: {deed}")).expect("settings");
        let (limits, manner) = (Limits::default(), Manner::default());
        Member::of((name, "test"), Arc::clone(&module), &settings, limits, manner).expect("it starts")
    };
    let mut members: Vec<Member> = crate::shipped::SHIPPED.iter().map(Member::shipped).collect();
    assert_eq!(Set::of(members).probe(100), Ok(()));
    members = vec![member("one", "panic"), member("other", "first")];
    let wrong = Set::of(members).probe(1).expect_err("both are hostile");
    assert!(wrong[0].starts_with("policy one: windows, on 0 nodes: panicked: "), "{wrong:?}");
    assert!(
        wrong[1].starts_with("policy other: vetoer, on 2 nodes: asked about the nodes in another"),
        "{wrong:?}"
    );
}

#[test]
fn a_panic_says_where() {
    let asked = hostile("panic").expect("it starts").ask(&example::world(1, 1));
    let fault = asked[0].said.as_ref().expect_err("it panics");
    assert!(fault.contains("hostile/src/lib.rs:") && fault.ends_with("something is odd"), "{fault}");
    assert!(!fault.contains(env!("CARGO_MANIFEST_DIR")), "a path of the machine: {fault}");
}

#[test]
fn answers_beyond_their_range_are_refused() {
    let asked = hostile("crooked").expect("it starts").ask(&example::world(3, 1));
    let faults: Vec<&str> =
        asked.iter().filter_map(|it| it.said.as_ref().err().map(String::as_str)).collect();
    assert_eq!(
        faults,
        [
            "gave the code \"NOT A CODE\", which is not [a-z0-9-]{1,64}",
            "gave node node-00000 the score -2147483648, beyond ±1000000",
        ]
    );
}

#[test]
fn a_flood_of_lines_is_cut_off() {
    let asked = hostile("flood").expect("it starts").ask(&example::world(1, 1));
    for it in asked {
        assert!(it.log.len() <= 64, "{}: {} lines", it.hook, it.log.len());
        assert!(it.log.iter().all(|it| it.1.len() <= 1024));
    }
}

#[test]
fn what_fails_at_its_start_is_refused_there() {
    let rows = [
        ("loop-at-start", "it cannot be started: out-of-fuel: "),
        ("panic-at-start", "it cannot be started: panicked: "),
    ];
    for (deed, wanted) in rows {
        match hostile(deed) {
            Err(Unusable::Refused(refusal)) => assert!(refusal.why.starts_with(wanted), "{deed}: {refusal}"),
            other => panic!("{deed}: {other:?}"),
        }
    }
}

/// The core module with one more function, which never ends and is run before anything can be asked.
fn with_endless_start(core: &[u8]) -> Vec<u8> {
    const TYPES: u8 = 1;
    const FUNCTIONS: u8 = 3;
    const ELEMENTS: u8 = 9;
    const CODE: u8 = 10;
    let (mut types, mut imported, mut functions) = (0, 0, 0);
    let mut sections: Vec<(u8, Vec<u8>)> = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(core) {
        let payload = payload.expect("what the compiler made");
        match &payload {
            wasmparser::Payload::TypeSection(it) => types = it.count(),
            wasmparser::Payload::ImportSection(it) => {
                let all = it.clone().into_imports().map(|it| it.expect("an import"));
                imported = all.filter(|it| matches!(it.ty, wasmparser::TypeRef::Func(_))).count() as u32;
            }
            wasmparser::Payload::FunctionSection(it) => functions = it.count(),
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            sections.push((id, core[range.start as usize..range.end as usize].to_vec()));
        }
    }
    let endless = [7, 0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b];
    let mut whole = core[..8].to_vec();
    let mut add = |id: u8, content: &[u8]| {
        whole.push(id);
        leb(content.len() as u32, &mut whole);
        whole.extend(content);
    };
    for (id, content) in sections {
        match id {
            TYPES => add(id, &longer(&content, types, &[0x60, 0, 0])),
            FUNCTIONS => add(id, &longer(&content, functions, &numbered(types))),
            ELEMENTS => {
                add(8, &numbered(imported + functions));
                add(id, &content);
            }
            CODE => add(id, &longer(&content, functions, &endless)),
            _ => add(id, &content),
        }
    }
    whole
}

/// A list of so many, with one more.
fn longer(list: &[u8], count: u32, one: &[u8]) -> Vec<u8> {
    let rest = &list[numbered(count).len()..];
    [&numbered(count + 1), rest, one].concat()
}

fn numbered(number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    leb(number, &mut bytes);
    bytes
}

fn leb(mut number: u32, to: &mut Vec<u8>) {
    while number > 0x7f {
        to.push(number as u8 & 0x7f | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

#[test]
fn a_loop_before_the_first_question_ends() {
    let core = with_endless_start(&CORE);
    let bytes = component::encode(&core).expect("it is a policy all the same");
    match Specimen::load(&bytes, Some("do: refuse")) {
        Err(Unusable::Refused(it)) => {
            assert!(it.why.starts_with("it cannot be started: out-of-fuel: "), "{it}");
        }
        other => panic!("{other:?}"),
    }
}

/// Components have a start of their own, which would run before anything limits it.
#[test]
fn a_start_of_the_component_itself_is_refused() {
    // Its first function, without arguments and results.
    let bytes = [&HOSTILE[..], &[9, 3, 0, 0, 0]].concat();
    let refusal = Module::of(&bytes).expect_err("not a policy");
    let wanted =
        "it has a start function of its own, which no host of policies runs; build it with `policy build`";
    assert_eq!((refusal.stage, &*refusal.why), (Stage::Parsed, wanted));
}

/// The guest as if it was built against a contract in which something is called otherwise.
fn renamed(name: &str, other: &str) -> Vec<u8> {
    assert_eq!(name.len(), other.len(), "lengths stand beside the names");
    let mut bytes = HOSTILE.clone();
    let mut found = 0;
    for at in 0..bytes.len() - name.len() {
        let named = bytes[at..].starts_with(name.as_bytes());
        // With its length before it, it is a name, and not part of another.
        if named && at > 0 && usize::from(bytes[at - 1]) == name.len() {
            bytes[at..at + name.len()].copy_from_slice(other.as_bytes());
            found += 1;
        }
    }
    assert!(found > 0, "no {name}");
    bytes
}

#[test]
fn records_that_differ_are_found_where_they_matter() {
    // In an import: linking knows the types. In what is handed over at the start: starting does.
    let rows = [("empty-dirs", "empty-dorf", Stage::Linked), ("parent", "parens", Stage::Probed)];
    for (field, other, stage) in rows {
        match Specimen::load(&renamed(field, other), Some("do: twice")) {
            Err(Unusable::Refused(it)) => assert_eq!(it.stage, stage, "{field}: {it}"),
            found => panic!("{field}: {found:?}"),
        }
    }
    // In what is handed to one hook: only a call of that hook does, and the others are what they were.
    let world = example::world(3, 1);
    let specimen =
        Specimen::load(&renamed("system-pods", "system-pads"), Some("do: first")).expect("it starts");
    let (asked, whole) = (specimen.ask(&world), hostile("first").expect("it starts").ask(&world));
    assert_eq!(asked[0].said, whole[0].said);
    for it in &asked[1..] {
        let fault = it.said.as_ref().expect_err("another record");
        assert!(fault.starts_with("mismatch: "), "{}: {fault}", it.hook);
    }
    assert!(specimen.probe(1).expect_err("it is called").contains("vetoer, on 0 nodes: mismatch: "));
}

#[test]
fn a_huge_answer_is_not_read() {
    let module = Arc::new(Module::of(&HOSTILE).expect("a policy"));
    let settings = directory::settings("do: huge").expect("settings");
    let limits = Limits { memory_mib: 256, fuel_per_node: 100_000_000, ..Limits::default() };
    let member = Member::of(("hostile", "test"), module, &settings, limits, Manner::default());
    let set = Set::of(vec![member.expect("it starts")]);
    let world = Cluster::new().node("a", 4).node("b", 4).world();
    let kept = decide(&world, &set).plan;
    assert_eq!(verdict(&kept, "a"), "PolicyFault hostile: too-long: its answer has more than 4 MiB");
    assert_eq!(verdict(&decide(&world, &Set::shipped()).plan, "a"), "Remove", "the next is asked as ever");
}

#[test]
fn nobody_else_is_hurt() {
    let world = Cluster::new().node("a", 4).node("b", 4).world();
    let module = Arc::new(Module::of(&HOSTILE).expect("a policy"));
    let member = |deed: &str, on_fault| {
        let settings = directory::settings(&format!("do: {deed}")).expect("settings");
        let manner = Manner { weight: 1, mode: Mode::Enforce, on_fault };
        Member::of(("hostile", "test"), Arc::clone(&module), &settings, Limits::default(), manner)
            .unwrap_or_else(|it: Unfit| panic!("{deed}: {it:?}"))
    };
    let deeds = [
        "loop",
        "recurse",
        "deep",
        "grow",
        "panic",
        "refuse",
        "lengthy",
        "huge",
        "ask-for-all",
        "out-of-range",
        "twice",
        "crooked",
    ];
    for deed in deeds {
        let mut members: Vec<Member> = crate::shipped::SHIPPED.iter().map(Member::shipped).collect();
        members.push(member(deed, OnFault::Keep));
        let kept = decide(&world, &Set::of(members)).plan;
        assert!(verdict(&kept, "a").starts_with("PolicyFault hostile"), "{deed}: {}", verdict(&kept, "a"));
        assert!(kept.removals.is_empty(), "{deed}");

        let mut members: Vec<Member> = crate::shipped::SHIPPED.iter().map(Member::shipped).collect();
        members.insert(0, member(deed, OnFault::Ignore));
        let ignored = decide(&world, &Set::of(members)).plan;
        assert_eq!(ignored.nodes, decide(&world, &Set::shipped()).plan.nodes, "{deed}");
    }
}

/// Torn and changed modules are refused or harmless; none takes the host down.
#[test]
fn mutated_modules_are_refused_or_harmless() {
    let whole = &*HOSTILE;
    let mut state = 7_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let world = example::world(2, 1);
    let mut refused = 0;
    for _ in 0..150 {
        let mut bytes = whole.clone();
        match next(3) {
            0 => bytes.truncate(next(whole.len())),
            1 => {
                let at = next(whole.len());
                bytes[at] ^= 1 << next(8);
            }
            _ => {
                let at = next(whole.len());
                let end = (at + next(64)).min(whole.len());
                bytes.drain(at..end);
            }
        }
        match Specimen::load(&bytes, Some("do: twice")) {
            Ok(specimen) => drop(specimen.ask(&world)),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 75, "{refused} of 150 were refused");
}

#[test]
fn what_was_built_for_another_host_is_told_so() {
    let rows = [
        (
            ("vpsie:scale-down/log@1.0.0", "wasi:cli/environment@0.2.0"),
            "it imports WASI (\"wasi:cli/environment@0.2.0\"), and a policy has no files, clocks, environment or \
             network; build it for wasm32-unknown-unknown with `policy build`, not for a wasip target",
        ),
        (
            ("vpsie:scale-down/log@1.0.0", "other:scale-down/log@1.0.0"),
            "it imports \"other:scale-down/log@1.0.0\", which no host of policies gives; a policy may import types, \
             zones, view, paper, log of vpsie:scale-down@1.0.0 and nothing else",
        ),
        (
            ("vpsie:scale-down/view@1.0.0", "vpsie:scale-down/view@1.3.0"),
            "it needs vpsie:scale-down@1.3.0, and this host serves 1.0.0; build it with the SDK of this release, or \
             upgrade the host",
        ),
        (
            ("vpsie:scale-down/scorer@1.0.0", "vpsie:scale-down/scorer@2.0.0"),
            "it needs vpsie:scale-down@2.0.0, and this host serves 1.0.0; build it with the SDK of this release, or \
             upgrade the host",
        ),
    ];
    for ((name, other), wanted) in rows {
        let refusal = Module::of(&renamed(name, other)).expect_err(other);
        assert_eq!((refusal.stage, &*refusal.why), (Stage::Parsed, wanted));
    }
    let name = "vpsie:scale-down/policy-info@1.0.0";
    let refusal = Module::of(&renamed(name, &name.replace("vpsie", "other"))).expect_err("another world");
    let wanted = "and a policy exports policy-info and at least one of windows, vetoer, scorer of \
                  vpsie:scale-down@1.0.0; policy_sdk::export!(...) does that";
    assert!(refusal.why.contains(wanted), "{refusal}");
}

#[test]
fn what_is_no_policy_is_told_what_it_is() {
    let rows: [(&[u8], &str); 6] = [
        (b"", "the file is empty"),
        (b"\0asm\x01\0\0\0", "it is a core module, and a policy is a component"),
        (b"(component)", "it is WebAssembly text"),
        (b"\x7fELF\x02", "it is machine code"),
        (b"hello", "it is no WebAssembly"),
        (b"\0asm\x0d\0\x01\0", "it exports nothing, and a policy exports policy-info"),
    ];
    for (bytes, wanted) in rows {
        let refusal = Module::of(bytes).expect_err("no policy");
        assert!(refusal.why.starts_with(wanted), "{refusal}");
    }
    let refusal = Module::of(&vec![0; 1_000_001]).expect_err("too big");
    assert!(refusal.why.starts_with("it has 1000001 bytes, and at most 1000000 are taken"), "{refusal}");
}
