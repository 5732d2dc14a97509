//! `#[derive(Settings)]`: from a struct to how its settings are read and what their JSON Schema says.

mod bounds;
mod field;
mod json;
mod schema;
mod settings;
mod words;

use proc_macro::TokenStream;
use syn::{Data, DeriveInput, Error, parse_macro_input};

/// Reads the settings of a policy, or the words of one of them.
///
/// On a struct: each field is a setting, `camelCase` of its name. Its doc comment is the description in the
/// JSON Schema. `#[setting(...)]` takes `default = ...`, `range = a..=b` for whole numbers, and `name = "..."`
/// where the setting is called otherwise. Fields are whole numbers, `bool`, `String`, enums of words, and
/// `Option` and `Vec` of them, which need no default.
///
/// On an enum without data: each variant is a word, `kebab-case` of its name. It has to be `Copy`.
#[proc_macro_derive(Settings, attributes(setting))]
pub fn settings(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derived(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn derived(input: &DeriveInput) -> Result<proc_macro2::TokenStream, Error> {
    match &input.data {
        Data::Struct(data) => settings::of(input, data),
        Data::Enum(data) => words::of(input, data),
        Data::Union(_) => Err(Error::new_spanned(&input.ident, "settings are a struct or an enum of words")),
    }
}

#[cfg(test)]
mod tests;
