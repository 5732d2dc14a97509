//! YAML as far as JSON goes, as its author wrote it.
//!
//! A short text can stand for an enormous value. How much is taken is counted while it is read, and
//! reading stops there.

use policy_sdk::quoted;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;

const VALUES_MAX: u32 = 50_000;
const TEXT_BYTES_MAX: usize = 4 << 20;
const DEPTH_MAX: u32 = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Flag(bool),
    /// `whole`: where it is one and in range.
    Number {
        text: String,
        whole: Option<i64>,
    },
    Text(String),
    List(Vec<Value>),
    /// In the order of the text, no key twice.
    Mapping(Vec<(String, Value)>),
}

impl Value {
    /// Reads one document; none at all is null.
    pub fn read(text: &str) -> Result<Value, String> {
        let room = Room { values: Cell::new(VALUES_MAX), text: Cell::new(TEXT_BYTES_MAX) };
        let reader = Reader { room: &room, depth: DEPTH_MAX };
        let mut documents = serde_yaml_ng::Deserializer::from_str(text);
        let Some(first) = documents.next() else { return Ok(Value::Null) };
        let value = reader.deserialize(first).map_err(|it| it.to_string())?;
        match documents.next() {
            None => Ok(value),
            Some(_) => Err("holds more than one document".to_owned()),
        }
    }

    pub fn member(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Mapping(members) => members.iter().find(|it| it.0 == key).map(|it| &it.1),
            _ => None,
        }
    }

    pub fn item(&self, at: usize) -> Option<&Value> {
        match self {
            Value::List(items) => items.get(at),
            _ => None,
        }
    }
}

/// What may still be read.
struct Room {
    values: Cell<u32>,
    text: Cell<usize>,
}

#[derive(Clone, Copy)]
struct Reader<'r> {
    room: &'r Room,
    depth: u32,
}

impl Reader<'_> {
    fn takes<E: Error>(self, text: &str) -> Result<String, E> {
        let values = self.room.values.get().checked_sub(1);
        let left = self.room.text.get().checked_sub(text.len());
        let (Some(values), Some(left)) = (values, left) else {
            return Err(E::custom("stands for too much, with all its aliases"));
        };
        self.room.values.set(values);
        self.room.text.set(left);
        Ok(text.to_owned())
    }

    fn below<E: Error>(self) -> Result<Self, E> {
        self.takes("")?;
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Reader { depth, ..self }),
            None => Err(E::custom(format_args!("is nested more than {DEPTH_MAX} deep"))),
        }
    }

    fn number<E: Error>(self, text: &str, whole: Option<i64>) -> Result<Value, E> {
        Ok(Value::Number { text: self.takes(text)?, whole })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value that JSON has too")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.takes("").map(|_| Value::Null)
    }

    /// An empty document.
    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_bool<E: Error>(self, it: bool) -> Result<Value, E> {
        self.takes("").map(|_| Value::Flag(it))
    }

    fn visit_i64<E: Error>(self, it: i64) -> Result<Value, E> {
        self.number(&it.to_string(), Some(it))
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Value, E> {
        self.number(&it.to_string(), i64::try_from(it).ok())
    }

    fn visit_i128<E: Error>(self, it: i128) -> Result<Value, E> {
        self.number(&it.to_string(), None)
    }

    fn visit_u128<E: Error>(self, it: u128) -> Result<Value, E> {
        self.number(&it.to_string(), None)
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Value, E> {
        if !it.is_finite() {
            return Err(E::custom(format_args!("{it} is no number here")));
        }
        self.number(&format!("{it:?}"), None)
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Value, E> {
        self.takes(it).map(Value::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let reader = self.below()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(reader)? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let reader = self.below()?;
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut keys = std::collections::HashSet::new();
        while let Some(key) = entries.next_key_seed(reader)? {
            let Value::Text(key) = key else {
                return Err(A::Error::custom(format_args!("a key must be a text, found {}", key.named())));
            };
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom(format_args!("the key {} stands there twice", quoted(&key))));
            }
            members.push((key, entries.next_value_seed(reader)?));
        }
        Ok(Value::Mapping(members))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(A::Error::custom("tags (as in !this) have no meaning here"))
    }
}

impl Value {
    fn named(&self) -> String {
        match self {
            Value::Null => "nothing".to_owned(),
            Value::Flag(it) => format!("{it} (put it in quotation marks)"),
            Value::Number { text, .. } => format!("the number {text} (put it in quotation marks)"),
            Value::Text(text) => quoted(text),
            Value::List(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
        }
    }
}
