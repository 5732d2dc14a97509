//! What people should hear about policies and what no answer holds.

use decide::world::Name;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub policy: Name,
    pub kind: Kind,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It failed, and `onFault: ignore` lets the decision go on as if it had no opinion.
    FaultIgnored,
    /// What a policy in shadow would have changed.
    Shadow,
    /// A line that it wrote itself: 0 error, 1 warn, 2 info.
    Said { level: u32 },
}

impl fmt::Display for Remark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::FaultIgnored => " (fault ignored)",
            Kind::Shadow => " (shadow)",
            Kind::Said { .. } => "",
        };
        write!(out, "policy {}{kind}: {}", self.policy, self.text)
    }
}
