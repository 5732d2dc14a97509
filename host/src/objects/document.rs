//! From bytes to single objects, each with the place where it stands.

use super::Input;
use super::error::{Fault, ReadError};
use super::kind::Kind;
use super::trace;
use super::wire::Text;
use super::yaml;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Lists in lists; `kubectl` writes none, and people at most one.
const LIST_DEPTH_MAX: usize = 4;

/// Where an object stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub file: &'a str,
    pub document: Option<usize>,
    pub item: Option<usize>,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.file)?;
        if let Some(document) = self.document {
            write!(out, ": document {document}")?;
        }
        if let Some(item) = self.item {
            write!(out, ": items[{item}]")?;
        }
        Ok(())
    }
}

impl Place<'_> {
    pub fn error(&self, object: Option<String>, fault: Fault) -> ReadError {
        let (path, problem) = fault.into_parts();
        ReadError {
            file: self.file.into(),
            document: self.document,
            item: self.item,
            object: object.map(Into::into),
            path: path.into(),
            problem: problem.into(),
        }
    }
}

/// The text of a file as JSON: one document, or many one after the other.
#[derive(Debug)]
pub struct Document<'a> {
    place: Place<'a>,
    json: Cow<'a, str>,
    stream: bool,
}

/// One object, with the kind that it or its list says it has.
#[derive(Debug)]
pub struct Item<'a> {
    pub place: Place<'a>,
    pub api_version: Cow<'a, str>,
    pub kind: Cow<'a, str>,
    pub json: &'a str,
}

/// Makes JSON of a file. Empty documents are nothing.
pub fn split(input: &Input) -> Result<Vec<Document<'_>>, ReadError> {
    let place = Place { file: &input.name, document: None, item: None };
    let text = match std::str::from_utf8(&input.bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let said = format!("byte {} and what follows is not UTF-8", error.valid_up_to());
            return Err(place.error(None, Fault::at("", said)));
        }
    };
    if text.trim_ascii_start().starts_with(['{', '[']) {
        return Ok(vec![Document { place, json: Cow::Borrowed(text), stream: true }]);
    }
    let mut documents = Vec::new();
    let many = yaml::has_many(text);
    yaml::documents(text, |number, json| {
        let place = Place { document: many.then_some(number), ..place };
        let json = json.map_err(|it| place.error(None, it))?;
        item(&json, place, None, 0, &mut Vec::new())?; // before all the others are read in vain
        documents.push(Document { place, json, stream: false });
        Ok(())
    })?;
    Ok(documents)
}

impl Document<'_> {
    /// Hands over the objects of the document, one by one.
    pub fn items<'d>(&'d self, items: &mut Vec<Item<'d>>) -> Result<(), ReadError> {
        if self.stream {
            stream(&self.json, self.place, items)
        } else {
            item(&self.json, self.place, None, 0, items)
        }
    }
}

fn stream<'a>(text: &'a str, place: Place<'a>, items: &mut Vec<Item<'a>>) -> Result<(), ReadError> {
    let mut heads = serde_json::Deserializer::from_str(text).into_iter::<Head<'_>>();
    let mut start = 0;
    let mut number = 0;
    while let Some(head) = heads.next() {
        let end = heads.byte_offset();
        let only = number == 0 && text[end..].trim_ascii().is_empty();
        number += 1;
        let place = Place { document: (!only).then_some(number), ..place };
        let head = head.map_err(|it| head_error(text, start, place, &it))?;
        collect(head, &text[start..end], place, 0, items)?;
        start = end;
    }
    Ok(())
}

/// A document that is no JSON, or JSON that is no object: the latter has a field to name.
fn head_error(text: &str, start: usize, place: Place<'_>, quick: &serde_json::Error) -> ReadError {
    let mut rest = serde_json::Deserializer::from_str(&text[start..]).into_iter::<IgnoredAny>();
    if let Some(Ok(IgnoredAny)) = rest.next() {
        let json = &text[start..start + rest.byte_offset()];
        if let Err(fault) = trace::parse::<Head<'_>>(json) {
            return place.error(None, fault);
        }
    }
    let place = Place { document: None, ..place }; // the line says more
    place.error(None, Fault::at("", format!("not JSON: {quick}")))
}

/// The kind of a list, as far as its items take theirs from it.
#[derive(Clone, Copy)]
struct ListKind<'b> {
    api_version: &'b str,
    item_kind: &'b str,
}

/// One object, or a list inside a list.
fn item<'a>(
    json: &'a str,
    place: Place<'a>,
    list: Option<ListKind<'_>>,
    depth: usize,
    items: &mut Vec<Item<'a>>,
) -> Result<(), ReadError> {
    if let Some((api_version, kind)) = glance(json) {
        items.push(Item { place, api_version: api_version.0, kind: kind.0, json });
        return Ok(());
    }
    let mut head: Head<'a> = trace::parse(json).map_err(|it| place.error(None, it))?;
    if let Some(list) = list {
        let owned = |it: &str| Text(Cow::Owned(it.to_string()));
        head.api_version.get_or_insert_with(|| owned(list.api_version));
        head.kind.get_or_insert_with(|| owned(list.item_kind));
    }
    collect(head, json, place, depth, items)
}

fn collect<'a>(
    head: Head<'a>,
    json: &'a str,
    place: Place<'a>,
    depth: usize,
    items: &mut Vec<Item<'a>>,
) -> Result<(), ReadError> {
    let item_kind = head.kind.as_deref().and_then(|it| it.strip_suffix("List"));
    let is_list = item_kind.is_some_and(|it| {
        matches!(head.items, Items::List(_))
            || it.is_empty()
            || Kind::of(head.api_version.as_deref().unwrap_or_default(), it).is_some()
    });
    let inner = match head.items {
        Items::Bare(inner) => inner,
        Items::List(inner) if is_list => inner,
        Items::Absent if is_list => return Ok(()),
        Items::Other if is_list => return Err(place.error(None, Fault::at("items", "is not a list"))),
        Items::List(_) | Items::Absent | Items::Other => {
            let kind = head.kind.ok_or_else(|| place.error(None, Fault::missing("kind")))?.0;
            let api_version =
                head.api_version.ok_or_else(|| place.error(None, Fault::missing("apiVersion")))?.0;
            items.push(Item { place, api_version, kind, json });
            return Ok(());
        }
    };
    if depth == LIST_DEPTH_MAX {
        return Err(place.error(None, Fault::at("items", "lists in lists, too deep")));
    }
    let list = match (&head.api_version, item_kind) {
        (Some(api_version), Some(item_kind)) if !item_kind.is_empty() => {
            Some(ListKind { api_version, item_kind })
        }
        _ => None,
    };
    items.reserve(inner.len());
    for (index, inner) in inner.iter().enumerate() {
        let place = Place { item: place.item.or(Some(index)), ..place };
        item(inner.get(), place, list, depth + 1, items)?;
    }
    Ok(())
}

/// API version and kind, where they stand at the beginning as they mostly do: the rest of the
/// object need not be looked at to learn what it is. None for everything that needs a closer look.
fn glance(json: &str) -> Option<(Text<'_>, Text<'_>)> {
    struct Glance<'o, 'a>(&'o mut (Text<'a>, Text<'a>));
    impl<'a> Visitor<'a> for Glance<'_, 'a> {
        type Value = ();

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("an object")
        }

        fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
            while self.0.0.is_empty() || self.0.1.is_empty() {
                match map.next_key::<Text<'a>>()?.as_deref() {
                    Some("apiVersion") => self.0.0 = map.next_value()?,
                    Some("kind") => self.0.1 = map.next_value()?,
                    Some(_) => drop(map.next_value::<IgnoredAny>()?),
                    None => break,
                }
            }
            Ok(())
        }
    }
    let mut seen = Default::default();
    // Stopping early is an error to the reader, and none to us.
    let _ = serde_json::Deserializer::from_str(json).deserialize_map(Glance(&mut seen));
    let (api_version, kind) = seen;
    let single = !api_version.is_empty() && !kind.is_empty() && !kind.ends_with("List");
    single.then_some((api_version, kind))
}

/// The little that tells what an object is.
#[derive(Debug)]
struct Head<'a> {
    api_version: Option<Text<'a>>,
    kind: Option<Text<'a>>,
    items: Items<'a>,
}

#[derive(Debug)]
enum Items<'a> {
    Absent,
    List(Vec<&'a RawValue>),
    /// Not in an object at all: the document is a list.
    Bare(Vec<&'a RawValue>),
    /// Something that is no list.
    Other,
}

/// Reads a value as a `Head` and, inside one, its field `items`.
struct Read<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Deserialize<'de> for Head<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Read(PhantomData))
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Read<'a> {
    type Value = Head<'a>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Head<'a>, A::Error> {
        let (mut api_version, mut kind, mut items) = (None, None, Items::Absent);
        while let Some(key) = map.next_key::<Text<'a>>()? {
            match &*key {
                "apiVersion" => api_version = map.next_value()?,
                "kind" => kind = map.next_value()?,
                "items" => items = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let filled = |it: &Text<'a>| !it.is_empty();
        Ok(Head { api_version: api_version.filter(filled), kind: kind.filter(filled), items })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Head<'a>, A::Error> {
        Ok(Head { api_version: None, kind: None, items: Items::Bare(elements(seq)?) })
    }
}

struct ReadItems<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ReadItems(PhantomData))
    }
}

impl<'de: 'a, 'a> Visitor<'de> for ReadItems<'a> {
    type Value = Items<'a>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Items<'a>, A::Error> {
        Ok(Items::List(elements(seq)?))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Items<'a>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Items::Other)
    }

    fn visit_unit<E>(self) -> Result<Items<'a>, E> {
        Ok(Items::Absent)
    }

    fn visit_str<E>(self, _: &str) -> Result<Items<'a>, E> {
        Ok(Items::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Items<'a>, E> {
        Ok(Items::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Items<'a>, E> {
        Ok(Items::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Items<'a>, E> {
        Ok(Items::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Items<'a>, E> {
        Ok(Items::Other)
    }
}

fn elements<'de: 'a, 'a, A: SeqAccess<'de>>(mut seq: A) -> Result<Vec<&'a RawValue>, A::Error> {
    let mut items = Vec::new();
    while let Some(item) = seq.next_element()? {
        items.push(item);
    }
    Ok(items)
}
