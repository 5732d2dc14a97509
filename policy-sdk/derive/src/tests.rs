//! What an author is told of a struct that cannot be settings.

use crate::derived;

fn told(item: &str) -> String {
    let input = syn::parse_str(item).expect("an item");
    derived(&input).map_or_else(|error| error.to_string(), |_| "can be used".to_owned())
}

#[test]
fn what_cannot_be_settings() {
    let rows = [
        ("struct S { a: bool }", "what counts where it is not given? #[setting(default = ...)]"),
        ("struct S { #[setting(default = 1)] a: bool }", "expected true or false"),
        ("struct S { #[setting(default = true)] a: String }", "expected a text"),
        ("struct S { #[setting(default = \"a\")] a: Word }", "expected a variant"),
        ("struct S { #[setting(default = x)] a: u8 }", "expected a whole number"),
        ("struct S { #[setting(default = 9, range = 0..=8)] a: u8 }", "expected a number in the range"),
        ("struct S { #[setting(default = 9, range = 0..9)] a: u8 }", "expected a range such as 0..=100"),
        ("struct S { #[setting(default = 9, range = 0..=256)] a: u8 }", "expected a range within 0..=255"),
        ("struct S { #[setting(default = 9, range = 9..=0)] a: u8 }", "expected a range within 0..=255"),
        ("struct S { #[setting(default = true, range = 0..=1)] a: bool }", "only whole numbers have a range"),
        (
            "struct S { #[setting(default = 1)] a: Option<u8> }",
            "an Option is None and a Vec empty where it is not given",
        ),
        ("struct S { #[setting(least = 1)] a: u8 }", "expected default, range or name"),
        ("struct S { #[setting(default = 1)] a: (u8, u8) }", "no setting is of this type"),
        ("struct S(u8);", "settings have names: write the fields with theirs"),
        ("struct S<T> { a: Option<T> }", "settings have no parameters"),
        ("enum E { A(u8) }", "a word has no data"),
        ("union U { a: u8 }", "settings are a struct or an enum of words"),
        ("struct S { #[setting(default = 1_000)] a_b: i64, b: Vec<String>, c: Option<Word> }", "can be used"),
        ("enum E { A, BeeSee }", "can be used"),
    ];
    for (item, text) in rows {
        assert_eq!(told(item), text, "{item}");
    }
}
