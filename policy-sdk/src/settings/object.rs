//! A mapping of the settings, read key by key.

use std::ops::RangeInclusive;

use super::{Value, nearest};
use crate::joined;
use crate::records::kinds;

/// An object whose keys are asked for one by one. What was never asked for is reported when it has been read.
pub struct Object<'a> {
    value: Value<'a>,
    known: Vec<&'static str>,
}

impl<'a> Object<'a> {
    /// Of a value that is none, one without members.
    pub(super) fn new(value: Value<'a>) -> Self {
        Self { value, known: Vec::new() }
    }

    /// The member of this name, where it is given and not `null`.
    pub fn get(&mut self, key: &'static str) -> Option<Value<'a>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let mut found: Option<Value<'a>> = None;
        self.each(&mut |name, value| {
            if name != key {
                return true;
            }
            if found.is_some() {
                value.refuse("is given twice");
                return false;
            }
            found = Some(value);
            true
        });
        found.filter(|value| !value.is_null())
    }

    pub fn whole(&mut self, key: &'static str, range: RangeInclusive<i64>, default: i64) -> i64 {
        self.get(key).and_then(|value| value.whole(range)).unwrap_or(default)
    }

    pub fn flag(&mut self, key: &'static str, default: bool) -> bool {
        self.get(key).and_then(|value| value.flag()).unwrap_or(default)
    }

    /// One of the given words, by what it means.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)], default: T) -> T {
        self.get(key).and_then(|value| value.word(words)).unwrap_or(default)
    }

    pub fn text(&mut self, key: &'static str) -> Option<&'a str> {
        self.get(key).and_then(|value| value.text())
    }

    /// The items of a list; none where it is not given.
    pub fn list<T>(&mut self, key: &'static str, read: impl FnMut(&Value<'a>) -> Option<T>) -> Vec<T> {
        self.get(key).and_then(|value| value.list(read)).unwrap_or_default()
    }

    /// Says that something about this object as a whole is wrong.
    pub fn refuse(&self, text: impl Into<String>) {
        self.value.refuse(text);
    }

    /// Reports the members that nothing has asked for.
    pub(super) fn finish(&self) {
        self.each(&mut |name, value| {
            if !self.known.contains(&name) {
                value.refuse(match nearest(name, self.known.iter().copied()) {
                    Some(near) => format!("unknown setting; did you mean \"{near}\"?"),
                    None => {
                        let known = joined(self.known.iter().copied(), ", ");
                        format!("unknown setting; known are {known}")
                    }
                });
            }
            true
        });
    }

    /// The members, as long as the answer is true.
    fn each(&self, take: &mut dyn FnMut(&'a str, Value<'a>) -> bool) {
        if self.value.kind() == kinds::OBJECT {
            let mut members = self.value.children();
            let _ = members.all(|member| member.name().is_none_or(|name| take(name, member)));
        }
    }
}
