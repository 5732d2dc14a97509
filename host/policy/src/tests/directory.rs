//! Policy directories, good and bad.

use super::{Cluster, decide, verdict};
use crate::Set;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory that goes with its test.
struct Dir(PathBuf);

impl Dir {
    fn new(files: &[(&str, &[u8])]) -> Dir {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("policies-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory for the test");
        for (name, bytes) in files {
            fs::write(path.join(name), bytes).expect("a file for the test");
        }
        Dir(path)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the directory of the test");
    }
}

fn load(files: &[(&str, &[u8])]) -> Result<Set, String> {
    let dir = Dir::new(files);
    Set::load(&dir.0).map_err(|it| it.to_string())
}

fn yaml(text: &str) -> Result<Set, String> {
    load(&[("policies.yaml", text.as_bytes())])
}

fn names(set: &Set) -> Vec<String> {
    set.lines().iter().map(|it| it.name.to_string()).collect()
}

#[test]
fn the_order_of_the_file_then_what_it_does_not_name() {
    let rows = [
        ("", ["schedule", "safety", "priority"]),
        ("policies:", ["schedule", "safety", "priority"]),
        ("policies: []", ["schedule", "safety", "priority"]),
        ("# nothing\n---\n", ["schedule", "safety", "priority"]),
        ("policies: [{name: priority}]", ["priority", "schedule", "safety"]),
        ("policies: [{name: safety, settings: null}, {name: schedule}]", ["safety", "schedule", "priority"]),
        (
            r#"{"policies": [{"name": "priority"}, {"name": "schedule"}, {"name": "safety"}]}"#,
            ["priority", "schedule", "safety"],
        ),
    ];
    for (text, order) in rows {
        assert_eq!(names(&yaml(text).expect(text)), order, "{text}");
    }
    assert_eq!(names(&load(&[]).expect("an empty directory")), ["schedule", "safety", "priority"]);
    assert_eq!(names(&load(&[("README.md", b"x")]).expect("other files")), names(&Set::shipped()));
}

#[test]
fn settings_reach_the_policy() {
    let bare = Cluster::new()
        .node("n", 8)
        .node("m", 8)
        .pod_with("web/bare", "n", 100, |_, pod, _| pod.owner = None)
        .pod("web/x", "m", 5_000)
        .world();
    let rows = [
        ("", "Vetoed safety not-replicated"),
        ("policies: [{name: safety, settings: {bare: allow}}]", "Remove"),
        ("policies: [{name: safety, mode: shadow}]", "Remove"),
        ("policies: [{name: schedule, settings: {mode: disabled}}]", "ScaleDownDisabled"),
        (
            "policies: [{name: schedule, settings: {mode: disabled}, mode: shadow}]",
            "Vetoed safety not-replicated",
        ),
        ("policies:\n- name: schedule\n  settings:\n    allow:\n    - {days: Sat}\n", "OutsideWindow"),
        (
            "policies:\n- name: schedule\n  settings:\n    zone: Pacific/Auckland\n    freeze: &f\n    - {days: [Fri], from: '22:00', to: '24:00'}\n    allow: *f\n",
            "OutsideWindow",
        ),
    ];
    for (text, wanted) in rows {
        let set = yaml(text).unwrap_or_else(|it| panic!("{text}: {it}"));
        assert_eq!(verdict(&decide(&bare, &set).plan, "n"), wanted, "{text}");
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    let rows = [
        (
            "policies: [{name: schedule, settings: {windows: [{modes: balanced, from: '09:00'}]}}]",
            "policies.yaml: policy schedule: /windows/0: needs mode or removals, or both\n\
             policies.yaml: policy schedule: /windows/0/modes: unknown setting; did you mean \"mode\"?",
        ),
        (
            "policies: [{name: safety, settings: {headroomPercent: plenty}}, {name: priority, settings: {pod: -1}}]",
            "policies.yaml: policy safety: /headroomPercent: found \"plenty\", expected a whole number from 0 to 10000\n\
             policies.yaml: policy priority: /pod: found -1, expected a whole number from 0 to 1000000",
        ),
        (
            "policies: [{name: safety, settings: [1]}]",
            "policies.yaml: policy safety: found a list, expected an object",
        ),
        (
            "policies: [{name: schedule, settings: {zone: europe/berlin}}]",
            "policies.yaml: policy schedule: /zone: found \"europe/berlin\", expected the name of a time zone, such as Europe/Berlin",
        ),
        (
            "policies: [{name: saftey}]",
            "policies.yaml: policy \"saftey\": no built-in policy (schedule, safety, priority) and no module; did you mean \"safety\"?",
        ),
        (
            "policies: [{name: mine}]",
            "policies.yaml: policy \"mine\": no built-in policy (schedule, safety, priority) and no module",
        ),
        ("policies: [{name: safety}, {name: safety}]", "policies.yaml: policy safety: stands there twice"),
        (
            "policies: [{name: night-shift, module: night-shift.wasm, limits: {millis: 5}}]",
            "policy night-shift: module \"night-shift.wasm\": no such file in the directory",
        ),
        (
            "policies: [{name: night-shift, module: ../night-shift.wasm}]",
            "policies.yaml: policy night-shift: module \"../night-shift.wasm\": must be the name of a file in this directory",
        ),
        (
            "policies: [{name: safety, digest: 'sha256:0', limits: {millis: 5000, fuel: 1}}]",
            "policies.yaml: /policies/0/digest: expected sha256: and 64 hexadecimal digits\n\
             policies.yaml: /policies/0/limits/millis: found 5000, expected a whole number from 1 to 2000\n\
             policies.yaml: /policies/0/limits/fuel: unknown setting; known are fuelPerNode, memoryMiB, millis",
        ),
        (
            "policies: [{name: safety, wieght: 2}]",
            "policies.yaml: /policies/0/wieght: unknown setting; did you mean \"weight\"?",
        ),
        (
            "policies: [{name: safety, weight: 1.5, mode: off, onFault: 1}]",
            "policies.yaml: /policies/0/weight: found 1.5, expected a whole number from 0 to 1000\n\
             policies.yaml: /policies/0/mode: found \"off\", expected one of enforce, shadow\n\
             policies.yaml: /policies/0/onFault: found 1, expected one of keep, ignore",
        ),
        ("policies: [{weight: 2}]", "policies.yaml: /policies/0: needs a name"),
        ("policies: [safety]", "policies.yaml: /policies/0: found \"safety\", expected an object"),
        ("policies: {name: safety}", "policies.yaml: /policies: found an object, expected a list"),
        ("policy: []", "policies.yaml: /policy: unknown setting; known are policies"),
        ("[]", "policies.yaml: found a list, expected an object"),
        ("safety", "policies.yaml: found \"safety\", expected an object"),
        ("policies: []\n---\npolicies: []", "policies.yaml: holds more than one document"),
    ];
    for (text, wanted) in rows {
        assert_eq!(yaml(text).expect_err(text), wanted, "{text}");
    }
}

#[test]
fn yaml_has_pits() {
    let setting = |text: &str| yaml(&format!("policies: [{{name: safety, settings: {text}}}]"));
    let rows = [
        ("{headroomPercent: 1e2}", "/headroomPercent: found 100.0, expected a whole number"),
        ("{headroomPercent: '120'}", "/headroomPercent: found \"120\", expected a whole number"),
        ("{headroomPercent: yes}", "/headroomPercent: found \"yes\", expected a whole number"),
        ("{headroomPercent: true}", "/headroomPercent: found true, expected a whole number"),
        ("{headroomPercent: 99999999999999999999}", "found 99999999999999999999, expected a whole number"),
        ("{headroomPercent: 18446744073709551615}", "found 18446744073709551615, expected a whole number"),
        ("{headroomPercent: -99999999999999999999999999999999999999999}", "expected a whole number"),
        ("{headroomPercent: .inf}", "inf is no number here"),
        ("{headroomPercent: .nan}", "NaN is no number here"),
        ("{headroomPercent: !!str 5}", "expected a whole number"),
        ("{headroomPercent: !mine 5}", "tags (as in !this) have no meaning here"),
        ("{1: 2}", "a key must be a text, found the number 1 (put it in quotation marks)"),
        ("{true: 2}", "a key must be a text, found true (put it in quotation marks)"),
        ("{~: 2}", "a key must be a text, found nothing"),
        ("{[a]: 2}", "a key must be a text, found a list"),
        ("{bare: keep, bare: allow}", "the key \"bare\" stands there twice"),
        ("{bare: *nobody}", "unknown anchor"),
        ("{bare: keep", "policies.yaml: "),
        ("{<<: {bare: keep}}", "/<<: unknown setting"),
        ("\"\0\"", "policies.yaml: "),
    ];
    for (text, wanted) in rows {
        let told = setting(text).expect_err(text);
        assert!(told.starts_with("policies.yaml: ") && told.contains(wanted), "{text}: {told}");
    }
    for text in ["{headroomPercent: 0x78}", "{headroomPercent: 0}", "{bare: ~}", "{}", "", "{bare: \"keep\"}"]
    {
        assert!(setting(text).is_ok(), "{text}");
    }
}

#[test]
fn a_text_that_stands_for_too_much_is_refused() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for step in 1..10 {
        let last = format!("*a{}", step - 1);
        laughs += &format!("a{step}: &a{step} [{}]\n", [last.as_str(); 10].join(", "));
    }
    let deep = format!("policies: {}{}", "[".repeat(100), "]".repeat(100));
    let deeper = "[".repeat(100_000);
    let long = format!("policies: []\n#{}", "x".repeat(1 << 20));
    let many = format!("policies: [{}]", "0,".repeat(60_000));
    let rows = [
        (laughs, "stands for too much, with all its aliases"),
        (deep, "is nested more than 32 deep"),
        (deeper, "policies.yaml: "),
        (long, "policies.yaml: cannot be read: it is larger than 1048576 bytes"),
        (many, "stands for too much, with all its aliases"),
    ];
    for (text, wanted) in rows {
        let told = yaml(&text).expect_err("too much");
        assert!(told.contains(wanted), "{}: {told}", &text[..40]);
    }
}

#[test]
fn files_that_nothing_reads_are_refused() {
    let rows: [(&[(&str, &[u8])], &str); 5] = [
        (
            &[("night-shift.wasm", b"\0asm\x01\0\0\0")],
            "policy night-shift: module night-shift.wasm: it is a core module, and a policy is a component; `policy \
             build` makes one of a policy's source (cargo alone leaves the core module)",
        ),
        (
            &[("b.wasm", b""), ("a.wasm", b""), ("policies.yaml", b"policies: [{name: safety}]")],
            "a.wasm: no policy of policies.yaml names this module (module: a.wasm)\n\
             b.wasm: no policy of policies.yaml names this module (module: b.wasm)",
        ),
        (
            &[("policies.yml", b"policies: []")],
            "policies.yml: is not read; the file must be called policies.yaml",
        ),
        (&[("policies.json", b"{}")], "policies.json: is not read; the file must be called policies.yaml"),
        (&[("policies.yaml", b"\xff\xfe")], "policies.yaml: cannot be read: it is not UTF-8"),
    ];
    for (files, wanted) in rows {
        assert_eq!(load(files).expect_err(wanted), wanted);
    }
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let error = Set::load(Path::new("/no/such/directory")).expect_err("nothing there");
    assert_eq!(error.to_string(), "policy directory /no/such/directory cannot be read");
    assert!(std::error::Error::source(&error).is_some());

    let dir = Dir::new(&[]);
    fs::create_dir(dir.0.join("policies.yaml")).expect("a directory for the test");
    let error = Set::load(&dir.0).expect_err("a directory in place of the file");
    assert!(error.to_string().starts_with("policies.yaml: cannot be read: "), "{error}");
}

#[test]
fn lines_tell_which_policies_decide() {
    let set = Set::shipped();
    let lines = set.lines();
    let hooks = |it: &crate::Line| it.hooks.join(" + ");
    let told: Vec<(&str, String, &str)> =
        lines.iter().map(|it| (&*it.name, hooks(it), &*it.source)).collect();
    assert_eq!(
        told,
        [
            ("schedule", "windows + vetoer".to_owned(), "built-in"),
            ("safety", "vetoer".to_owned(), "built-in"),
            ("priority", "scorer".to_owned(), "built-in"),
        ]
    );
    for line in &lines {
        let hex = line.digest.strip_prefix("sha256:").expect("a digest");
        assert!(hex.len() == 64 && hex.bytes().all(|it| it.is_ascii_hexdigit()), "{hex}");
        assert!(!line.version.is_empty());
    }
    assert_eq!(lines, load(&[]).expect("an empty directory").lines(), "defaults are defaults");
    let other =
        yaml("policies: [{name: schedule}, {name: safety, settings: {minReplicas: 2}}]").expect("good");
    assert_eq!(other.lines()[0], lines[0]);
    assert_eq!(other.lines()[1].digest, lines[1].digest, "the digest is the module's, whatever it is told");
}
