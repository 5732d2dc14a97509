//! The whole of the settings, and where its mistakes are collected.

use std::cell::RefCell;

use super::{Object, Value};
use crate::records::{Diagnostic, NONE, Setting, Settings, kinds};

/// What is wrong so far.
pub(super) type Mistakes = RefCell<Vec<Diagnostic>>;

/// The settings of a policy.
#[derive(Clone, Copy)]
pub struct Tree<'a> {
    settings: &'a Settings,
}

impl<'a> Tree<'a> {
    pub fn new(settings: &'a Settings) -> Self {
        Self { settings }
    }

    /// Reads the root, which is an object or nothing at all; all mistakes of it, or what was read.
    pub fn read<T>(&self, read: impl FnOnce(&mut Object<'_>) -> T) -> Result<T, Vec<Diagnostic>> {
        let mistakes = Mistakes::default();
        let given = self.item(0).is_some_and(|root| root.kind != kinds::NULL);
        let answer = if given {
            Value::root(*self, &mistakes).object(read)
        } else {
            Some(read(&mut Object::empty(&mistakes)))
        };
        match (answer, mistakes.into_inner()) {
            (Some(answer), mistakes) if mistakes.is_empty() => Ok(answer),
            (_, mistakes) => Err(mistakes),
        }
    }

    pub(super) fn item(&self, at: usize) -> Option<&'a Setting> {
        self.settings.items.get(at)
    }

    pub(super) fn text(&self, at: u32) -> Option<&'a str> {
        self.settings.symbols.get(at)
    }

    /// The positions of the children of an item. The tree is in preorder: its part below an item ends with
    /// the first later item whose parent stands before it.
    pub(super) fn children(&self, at: usize) -> impl Iterator<Item = usize> + use<'a> {
        let below = self.settings.items.iter().enumerate().skip(at + 1);
        below
            .take_while(move |(_, item)| item.parent != NONE && item.parent as usize >= at)
            .filter(move |(_, item)| item.parent as usize == at)
            .map(|(child, _)| child)
    }
}
