//! `journal`, `replay` and `policy replay`, as people meet them.

use decide::memory::Memory;
use decide::time::Time;
use decide::world::{NodeId, Place};
use policy::Set;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use vpsie_autoscaler::journal::{Entry, Journal, Limits, Noted};
use vpsie_autoscaler::objects;
use vpsie_autoscaler::tick;
use vpsie_autoscaler::voices::Recorder;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> Folder {
    let path = std::env::temp_dir().join(format!("journal-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    Folder(path)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is below the root").to_path_buf()
}

/// Three ticks of the example cluster: as it is, as it is, and without a node.
fn recorded(dir: &Path) -> Vec<Entry> {
    let set = Set::shipped();
    let inputs = objects::gather(&[root().join("examples/cluster.yaml")]).expect("the example");
    let now = Time::parse("2026-11-20T10:00:00Z").expect("a time");
    let mut journal = Journal::open(dir, Limits::default()).expect("a journal");
    let mut entries = Vec::new();
    for tick in 1..=3 {
        let mut world = objects::read(&inputs, now.plus(10 * (tick - 1))).expect("a world").world;
        if tick == 3 {
            // Its pods are left behind, as in a cluster whose Node object was deleted.
            world.nodes.pop();
            let gone = Place::On(NodeId::new(world.nodes.len()));
            for pod in world.pods.iter_mut().filter(|it| it.place == gone) {
                pod.place = Place::Elsewhere;
            }
        }
        let mut memory = Memory::default();
        memory.absorb(&world);
        let recorder = Recorder::of(&set);
        let plan = tick::decide(&world, &memory, &recorder, None).plan;
        let done = Noted { what: "mark".into(), object: "web-4".into(), outcome: "done".into() };
        let entry = Entry {
            tick: tick as u64,
            world: Arc::new(world),
            memory: Arc::new(memory),
            time_box: None,
            policies: set.lines(),
            generation: 1,
            answered: recorder.answered(),
            plan: Arc::new(plan),
            outcomes: if tick == 2 { vec![done] } else { Vec::new() },
        };
        journal.append(&entry).expect("it can be written");
        entries.push(entry);
    }
    entries
}

fn run(words: &[&str]) -> (i32, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_vpsie-autoscaler")).args(words).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("it ends by itself"), text(output.stdout), text(output.stderr))
}

#[test]
fn the_journal_can_be_looked_at() {
    let folder = folder("shown");
    let entries = recorded(&folder.0);
    let dir = folder.0.to_str().expect("UTF-8");

    let (status, out, err) = run(&["journal", dir]);
    assert_eq!((status, &*err), (0, ""));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 4, "{out}");
    assert!(lines[1].contains("2026-11-20T10:00:00Z") && lines[1].contains("web-4, web-3"), "{out}");
    let (_, out, _) = run(&["journal", dir, "-o", "json"]);
    let rows: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(rows[1]["changed"], 0);
    assert_eq!(rows[1]["outcomes"], 1);
    assert_eq!(rows[2]["nodes"], entries[2].world.nodes.len());

    let (status, out, _) = run(&["journal", dir, "--node", "web-4"]);
    assert_eq!(status, 0);
    assert!(out.contains("Remove Empty") && out.contains("done: mark"), "{out}");
    let gone = &entries[0].world.nodes.last().expect("a node").name;
    let (_, out, _) = run(&["journal", dir, "--node", gone]);
    assert!(out.contains("not there any more"), "{out}");
    let (status, _, err) = run(&["journal", dir, "--node", "web-44"]);
    assert_eq!(status, 2);
    assert!(err.contains("there was no node \"web-44\"; nearest: web-4"), "{err}");

    let (status, out, _) = run(&["journal", dir, "--tick", "2"]);
    assert_eq!(status, 0);
    assert!(
        out.starts_with("tick 2, generation 1 of the policies\n") && out.contains("mark web-4: done"),
        "{out}"
    );
    let (status, out, _) = run(&["journal", dir, "--tick", "2", "--node", "web-4"]);
    assert_eq!(status, 0);
    assert!(out.contains("web-4 of group web is to be removed") && out.contains("PASSES WITH"), "{out}");
    let (status, _, err) = run(&["journal", dir, "--tick", "9"]);
    assert_eq!(status, 2);
    assert!(err.contains("there is no tick 9 in ") && err.contains("it has ticks 1 to 3"), "{err}");
}

#[test]
fn a_torn_journal_is_shown_as_far_as_it_goes() {
    let folder = folder("torn");
    recorded(&folder.0);
    let dir = folder.0.to_str().expect("UTF-8");
    let segment = folder.0.join("000000000001.journal");
    let bytes = fs::read(&segment).expect("a segment");
    fs::write(&segment, &bytes[..bytes.len() - 1]).expect("it can be cut");
    let (status, out, err) = run(&["journal", dir]);
    assert_eq!((status, out.lines().count()), (0, 3));
    assert!(
        err.starts_with("warning: ") && err.contains("can be read up to tick 2 and then ends inside"),
        "{err}"
    );
    fs::write(&segment, &bytes[..10]).expect("it can be cut");
    let (status, _, err) = run(&["replay", dir]);
    assert_eq!(status, 1);
    assert!(err.contains("has no entry of a journal that can be read"), "{err}");
    let (status, _, err) = run(&["journal", "/nowhere"]);
    assert_eq!(status, 1);
    assert!(err.contains("/nowhere cannot be read"), "{err}");
}

#[test]
fn recorded_ticks_are_decided_again() {
    let folder = folder("replayed");
    let entries = recorded(&folder.0);
    let dir = folder.0.to_str().expect("UTF-8");
    let nodes: usize = entries.iter().map(|it| it.plan.nodes.len()).sum();
    let (status, out, _) = run(&["replay", dir]);
    assert_eq!((status, out), (0, format!("3 ticks with {nodes} verdicts: the same, byte for byte\n")));
    let (_, out, _) = run(&["replay", dir, "--last", "1"]);
    assert!(out.starts_with("1 tick with "), "{out}");

    // A recording that does not lead to its plan.
    let mut spoilt = entries[0].clone();
    let mut plan = (*spoilt.plan).clone();
    plan.removals.pop();
    plan.checks += 1;
    spoilt.plan = Arc::new(plan);
    spoilt.tick = 4;
    Journal::open(&folder.0, Limits::default())
        .expect("a journal")
        .append(&spoilt)
        .expect("it can be written");
    let (status, out, _) = run(&["replay", dir]);
    assert_eq!(status, 1);
    assert!(out.contains("tick 4 at ") && out.contains("removals: ") && out.contains("checks: "), "{out}");
    assert!(out.ends_with("1 are decided otherwise than they were\n"), "{out}");
}

#[test]
fn other_policies_are_asked_instead() {
    let folder = folder("instead");
    recorded(&folder.0);
    let dir = folder.0.to_str().expect("UTF-8");
    let policies = folder.0.join("policies");
    fs::create_dir(&policies).expect("a folder");
    fs::write(policies.join("policies.yaml"), "policies: [{name: schedule, settings: {mode: disabled}}]")
        .expect("a file");
    let policies = policies.to_str().expect("UTF-8");
    let (status, out, _) = run(&["replay", dir, "--policies", policies]);
    assert_eq!(status, 0);
    assert!(out.contains("web-4: Remove Empty -> Keep ScaleDownDisabled ("), "{out}");
    assert_eq!(run(&["policy", "replay", policies, "--journal", dir]), (status, out, String::new()));

    // A directory without any policy is the shipped ones, which were asked then.
    let (status, out, _) = run(&["replay", dir, "--policies", dir]);
    assert_eq!(status, 0);
    assert!(out.ends_with("verdicts: none would be another\n"), "{out}");
}
