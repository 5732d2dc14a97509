//! Small words: counts, instants, and the texts of others made fit for a line.

use crate::time::{Time, said};

/// How much of a text of others is quoted.
const QUOTED_CHARS: usize = 80;

/// `1 node`, `2 nodes`.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// An instant, and how far off it is: `2026-11-20T17:00:00Z (in 7 h)`.
#[must_use]
pub fn when(at: Time, now: Time) -> String {
    match at.since(now) {
        0 => format!("{at} (now)"),
        ahead if ahead > 0 => format!("{at} (in {})", said(ahead)),
        past => format!("{at} ({} ago)", said(past.saturating_neg())),
    }
}

/// A text of others as it stands, in quotes; what is long is cut, what is invisible is shown.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => format!("{:?}", format!("{}...", &text[..end])),
        None => format!("{text:?}"),
    }
}

/// A text of others as part of a line: one line, without the stop at its end.
pub fn phrase(text: &str) -> String {
    let words: Vec<&str> = text.split(|it: char| it.is_whitespace() || it.is_control()).collect();
    let words: Vec<&str> = words.into_iter().filter(|it| !it.is_empty()).collect();
    words.join(" ").trim_end_matches(['.', ' ']).to_string()
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(items: &[impl AsRef<str>]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_string(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}
