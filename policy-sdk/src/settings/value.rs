//! One value of the settings, read as what it is expected to be.

use std::ops::RangeInclusive;

use super::tree::Mistakes;
use super::{Object, Tree, nearest};
use crate::joined;
use crate::quote::{cut, quoted};
use crate::records::{Diagnostic, kinds};

/// A value and where it stands. A getter that does not find what it expects says so and gives `None`.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    tree: Tree<'a>,
    at: usize,
    mistakes: &'a Mistakes,
}

impl<'a> Value<'a> {
    pub(super) fn root(tree: Tree<'a>, mistakes: &'a Mistakes) -> Self {
        Self { tree, at: 0, mistakes }
    }

    /// Says what is wrong with this value.
    pub fn refuse(&self, text: impl Into<String>) {
        self.mistaken(text.into());
    }

    fn mistaken(&self, text: String) {
        let pointer = self.tree.pointer(self.at);
        self.mistakes.borrow_mut().push(Diagnostic { pointer, text });
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
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let (_, meaning) = words.get(self.one_of(&known)?)?;
        Some(*meaning)
    }

    /// The position of the word among those that are known.
    fn one_of(&self, known: &[&str]) -> Option<usize> {
        let text = self.as_text();
        let position = text.and_then(|text| known.iter().position(|word| *word == text));
        if position.is_none() {
            let near = text.and_then(|text| nearest(text, known.iter().copied()));
            let hint = near.map_or(String::new(), |near| format!("; did you mean \"{near}\"?"));
            self.expected(&format!("one of {}{hint}", joined(known.iter().copied(), ", ")));
        }
        position
    }

    /// The items, where all could be read; those after one that could not are read all the same, for their
    /// mistakes. No item is left out without a word.
    pub fn list<T>(&self, mut read: impl FnMut(&Value<'a>) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        let all = self.each(&mut |item| {
            let value = read(item);
            let known = value.is_some();
            items.extend(value);
            known
        });
        all.then_some(items)
    }

    /// Whether this is a list, and every item could be read.
    fn each(&self, read: &mut dyn FnMut(&Value<'a>) -> bool) -> bool {
        if self.kind() != kinds::ARRAY {
            self.expected("a list");
            return false;
        }
        let mut all = true;
        for item in self.children() {
            let told = self.mistakes.borrow().len();
            let known = read(&item);
            if !known && self.mistakes.borrow().len() == told {
                item.refuse("cannot be used");
            }
            all &= known;
        }
        all
    }

    pub fn object<T>(&self, read: impl FnOnce(&mut Object<'a>) -> T) -> Option<T> {
        if self.kind() != kinds::OBJECT {
            self.expected("an object");
            return None;
        }
        let mut object = Object::new(*self);
        let answer = read(&mut object);
        object.finish();
        Some(answer)
    }

    /// Refuses the value: what was found, what was expected.
    pub fn expected(&self, what: &str) {
        let written = self.written();
        let found = match self.kind() {
            kinds::NULL => "null",
            kinds::FALSE => "false",
            kinds::TRUE => "true",
            kinds::NUMBER => cut(written.unwrap_or("a number")),
            kinds::TEXT => &quoted(written.unwrap_or_default()),
            kinds::ARRAY => "a list",
            kinds::OBJECT => "an object",
            _ => "something unknown",
        };
        self.refuse(format!("found {found}, expected {what}"));
    }

    pub(super) fn kind(&self) -> u32 {
        self.tree.item(self.at).map_or(kinds::NULL, |item| item.kind)
    }

    /// The name of a member.
    pub(super) fn name(&self) -> Option<&'a str> {
        self.tree.text(self.tree.item(self.at)?.key)
    }

    pub(super) fn children(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let parent = *self;
        self.tree.children(self.at).map(move |at| Self { at, ..parent })
    }

    fn written(&self) -> Option<&'a str> {
        self.tree.text(self.tree.item(self.at)?.text)
    }

    /// The host tells a number that is not whole or out of range as 0; only a text of zeros is one.
    fn whole_number(&self) -> Option<i64> {
        let item = self.tree.item(self.at)?;
        let zero = || {
            let mut digits =
                self.written().unwrap_or_default().bytes().take_while(|it| !matches!(it, b'e' | b'E'));
            let mut any = false;
            digits.all(|it| {
                any |= it == b'0';
                matches!(it, b'0' | b'.' | b'-' | b'+')
            }) && any
        };
        (item.kind == kinds::NUMBER && (item.number != 0 || zero())).then_some(item.number)
    }
}
