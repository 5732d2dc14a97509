//! The only room with the power to write. Each step is small, can be repeated, and is judged by looking again:
//! nothing is remembered but what stands on the objects.

mod evict;
mod hands;
mod look;
pub mod marks;
pub mod pen;

pub use hands::Hands;
pub use pen::{NotWritten, Pen, Target};
