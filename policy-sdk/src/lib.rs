//! The SDK of scale-down policies: what a policy is given, what it answers, and the tools that make a policy
//! short.
//!
//! A policy implements [`Policy`] and one or more of the hooks [`Windows`], [`Vetoer`] and [`Scorer`]. It
//! sees the candidates as a [`records::Batch`] (columns underneath, rows through [`records::Batch::nodes`]),
//! asks for rarer facts through [`Host`], and reads its settings with [`settings::Tree`].
//! `wit/scale-down.wit` is the contract; the [`records`] and the traits of [`host`] and [`hooks`] mirror it
//! name for name.
//!
//! A whole policy, and its test:
//!
//! ```
//! use policy_sdk::kit::{self, Node, World};
//! use policy_sdk::prelude::*;
//!
//! /// Dear nodes first.
//! #[derive(Settings)]
//! struct DearFirst {
//!     /// points for each hundredth of the currency that a node costs an hour
//!     #[setting(default = 1, range = 1..=100)]
//!     points_a_cent: i64,
//! }
//!
//! policy_sdk::policy!(DearFirst: scorer);
//!
//! impl Scorer for DearFirst {
//!     fn score(&self, batch: &Batch, _: &Host<'_>) -> Result<Vec<Scored>, Fault> {
//!         let cents = |node: rows::Node<'_>| node.price_per_hour().unwrap_or(0) / 10_000_000;
//!         Ok(batch.nodes().map(|node| node.scored(cents(node) * self.points_a_cent)).collect())
//!     }
//! }
//!
//! # use policy_sdk::rows;
//! let world = World::at("2026-11-20T10:00:00Z").node(Node::named("n1").price_per_hour(120_000_000));
//! let policy: DearFirst = kit::configure(r#"{"pointsACent": 5}"#, &world).unwrap();
//! assert_eq!(world.score(&policy).unwrap()[0].score, 60);
//! ```
//!
//! This crate never reads a clock, a file, the network or the environment, has no float, no `unsafe` and
//! nothing but generated code and an allocator below it, and compiles for `wasm32-unknown-unknown`. It knows nothing about the
//! program that hosts a policy.

pub mod amounts;
pub mod civil;
mod export;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod guest;
pub mod hooks;
pub mod host;
mod in_two;
mod joined;
#[cfg(not(target_family = "wasm"))]
pub mod kit;
mod policy;
pub mod prelude;
mod quote;
pub mod records;
pub mod rows;
pub mod settings;
mod symbols;

pub use hooks::{Policy, Scorer, Vetoer, Windows};
pub use host::{Host, Log, Paper, View, Zones};
pub use in_two::in_two;
pub use joined::joined;
#[doc(hidden)]
pub use policy::described;
pub use policy_sdk_derive::Settings;
pub use quote::quoted;
