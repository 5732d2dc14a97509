//! How results look: one document, printed as a table for people or as JSON and YAML for programs.

mod columns;
mod document;
mod explain;
pub mod journal;
mod look;
mod policies;
mod provider;
mod status;
mod table;
mod yaml;

pub use document::{Document, Timings};
pub use look::{Look, tamed, visible};
pub use policies::policies;
pub use provider::{check, list};
pub use status::status;
pub use yaml::yaml;

use crate::args::Output;
use serde::Serialize;
use std::io::{self, ErrorKind, Write};

/// The document with its members in their order, and a line feed at the end.
#[must_use]
pub fn json(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).expect("the document has only plain values") + "\n"
}

/// The document for people; with an explanation in it, just that.
#[must_use]
pub fn table(document: &Document<'_>, look: Look) -> String {
    match document.explain {
        Some(explanation) => explain::page(document, explanation, look),
        None => table::page(document, look),
    }
}

/// A document in the form that was asked for; `table` makes the one for people.
#[must_use]
pub fn formed<T: Serialize>(document: &T, output: Output, table: impl FnOnce(&T) -> String) -> String {
    match output {
        Output::Json => json(document),
        Output::Yaml => yaml(document),
        Output::Table => table(document),
    }
}

/// On standard output. A reader that has seen enough (`| head`) is no failure.
///
/// # Errors
///
/// Where standard output takes no more for another reason.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// A line on standard error.
pub fn complain(kind: &str, text: &str) {
    let lines: Vec<String> = text.lines().map(look::visible).collect();
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{kind}: {}", lines.join("\n  "));
}
