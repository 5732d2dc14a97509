//! Reads an object a second time, slowly, to learn where it went wrong.
//!
//! The quick reader keeps no track of where it is; that costs nothing as long as all goes well.
//! This one splits the same text level by level, so that every error passes through all the
//! fields on its way out and takes their names along.

use super::error::Fault;
use super::wire::Text;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Reads one value from JSON; on an error says where and what.
pub fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Fault> {
    serde_json::from_str(json).map_err(|quick| match T::deserialize(Traced(json)) {
        Err(fault) => fault,
        Ok(_) => quick.into(),
    })
}

struct Traced<'a>(&'a str);

impl<'a> Traced<'a> {
    fn visit<V: Visitor<'a>>(&self, visitor: V) -> Result<V::Value, Fault> {
        let json = self.0.trim_ascii();
        match json.as_bytes().first() {
            Some(b'{') => {
                let Fields(fields) = serde_json::from_str(json)?;
                visitor.visit_map(Steps { left: fields.into_iter(), value: None })
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(json)?;
                visitor.visit_seq(Items { left: items.into_iter().enumerate() })
            }
            Some(b'"') => match serde_json::from_str::<Text<'a>>(json)?.0 {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            Some(b't') => visitor.visit_bool(true),
            Some(b'f') => visitor.visit_bool(false),
            Some(b'n') => visitor.visit_unit(),
            _ => {
                let number: serde_json::Number = serde_json::from_str(json)?;
                match (number.as_u64(), number.as_i64(), number.as_f64()) {
                    (Some(number), _, _) => visitor.visit_u64(number),
                    (_, Some(number), _) => visitor.visit_i64(number),
                    (_, _, number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
                }
            }
        }
    }
}

impl<'a> Deserializer<'a> for Traced<'a> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit(visitor).map_err(|it| it.found(self.0))
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.trim_ascii() == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name.starts_with("$serde_json::") {
            // A piece of the text as it stands.
            let mut quick = serde_json::Deserializer::from_str(self.0);
            return Ok(quick.deserialize_newtype_struct(name, visitor)?);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'a>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier
    }
}

struct Steps<'a> {
    left: std::vec::IntoIter<(Text<'a>, &'a RawValue)>,
    value: Option<(Text<'a>, &'a RawValue)>,
}

impl<'a> MapAccess<'a> for Steps<'a> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.value = self.left.next();
        let Some((key, _)) = &self.value else { return Ok(None) };
        match &key.0 {
            Cow::Borrowed(key) => seed.deserialize(serde::de::value::BorrowedStrDeserializer::new(key)),
            Cow::Owned(key) => seed.deserialize(key.as_str().into_deserializer()),
        }
        .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((key, value)) = self.value.take() else {
            return Err(Fault::at("", "a value without a key"));
        };
        seed.deserialize(Traced(value.get())).map_err(|it| it.within_field(&key.0))
    }
}

struct Items<'a> {
    left: std::iter::Enumerate<std::vec::IntoIter<&'a RawValue>>,
}

impl<'a> SeqAccess<'a> for Items<'a> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some((index, item)) = self.left.next() else { return Ok(None) };
        seed.deserialize(Traced(item.get())).map(Some).map_err(|it| it.within_index(index))
    }
}

/// The fields of an object as they stand there, repeated ones too.
struct Fields<'a>(Vec<(Text<'a>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Collect<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Collect<'a> {
            type Value = Fields<'a>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'a>, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    fields.push(entry);
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(Collect(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::{Count, List, Pairs};
    use super::*;

    fn fault<'a, T: Deserialize<'a>>(json: &'a str) -> (String, String) {
        parse::<T>(json).err().expect("something is wrong").into_parts()
    }

    #[test]
    fn every_level_leaves_its_name() {
        type Nested<'a> = Pairs<'a, List<Pairs<'a, Count>>>;
        let (path, problem) = fault::<Nested<'_>>(r#"{"a": [{}, {"b.c": 1, "d": -2}]}"#);
        assert_eq!((&*path, &*problem), ("a[1].d", "-2 is not a whole number from 0 to 2147483647"));
        let (path, _) = fault::<Nested<'_>>(r#"{"a": [{"b\u002ec": []}]}"#);
        assert_eq!(path, r#"a[0]["b.c"]"#);
        let (path, problem) = fault::<Nested<'_>>(r#"{"a": [{"b": 1e999}]}"#);
        assert_eq!((&*path, &*problem), ("a[0].b", "number out of range"));
        let (path, problem) = fault::<Nested<'_>>(r#"{"a": [{"b": 1, "b": 2}]}"#);
        assert_eq!((&*path, &*problem), ("a[0]", "\"b\" stands there twice"));
    }

    #[test]
    fn what_both_readers_take_has_no_fault() {
        assert!(parse::<Pairs<'_>>(r#"{"a": "\u0041", "b": null}"#).is_ok());
        assert!(Pairs::<Text<'_>>::deserialize(Traced(r#" {"a": "\u0041", "b": null} "#)).is_ok());
        assert!(List::<Option<bool>>::deserialize(Traced("[true, null, false]")).is_ok());
    }
}
