//! The shipped policies over whole decisions.

use super::{Cluster, decide, verdict};
use crate::Set;

/// Two empty nodes beside one of ten cores. Without both, what is requested is 86 % of the rest.
fn two_empty(requested: i64) -> Cluster {
    Cluster::new().node("n10", 4).node("n11", 4).node("keeper", 10).pod("base/fill-0", "keeper", requested)
}

#[test]
fn the_second_of_two_is_asked_about_again_on_the_changed_paper() {
    let set = Set::shipped();
    let decision = decide(&two_empty(8_600).world(), &set);
    assert_eq!(verdict(&decision.plan, "n10"), "Remove");
    assert_eq!(verdict(&decision.plan, "n11"), "Vetoed safety capacity");
    assert_eq!(decision.again.len(), 1);

    let decision = decide(&two_empty(8_500).world(), &set);
    assert_eq!(verdict(&decision.plan, "n10"), "Remove");
    assert_eq!(verdict(&decision.plan, "n11"), "Remove");
    assert_eq!(decision.again, []);
}
