//! YAML in, JSON out, so that all that follows has one kind of input.
//!
//! YAML lets a short text stand for an enormous one. What a document may grow to is therefore
//! counted while it is read, and reading stops there.

use super::error::{Fault, cut};
use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::fmt;

/// How many times its own size a document may grow by its aliases.
const GROWTH_MAX: usize = 8;
/// What small documents may grow to in any case, in bytes.
const SIZE_MIN: usize = 1 << 20;
/// What any value costs at the least, in bytes.
const VALUE_SIZE: usize = 8;

/// Hands over each document that is not empty, with its number from 1.
pub fn documents<E>(
    text: &str,
    mut each: impl FnMut(usize, Result<String, Fault>) -> Result<(), E>,
) -> Result<(), E> {
    let room = Cell::new(text.len().saturating_mul(GROWTH_MAX).max(SIZE_MIN));
    for (index, document) in serde_yaml_ng::Deserializer::from_str(text).enumerate() {
        match (Grow { room: &room }).deserialize(document) {
            Ok(Value::Null) => {}
            Ok(value) => each(index + 1, Ok(value.to_string()))?,
            Err(error) => return each(index + 1, Err(Fault::at("", format!("not YAML: {error}")))),
        }
    }
    Ok(())
}

/// Builds a JSON value out of YAML, as long as there is room.
#[derive(Clone, Copy)]
struct Grow<'r> {
    room: &'r Cell<usize>,
}

impl Grow<'_> {
    fn takes<E: Error>(self, bytes: usize) -> Result<(), E> {
        let left = self.room.get().checked_sub(bytes.saturating_add(VALUE_SIZE));
        self.room.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| E::custom("its aliases stand for far more than the text itself"))
    }
}

impl<'de> DeserializeSeed<'de> for Grow<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Grow<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value that JSON has too")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.takes(0).map(|()| Value::Null)
    }

    fn visit_bool<E: Error>(self, it: bool) -> Result<Value, E> {
        self.takes(0).map(|()| it.into())
    }

    fn visit_i64<E: Error>(self, it: i64) -> Result<Value, E> {
        self.takes(0).map(|()| it.into())
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Value, E> {
        self.takes(0).map(|()| it.into())
    }

    /// Wider than JSON's reader takes; as a quantity it is as good in words.
    fn visit_i128<E: Error>(self, it: i128) -> Result<Value, E> {
        self.visit_str(&it.to_string())
    }

    fn visit_u128<E: Error>(self, it: u128) -> Result<Value, E> {
        self.visit_str(&it.to_string())
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Value, E> {
        self.takes(0)?;
        let number = Number::from_f64(it).ok_or_else(|| E::custom(format_args!("{it} is not a number")))?;
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Value, E> {
        self.takes(it.len()).map(|()| it.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.takes(0)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.takes(0)?;
        let mut map = Map::new();
        let mut merged = Vec::new();
        while let Some(key) = entries.next_key_seed(self)? {
            let key = key_of(key)?;
            let value = entries.next_value_seed(self)?;
            if key == "<<" {
                merged.push(value);
            } else if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key {:?} stands there twice", cut(&key))));
            } else {
                map.insert(key, value);
            }
        }
        // A merge key fills in what its mapping leaves out; of several the first counts.
        let sources = merged.into_iter().flat_map(|it| match it {
            Value::Array(list) => list,
            one => vec![one],
        });
        for source in sources {
            let Value::Object(source) = source else {
                return Err(A::Error::custom("the merge key << takes a mapping or a list of them"));
            };
            for (key, value) in source {
                map.entry(key).or_insert(value);
            }
        }
        Ok(map.into())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(A::Error::custom("tags (as in !this) have no meaning here"))
    }
}

/// JSON has no keys but strings; Kubernetes takes numbers and booleans in their place.
fn key_of<E: de::Error>(key: Value) -> Result<String, E> {
    match key {
        Value::String(key) => Ok(key),
        Value::Number(key) => Ok(key.to_string()),
        Value::Bool(key) => Ok(key.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(E::custom(format_args!("{} cannot be a key", cut(&key.to_string()))))
        }
    }
}
