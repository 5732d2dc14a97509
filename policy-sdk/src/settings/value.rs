//! One value of the settings, read as what it is expected to be.

use std::ops::RangeInclusive;

use super::tree::Mistakes;
use super::{Object, Tree, nearest};
use crate::quote::{QUOTED_CHARS, quoted};
use crate::records::{Diagnostic, kinds};

/// A value and where it stands. A getter that does not find what it expects says so and gives `None`.
#[derive(Clone)]
pub struct Value<'a> {
    tree: Tree<'a>,
    at: usize,
    pointer: String,
    mistakes: &'a Mistakes,
}

impl<'a> Value<'a> {
    pub(super) fn root(tree: Tree<'a>, mistakes: &'a Mistakes) -> Self {
        Self { tree, at: 0, pointer: String::new(), mistakes }
    }

    /// Says what is wrong with this value.
    pub fn refuse(&self, text: impl Into<String>) {
        let pointer = self.pointer.clone();
        self.mistakes.borrow_mut().push(Diagnostic { pointer, text: text.into() });
    }

    /// The text, if it is one; says nothing if it is not.
    pub fn as_text(&self) -> Option<&'a str> {
        if self.kind() == kinds::TEXT { self.written() } else { None }
    }

    pub(super) fn is_null(&self) -> bool {
        self.kind() == kinds::NULL
    }

    pub fn whole(&self, range: RangeInclusive<i64>) -> Option<i64> {
        let number = self.whole_number().filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = range.into_inner();
            self.expected(&format!("a whole number from {least} to {most}"));
        }
        number
    }

    pub fn flag(&self) -> Option<bool> {
        match self.kind() {
            kinds::TRUE => Some(true),
            kinds::FALSE => Some(false),
            _ => {
                self.expected("true or false");
                None
            }
        }
    }

    pub fn text(&self) -> Option<&'a str> {
        self.parse("a text", Some)
    }

    /// A text with a grammar: what it should look like, and how it is read.
    pub fn parse<T>(&self, what: &str, read: impl FnOnce(&'a str) -> Option<T>) -> Option<T> {
        let parsed = self.as_text().and_then(read);
        if parsed.is_none() {
            self.expected(what);
        }
        parsed
    }

    /// One of the given words, by what it means.
    pub fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.as_text();
        let meant = text.and_then(|text| words.iter().find(|(word, _)| *word == text));
        if meant.is_none() {
            let near = text.and_then(|text| nearest(text, words.iter().map(|(word, _)| *word)));
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let hint = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
            self.expected(&format!("one of {}{hint}", known.join(", ")));
        }
        meant.map(|(_, meaning)| *meaning)
    }

    /// The items, where all could be read; those after one that could not are read all the same, for their
    /// mistakes. No item is left out without a word.
    pub fn list<T>(&self, mut read: impl FnMut(&Value<'a>) -> Option<T>) -> Option<Vec<T>> {
        if self.kind() != kinds::ARRAY {
            self.expected("a list");
            return None;
        }
        let items = self.tree.children(self.at).enumerate().map(|(position, at)| {
            let item = self.child(at, &position.to_string());
            let told = self.mistakes.borrow().len();
            let value = read(&item);
            if value.is_none() && self.mistakes.borrow().len() == told {
                item.refuse("cannot be used");
            }
            value
        });
        let items: Vec<Option<T>> = items.collect();
        items.into_iter().collect()
    }

    pub fn object<T>(&self, read: impl FnOnce(&mut Object<'a>) -> T) -> Option<T> {
        if self.kind() != kinds::OBJECT {
            self.expected("an object");
            return None;
        }
        let members = self.tree.children(self.at).filter_map(|at| {
            let name = self.tree.text(self.tree.item(at)?.key)?;
            Some((name, self.child(at, name)))
        });
        let mut object = Object::new(self.pointer.clone(), members.collect(), self.mistakes);
        let answer = read(&mut object);
        object.finish();
        Some(answer)
    }

    /// Refuses the value: what was found, what was expected.
    pub fn expected(&self, what: &str) {
        self.refuse(format!("found {}, expected {what}", self.found()));
    }

    /// The value in a few words.
    fn found(&self) -> String {
        match self.kind() {
            kinds::NULL => "null".to_owned(),
            kinds::FALSE => "false".to_owned(),
            kinds::TRUE => "true".to_owned(),
            kinds::NUMBER => self.written().unwrap_or("a number").chars().take(QUOTED_CHARS).collect(),
            kinds::TEXT => quoted(self.written().unwrap_or_default()),
            kinds::ARRAY => "a list".to_owned(),
            kinds::OBJECT => "an object".to_owned(),
            _ => "something unknown".to_owned(),
        }
    }

    fn kind(&self) -> u32 {
        self.tree.item(self.at).map_or(kinds::NULL, |item| item.kind)
    }

    fn written(&self) -> Option<&'a str> {
        self.tree.text(self.tree.item(self.at)?.text)
    }

    /// The host tells a number that is not whole or out of range as 0; only a text of zeros is one.
    fn whole_number(&self) -> Option<i64> {
        let item = self.tree.item(self.at)?;
        let zero = || {
            let digits = self.written().unwrap_or_default().split(['e', 'E']).next();
            digits.is_some_and(|digits| {
                digits.contains('0') && digits.chars().all(|c| matches!(c, '0' | '.' | '-' | '+'))
            })
        };
        (item.kind == kinds::NUMBER && (item.number != 0 || zero())).then_some(item.number)
    }

    fn child(&self, at: usize, name: &str) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self { at, pointer: format!("{}/{name}", self.pointer), ..*self }
    }
}
