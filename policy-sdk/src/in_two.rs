//! A text in two.

/// What [`split_once`](str::split_once) makes. It stands in a component once, however often it is called,
/// and brings no search that is quick in long texts.
///
/// ```
/// assert_eq!(policy_sdk::in_two("22:00-06:00", '-'), Some(("22:00", "06:00")));
/// ```
#[inline(never)]
#[expect(
    clippy::manual_pattern_char_comparison,
    reason = "a plain char brings the quick search, which weighs more"
)]
pub fn in_two(text: &str, at: char) -> Option<(&str, &str)> {
    text.split_once(|letter| letter == at)
}
