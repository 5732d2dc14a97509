//! The autoscaler: what its commands are made of. Wiring only; nothing here decides about a node.

pub mod args;
pub mod clock;
pub mod commands;
mod nearest;
pub mod objects;
pub mod observe;
pub mod provider;
pub mod provision;
pub mod settings;
pub mod show;
pub mod tick;
