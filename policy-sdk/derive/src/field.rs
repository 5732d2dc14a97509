//! A field: what kind of setting it is, and how it is read.

use crate::bounds::{Bounds, number};
use crate::words::kebab_case;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Error, Expr, ExprLit, Ident, Lit, LitStr, Meta, Type};

pub(crate) struct Field {
    pub(crate) member: Ident,
    /// What the setting is called.
    pub(crate) name: String,
    /// What the doc comment says.
    pub(crate) description: String,
    pub(crate) shape: Shape,
    pub(crate) kind: Kind,
}

/// How often a value is there.
pub(crate) enum Shape {
    One(Default),
    Option,
    Vec,
}

/// What a value is.
pub(crate) enum Kind {
    Whole(Type, Bounds),
    Flag,
    Text,
    Words(Type),
}

/// What counts where nothing is given.
pub(crate) enum Default {
    Whole(i64),
    Flag(bool),
    Text(String),
    /// A variant, and its word.
    Word(Expr, String),
}

/// What `#[setting(...)]` says.
#[derive(std::default::Default)]
struct Said {
    default: Option<Expr>,
    range: Option<Expr>,
    name: Option<String>,
}

impl Field {
    pub(crate) fn read(field: &syn::Field) -> Result<Field, Error> {
        let member = field.ident.clone().ok_or_else(|| Error::new_spanned(field, "a setting has a name"))?;
        let said = said(&field.attrs)?;
        let (wrapper, inner) = unwrapped(&field.ty);
        let kind = kind(inner, said.range.as_ref())?;
        let shape = match (wrapper, &said.default) {
            (None, Some(default)) => Shape::One(Default::read(default, &kind)?),
            (None, None) => {
                return Err(Error::new_spanned(
                    &member,
                    "what counts where it is not given? #[setting(default = ...)]",
                ));
            }
            (Some(_), Some(default)) => {
                return Err(Error::new_spanned(
                    default,
                    "an Option is None and a Vec empty where it is not given",
                ));
            }
            (Some(shape), None) => shape,
        };
        let name = said.name.unwrap_or_else(|| camel_case(&member.to_string()));
        Ok(Field { name, description: description(&field.attrs), member, shape, kind })
    }

    /// The expression that reads it from `object`.
    pub(crate) fn reading(&self) -> TokenStream {
        let (name, value) = (&self.name, self.kind.reading());
        match (&self.shape, &self.kind) {
            (Shape::Option, _) => quote!(object.get(#name).and_then(|value| #value)),
            (Shape::Vec, _) => quote!(object.list(#name, |value| #value)),
            (Shape::One(Default::Whole(default)), Kind::Whole(ty, Bounds { least, most })) => quote! {
                <#ty as ::core::convert::TryFrom<i64>>::try_from(object.whole(#name, #least..=#most, #default))
                    .unwrap_or(#default as #ty)
            },
            (Shape::One(Default::Flag(default)), _) => quote!(object.flag(#name, #default)),
            (Shape::One(Default::Text(default)), _) => {
                quote!(::std::string::String::from(object.text(#name).unwrap_or(#default)))
            }
            (Shape::One(Default::Word(default, _)), Kind::Words(ty)) => {
                quote!(object.word(#name, <#ty as ::policy_sdk::settings::Words>::WORDS, #default))
            }
            (Shape::One(_), _) => quote!(::core::compile_error!("the default is of another type")),
        }
    }
}

impl Kind {
    /// The expression that reads it from `value`, as an `Option`.
    fn reading(&self) -> TokenStream {
        match self {
            Kind::Whole(ty, Bounds { least, most }) => quote! {
                value.whole(#least..=#most)
                    .and_then(|number| <#ty as ::core::convert::TryFrom<i64>>::try_from(number).ok())
            },
            Kind::Flag => quote!(value.flag()),
            Kind::Text => quote!(value.text().map(::std::string::String::from)),
            Kind::Words(ty) => quote!(value.word(<#ty as ::policy_sdk::settings::Words>::WORDS)),
        }
    }
}

impl Default {
    fn read(expr: &Expr, kind: &Kind) -> Result<Default, Error> {
        let wrong = |wanted: &str| Err(Error::new_spanned(expr, format!("expected {wanted}")));
        match (kind, expr) {
            (Kind::Whole(_, bounds), _) => {
                let number = number(expr)?;
                if bounds.contains(number) {
                    Ok(Default::Whole(number))
                } else {
                    wrong("a number in the range")
                }
            }
            (Kind::Flag, Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. })) => Ok(Default::Flag(flag.value)),
            (Kind::Flag, _) => wrong("true or false"),
            (Kind::Text, Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Ok(Default::Text(text.value())),
            (Kind::Text, _) => wrong("a text"),
            (Kind::Words(_), Expr::Path(path)) => match path.path.segments.last() {
                Some(variant) => Ok(Default::Word(expr.clone(), kebab_case(&variant.ident.to_string()))),
                None => wrong("a variant"),
            },
            (Kind::Words(_), _) => wrong("a variant"),
        }
    }
}

fn said(attributes: &[Attribute]) -> Result<Said, Error> {
    let mut said = Said::default();
    for attribute in attributes.iter().filter(|it| it.path().is_ident("setting")) {
        attribute.parse_nested_meta(|meta| {
            let Some(word) = meta.path.get_ident().map(ToString::to_string) else {
                return Err(meta.error("expected default, range or name"));
            };
            match word.as_str() {
                "default" => said.default = Some(meta.value()?.parse()?),
                "range" => said.range = Some(meta.value()?.parse()?),
                "name" => said.name = Some(meta.value()?.parse::<LitStr>()?.value()),
                _ => return Err(meta.error("expected default, range or name")),
            }
            Ok(())
        })?;
    }
    Ok(said)
}

/// The type inside an `Option` or a `Vec`, and which of them it is.
fn unwrapped(ty: &Type) -> (Option<Shape>, &Type) {
    let Type::Path(path) = ty else { return (None, ty) };
    let Some(last) = path.path.segments.last() else { return (None, ty) };
    let shape = match last.ident.to_string().as_str() {
        "Option" => Shape::Option,
        "Vec" => Shape::Vec,
        _ => return (None, ty),
    };
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return (None, ty) };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(inner)) => (Some(shape), inner),
        _ => (None, ty),
    }
}

fn kind(ty: &Type, range: Option<&Expr>) -> Result<Kind, Error> {
    let Type::Path(path) = ty else {
        return Err(Error::new_spanned(ty, "no setting is of this type"));
    };
    let name = path.path.get_ident().map(ToString::to_string).unwrap_or_default();
    if let Some(holds) = Bounds::of_type(&name) {
        let bounds = range.map_or(Ok(holds), |range| Bounds::read(range, holds))?;
        return Ok(Kind::Whole(ty.clone(), bounds));
    }
    if let Some(range) = range {
        return Err(Error::new_spanned(range, "only whole numbers have a range"));
    }
    Ok(match name.as_str() {
        "bool" => Kind::Flag,
        "String" => Kind::Text,
        _ => Kind::Words(ty.clone()),
    })
}

/// The lines of the doc comment as one.
fn description(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(it) if it.path.is_ident("doc") => match &it.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// `zone_imbalance` is `zoneImbalance`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut whole = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        whole.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        whole.push_str(letters.as_str());
    }
    whole
}
