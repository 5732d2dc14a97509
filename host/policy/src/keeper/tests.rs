//! The keeper at a directory that is written as a kubelet writes it.

mod kubelet;

use super::{Keeper, KeeperSettings};
use crate::life::{News, Origin, Replayed};
use crate::set::Set;
use crate::tests::{Cluster, decide, verdict};
use decide::time::Time;
use kubelet::{Folder, Kubelet};
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Longer than anything takes, where something is waited for that must come.
const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(5);

static CLOCK: AtomicI64 = AtomicI64::new(1_795_168_800);

fn clock() -> Time {
    Time(CLOCK.fetch_add(1, Ordering::Relaxed))
}

/// Each look at it takes a millisecond.
fn running() -> Duration {
    static LOOKS: AtomicU64 = AtomicU64::new(0);
    Duration::from_millis(LOOKS.fetch_add(1, Ordering::Relaxed))
}

type Heard = Arc<Mutex<Vec<News>>>;

fn settings(dir: &Kubelet) -> KeeperSettings {
    KeeperSettings {
        dir: Some(dir.path.clone()),
        debounce: Duration::from_millis(20),
        nodes: 2,
        ..KeeperSettings::new(clock, running)
    }
}

fn start(settings: KeeperSettings) -> (Keeper, Heard) {
    start_with(settings, |_, _| Replayed::default())
}

fn start_with(
    settings: KeeperSettings,
    replay: impl Fn(&Set, &Set) -> Replayed + Send + Sync + 'static,
) -> (Keeper, Heard) {
    let heard: Heard = Arc::default();
    let ear = Arc::clone(&heard);
    let hear = move |it: &News| ear.lock().expect("no panic").push(it.clone());
    (Keeper::start(settings, Box::new(replay), Box::new(hear)), heard)
}

fn wait(what: &str, mut until: impl FnMut() -> bool) {
    for _ in 0..PATIENCE.as_millis() / STEP.as_millis() {
        if until() {
            return;
        }
        thread::sleep(STEP);
    }
    panic!("waited for: {what}");
}

fn told(heard: &Heard, wanted: &str) -> bool {
    heard.lock().expect("no panic").iter().any(|it| it.to_string().contains(wanted))
}

fn all(heard: &Heard) -> Vec<String> {
    heard.lock().expect("no panic").iter().map(ToString::to_string).collect()
}

/// One decision, and what became of a node with a pod that nothing owns.
fn tick(keeper: &Keeper) -> String {
    tick_of(keeper, "a")
}

fn tick_of(keeper: &Keeper, node: &str) -> String {
    let world = Cluster::new()
        .node("a", 8)
        .node("empty", 8)
        .node("keeper", 16)
        .pod_with("web/bare", "a", 100, |_, pod, _| pod.owner = None)
        .pod("web/x", "keeper", 9_000)
        .world();
    let plan = decide(&world, &keeper.current()).plan;
    keeper.ticked(2);
    verdict(&plan, node)
}

fn until_tick(keeper: &Keeper, wanted: &str) {
    wait(wanted, || tick(keeper).contains(wanted));
}

const KEEPS: &str = "Vetoed safety not-replicated";
const LETS_GO: &str = "policies: [{name: safety, settings: {bare: allow}}]";
const STRICT: &str = "policies: [{name: safety, settings: {bare: keep}}]";

fn yaml(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    vec![("policies.yaml", text.as_bytes().to_vec())]
}

/// A whole cluster's vetoer that fails in every question.
fn hostile(deed: &str) -> Vec<(&'static str, Vec<u8>)> {
    let text = format!(
        "policies: [{{name: h, module: h.wasm, settings: {{do: {deed}}}}}, {{name: safety, settings: {{bare: allow}}}}]"
    );
    vec![("policies.yaml", text.into_bytes()), ("h.wasm", crate::tests::hostile_module().to_vec())]
}

#[test]
fn without_a_directory_the_built_in_policies_decide() {
    let (keeper, heard) = start(KeeperSettings::new(clock, running));
    assert_eq!(tick(&keeper), KEEPS);
    let status = keeper.status();
    assert_eq!((status.active.number, status.active.origin, status.directory), (1, Origin::BuiltIn, None));
    assert_eq!(status.active.policies.len(), 3);
    assert!(status.active.policies.iter().all(|it| it.calls > 0 && it.faults == 0 && it.limits.is_some()));
    assert_eq!(status.zone_data.len(), "2026e".len());
    drop(keeper);
    assert_eq!(all(&heard), [""; 0]);
}

#[test]
fn the_directory_decides_from_the_first_tick_and_an_update_from_a_later_one() {
    let kubelet = Kubelet::new(&yaml(LETS_GO));
    let (keeper, heard) = start(settings(&kubelet));
    assert_eq!(tick(&keeper), "Remove");
    assert_eq!(keeper.status().active.origin, Origin::Directory);
    kubelet.write(&yaml(STRICT));
    until_tick(&keeper, KEEPS);
    assert_eq!(keeper.status().active.number, 2);
    wait("the news", || told(&heard, "generation 2 ("));
    assert!(matches!(heard.lock().expect("no panic")[..], [News::Activated(_)]), "{:?}", all(&heard));
}

#[test]
fn the_same_content_under_a_new_timestamp_is_no_new_generation() {
    let kubelet = Kubelet::new(&yaml(LETS_GO));
    let (keeper, heard) = start(settings(&kubelet));
    for _ in 0..5 {
        kubelet.write(&yaml(LETS_GO));
        thread::sleep(Duration::from_millis(50));
    }
    kubelet.write(&yaml(STRICT));
    until_tick(&keeper, KEEPS);
    assert_eq!(keeper.status().active.number, 2);
    drop(keeper);
    assert_eq!(all(&heard).len(), 1, "{:?}", all(&heard));
}

#[test]
fn what_cannot_be_used_is_told_and_the_active_one_stays() {
    let whole = crate::tests::hostile_module();
    let module = |bytes: &[u8]| {
        vec![
            ("night.wasm", bytes.to_vec()),
            (
                "policies.yaml",
                b"policies: [{name: night, module: night.wasm, settings: {do: twice}}]".to_vec(),
            ),
        ]
    };
    let kubelet = Kubelet::new(&yaml(LETS_GO));
    let (keeper, heard) = start(settings(&kubelet));
    let rows = [
        (
            module(b"garbage"),
            "rejected before it was Parsed: policy night: module night.wasm: it is no WebAssembly",
        ),
        (
            module(&whole[..whole.len() / 2]),
            "rejected before it was Parsed: policy night: module night.wasm: it cannot be read as a component",
        ),
        (module(whole), "rejected before it was Probed: policy night: "),
        (
            vec![("policies.yaml", b"policies: [{name: night, module: night.wasm}]".to_vec())],
            "module \"night.wasm\": no such file in the directory",
        ),
        (
            yaml("policies: [{name: safety, settings: {bear: allow}}]"),
            "rejected before it was Probed: policies.yaml: policy safety: /bear: unknown setting",
        ),
        (yaml("policies: ["), "rejected before it was Parsed: policies.yaml: "),
        (vec![("other.wasm", whole.to_vec())], "policies.yaml is gone from the policy directory"),
        (vec![("README.md", vec![])], " is empty; generation 1 stays active"),
    ];
    for (files, wanted) in rows {
        kubelet.write(&files);
        wait(wanted, || told(&heard, wanted));
        assert_eq!((tick(&keeper), keeper.status().active.number), ("Remove".to_owned(), 1), "{wanted}");
    }
    let status = keeper.status();
    assert!(status.rejected.expect("the last one").reason.starts_with("policies.yaml: "));
    assert!(status.directory.expect("one").trouble.expect("it is empty").ends_with("is empty"));
    kubelet.write(&yaml(STRICT));
    until_tick(&keeper, KEEPS);
    assert_eq!(keeper.status().directory.expect("one").trouble, None);
}

#[test]
fn an_update_while_another_is_on_its_way_wins() {
    let kubelet = Kubelet::new(&yaml(STRICT));
    let (begun, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, gate) = (Arc::clone(&begun), Arc::clone(&go));
    let (keeper, heard) = start_with(settings(&kubelet), move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        wait("the gate", || gate.load(Ordering::SeqCst) > 0);
        Replayed { ticks: 4, verdicts: 80, changed: 3 }
    });
    kubelet.write(&yaml("policies: [{name: schedule, settings: {mode: disabled}}]"));
    wait("the first replay", || begun.load(Ordering::SeqCst) == 1);
    kubelet.write(&yaml(LETS_GO));
    wait("the newest", || keeper.status().candidate.is_some_and(|it| it.number == 3));
    assert_eq!(tick(&keeper), KEEPS);
    go.store(1, Ordering::SeqCst);
    until_tick(&keeper, "Remove");
    assert_eq!((keeper.status().active.number, keeper.status().earlier.len()), (3, 1));
    drop(keeper);
    let heard = all(&heard);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].ends_with("in the last 4 ticks it changes 3 of 80 verdicts"), "{heard:?}");
}

#[test]
fn rapid_updates_are_one() {
    let kubelet = Kubelet::new(&yaml(LETS_GO));
    let mut settings = settings(&kubelet);
    settings.debounce = Duration::from_millis(200);
    let (keeper, _) = start(settings);
    kubelet.write(&yaml("policies: [{name: schedule, settings: {mode: disabled}}]"));
    kubelet.write(&yaml(STRICT));
    until_tick(&keeper, KEEPS);
    assert_eq!(keeper.status().active.number, 2, "the one between was never read");
}

/// By the watch: the poll comes too late for any of them.
#[test]
fn a_hundred_updates_in_a_row_are_all_seen() {
    let kubelet = Kubelet::new(&yaml(STRICT));
    let mut settings = settings(&kubelet);
    settings.debounce = Duration::from_millis(1);
    settings.poll = Duration::from_secs(3_600);
    let (keeper, heard) = start(settings);
    for number in 2..=101 {
        kubelet.write(&yaml(&format!("{} # {number}", [LETS_GO, STRICT][number % 2])));
        until_tick(&keeper, ["Remove", KEEPS][number % 2]);
    }
    assert_eq!(keeper.status().active.number, 101);
    // And faster than they can be loaded: what is passed over is older than what comes.
    for number in 0..100 {
        kubelet.write(&yaml(&format!("{STRICT} # again {number}")));
        let _ = tick(&keeper);
        thread::sleep(Duration::from_millis(3));
    }
    kubelet.write(&yaml(LETS_GO));
    until_tick(&keeper, "Remove");
    let status = keeper.status();
    assert!(status.candidate.is_none() && status.rejected.is_none());
    assert!((120..=202).contains(&status.active.number), "{} of 101 were read", status.active.number - 101);
    assert!(heard.lock().expect("no panic").iter().all(|it| matches!(it, News::Activated(_))));
}

#[test]
fn a_dead_watch_is_found_by_the_poll_and_replaced() {
    let kubelet = Kubelet::new(&yaml(STRICT));
    let mut settings = settings(&kubelet);
    settings.poll = Duration::from_millis(100);
    let (keeper, heard) = start(settings);
    // The watch stays with the folder that it was put on, wherever that goes.
    kubelet.replace(&yaml(LETS_GO));
    until_tick(&keeper, "Remove");
    kubelet.write(&yaml(STRICT));
    until_tick(&keeper, KEEPS);
    kubelet.remove();
    wait("the removal", || told(&heard, "cannot be read: No such file or directory"));
    assert_eq!(tick(&keeper), KEEPS);
    kubelet.replace(&yaml(LETS_GO));
    until_tick(&keeper, "Remove");
}

#[test]
fn a_policy_that_fails_is_rolled_back_and_not_taken_again() {
    let kubelet = Kubelet::new(&yaml(LETS_GO));
    let home = Folder::new();
    let mut settings = settings(&kubelet);
    settings.last_good = Some(home.0.clone());
    let (keeper, heard) = start(settings.clone());
    assert_eq!(tick(&keeper), "Remove");
    wait("it is kept", || keeper.status().last_good.is_some());
    // It fails only where nodes are called otherwise than in a probe.
    let bad = hostile("fail-at-real-names");
    kubelet.write(&bad);
    until_tick(&keeper, "PolicyFault h: panicked: ");
    until_tick(&keeper, "Remove");
    let status = keeper.status();
    assert_eq!((status.active.number, status.quarantine.len()), (1, 1));
    wait("the news", || told(&heard, "generation 2 ("));
    wait("the news", || told(&heard, "was rolled back to generation 1"));
    kubelet.write(&bad);
    thread::sleep(Duration::from_millis(200));
    assert_eq!((tick(&keeper), keeper.status().candidate), ("Remove".to_owned(), None));
    wait("on disk", || home.0.join("quarantine").exists());
    drop(keeper);

    let (keeper, heard) = start(settings.clone());
    assert_eq!((tick(&keeper), keeper.status().active.origin), ("Remove".to_owned(), Origin::LastGood));
    wait("the news", || told(&heard, "in the policy directory is in quarantine"));
    let good = keeper.status().last_good.expect("the first one");
    drop(keeper);

    // What is remembered as good failed after all: nothing is known that works.
    let list = home.0.join("quarantine");
    let known = std::fs::read_to_string(&list).expect("a list");
    std::fs::write(&list, format!("{known}{good} it failed\n")).expect("a file");
    let (keeper, heard) = start(settings);
    assert_eq!(keeper.status().active.origin, Origin::Held);
    assert_ne!(tick(&keeper), "Remove");
    wait("the news", || told(&heard, "is in quarantine; every node is kept until it changes"));
    kubelet.replace(&yaml(&format!("{LETS_GO} # mended")));
    until_tick(&keeper, "Remove");
    assert_eq!(keeper.status().active.origin, Origin::Directory);
}

#[test]
fn one_that_fails_in_the_replay_is_not_taken() {
    let kubelet = Kubelet::new(&yaml(LETS_GO));
    let (keeper, heard) = start_with(settings(&kubelet), |new, active| {
        let world =
            || Cluster::new().node("a", 8).pod_with("web/b", "a", 1, |_, pod, _| pod.owner = None).world();
        for set in [new, active, new, active, new, active] {
            decide(&world(), set);
        }
        Replayed { ticks: 3, verdicts: 3, changed: 3 }
    });
    kubelet.write(&hostile("fail-at-real-names"));
    wait("the news", || {
        told(&heard, "rejected before it was Replayed: policy h (vetoer) failed 3 times in a row: ")
    });
    assert_eq!(tick(&keeper), "Remove");
    let calls: u64 = keeper.status().active.policies.iter().map(|it| it.faults).sum();
    assert_eq!(calls, 0, "a replay is counted apart");
}

#[test]
fn the_last_good_one_survives_a_restart() {
    let (kubelet, home) = (Kubelet::new(&yaml(LETS_GO)), Folder::new());
    let mut settings = settings(&kubelet);
    settings.last_good = Some(home.0.clone());
    let (keeper, _) = start(settings.clone());
    assert_eq!(tick(&keeper), "Remove");
    wait("it is kept", || keeper.status().last_good.is_some());
    drop(keeper);
    let spoilt: [&dyn Fn(); 3] =
        [&|| kubelet.write(&yaml("policies: [")), &|| kubelet.write(&[("README.md", vec![])]), &|| {
            kubelet.remove();
        }];
    for spoil in spoilt {
        spoil();
        let (keeper, heard) = start(settings.clone());
        assert_eq!((tick(&keeper), keeper.status().active.origin), ("Remove".to_owned(), Origin::LastGood));
        wait("the news", || told(&heard, "the last good generation decides"));
        drop(keeper);
    }
    // Torn on disk, and nothing in the directory.
    let kept = std::fs::canonicalize(home.0.join("current")).expect("a link").join("policies.yaml");
    std::fs::write(kept, "policies: []").expect("a file");
    let (keeper, heard) = start(settings);
    assert_eq!((tick(&keeper), keeper.status().active.origin), (KEEPS.to_owned(), Origin::BuiltIn));
    wait("the news", || told(&heard, "holds something else than was written there"));
}

#[test]
fn with_nothing_usable_at_all_every_node_is_kept() {
    let kubelet = Kubelet::new(&yaml("policies: ["));
    let (keeper, heard) = start(settings(&kubelet));
    for _ in 0..10 {
        let verdict = tick_of(&keeper, "empty");
        assert!(
            verdict.starts_with("PolicyFault policy-directory: the policy directory cannot be used"),
            "{verdict}"
        );
    }
    wait("the news", || told(&heard, "every node is kept until it can be used"));
    assert_eq!(keeper.status().active.origin, Origin::Held);
    kubelet.write(&yaml(LETS_GO));
    until_tick(&keeper, "Remove");
}

#[test]
fn remarks_of_every_generation_are_heard() {
    let shadow = |at: u32| {
        yaml(&format!("policies: [{{name: safety, mode: shadow}}, {{name: priority, weight: {at}}}]"))
    };
    let kubelet = Kubelet::new(&shadow(1));
    let (keeper, heard) = start(settings(&kubelet));
    let remarks =
        || heard.lock().expect("no panic").iter().filter(|it| matches!(it, News::Remark(_))).count();
    assert_eq!((tick(&keeper), remarks()), ("Remove".to_owned(), 1));
    kubelet.write(&shadow(2));
    wait("the second", || {
        let _ = tick(&keeper);
        keeper.status().active.number == 2
    });
    let before = remarks();
    let _ = tick(&keeper);
    assert_eq!(remarks(), before + 1);
}

#[test]
fn the_status_is_a_document() {
    let kubelet = Kubelet::new(&yaml(LETS_GO));
    let (keeper, _) = start(settings(&kubelet));
    let _ = tick(&keeper);
    let text = serde_yaml_ng::to_string(&keeper.status()).expect("plain values");
    for part in [
        "origin: directory",
        "mode: enforce",
        "onFault: keep",
        "fuelPerNode: 50000",
        "memoryMiB: 32",
        "zoneData: 20",
        "since: 2026-11-",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// No tick fails, and none is decided by two generations, while others come and go.
#[test]
fn ticks_go_on_while_generations_change() {
    let both = [
        "policies: [{name: safety, settings: {bare: allow}}, {name: schedule, settings: {mode: balanced}}]",
        "policies: [{name: safety, settings: {bare: keep}}, {name: schedule, settings: {mode: conservative}}]",
    ];
    let kubelet = Kubelet::new(&yaml(both[1]));
    let mut settings = settings(&kubelet);
    settings.debounce = Duration::from_millis(1);
    let (keeper, _) = start(settings);
    let world = Cluster::new()
        .node("a", 8)
        .node("keeper", 16)
        .pod_with("web/bare", "a", 100, |_, pod, _| pod.owner = None)
        .pod("web/x", "keeper", 9_000)
        .world();
    let mut seen = [0, 0];
    for round in 0..200 {
        if round % 10 == 0 {
            kubelet.write(&yaml(&format!("{} # {round}", both[round / 10 % 2])));
        }
        let decision = decide(&world, &keeper.current());
        keeper.ticked(2);
        let mode = decision.paces[0].answer.as_ref().expect("no fault").first().map(|it| it.mode.to_string());
        let kept = verdict(&decision.plan, "a");
        match (mode.as_deref(), kept.as_str()) {
            (Some("balanced"), "Remove") => seen[0] += 1,
            (Some("conservative"), KEEPS) => seen[1] += 1,
            other => panic!("round {round}: the mode of one and the vetoes of the other: {other:?}"),
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert!(seen[0] > 10 && seen[1] > 10, "{seen:?}");
}

#[test]
fn what_each_hook_used_is_told_after_the_tick() {
    let (keeper, _) = start(KeeperSettings::new(clock, running));
    let world = Cluster::new().node("a", 8).node("b", 8).world();
    let told = || {
        decide(&world, &keeper.current());
        keeper.ticked(2)
    };
    let (first, second) = (told(), told());
    let hooks: Vec<_> = first.iter().map(|it| (&*it.policy, it.hook)).collect();
    let all = [("schedule", "windows"), ("schedule", "vetoer"), ("safety", "vetoer"), ("priority", "scorer")];
    assert_eq!(hooks, all);
    for (one, other) in first.iter().zip(&second) {
        assert!(one.fuel > 1_000 && one.took >= Duration::from_millis(1), "{one:?}");
        assert_eq!(one.fuel, other.fuel, "nothing is left of the tick before");
    }
    assert_eq!(keeper.ticked(2), [], "nobody was asked");
}

/// In a process of its own, whose memory no other test uses.
#[test]
fn a_thousand_reloads_leave_nothing_behind() {
    let child = std::process::Command::new(std::env::current_exe().expect("a test has its file"))
        .args(["--exact", "keeper::tests::child_reloads_a_thousand_times", "--ignored", "--nocapture"])
        .output()
        .expect("a test can start itself");
    let said = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

/// Generations that are over leave nothing behind: no code, no instance, no file.
#[test]
#[ignore = "for a_thousand_reloads_leave_nothing_behind alone"]
fn child_reloads_a_thousand_times() {
    let module = |number: u32| {
        // A section that nobody reads makes it another module.
        let mut bytes = include_bytes!(concat!(env!("OUT_DIR"), "/priority.wasm")).to_vec();
        bytes.extend([0, 6, 1, b'x']);
        bytes.extend(number.to_le_bytes());
        bytes
    };
    let files = |number: u32| {
        let text = format!("policies: [{{name: p, module: p.wasm, weight: {}}}]", number % 1_000);
        vec![("policies.yaml", text.into_bytes()), ("p.wasm", module(number / 20))]
    };
    let kubelet = Kubelet::new(&files(0));
    let mut settings = settings(&kubelet);
    settings.debounce = Duration::ZERO;
    settings.nodes = 0;
    let (keeper, _) = start(settings);
    let mut held = Vec::new();
    let mut early = 0;
    for number in 1..=1_000 {
        kubelet.write(&files(number));
        let wanted = crate::wasm::digest(&module(number / 20));
        wait("the next", || {
            drop(keeper.current());
            keeper.ticked(0);
            let active = keeper.status().active;
            active.policies[0].weight == i64::from(number % 1_000) && active.policies[0].digest == wanted
        });
        for member in keeper.current().members() {
            held.push(Arc::downgrade(&member.hooks.guest().expect("a component").module));
        }
        held.retain(|it| it.strong_count() > 0);
        // The engine keeps slots warm for the last modules; by now all of them are.
        if number == 400 {
            early = resident();
        }
    }
    let mut alive: Vec<_> =
        held.iter().filter_map(std::sync::Weak::upgrade).map(|it| it.digest.clone()).collect();
    alive.sort();
    alive.dedup();
    assert!(alive.len() <= 3 + 5, "{} modules are alive", alive.len());
    let late = resident();
    assert!(late < early + early / 4, "{early} KiB after 400 reloads, {late} KiB after 1000");
    let earlier = keeper.status().earlier.len();
    assert_eq!(keeper.shared.lock().held.len(), 1 + earlier);
}

/// Of this process, in KiB.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = text.lines().find(|it| it.starts_with("VmRSS:")).expect("it has memory");
    line.split_whitespace().nth(1).and_then(|it| it.parse().ok()).expect("a number")
}
