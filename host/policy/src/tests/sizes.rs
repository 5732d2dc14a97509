//! How large the built-in policies may be: they are what others measure theirs by.

use crate::shipped::SHIPPED;

/// In bytes. Under 60 KB is the aim; what is above may not grow.
const MOST: [(&str, usize); 3] = [("schedule", 74_000), ("safety", 60_000), ("priority", 60_000)];

#[test]
fn the_built_in_policies_are_small() {
    for (name, most) in MOST {
        let module = SHIPPED.iter().find(|it| it.name == name).expect("it is built in").module();
        assert!(module.bytes < most, "{name} has {} bytes, and at most {most} are wanted", module.bytes);
    }
}
