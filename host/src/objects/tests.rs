//! Inputs as data: what each file of `testdata` says, and what must come of it.
//!
//! A case begins with `=== title`, its input follows as it would stand in a file, and then what is
//! expected: `=> /nodes/0/name "n1"` of the world as JSON, `=> warning ...` or `=> error ...`.
//! A line `@ name` begins another file of the same input. `UPDATE_EXPECT=1 cargo test` writes down
//! what comes; the difference is then to be looked at.

use super::{Input, Read, ReadError, read};
use decide::time::Time;
use decide::world::World;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// 2026-11-20T10:00:00Z
pub(super) const NOW: Time = Time(1_795_168_800);

struct Case {
    title: String,
    input: String,
    expects: Vec<String>,
}

impl Case {
    fn all(text: &str) -> Vec<Case> {
        let mut cases: Vec<Case> = Vec::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("=== ") {
                cases.push(Case { title: title.into(), input: String::new(), expects: Vec::new() });
                continue;
            }
            let case = cases.last_mut().expect("a title comes first");
            match line.strip_prefix("=> ") {
                Some(expect) => case.expects.push(expect.into()),
                None if case.expects.is_empty() => {
                    case.input += line;
                    case.input.push('\n');
                }
                None => assert!(line.is_empty(), "{}: a line after what is expected: {line}", case.title),
            }
        }
        cases
    }

    fn inputs(&self) -> Vec<Input> {
        let mut inputs: Vec<Input> = Vec::new();
        for line in self.input.lines() {
            if let Some(name) = line.strip_prefix("@ ") {
                inputs.push(Input { name: name.into(), bytes: Vec::new() });
                continue;
            }
            if inputs.is_empty() {
                inputs.push(Input { name: "a.yaml".into(), bytes: Vec::new() });
            }
            let bytes = &mut inputs.last_mut().expect("one at least").bytes;
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
        }
        inputs
    }

    /// The lines that should be expected: the same places, what stands there, and all warnings.
    fn comes(&self) -> Vec<String> {
        match read(&self.inputs(), NOW) {
            Err(error) => vec![format!("error {error}")],
            Ok(read) => {
                let world = serde_json::to_value(&read.world).expect("a world is JSON");
                let places = self.expects.iter().filter(|it| it.starts_with('/'));
                let places = places.map(|it| it.split_once(' ').map_or(it.as_str(), |it| it.0));
                let found = |place: &str| world.pointer(place).map_or("nothing".into(), Value::to_string);
                let mut lines: Vec<String> = places.map(|it| format!("{it} {}", found(it))).collect();
                lines.extend(read.warnings.iter().map(|it| format!("warning {it}")));
                lines
            }
        }
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/objects/testdata");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|it| it.expect("it can be listed").path())
        .filter(|it| it.extension().is_some_and(|it| it == "txt"))
        .collect();
    files.sort();
    files
}

/// All inputs of all cases that can be read.
pub(super) fn good_inputs() -> Vec<Vec<Input>> {
    let text = |it: &PathBuf| fs::read_to_string(it).expect("it can be read");
    let cases = files().iter().flat_map(|it| Case::all(&text(it))).collect::<Vec<_>>();
    cases.iter().filter(|it| !it.expects.iter().any(|it| it.starts_with("error"))).map(Case::inputs).collect()
}

#[test]
fn what_comes_is_what_is_expected() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = String::new();
    for file in files() {
        let mut updated = String::new();
        for case in Case::all(&fs::read_to_string(&file).expect("it can be read")) {
            let comes = case.comes();
            if comes != case.expects {
                let (expects, comes) = (case.expects.join("\n  "), comes.join("\n  "));
                let _ = writeln!(
                    wrong,
                    "{}: {}\n expected\n  {expects}\n comes\n  {comes}",
                    file.display(),
                    case.title
                );
            }
            let _ = write!(updated, "=== {}\n{}", case.title, case.input);
            comes.iter().for_each(|it| updated += &format!("=> {it}\n"));
            updated.push('\n');
        }
        if update {
            fs::write(&file, updated).expect("it can be written");
        }
    }
    assert!(update || wrong.is_empty(), "{wrong}");
}

#[test]
fn worlds_survive_being_written_down() {
    for inputs in good_inputs() {
        let Read { world, .. } = read(&inputs, NOW).expect("a good input");
        let json = serde_json::to_string(&world).expect("a world is JSON");
        let back: World = serde_json::from_str(&json).expect("and can be read back");
        assert_eq!(back, world);
    }
}

#[test]
fn errors_can_be_told_apart_by_their_parts() {
    let text = "kind: Pod\napiVersion: v1\nmetadata: {namespace: web, name: a-0}\nspec: {priority: high}";
    let input = Input { name: "-".into(), bytes: format!("---\n---\n{text}").into_bytes() };
    let ReadError { file, document, item, object, path, problem } =
        read(&[input], NOW).expect_err("a bad priority");
    assert_eq!((&*file, document, item, object.as_deref()), ("-", Some(2), None, Some("Pod web/a-0")));
    assert_eq!(
        (&*path, &*problem),
        ("spec.priority", "\"high\" is not a whole number from -2147483648 to 2147483647")
    );
}
