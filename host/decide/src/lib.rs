//! The pure core: one value in, one plan out.
//!
//! Invariant: this crate knows no clock, socket, thread, randomness or log, and no policy either;
//! what policies say comes in as values. The same input gives the same bytes.

pub mod build;
pub mod facts;
pub mod marks;
pub mod place;
pub mod resources;
pub mod roles;
pub mod select;
pub mod settings;
pub mod time;
pub mod world;
