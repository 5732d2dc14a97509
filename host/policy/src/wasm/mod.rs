//! WebAssembly: bytes in, a policy behind [`Hooks`](crate::hooks::Hooks) out. A guest gets nothing
//! but what `imports.rs` hands it, within what `limits.rs` allows.

mod engine;
mod guest;
mod imports;
mod limits;
mod module;
mod read;
mod scope;
mod wire;

pub(crate) use guest::{Guest, Unfit};
pub use limits::{Limits, MEMORY_MIB_MAX, MILLIS_MAX};
pub(crate) use module::{Module, Refusal};
