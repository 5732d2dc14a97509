//! What somebody does who writes a policy, from `policy new` to a decision, outside of this repository.

use decide::memory::Memory;
use decide::time::Time;
use policy::Set;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use vpsie_autoscaler::journal::{Entry, Journal, Limits};
use vpsie_autoscaler::objects;
use vpsie_autoscaler::tick;
use vpsie_autoscaler::voices::Recorder;

const NOW: &str = "2026-11-20T10:00:00Z";

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> Folder {
    let path = std::env::temp_dir().join(format!("policies-{name}-{}", std::process::id()));
    fs::create_dir_all(&path).expect("a folder for the test");
    Folder(path)
}

/// In a folder, with one target folder for all projects: what they have in common is built once.
fn autoscaler(folder: &Path, arguments: &[&str]) -> Output {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects");
    let mut command = Command::new(env!("CARGO_BIN_EXE_vpsie-autoscaler"));
    command.current_dir(folder).args(arguments).env("CARGO_TARGET_DIR", target);
    command.output().expect("the program starts")
}

fn fine(folder: &Path, arguments: &[&str]) -> String {
    let output = autoscaler(folder, arguments);
    let said = String::from_utf8_lossy(&output.stdout).to_string();
    assert!(output.status.success(), "{arguments:?}\n{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn wrong(folder: &Path, arguments: &[&str], status: i32) -> String {
    let output = autoscaler(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr).to_string();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{said}");
    said
}

#[test]
fn from_new_to_a_decision() {
    let home = folder("new");
    let home = home.0.as_path();
    for (name, hook) in [("dear-first", "scorer"), ("hands-off", "vetoer"), ("slow-down", "windows")] {
        let made = fine(home, &["policy", "new", name, "--hook", hook]);
        assert!(made.contains(&format!("{name}/src/lib.rs")), "{made}");
        let project = home.join(name);

        let tested = fine(&project, &["policy", "test"]);
        assert!(tested.contains("1 fixtures, 0 failed"), "{tested}");
        let checked = fine(&project, &["policy", "check", "--nodes", "50"]);
        assert!(checked.contains("ok  probed    on 0, 1 and 100 nodes"), "{checked}");
        let built = fine(&project, &["policy", "build"]);
        let module = PathBuf::from(built.split(": ").next().expect("the path of the module"));
        assert!(module.is_file(), "{built}");

        let inspected = fine(&project, &["policy", "inspect", "--json"]);
        let inspected: serde_json::Value = serde_json::from_str(&inspected).expect("JSON");
        assert_eq!(inspected["hooks"], serde_json::json!([hook]));
        let map = fine(&project, &["policy", "package"]);
        let map: serde_json::Value = serde_yaml_ng::from_str(&map).expect("YAML");
        assert!(map["binaryData"][format!("{name}.wasm")].is_string());

        // The same files as a directory decide.
        let directory = home.join(format!("{name}-directory"));
        fs::create_dir_all(&directory).expect("a folder");
        fs::copy(&module, directory.join(format!("{name}.wasm"))).expect("a copy");
        let checked = fine(home, &["policy", "check", "--nodes", "50", directory.to_str().expect("UTF-8")]);
        assert!(checked.contains(&format!("ok  {name} ")), "{checked}");
        assert!(checked.contains("ok  probed    on 0, 1 and 100 nodes"), "{checked}");
        let cluster = project.join("fixtures/cluster.yaml");
        let plan = ["plan", "-f", cluster.to_str().expect("UTF-8"), "--now", NOW, "-o", "json", "--policies"];
        let plan: Vec<&str> = plan.into_iter().chain([directory.to_str().expect("UTF-8")]).collect();
        let plan: serde_json::Value = serde_json::from_str(&fine(home, &plan)).expect("JSON");
        let listed = plan["policies"].as_array().expect("policies").iter().find(|it| it["name"] == name);
        assert_eq!(listed.expect("it decides")["source"], format!("{name}.wasm"));
        if hook == "vetoer" {
            let kept =
                plan["nodes"].as_array().expect("nodes").iter().find(|it| it["name"] == "b").expect("b");
            assert_eq!(kept["reason"], "Vetoed");
            assert_eq!(kept["policy"], name);
            assert_eq!(kept["detail"], "b is kept: until the audit is over");
            // Of a tick that was decided without it.
            let journal = home.join("journal");
            note_down(&journal, &cluster);
            let journal = journal.to_str().expect("UTF-8");
            let replayed = fine(&project, &["policy", "replay", "--journal", journal]);
            assert!(replayed.contains("b: Keep BudgetSpent -> Keep Vetoed/kept"), "{replayed}");
        }
    }
    let same = fine(home, &["policy", "diff", "dear-first", "dear-first"]);
    assert_eq!(same, "no difference\n");
    let differs = fine(home, &["policy", "diff", "dear-first", "hands-off"]);
    assert!(differs.contains("hooks: scorer -> vetoer"), "{differs}");
}

/// What stands in the text between these lines of it.
fn blocks(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let inside = text.split("\n```").skip(1).step_by(2);
    inside.map(|it| it.split_once('\n').expect("a block has lines"))
}

/// Every command as it stands there, in an empty folder; the lines below it are among what it prints.
#[test]
fn the_way_from_nothing_is_as_it_is_written() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/policies.md"));
    let text = text.expect("it can be read");
    let home = folder("text");
    let program = Path::new(env!("CARGO_BIN_EXE_vpsie-autoscaler")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a path"));
    let mut place = home.0.clone();
    let run = |place: &Path, command: &str| {
        let mut shell = Command::new("sh");
        let output = shell.args(["-c", command]).current_dir(place).env("PATH", &path).output();
        let output = output.expect("there is a shell");
        let said =
            [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned()).concat();
        assert!(output.status.success(), "{command}\n{said}");
        said
    };
    let mut typed = 0;
    for (language, block) in blocks(&text) {
        if language == "rust" {
            fs::write(place.join("src/lib.rs"), block).expect("it can be written");
            continue;
        }
        let mut said = String::new();
        for line in block.lines().filter(|it| *it != "...") {
            match line.strip_prefix("$ ") {
                Some(command) if command.starts_with("cd ") => {
                    place.push(&command["cd ".len()..]);
                    // What all projects have in common is built once.
                    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects");
                    fs::create_dir_all(&shared).expect("a folder");
                    std::os::unix::fs::symlink(shared, place.join("target")).expect("a link");
                }
                Some(command) => {
                    said = run(&place, command);
                    typed += 1;
                }
                None => assert!(said.lines().any(|it| it == line), "{line}\nis not among\n{said}"),
            }
        }
    }
    assert!(typed > 15, "{typed} commands");
    let map = fs::read_to_string(place.join("night-shift.yaml")).expect("it was packaged");
    let map: serde_json::Value = serde_yaml_ng::from_str(&map).expect("YAML");
    assert_eq!(
        map["data"]["policies.yaml"].as_str(),
        fs::read_to_string(place.join("policies.yaml")).ok().as_deref()
    );
}

/// A controller that knows one page; how often it is asked for it.
fn controller(page: &str, times: usize) -> (String, std::thread::JoinHandle<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = format!(
        "HTTP/1.1 200 OK\r\nserver: vpsie-autoscaler/0.1.0\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{page}",
        page.len()
    );
    let serving = std::thread::spawn(move || {
        for _ in 0..times {
            let (mut stream, _) = listener.accept().expect("a caller");
            let mut asked = [0; 4096];
            let read = stream.read(&mut asked).expect("a question");
            assert!(asked[..read].starts_with(b"GET /policies?"));
            stream.write_all(answer.as_bytes()).expect("it listens");
        }
    });
    (url, serving)
}

#[test]
fn the_status_of_a_controller_is_shown() {
    let home = folder("status");
    let page = r#"{
        "active": {"number": 3, "origin": "directory", "digest": "sha256:0123456789abcdef", "proved": true,
            "since": "2026-11-20T10:00:00Z", "policies": [
            {"name": "safety", "version": "0.1.0", "hooks": ["vetoer"], "source": "built-in", "weight": 1,
             "mode": "enforce", "onFault": "ignore", "calls": 12, "faults": 1, "lastFault": {"text": "ouch"}}]},
        "candidate": {"number": 5, "digest": "sha256:55", "stage": "Replayed", "since": "2026-11-20T11:00:00Z",
            "replayed": {"ticks": 20, "verdicts": 400, "changed": 3}},
        "rejected": {"number": 4, "digest": "sha256:44", "stage": "Parsed", "reason": "one\ntwo", "at": "2026-11-20T10:30:00Z"},
        "earlier": [{"number": 1, "digest": "sha256:11"}],
        "quarantine": [{"digest": "sha256:22", "reason": "policy x failed 3 times in a row"}],
        "lastGood": "sha256:0123456789abcdef", "directory": {"path": "/policies", "trouble": "it is empty"},
        "zoneData": "2026e"
    }"#;
    let (url, serving) = controller(page, 2);
    let said = fine(&home.0, &["policy", "status", "--controller", &url]);
    let wanted = "\
generation 3 (0123456789ab) is active since 2026-11-20T10:00:00Z: from the policy directory
trouble: it is empty
candidate 5 (55): Replayed, since 2026-11-20T11:00:00Z; in the last 20 ticks it changes 3 of 400 verdicts
rejected (44) before it was Parsed, at 2026-11-20T10:30:00Z: one; two
quarantine (22): policy x failed 3 times in a row

POLICY  VERSION  HOOKS   SOURCE    MODE                     WEIGHT  CALLS  FAULTS  LAST FAULT
safety  0.1.0    vetoer  built-in  enforce, faults ignored       1     12       1  ouch

can go back to: 1 (11)
survives a restart: 0123456789ab
time zones: 2026e
";
    assert_eq!(said, wanted);
    let json = fine(&home.0, &["policy", "status", "--controller", &url, "-o", "json"]);
    let (one, other): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(&json).expect("JSON"), serde_json::from_str(page).expect("JSON"));
    assert_eq!(one, other);
    serving.join().expect("it was asked as it should be");
    let said = wrong(&home.0, &["policy", "status", "--controller", &url], 1);
    assert!(said.contains("nobody answers at"), "{said}");
}

/// One tick with the shipped policies.
fn note_down(dir: &Path, cluster: &Path) {
    let inputs = objects::gather(&[cluster.to_path_buf()]).expect("objects");
    let world = objects::read(&inputs, Time::parse(NOW).expect("a time")).expect("a world").world;
    let mut memory = Memory::default();
    memory.absorb(&world);
    let set = Set::shipped();
    let recorder = Recorder::of(&set);
    let plan = tick::decide(&world, &memory, &recorder, None).plan;
    let entry = Entry {
        tick: 1,
        world: Arc::new(world),
        memory: Arc::new(memory),
        time_box: None,
        policies: set.lines(),
        generation: 1,
        answered: recorder.answered(),
        plan: Arc::new(plan),
        outcomes: Vec::new(),
    };
    Journal::open(dir, Limits::default()).expect("a journal").append(&entry).expect("it can be written");
}

#[test]
fn what_is_wrong_is_told() {
    let home = folder("wrong");
    let home = home.0.as_path();
    fs::write(home.join("core.wasm"), b"\0asm\x01\0\0\0").expect("a file");
    fs::write(home.join("settings.yaml"), "x: 1").expect("a file");
    let said = wrong(home, &["policy", "check", "core.wasm"], 1);
    assert!(said.contains("core.wasm: it is a core module, and a policy is a component"), "{said}");
    let said = wrong(home, &["policy", "check", "nowhere"], 2);
    assert!(said.contains("nowhere: no such file or folder"), "{said}");
    let said = wrong(home, &["policy", "new", "Night_Shift", "--hook", "scorer"], 2);
    assert!(said.contains("a policy is called like night-shift"), "{said}");
    let said = wrong(home, &["policy", "build", "."], 2);
    assert!(said.contains("has no Cargo.toml"), "{said}");
    let said = wrong(home, &["policy", "inspect", "."], 2);
    assert!(said.contains("is a policy directory; name one of its modules"), "{said}");
    fs::create_dir(home.join("other")).expect("a folder");
    for command in ["check", "test", "package", "bench"] {
        let said = wrong(home, &["policy", command, "other"], 2);
        assert!(said.contains("other: holds no Cargo.toml, as the project of a policy does"), "{said}");
    }
    fs::write(home.join("other/policies.yaml"), "policies: [{name: safety, modul: x.wasm}]").expect("a file");
    let said = wrong(home, &["policy", "package", "other"], 1);
    assert!(said.contains("other cannot be used") && said.contains("modul"), "{said}");
    fs::write(home.join("other/policies.yaml"), "  # indented\npolicies: []\n").expect("a file");
    let map: serde_json::Value =
        serde_yaml_ng::from_str(&fine(home, &["policy", "package", "other"])).expect("YAML");
    assert_eq!(map["data"]["policies.yaml"], "  # indented\npolicies: []\n");
    assert_eq!(map.get("binaryData"), None);
    let said = wrong(home, &["policy", "new", "x", "--hook", "nothing"], 2);
    assert!(said.contains("scorer"), "{said}");
}

/// Where a process may have little address space, instances are made one by one, and nothing else changes.
#[test]
fn without_a_pool_the_same_is_decided() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let said = |kib: &str, arguments: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -v {kib} && exec \"$0\" {arguments}")]);
        command.arg(env!("CARGO_BIN_EXE_vpsie-autoscaler")).current_dir(&root);
        let output = command.output().expect("a shell");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let (short, plenty) = ("16777216", "unlimited");
    assert!(said(plenty, "policy doctor").contains("instances come from a pool"));
    assert!(said(short, "policy doctor").contains("instances are made one by one"));
    let plan = format!("plan -f examples/cluster.yaml --now {NOW} -o json");
    assert_eq!(said(short, &plan), said(plenty, &plan));
}
