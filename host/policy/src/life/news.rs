//! What people should hear of the life of policies.

use crate::remark::Remark;
use std::fmt;

/// Each with a text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Activated(String),
    Rejected(String),
    RolledBack(String),
    /// Nothing changed, and somebody should look at it.
    Note(String),
    /// What a policy did that no answer holds.
    Remark(Remark),
}

impl News {
    /// The reason of a Kubernetes event, where it is one of the generation itself.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            News::Activated(_) => Some("PolicyActivated"),
            News::Rejected(_) => Some("PolicyRejected"),
            News::RolledBack(_) => Some("PolicyRolledBack"),
            News::Note(_) | News::Remark(_) => None,
        }
    }
}

impl fmt::Display for News {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            News::Activated(text) | News::Rejected(text) | News::RolledBack(text) | News::Note(text) => {
                out.write_str(text)
            }
            News::Remark(remark) => remark.fmt(out),
        }
    }
}

/// What came of deciding recorded ticks again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Replayed {
    pub ticks: usize,
    /// On nodes, in all of the ticks.
    pub verdicts: usize,
    /// Of those.
    pub changed: usize,
}

impl fmt::Display for Replayed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Replayed { ticks, verdicts, changed } = self;
        match ticks {
            0 => Ok(()),
            _ => write!(out, "; in the last {ticks} ticks it changes {changed} of {verdicts} verdicts"),
        }
    }
}

/// As much of a digest as people compare.
pub(crate) fn short(digest: &str) -> &str {
    const DIGITS: usize = 12;
    let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
    digits.get(..DIGITS).unwrap_or(digits)
}
