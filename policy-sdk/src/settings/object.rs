//! A mapping of the settings, read key by key.

use std::ops::RangeInclusive;

use super::tree::Mistakes;
use super::{Value, nearest};
use crate::records::Diagnostic;

/// An object whose keys are asked for one by one. What was never asked for is reported when it has been read.
pub struct Object<'a> {
    pointer: String,
    members: Vec<(&'a str, Value<'a>)>,
    known: Vec<&'static str>,
    mistakes: &'a Mistakes,
}

impl<'a> Object<'a> {
    pub(super) fn empty(mistakes: &'a Mistakes) -> Self {
        Self { pointer: String::new(), members: Vec::new(), known: Vec::new(), mistakes }
    }

    pub(super) fn new(pointer: String, members: Vec<(&'a str, Value<'a>)>, mistakes: &'a Mistakes) -> Self {
        Self { pointer, members, known: Vec::new(), mistakes }
    }

    /// The member of this name, where it is given and not `null`.
    pub fn get(&mut self, key: &'static str) -> Option<Value<'a>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let mut named = self.members.iter().filter(|(name, _)| *name == key);
        let (_, value) = named.next()?;
        if let Some((_, again)) = named.next() {
            again.refuse("is given twice");
        }
        (!value.is_null()).then(|| value.clone())
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
        self.mistakes.borrow_mut().push(Diagnostic { pointer: self.pointer.clone(), text: text.into() });
    }

    /// Reports the members that nothing has asked for.
    pub(super) fn finish(self) {
        for (name, value) in &self.members {
            if self.known.contains(name) {
                continue;
            }
            value.refuse(match nearest(name, self.known.iter().copied()) {
                Some(near) => format!("unknown setting; did you mean {near:?}?"),
                None => format!("unknown setting; known are {}", self.known.join(", ")),
            });
        }
    }
}
