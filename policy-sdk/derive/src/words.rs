//! An enum of words.

use crate::json::quoted;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataEnum, DeriveInput, Error};

pub(crate) fn of(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream, Error> {
    if let Some(full) = data.variants.iter().find(|it| !it.fields.is_empty()) {
        return Err(Error::new_spanned(full, "a word has no data"));
    }
    let name = &input.ident;
    let variants: Vec<_> = data.variants.iter().map(|it| &it.ident).collect();
    let words: Vec<String> = variants.iter().map(|it| kebab_case(&it.to_string())).collect();
    let listed: Vec<String> = words.iter().map(|it| quoted(it)).collect();
    let schema = format!("\"enum\":[{}]", listed.join(","));
    Ok(quote! {
        impl ::policy_sdk::settings::Words for #name {
            const WORDS: &'static [(&'static str, Self)] = &[#((#words, Self::#variants)),*];
            const SCHEMA: &'static str = #schema;
        }
    })
}

/// `CostSaving` is `cost-saving`.
pub(crate) fn kebab_case(name: &str) -> String {
    let mut word = String::new();
    for (position, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && position > 0 {
            word.push('-');
        }
        word.extend(letter.to_lowercase());
    }
    word
}
