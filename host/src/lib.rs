//! The autoscaler, as far as its pieces are used by more than one command.

pub mod objects;
