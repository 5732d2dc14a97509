//! The pure core: one value in, one plan out.
//!
//! Invariant: this crate knows no clock, socket, thread, randomness or log, and no policy either;
//! what policies say comes in as values. The same input gives the same bytes.
//!
//! A decision goes through stages, each of which takes the one before it:
//!
//! ```text
//! World + Memory -> Facts -> Tick --(paces)--> Shortlist --(vetoes, scores)--> Settle -> Plan
//!                            paper world       candidates                      one turn each
//! ```

pub mod add;
pub mod ask;
pub mod build;
pub mod explain;
pub mod facts;
pub mod idle;
pub mod keep;
pub mod ledger;
pub mod marks;
pub mod memory;
pub mod pace;
pub mod place;
pub mod plan;
pub mod provision;
pub mod question;
pub mod rank;
pub mod removal;
pub mod resources;
pub mod roles;
pub mod say;
pub mod select;
pub mod settings;
pub mod settle;
pub mod shortlist;
pub mod steps;
pub mod tick;
pub mod time;
pub mod usage;
pub mod world;
