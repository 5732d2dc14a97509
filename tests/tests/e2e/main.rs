//! The controller in a real cluster: a whole control plane for each test, our manifests with nothing more, and
//! a provider on whose servers the nodes live. What is looked at is the state of the world.

mod faults;
mod growth;
mod install;
mod leaders;
mod policies;
mod removal;
