//! What `#[derive(Settings)]` makes.

use super::Object;

/// The settings of a policy as a struct; see the derive macro of this name.
pub trait Settings: Sized {
    /// JSON Schema.
    const SCHEMA: &'static str;

    fn read(object: &mut Object<'_>) -> Self;
}

/// A setting that is one of some words, as an enum; see the derive macro [`Settings`].
pub trait Words: Copy + 'static {
    const WORDS: &'static [(&'static str, Self)];
    /// Of one value, without its braces.
    const SCHEMA: &'static str;
}

/// How long some texts are together.
#[doc(hidden)]
pub const fn length(parts: &[&str]) -> usize {
    let (mut length, mut part) = (0, 0);
    while part < parts.len() {
        length += parts[part].len();
        part += 1;
    }
    length
}

/// Some texts as one, which is as long as [`length`] says.
#[doc(hidden)]
pub const fn joined<const LENGTH: usize>(parts: &[&str]) -> [u8; LENGTH] {
    let mut whole = [0; LENGTH];
    let (mut end, mut part) = (0, 0);
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            whole[end] = bytes[at];
            end += 1;
            at += 1;
        }
        part += 1;
    }
    whole
}
