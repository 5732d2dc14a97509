//! Reading settings: typed getters that go on after a mistake, so that a user sees all of them at once, each
//! with a pointer into the settings.
//!
//! ```
//! # use policy_sdk::{records::Settings, settings::Tree};
//! # let settings = Settings::default();
//! let read = Tree::new(&settings).read(|object| object.whole("headroomPercent", 0..=1_000, 120));
//! assert_eq!(read, Ok(120));
//! ```
//!
//! A key is known because something reads it: what no getter asked for is an unknown setting and refused. A
//! member that is `null` counts as not given.

mod derived;
mod nearest;
mod object;
mod tree;
mod value;

pub use derived::{Settings, Words};
#[doc(hidden)]
pub use derived::{joined, length};
pub use nearest::nearest;
pub use object::Object;
pub use tree::Tree;
pub use value::Value;
