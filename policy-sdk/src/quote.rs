//! A user's text inside a message.

/// How much is quoted, in characters: enough to recognise it.
pub(crate) const QUOTED_CHARS: usize = 60;

/// In quotation marks, escaped, and cut where it is long.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => format!("{:?}...", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}
