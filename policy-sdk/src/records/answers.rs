//! What a policy answers. The host checks every field; a violation refuses the whole answer.

use super::{GroupIndex, NodeIndex, PodIndex};

/// Why a node is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// `[a-z0-9-]{1,64}`, stable.
    pub code: String,
    /// At most 256 bytes, cut by the host. May hold `{node}`, `{pod}`, `{group}` and `{volume:N}`; the host
    /// puts the names in after the limit was applied.
    pub text: String,
    /// What would have changed the answer.
    pub flips: Option<String>,
}

/// A node's place in the order of removal: higher goes earlier, a node that is not named counts as 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scored {
    pub node: NodeIndex,
    /// Within ±1,000,000.
    pub score: i32,
    pub why: Option<String>,
}

/// A node that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vetoed {
    pub node: NodeIndex,
    /// The pod that decided, where one did.
    pub pod: Option<PodIndex>,
    pub why: Reason,
    /// When time alone may change this answer.
    pub until: Option<i64>,
}

/// How fast a group may shrink now. `None` is no opinion; of several policies the most restrictive of each
/// named number holds. At most one for a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    pub group: GroupIndex,
    /// For people only; empty is none.
    pub mode: String,
    /// Never, whatever the numbers say.
    pub disabled: bool,
    /// 0 is closed.
    pub at_once: Option<u32>,
    /// Hundredths of a percent, like `memory_threshold`.
    pub cpu_threshold: Option<u32>,
    pub memory_threshold: Option<u32>,
    pub window_seconds: Option<u32>,
    pub why: String,
    /// The first later instant at which this pace is another one; where closed, at which it is open.
    pub until: Option<i64>,
}

/// A hook that cannot answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    pub code: String,
    pub text: String,
}

/// What is wrong with a setting, and where: a JSON pointer into the settings and a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostic {
    pub pointer: String,
    pub text: String,
}

/// One of [`Metadata::more`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Property {
    pub key: String,
    pub value: String,
}

/// What a policy says of itself. Known keys of `more`: `settings-schema`, `documentation`, `license`,
/// `source`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    pub name: String,
    pub version: String,
    pub more: Vec<Property>,
}

impl Scored {
    /// With a reason.
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }
}

impl Vetoed {
    /// With what would have changed the answer.
    pub fn flips(mut self, flips: impl Into<String>) -> Self {
        self.why.flips = Some(flips.into());
        self
    }

    /// With the instant at which time alone may change the answer.
    pub fn until(mut self, instant: i64) -> Self {
        self.until = Some(instant);
        self
    }
}

impl Metadata {
    pub fn new(name: &str, version: &str) -> Self {
        Self { name: name.to_owned(), version: version.to_owned(), more: Vec::new() }
    }

    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.more.push(Property { key: key.to_owned(), value: value.to_owned() });
        self
    }
}
