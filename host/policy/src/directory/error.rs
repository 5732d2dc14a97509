//! Why a policy directory cannot be used.

use super::FILE;
use policy_sdk::records::Diagnostic;
use std::fmt;
use std::io;
use std::path::Path;

/// Everything that is wrong, each a line that names the file and the place in it.
#[derive(Debug)]
pub struct LoadError {
    problems: Vec<String>,
    source: Option<io::Error>,
}

impl LoadError {
    pub(super) fn of_dir(dir: &Path, source: io::Error) -> LoadError {
        let problems = vec![format!("policy directory {} cannot be read", dir.display())];
        LoadError { problems, source: Some(source) }
    }

    pub(super) fn one(problem: String) -> LoadError {
        LoadError::all(vec![problem])
    }

    pub(super) fn all(problems: Vec<String>) -> LoadError {
        LoadError { problems, source: None }
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
