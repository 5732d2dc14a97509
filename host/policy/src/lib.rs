//! The room between `decide` and the policies: questions in, answers out.
//!
//! A [`Set`] is one generation of policies with their settings, in the order in which they are
//! asked. It turns `decide`'s frozen world into the records of the contract, asks, checks every
//! answer, and hands back values. Which of them count is not decided here.
//!
//! ```text
//! Tick     --paces-->   windows policies            -> Vec<Paces>
//! Question --answers--> vetoers (nodes), scorers (candidates) -> Answers
//! Settle   --again-->   one vetoer about one node, on the paper of now
//! ```
//!
//! A policy is never trusted: what it answers is checked field by field, and one that panics has
//! failed as one that refuses to answer. This crate reads no clock, asks no network and knows no
//! cluster; the zone database is its own.

mod answers;
mod directory;
mod example;
mod frame;
mod held;
mod hooks;
mod keeper;
mod life;
mod log;
mod member;
mod paper;
mod probe;
mod remark;
mod set;
mod shadow;
mod shipped;
mod snapshot;
mod specimen;
mod stage;
mod tally;
mod trial;
mod view;
mod wasm;
mod zones;

pub use directory::LoadError;
pub use example::world as example_world;
pub use keeper::{Keeper, KeeperSettings, Status};
pub use life::{News, Origin, Quarantined, Replayed};
pub use remark::{Kind, Remark};
pub use set::{Line, Set};
pub use shipped::built_in;
pub use specimen::{About, Specimen, Unusable};
pub use stage::Stage;
pub use tally::Used;
pub use trial::{Asked, Said};
pub use wasm::{Limits, Refusal, Spent, engine_is_pooled};

#[cfg(test)]
mod tests;
