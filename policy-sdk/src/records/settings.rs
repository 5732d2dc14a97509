//! Settings as the host hands them over: a JSON tree in preorder, its texts in one table, so that no policy
//! carries a parser.

use super::{Sym, Table};

/// A value of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Setting {
    /// Position of the parent; [`NONE`](super::NONE) for the root.
    pub parent: u32,
    /// Name of the member; [`NONE`](super::NONE) in an array.
    pub key: Sym,
    /// See [`kinds`].
    pub kind: u32,
    /// Of a text; of a number as it was written.
    pub text: Sym,
    /// Of a whole number in range, else 0.
    pub number: i64,
}

/// Codes of [`Setting::kind`].
pub mod kinds {
    pub const NULL: u32 = 0;
    pub const FALSE: u32 = 1;
    pub const TRUE: u32 = 2;
    pub const NUMBER: u32 = 3;
    pub const TEXT: u32 = 4;
    pub const ARRAY: u32 = 5;
    pub const OBJECT: u32 = 6;
}

/// The tree; no items at all is no settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub symbols: Table,
    pub items: Vec<Setting>,
}
