//! What cannot be read, said so that a person finds it: file, document, object, field, what stood
//! there and what was expected.

use crate::nearest::{distance, nearest};
use serde::de::{self, Expected, Unexpected};
use std::fmt;

/// The first thing in the input that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    pub file: Box<str>,
    /// From 1; none where the file is one document.
    pub document: Option<usize>,
    /// Position in a list, from 0.
    pub item: Option<usize>,
    /// Kind and name, `Pod web/a-0`, as far as they are known.
    pub object: Option<Box<str>>,
    /// The field, as a JSON path; empty where the object as a whole is meant.
    pub path: Box<str>,
    /// What is wrong with it.
    pub problem: Box<str>,
}

impl std::error::Error for ReadError {}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.file)?;
        if let Some(document) = self.document {
            write!(out, "document {document}: ")?;
        }
        if let Some(item) = self.item {
            write!(out, "items[{item}]: ")?;
        }
        if let Some(object) = &self.object {
            write!(out, "{object}: ")?;
        }
        if !self.path.is_empty() {
            write!(out, "{}: ", self.path)?;
        }
        out.write_str(&self.problem)
    }
}

/// What is wrong inside one object; where the object stands is added later.
#[derive(Debug)]
pub struct Fault {
    path: String,
    found: Option<String>,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Expected(String),
    Said(String),
}

const SHOWN_CHARS_MAX: usize = 80;

impl Fault {
    pub fn at(path: impl Into<String>, problem: impl Into<String>) -> Fault {
        Fault { path: path.into(), found: None, problem: Problem::Said(problem.into()) }
    }

    /// A value that is not what it should be.
    pub fn not(path: impl Into<String>, found: &str, expected: &str) -> Fault {
        let found = serde_json::Value::from(found).to_string();
        Fault { path: path.into(), found: Some(shown(&found)), problem: Problem::Expected(expected.into()) }
    }

    pub fn missing(path: &str) -> Fault {
        Fault::at(path, "is missing")
    }

    /// The same fault, seen from one level further out.
    #[must_use]
    pub fn within_field(mut self, field: &str) -> Fault {
        let plain = (1..=SHOWN_CHARS_MAX).contains(&field.len())
            && field.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'));
        let step = if plain { field.to_string() } else { format!("[{:?}]", shown(field)) };
        self.path = join(&step, &self.path);
        self
    }

    #[must_use]
    pub fn within_index(mut self, index: usize) -> Fault {
        self.path = join(&format!("[{index}]"), &self.path);
        self
    }

    /// What stood there; the innermost value counts.
    #[must_use]
    pub fn found(mut self, json: &str) -> Fault {
        self.found.get_or_insert_with(|| shown(json));
        self
    }

    pub fn into_parts(self) -> (String, String) {
        let problem = match (self.problem, self.found) {
            (Problem::Said(said), _) => said,
            (Problem::Expected(expected), Some(found)) => format!("{found} is not {expected}"),
            (Problem::Expected(expected), None) => format!("is not {expected}"),
        };
        (self.path, problem)
    }
}

/// As much of a text as fits into one line of a message.
pub fn shown(text: &str) -> String {
    let mut shown: String =
        text.chars().take(SHOWN_CHARS_MAX).map(|it| if it.is_control() { ' ' } else { it }).collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

fn join(outer: &str, inner: &str) -> String {
    let dot = if inner.is_empty() || inner.starts_with('[') { "" } else { "." };
    format!("{outer}{dot}{inner}")
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self:?}")
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Fault {
        let said = error.to_string();
        // The line would be one of the object's own text, which stands somewhere in a file.
        Fault::at("", said.rsplit_once(" at line ").map_or(&*said, |it| it.0))
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(said: T) -> Fault {
        Fault::at("", said.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Fault {
        Fault { path: String::new(), found: None, problem: Problem::Expected(expected.to_string()) }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Fault {
        Fault::invalid_type(found, expected)
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Fault {
        let problem = match meant(field, known) {
            Some(near) => format!("there is no such field; did you mean {near}?"),
            None => "there is no such field".to_string(),
        };
        Fault::at("", problem).within_field(field)
    }

    fn missing_field(field: &'static str) -> Fault {
        Fault::missing(field)
    }

    fn duplicate_field(field: &'static str) -> Fault {
        Fault::at(field, "stands there twice")
    }
}

/// The field that was probably meant: one that begins like it, or like whose beginning it is, else
/// one that differs in less than half of its letters.
fn meant(field: &str, known: &[&'static str]) -> Option<&'static str> {
    let field = shown(field).to_lowercase();
    let lower: Vec<String> = known.iter().map(|it| it.to_lowercase()).collect();
    let begins = |it: &&String| !field.is_empty() && (it.starts_with(&field) || field.starts_with(&***it));
    let mut near = nearest(&field, lower.iter().filter(begins).map(String::as_str), 1);
    if near.is_empty() {
        near = nearest(&field, lower.iter().map(String::as_str), 1);
        let letters: Vec<char> = field.chars().collect();
        near.retain(|it| distance(&letters, it) * 2 < letters.len());
    }
    known.iter().zip(&lower).find(|(_, lower)| near.first() == Some(&lower.as_str())).map(|it| *it.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_field_that_was_meant() {
        let known = ["minAgeSeconds", "minCores", "maxDrains", "enabled", "unreadyNodes", "unreadySeconds"];
        for (field, expect) in [
            ("minAge", "minAgeSeconds"),
            ("mincores", "minCores"),
            ("enable", "enabled"),
            ("enabledNow", "enabled"),
            ("maxDrain", "maxDrains"),
            ("unreadyNode", "unreadyNodes"),
            ("unreadySecs", "unreadySeconds"),
        ] {
            assert_eq!(meant(field, &known), Some(expect), "{field}");
        }
        assert_eq!(meant("x", &[]), None);
        assert_eq!(meant("userData", &known), None);
    }

    #[test]
    fn paths_join_as_people_write_them() {
        let fault = Fault::at("", "x").within_field("cpu").within_field("requests");
        let fault = fault.within_index(3).within_field("containers");
        assert_eq!(fault.into_parts().0, "containers[3].requests.cpu");
        let fault = Fault::at("", "x").within_field("a/b").within_field("labels");
        assert_eq!(fault.into_parts().0, r#"labels["a/b"]"#);
    }
}
