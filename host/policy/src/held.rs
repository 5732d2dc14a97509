//! What decides where a policy directory was given and nothing in it can be used: nobody knows which nodes
//! its policies would have kept, so all are.

use crate::hooks::Hooks;
use crate::member::{Manner, Member};
use crate::set::Set;
use crate::shipped::SHIPPED;
use policy_sdk::records::{Batch, Fault, Vetoed};
use policy_sdk::{Host, Vetoer};

/// The name under which nodes are kept.
const NAME: &str = "policy-directory";

#[derive(Debug)]
struct Held {
    why: String,
}

impl Hooks for Held {
    fn vetoer(&self) -> Option<&dyn Vetoer> {
        Some(self)
    }
}

impl Vetoer for Held {
    fn veto(&self, _: &Batch, _: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        Err(Fault { code: String::new(), text: self.why.clone() })
    }
}

/// The built-in policies, and one that keeps every node.
pub(crate) fn set(why: String) -> Set {
    let held = Member {
        name: NAME.into(),
        version: String::new(),
        digest: String::new(),
        source: "built-in".to_owned(),
        hooks: Box::new(Held { why }),
        manner: Manner::default(),
    };
    Set::of(std::iter::once(held).chain(SHIPPED.iter().map(Member::shipped)).collect())
}
