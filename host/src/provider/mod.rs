//! The provider's side, looked at for people. Reads only, and decides nothing.

mod check;
mod list;
mod side;

pub use check::{Check, Found, Report, check};
pub use list::{ClusterRow, GroupRow, Listing, MachineRow, Row, list};
pub use side::{ClusterSide, Side, look};

use vpsie::Cluster;

/// What was asked for by a name or an identifier.
fn is_it(cluster: &Cluster, wanted: &str) -> bool {
    cluster.id.as_str() == wanted || cluster.name.eq_ignore_ascii_case(wanted)
}

fn there_is_none(wanted: &str, clusters: &[Cluster]) -> String {
    let names: Vec<&str> = clusters.iter().map(|it| &*it.name).collect();
    match names.is_empty() {
        true => format!("there is no cluster {wanted:?}, and no other either"),
        false => format!("there is no cluster {wanted:?}; there are: {}", names.join(", ")),
    }
}
