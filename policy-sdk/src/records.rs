//! The records of the contract, one for one and field for field (`kebab-case` there is `snake_case` here).
//!
//! Bulk data are columns: lists of integers of one length, so that host and guest copy each as a block. What
//! a column does not know is told by a documented `none` value, not by an `Option`. Published records are
//! frozen for ever. Those of numbers alone that come in lists cross the border as they lie in memory, hence
//! `repr(C)`.

mod answers;
mod batch;
mod facts;
mod pods;
mod settings;

pub use answers::{Diagnostic, Fault, Metadata, Pace, Property, Reason, Scored, Vetoed};
pub use batch::{Batch, Group, NodeColumns, Table, Tick, group_bits, node_bits};
pub use facts::{Count, Found, Hits, Offset, Remainder, Taint, effects, short_bits};
pub use pods::{PodColumns, Volume, found, owners, pod_bits, volume_bits, volume_kinds};
pub use settings::{Setting, Settings, kinds};

/// Index into a table of texts.
pub type Sym = u32;
/// Position in [`Batch::nodes`].
pub type NodeIndex = u32;
/// Position in [`Batch::groups`].
pub type GroupIndex = u32;
/// Position among the pods of its node.
pub type PodIndex = u32;

/// No symbol, no index, no number, in a `u32` column.
pub const NONE: u32 = u32::MAX;
/// No number in an `s32` column of counts (`replicas`).
pub const NONE_COUNT: i32 = -1;
/// No price.
pub const NONE_PRICE: i64 = -1;
/// No time.
pub const NONE_TIME: i64 = i64::MIN;
