//! The whole of the settings, and where its mistakes are collected.

use std::cell::RefCell;

use super::{Object, Value};
use crate::quote::replaced;
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
        let root = Value::root(*self, &mistakes);
        let answer = if root.is_null() { Some(read(&mut Object::new(root))) } else { root.object(read) };
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

    /// The JSON pointer to an item that the getters have come by. It is made when it is needed, as nearly no
    /// setting has a mistake.
    pub(super) fn pointer(&self, at: usize) -> String {
        let Some(item) = self.item(at).filter(|item| (item.parent as usize) < at) else {
            return String::new();
        };
        let parent = item.parent as usize;
        let in_list = self.item(parent).is_some_and(|parent| parent.kind == kinds::ARRAY);
        let name = if in_list {
            self.children(parent).take_while(|child| *child < at).count().to_string()
        } else {
            replaced(self.text(item.key).unwrap_or_default(), escape)
        };
        format!("{}/{name}", self.pointer(parent))
    }
}

/// RFC 6901.
fn escape(letter: char, whole: &mut String) -> bool {
    let escaped = match letter {
        '~' => "~0",
        '/' => "~1",
        _ => return false,
    };
    whole.push_str(escaped);
    true
}
