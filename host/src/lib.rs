//! The autoscaler: what its commands are made of. Wiring only; nothing here decides about a node.

pub mod act;
pub mod args;
pub mod clock;
pub mod cluster;
pub mod commands;
pub mod journal;
pub mod kinds;
pub mod lead;
pub mod log;
pub mod looked;
pub mod metrics;
mod nearest;
pub mod news;
pub mod objects;
pub mod observe;
mod outgoing;
pub mod provider;
pub mod provision;
mod queue;
pub mod run;
pub mod serve;
pub mod settings;
pub mod show;
pub mod status;
pub mod tick;
pub mod trace;
pub mod voices;
