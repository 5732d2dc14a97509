//! A struct of settings.

use crate::field::Field;
use crate::schema;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataStruct, DeriveInput, Error, Fields};

pub(crate) fn of(input: &DeriveInput, data: &DataStruct) -> Result<TokenStream, Error> {
    let Fields::Named(named) = &data.fields else {
        return Err(Error::new_spanned(&input.ident, "settings have names: write the fields with theirs"));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "settings have no parameters"));
    }
    let fields = named.named.iter().map(Field::read).collect::<Result<Vec<_>, _>>()?;
    let (name, schema) = (&input.ident, schema::of(&fields));
    let (members, reads) = (fields.iter().map(|it| &it.member), fields.iter().map(Field::reading));
    Ok(quote! {
        impl ::policy_sdk::settings::Settings for #name {
            const SCHEMA: &'static str = #schema;

            fn read(object: &mut ::policy_sdk::settings::Object<'_>) -> Self {
                Self { #(#members: #reads),* }
            }
        }
    })
}
