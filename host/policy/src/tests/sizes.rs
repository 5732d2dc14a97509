//! How large the built-in policies may be: they are what others measure theirs by.

use crate::shipped::SHIPPED;

const BYTES_MAX: usize = 60_000;

#[test]
fn the_built_in_policies_are_small() {
    for shipped in SHIPPED.iter() {
        let (name, bytes) = (shipped.name, shipped.module().bytes);
        assert!(bytes < BYTES_MAX, "{name} has {bytes} bytes, and less than {BYTES_MAX} are wanted");
    }
}
