//! A plain value whose type changes from one answer to the next: a number here is a text there.

use crate::money::Money;
use serde::de::{Deserialize, Deserializer, Visitor};
use std::fmt;

/// The value as text; empty for `null` and for what is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loose(String);

impl Loose {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn number(&self) -> Option<u64> {
        self.0.trim().parse().ok()
    }

    pub fn is_true(&self) -> bool {
        matches!(&*self.0, "true" | "1")
    }

    /// 0 where it is missing.
    pub fn whole(&self, name: &str) -> Result<u64, String> {
        if self.0.is_empty() { Ok(0) } else { self.needed(name) }
    }

    pub fn needed(&self, name: &str) -> Result<u64, String> {
        self.number().ok_or_else(|| format!("{name}: a whole number was expected"))
    }

    pub fn money(&self, name: &str) -> Result<Money, String> {
        Money::parse(&self.0).ok_or_else(|| format!("{name}: an amount of money was expected"))
    }

    pub fn money_if_told(&self, name: &str) -> Result<Option<Money>, String> {
        if self.0.is_empty() { Ok(None) } else { self.money(name).map(Some) }
    }
}

impl fmt::Display for Loose {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Loose, D::Error> {
        from.deserialize_any(AnyPlain)
    }
}

struct AnyPlain;

impl Visitor<'_> for AnyPlain {
    type Value = Loose;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text, a number or a truth")
    }

    fn visit_str<E>(self, it: &str) -> Result<Loose, E> {
        Ok(Loose(it.to_string()))
    }

    fn visit_u64<E>(self, it: u64) -> Result<Loose, E> {
        Ok(Loose(it.to_string()))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Loose, E> {
        Ok(Loose(it.to_string()))
    }

    fn visit_f64<E>(self, it: f64) -> Result<Loose, E> {
        Ok(Loose(it.to_string()))
    }

    fn visit_bool<E>(self, it: bool) -> Result<Loose, E> {
        Ok(Loose(it.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Loose, E> {
        Ok(Loose::default())
    }
}
