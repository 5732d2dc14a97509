//! Texts one after the other.

/// What [`join`](slice::join) makes, of whatever gives texts and at a tenth of the weight.
///
/// ```
/// assert_eq!(policy_sdk::joined(["a", "b", "c"], ", "), "a, b, c");
/// ```
pub fn joined<'t>(texts: impl IntoIterator<Item = &'t str>, between: &str) -> String {
    let mut joined = String::new();
    for (position, text) in texts.into_iter().enumerate() {
        if position > 0 {
            joined.push_str(between);
        }
        joined.push_str(text);
    }
    joined
}
