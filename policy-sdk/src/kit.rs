//! A native test kit: a small world by hand in a few lines, and a policy run on it.
//!
//! ```
//! use policy_sdk::kit::{Node, Pod, World};
//!
//! let world = World::at("2026-11-20T10:00:00Z")
//!     .node(Node::named("n1").label("pool", "blue").pod(Pod::named("web/a-0")))
//!     .node(Node::named("n2"));
//! let batch = world.batch();
//! assert_eq!(batch.nodes().map(|node| node.pods()).collect::<Vec<_>>(), [1, 0]);
//! ```
//!
//! It is for tests only: what a test writes down wrongly panics here, and nowhere else in this crate.

mod chance;
mod group;
mod json;
mod node;
mod pairs;
mod pod;
mod random;
mod schema;
mod view;
mod world;

pub use chance::Chance;
pub use group::Group;
pub use json::settings;
pub use node::Node;
pub use pod::Pod;
pub use schema::check_schema;
pub use world::World;

use crate::civil;
use crate::records::Diagnostic;
use crate::settings::Tree;
use crate::{Policy, Zones};

/// A policy from settings written as JSON.
pub fn configure<P: Policy>(json: &str, zones: &dyn Zones) -> Result<P, Vec<Diagnostic>> {
    P::configure(&Tree::new(&settings(json)), zones)
}

/// An instant written as RFC 3339.
fn instant(text: &str) -> i64 {
    match civil::instant(text) {
        Some(instant) => instant,
        None => panic!("{text:?} is no instant"),
    }
}
