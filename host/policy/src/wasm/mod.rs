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

pub use engine::is_pooled as engine_is_pooled;
pub use guest::Spent;
pub(crate) use guest::{Guest, Unfit};
pub use limits::{Limits, MEMORY_MIB_MAX, MILLIS_MAX};
pub use module::Refusal;
pub(crate) use module::{Compiled, Module, Parsed, digest};
