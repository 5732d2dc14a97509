//! Why a policy directory cannot be used.

use super::FILE;
use crate::stage::Stage;
use policy_sdk::records::Diagnostic;
use std::fmt;
use std::io;
use std::path::Path;

/// Everything that is wrong, each a line that names the file and the place in it.
#[derive(Debug)]
pub struct LoadError {
    stage: Stage,
    problems: Vec<String>,
    source: Option<io::Error>,
}

impl LoadError {
    pub(super) fn of_dir(dir: &Path, source: io::Error) -> LoadError {
        let problems = vec![format!("policy directory {} cannot be read", dir.display())];
        LoadError { stage: Stage::Observed, problems, source: Some(source) }
    }

    pub(super) fn one(problem: String) -> LoadError {
        LoadError::all(vec![problem])
    }

    pub(super) fn all(problems: Vec<String>) -> LoadError {
        LoadError { stage: Stage::Parsed, problems, source: None }
    }

    /// The first at which something was wrong.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|it| it as &dyn std::error::Error)
    }
}

/// What is wrong with the entries of a file, as it is found stage by stage.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<(usize, Stage, String)>,
}

impl Problems {
    /// `entry`: its place in the file.
    pub fn add(&mut self, entry: usize, stage: Stage, text: String) {
        self.found.push((entry, stage, text));
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// In the order of the file.
    pub fn into_error(mut self) -> LoadError {
        self.found.sort_by_key(|it| it.0);
        let stage = self.found.iter().map(|it| it.1).min().unwrap_or(Stage::Parsed);
        let problems = self.found.into_iter().map(|it| it.2).collect();
        LoadError { stage, problems, source: None }
    }
}

/// A diagnostic about the file itself.
pub(super) fn in_file(it: &Diagnostic) -> String {
    format!("{FILE}: {}", at(it))
}

/// A diagnostic about the settings of a policy.
pub(super) fn in_settings(policy: &str, it: &Diagnostic) -> String {
    format!("{FILE}: policy {policy}: {}", at(it))
}

pub(crate) fn at(it: &Diagnostic) -> String {
    if it.pointer.is_empty() { it.text.clone() } else { format!("{}: {}", it.pointer, it.text) }
}
