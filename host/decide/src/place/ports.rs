//! Ports of the host: two pods on one node cannot have the same.

use crate::world::HostPort;

const EVERY_ADDRESS: &str = "0.0.0.0";

#[must_use]
pub fn conflict<'a>(wanted: &'a [HostPort], taken: &[HostPort]) -> Option<&'a HostPort> {
    wanted.iter().find(|want| {
        taken.iter().any(|it| {
            it.port == want.port
                && it.protocol == want.protocol
                && (it.ip == want.ip || &*it.ip == EVERY_ADDRESS || &*want.ip == EVERY_ADDRESS)
        })
    })
}
