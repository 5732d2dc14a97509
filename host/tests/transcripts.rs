//! The program as people meet it: commands and what they print, in `transcripts/*.txt`.
//!
//! ```text
//! $ vpsie-autoscaler plan -f examples/cluster.yaml      run in the root of the repository
//! $ vpsie-autoscaler plan -f - < some/file.yaml         with a file on standard input
//! ...                                                   standard output
//! [stderr]                                              standard error, where there is any
//! [exit 2]                                              the exit status, where it is not 0
//! ```
//!
//! Lines that begin with `#` are for the reader. `UPDATE_EXPECT=1` writes down what is printed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_vpsie-autoscaler");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is below the root").to_path_buf()
}

/// Runs a line as a shell would that knows blanks and `<`.
fn run(line: &str) -> Output {
    let (words, input) = line.split_once(" < ").map_or((line, None), |it| (it.0, Some(it.1.trim())));
    let mut words = words.split_whitespace();
    assert_eq!(words.next(), Some("vpsie-autoscaler"), "{line}");
    let input = input.map_or_else(Stdio::null, |it| File::open(root().join(it)).expect(it).into());
    let mut command = Command::new(PROGRAM);
    command.args(words).current_dir(root()).stdin(input).env_clear();
    command.output().expect("the program starts")
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let mut said = text(&output.stdout);
    if !output.stderr.is_empty() {
        said += &format!("[stderr]\n{}", text(&output.stderr));
    }
    match output.status.code() {
        Some(0) => {}
        code => said += &format!("[exit {}]\n", code.expect("it ends by itself")),
    }
    without_digests(&said)
}

/// Which modules are built in differs from one change of a policy to the next.
fn without_digests(text: &str) -> String {
    const DIGITS: usize = 64;
    let mut parts = text.split("sha256:");
    let mut whole = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        whole += "sha256:";
        whole += if digits == DIGITS { "..." } else { &part[..digits] };
        whole += &part[digits..];
    }
    whole
}

#[test]
fn transcripts() {
    let mut wrong = Vec::new();
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("host/tests/transcripts"))
        .expect("there are transcripts")
        .map(|it| it.expect("an entry").path())
        .collect();
    files.sort();
    for path in files {
        let expect = fs::read_to_string(&path).expect("it can be read");
        let mut got = String::new();
        for line in expect.lines().filter(|it| it.starts_with(['#', '$']) || it.is_empty()) {
            let Some(command) = line.strip_prefix("$ ") else {
                // What is printed has empty lines too; only those between commands are kept.
                if line.starts_with('#') {
                    got += &format!("{line}\n");
                }
                continue;
            };
            let (first, second) = (run(command), run(command));
            assert_eq!(first.stdout, second.stdout, "{command}: two runs print two things");
            got += &format!("{line}\n{}\n", said(&first));
        }
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&path, &got).expect("it can be written");
        } else if got != expect {
            wrong.push(format!("{}:\n{}", path.display(), difference(&expect, &got)));
        }
    }
    assert!(wrong.is_empty(), "UPDATE_EXPECT=1 writes what is printed now\n{}", wrong.join("\n"));
}

fn difference(expect: &str, got: &str) -> String {
    let same = expect.lines().zip(got.lines()).take_while(|it| it.0 == it.1).count();
    let some = |text: &str| text.lines().skip(same).take(3).collect::<Vec<_>>().join("\n");
    format!("line {}, expected:\n{}\nprinted:\n{}", same + 1, some(expect), some(got))
}

#[test]
fn yaml_says_what_json_says() {
    for file in ["examples/cluster.yaml", "examples/measured.yaml"] {
        for more in ["", " --explain web-7", " --explain quiet"] {
            let line = format!("vpsie-autoscaler plan -f {file} --now 2026-11-20T10:00:00Z{more}");
            let (json, yaml) = (run(&format!("{line} -o json")), run(&format!("{line} -o yaml")));
            if !json.status.success() {
                continue; // the other file's node
            }
            let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
            let yaml: serde_json::Value = serde_yaml_ng::from_slice(&yaml.stdout).expect("YAML");
            assert_eq!(json, yaml, "{line}");
        }
    }
}

#[test]
fn timings_are_told_only_when_asked() {
    let line = "vpsie-autoscaler plan -f examples/cluster.yaml --now 2026-11-20T10:00:00Z -o json";
    let read = |line: &str| -> serde_json::Value { serde_json::from_slice(&run(line).stdout).expect("JSON") };
    let (mut with, without) = (read(&format!("{line} --timings")), read(line));
    let timings = with.as_object_mut().and_then(|it| it.remove("timings")).expect("timings");
    assert_eq!(with, without);
    for name in ["read", "world", "policies", "decide"] {
        assert!(timings[name].is_number(), "{name}: {timings}");
    }
}
