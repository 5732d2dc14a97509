//! A provider and a cluster in memory and in virtual time, with faults, and the driver between them
//! and the engine. Rules that must never be broken are checked when a call is made, not at the end.

pub mod dice;
pub mod faults;
pub mod sim;
pub mod truth;
