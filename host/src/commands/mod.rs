//! One file a command, and how each of them may fail.

mod controller;
pub mod explain;
pub mod journal;
pub mod plan;
pub mod policy;
pub mod provider_check;
pub mod provider_list;
pub mod replay;
pub mod run;
pub mod status;

use crate::show;
use std::process::ExitCode;

/// Why a command did not do what it was told.
#[derive(Debug)]
pub enum Failure {
    /// The world is at fault: an object, a policy, a cluster.
    Unusable(anyhow::Error),
    /// What was typed makes no sense.
    Usage(String),
    /// This machine lacks something.
    Environment(anyhow::Error),
    /// It was done, and what it shows is not well.
    NotWell,
}

impl Failure {
    /// Says it on standard error, causes and all.
    #[must_use]
    pub fn report(&self) -> ExitCode {
        match self {
            Failure::Unusable(error) => {
                show::complain("error", &chain(error));
                ExitCode::from(1)
            }
            Failure::Usage(text) => {
                show::complain("error", text);
                ExitCode::from(2)
            }
            Failure::Environment(error) => {
                show::complain("error", &chain(error));
                ExitCode::from(3)
            }
            Failure::NotWell => ExitCode::from(1),
        }
    }
}

/// What failed and why, cause after cause; a list of causes on lines of its own.
fn chain(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !words.is_empty() {
            words += if cause.contains('\n') { ":\n" } else { ": " };
        }
        words += &cause;
    }
    words
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Unusable(error)
    }
}
