//! Ports of the host: two pods on one node cannot have the same.

use crate::world::HostPort;

const EVERY_ADDRESS: &str = "0.0.0.0";

pub fn conflict<'w>(
    wanted: &'w [HostPort],
    taken: impl Iterator<Item = &'w HostPort>,
) -> Option<&'w HostPort> {
    let same = |want: &HostPort, it: &HostPort| {
        it.port == want.port
            && it.protocol == want.protocol
            && (it.ip == want.ip || &*it.ip == EVERY_ADDRESS || &*want.ip == EVERY_ADDRESS)
    };
    taken.into_iter().find_map(|it| wanted.iter().find(|want| same(want, it)))
}
