//! How the API writes simple things, and how strictly we read them.
//!
//! A null is the same as nothing wherever nothing is allowed, as in Kubernetes itself. Texts
//! borrow from the input where they can. Every type says in one phrase what it takes, and that
//! phrase is what an error message says was expected.

use super::error::shown;
use super::quantity::Quantity;
use decide::time::Time;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Declares what of an object is read.
///
/// Fields that are not listed are passed over, or refused where the struct is `strict`. A field is
/// named in JSON as it is here, or as the string after it says. Those after the semicolon are only
/// checked. Unlike derived readers these take objects alone, no lists of values, and a null for
/// nothing.
macro_rules! wire {
    (
        $(#[$doc:meta])*
        strict $vis:vis struct $name:ident $(<$life:lifetime>)? { $($fields:tt)* }
    ) => {
        wire! { @declare [strict] $(#[$doc])* $vis struct $name $(<$life>)? { $($fields)* } }
    };
    (
        @declare [$($strict:ident)?]
        $(#[$doc:meta])*
        $vis:vis struct $name:ident $(<$life:lifetime>)? {
            $($(#[$field_doc:meta])* $field_vis:vis $field:ident $($json:literal)?: $type:ty,)*
            $(; $($checked:literal: $checked_type:ty,)+)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        $vis struct $name $(<$life>)? {
            $($(#[$field_doc])* $field_vis $field: $type,)*
        }

        impl<'de $(: $life, $life)?> serde::Deserialize<'de> for $name $(<$life>)? {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Read<T>(std::marker::PhantomData<T>);
                impl<'de $(: $life, $life)?> serde::de::Visitor<'de> for Read<$name $(<$life>)?> {
                    type Value = $name $(<$life>)?;

                    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        out.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        $(let mut $field: Option<$type> = None;)*
                        while let Some(key) = map.next_key::<$crate::objects::wire::Text<'de>>()? {
                            let key: &str = &key;
                            $(
                                if key == wire!(@name $field $($json)?) {
                                    if $field.is_some() {
                                        return Err(serde::de::Error::duplicate_field(wire!(@name $field $($json)?)));
                                    }
                                    $field = Some(map.next_value::<Option<$type>>()?.unwrap_or_default());
                                    continue;
                                }
                            )*
                            $($(
                                if key == $checked {
                                    map.next_value::<Option<$checked_type>>()?;
                                    continue;
                                }
                            )+)?
                            wire! { @other [$($strict)?] map key [$(wire!(@name $field $($json)?),)* $($($checked,)+)?] }
                        }
                        Ok($name { $($field: $field.unwrap_or_default(),)* })
                    }
                }
                from.deserialize_any(Read(std::marker::PhantomData))
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $json:literal) => { $json };
    (@other [] $map:ident $key:ident $known:tt) => {
        let serde::de::IgnoredAny = $map.next_value()?;
    };
    (@other [strict] $map:ident $key:ident $known:tt) => {
        return Err(serde::de::Error::unknown_field($key, &$known));
    };
    ($($declaration:tt)*) => {
        wire! { @declare [] $($declaration)* }
    };
}
pub(super) use wire;

/// A string; empty when absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text<'a>(pub Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Read<'a> {
            type Value = Text<'a>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Owned(text.to_string())))
            }

            fn visit_string<E>(self, text: String) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Owned(text)))
            }

            fn visit_unit<E>(self) -> Result<Text<'a>, E> {
                Ok(Text::default())
            }
        }
        from.deserialize_any(Read(PhantomData))
    }
}

/// A list; empty when absent.
#[derive(Debug, Clone)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Vec::new())
    }
}

impl<T> std::ops::Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Read<T> {
            type Value = List<T>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<List<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(List(list))
            }

            fn visit_unit<E>(self) -> Result<List<T>, E> {
                Ok(List::default())
            }
        }
        from.deserialize_any(Read(PhantomData))
    }
}

/// A map, by key; empty when absent.
#[derive(Debug, Clone)]
pub struct Pairs<'a, V = Text<'a>>(pub Vec<(Text<'a>, V)>);

impl<V> Default for Pairs<'_, V> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<'a, V> Pairs<'a, V> {
    pub fn get(&self, key: &str) -> Option<&V> {
        self.0.binary_search_by(|it| (*it.0).cmp(key)).ok().map(|at| &self.0[at].1)
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Pairs<'a, V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read<'a, V>(PhantomData<(&'a (), V)>);
        impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for Read<'a, V> {
            type Value = Pairs<'a, V>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'a, V>, A::Error> {
                let mut pairs: Vec<(Text<'a>, V)> = Vec::with_capacity(map.size_hint().unwrap_or(0).min(64));
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                pairs.sort_by(|a, b| a.0.cmp(&b.0));
                match pairs.windows(2).find(|it| it[0].0 == it[1].0) {
                    Some(twice) => {
                        Err(A::Error::custom(format_args!("{:?} stands there twice", shown(&twice[0].0))))
                    }
                    None => Ok(Pairs(pairs)),
                }
            }

            fn visit_unit<E>(self) -> Result<Pairs<'a, V>, E> {
                Ok(Pairs::default())
            }
        }
        from.deserialize_any(Read(PhantomData))
    }
}

/// A whole number within bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Whole<const LEAST: i64, const MOST: i64>(pub i64);

/// Any that fits the 32 bits which Kubernetes has for most numbers, from 0 or 1 on.
pub type Count = Whole<0, { i32::MAX as i64 }>;
pub type Positive = Whole<1, { i32::MAX as i64 }>;
pub type Percent = Whole<0, 100>;
pub type Int = Whole<{ i32::MIN as i64 }, { i32::MAX as i64 }>;
pub type Long = Whole<{ i64::MIN }, { i64::MAX }>;
pub type BigCount = Whole<0, { i64::MAX }>;

impl<const LEAST: i64, const MOST: i64> Whole<LEAST, MOST> {
    /// For types whose bounds lie within 32 bits.
    pub fn u32(self) -> u32 {
        u32::try_from(self.0).unwrap_or(if self.0 < 0 { 0 } else { u32::MAX })
    }

    pub fn i32(self) -> i32 {
        i32::try_from(self.0).unwrap_or(if self.0 < 0 { i32::MIN } else { i32::MAX })
    }

    pub fn u64(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }
}

impl<'de, const LEAST: i64, const MOST: i64> Deserialize<'de> for Whole<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read<const LEAST: i64, const MOST: i64>;
        impl<const LEAST: i64, const MOST: i64> Visitor<'_> for Read<LEAST, MOST> {
            type Value = Whole<LEAST, MOST>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                match (LEAST, MOST) {
                    (i64::MIN, i64::MAX) => write!(out, "a whole number of 64 bits"),
                    (_, i64::MAX) => write!(out, "a whole number of 64 bits from {LEAST} on"),
                    _ => write!(out, "a whole number from {LEAST} to {MOST}"),
                }
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                if (LEAST..=MOST).contains(&number) {
                    Ok(Whole(number))
                } else {
                    Err(E::invalid_value(Unexpected::Signed(number), &self))
                }
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                match i64::try_from(number) {
                    Ok(number) => self.visit_i64(number),
                    Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
                }
            }
        }
        from.deserialize_any(Read)
    }
}

/// An instant, RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When(pub Time);

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = When;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a time (expected for example 2026-11-20T10:00:00Z)")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<When, E> {
                match Time::parse(text) {
                    Some(time) => Ok(When(time)),
                    None => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }
        from.deserialize_any(Read)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Quantity;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(Quantity::EXPECTED)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Quantity, E> {
                Quantity::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }

            /// As in Kubernetes: no amount is none.
            fn visit_unit<E>(self) -> Result<Quantity, E> {
                Ok(Quantity::default())
            }
        }
        from.deserialize_any(Read)
    }
}

/// A number of any kind. Nothing is worked out with it.
#[derive(Debug, Clone, Copy)]
pub struct Number;

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Number;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a number")
            }

            fn visit_i64<E>(self, _: i64) -> Result<Number, E> {
                Ok(Number)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Number, E> {
                Ok(Number)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Number, E> {
                Ok(Number)
            }
        }
        from.deserialize_any(Read)
    }
}
