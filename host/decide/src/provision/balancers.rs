//! What load balancers name.

use super::inventory::Polling;
use super::objects::{Node, Rule, Target};
use crate::time::Time;
use crate::world::Name;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balancers {
    pub rules: Vec<Rule>,
    /// When the reading began that brought them.
    pub began: Option<Time>,
    pub polling: Polling,
}

impl Balancers {
    pub(super) fn new() -> Balancers {
        Balancers { rules: Vec::new(), began: None, polling: Polling::IDLE }
    }

    /// Backends that are this Node, each with its rule. By address: their ids are not to be trusted.
    pub fn naming<'b>(&'b self, node: &'b Node) -> impl Iterator<Item = (&'b Rule, &'b Target)> {
        let of = |it: &&Target| node.addresses.contains(&it.ip);
        self.rules.iter().flat_map(move |rule| rule.backends.iter().filter(of).map(move |it| (rule, it)))
    }

    /// The first rule that would be left without a backend if this Node went. A balancer does not
    /// accept that, and goes on sending to the server that is gone. `goes`: this address is of a
    /// Node that is leaving too.
    #[must_use]
    pub fn last_of<'b>(&'b self, node: &'b Node, goes: impl Fn(&Name) -> bool) -> Option<&'b Rule> {
        let stays = |it: &Target| !node.addresses.contains(&it.ip) && !goes(&it.ip);
        self.naming(node).map(|it| it.0).find(|rule| !rule.backends.iter().any(&stays))
    }
}
