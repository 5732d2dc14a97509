//! The project's own cases for `plan`, as data: files of short lines in `tests/cases`, which this
//! module turns into Kubernetes objects, decides, and compares with what they expect.
//!
//! A case says what it is about and nothing else; what it does not speak of is ordinary. The
//! language is described in `tests/cases/README.md`. A word that nobody knows is a mistake of the
//! case, with its file and line: a misspelt case must not pass.
//!
//! ```text
//! text     lines, sections, tables          -> Case
//! script   what was said of each thing       -> Script
//! cluster  things                            -> objects, policy settings
//! run      objects, settings                 -> the plan that `plan -o json` prints
//! expect   the plan against what is expected -> what is wrong, in words
//! ```

mod cluster;
mod expect;
mod quantity;
mod run;
mod script;
mod text;
mod time;
mod words;

use std::fmt;
use std::path::{Path, PathBuf};

pub use cluster::Input;
pub use expect::as_list;

use expect::Expect;
use script::Script;
use text::Case;

/// Something in a file of cases that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub line: usize,
    pub text: String,
}

impl Mistake {
    fn at(line: usize, text: impl Into<String>) -> Mistake {
        Mistake { line, text: text.into() }
    }
}

/// What came of some files.
#[derive(Debug, Default)]
pub struct Report {
    pub cases: usize,
    pub files: usize,
    /// A paragraph each: where, which case, what is wrong.
    pub failures: Vec<String>,
    /// Cases that are not settled yet: they run, but do not count as failed.
    pub todo: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for it in &self.todo {
            writeln!(out, "todo {it}")?;
        }
        for it in &self.failures {
            writeln!(out, "{it}")?;
        }
        let (failed, todo) = (self.failures.len(), self.todo.len());
        write!(out, "{} cases in {} files, {failed} failed, {todo} to do", self.cases, self.files)
    }
}

/// All files of a folder, by name.
#[must_use]
pub fn run_folder(folder: &Path) -> Report {
    let mut report = Report::default();
    for file in files(folder) {
        let text = std::fs::read_to_string(&file).expect("a file of cases can be read");
        let name = file.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
        run_text(&name, &text, &mut report);
    }
    report
}

#[must_use]
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder of cases can be read");
    let mut files: Vec<PathBuf> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
    files.retain(|it| it.extension().is_some_and(|it| it == "txt"));
    files.sort();
    files
}

/// The cases of one file; `name` stands in messages.
pub fn run_text(name: &str, text: &str, report: &mut Report) {
    report.files += 1;
    let cases = match text::read(text) {
        Ok(cases) => cases,
        Err(mistake) => {
            report.failures.push(format!("{name}:{}: {}", mistake.line, mistake.text));
            return;
        }
    };
    for case in cases {
        report.cases += 1;
        let heading = format!("{name}:{} {}", case.line, case.title);
        let wrong = judge(&case).unwrap_or_else(|it| vec![format!("line {}: {}", it.line, it.text)]);
        match &case.todo {
            None if wrong.is_empty() => {}
            Some(why) if !wrong.is_empty() => {
                report.todo.push(format!("{heading}\n    {why}\n    {}", wrong.join("\n    ")));
            }
            None => report.failures.push(format!("{heading}\n    {}", wrong.join("\n    "))),
            Some(why) => {
                report.failures.push(format!("{heading}\n    is settled, and still says: todo {why}"));
            }
        }
    }
}

/// What is wrong with what is decided in a case.
fn judge(case: &Case) -> Result<Vec<String>, Mistake> {
    let script = Script::of(case)?;
    let input = Input::of(&script)?;
    if script.expects.is_empty() {
        return Err(Mistake::at(case.line, "a case expects something"));
    }
    let expect = Expect::of(&script)?;
    let outcome = run::run(&input);
    let mut wrong = expect.check(&input, &outcome);
    // The order in which objects come is no part of the input.
    let mut turned = input;
    turned.objects.reverse();
    if outcome.plan.is_ok() && run::run(&turned).plan != outcome.plan {
        wrong.push("another plan for the same objects in another order".to_string());
    }
    Ok(wrong)
}

/// The case that stands at a line of a file, as it is given to `plan`; for a person who looks into it.
pub fn find(text: &str, line: usize) -> Result<(String, Input), Mistake> {
    let cases = text::read(text)?;
    let case = cases.into_iter().rfind(|it| it.line <= line);
    let case = case.ok_or_else(|| Mistake::at(line, "no case stands there"))?;
    let input = Input::of(&Script::of(&case)?)?;
    Ok((case.title, input))
}
