//! The JSON Schema of a struct of settings. What its enums look like is known only where they are derived, so
//! the text is put together by the compiler.

use crate::bounds::Bounds;
use crate::field::{Default, Field, Kind, Shape};
use crate::json::quoted;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

/// A part of the text.
enum Part {
    Text(String),
    /// What an enum of words says of itself.
    Words(Type),
}

pub(crate) fn of(fields: &[Field]) -> TokenStream {
    let title = match std::env::var("CARGO_PKG_NAME") {
        Ok(package) => format!("Settings of the policy {package}"),
        Err(_) => "Settings of a policy".to_owned(),
    };
    let mut parts = vec![Part::Text(format!(
        "{{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":{},\"type\":\"object\",\
         \"additionalProperties\":false,\"properties\":{{",
        quoted(&title)
    ))];
    for (position, field) in fields.iter().enumerate() {
        let comma = if position > 0 { "," } else { "" };
        let mut start = format!("{comma}{}:{{", quoted(&field.name));
        if !field.description.is_empty() {
            start.push_str(&format!("\"description\":{},", quoted(&field.description)));
        }
        parts.push(Part::Text(start));
        match &field.shape {
            Shape::One(default) => {
                parts.push(field.kind.schema());
                parts.push(Part::Text(format!(",\"default\":{}", default.json())));
            }
            Shape::Option => parts.push(field.kind.schema()),
            Shape::Vec => {
                parts.push(Part::Text("\"type\":\"array\",\"default\":[],\"items\":{".to_owned()));
                parts.push(field.kind.schema());
                parts.push(Part::Text("}".to_owned()));
            }
        }
        parts.push(Part::Text("}".to_owned()));
    }
    parts.push(Part::Text("}}".to_owned()));
    let parts = parts.iter().map(|part| match part {
        Part::Text(text) => quote!(#text),
        Part::Words(ty) => quote!(<#ty as ::policy_sdk::settings::Words>::SCHEMA),
    });
    quote! {{
        const PARTS: &[&str] = &[#(#parts),*];
        const BYTES: [u8; ::policy_sdk::settings::length(PARTS)] = ::policy_sdk::settings::joined(PARTS);
        match ::core::str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => "",
        }
    }}
}

impl Kind {
    fn schema(&self) -> Part {
        Part::Text(match self {
            Kind::Whole(_, Bounds { least, most }) => {
                format!("\"type\":\"integer\",\"minimum\":{least},\"maximum\":{most}")
            }
            Kind::Flag => "\"type\":\"boolean\"".to_owned(),
            Kind::Text => "\"type\":\"string\"".to_owned(),
            Kind::Words(ty) => return Part::Words(ty.clone()),
        })
    }
}

impl Default {
    fn json(&self) -> String {
        match self {
            Default::Whole(number) => number.to_string(),
            Default::Flag(flag) => flag.to_string(),
            Default::Text(text) => quoted(text),
            Default::Word(_, word) => quoted(word),
        }
    }
}
