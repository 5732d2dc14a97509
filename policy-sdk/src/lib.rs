//! The SDK of scale-down policies: what a policy is given, what it answers, and the tools that make a policy short.
//!
//! A policy implements [`Policy`] and one or more of the hooks [`Windows`], [`Vetoer`] and [`Scorer`]. It sees the
//! candidates as a [`records::Batch`] (columns underneath, rows through [`records::Batch::nodes`]), asks for rarer facts
//! through [`Host`], and reads its settings with [`settings::Tree`]. `wit/scale-down.wit` is the contract; the
//! [`records`] and the traits of [`host`] and [`hooks`] mirror it name for name.
//!
//! This crate never reads a clock, a file, the network or the environment, has no float, no `unsafe` and no dependency,
//! and compiles for `wasm32-unknown-unknown`. It knows nothing about the program that hosts a policy.

pub mod amounts;
pub mod civil;
pub mod hooks;
pub mod host;
pub mod kit;
mod quote;
pub mod records;
pub mod rows;
pub mod settings;
mod symbols;

pub use hooks::{Policy, Scorer, Vetoer, Windows};
pub use host::{Host, Log, Paper, View, Zones};
pub use quote::quoted;
