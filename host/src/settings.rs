//! What the program needs, checked once.

use crate::args::{Output, PlanArgs};
use crate::clock;
use crate::show::Look;
use decide::time::Time;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct PlanSettings {
    /// Files, folders and standard input; empty: the cluster.
    pub paths: Vec<PathBuf>,
    pub now: Time,
    pub policies: Option<PathBuf>,
    pub output: Output,
    pub look: Look,
    pub explain: Option<String>,
    pub timings: bool,
}

impl PlanSettings {
    /// # Errors
    ///
    /// What is wrong with what was typed.
    pub fn of(typed: PlanArgs) -> Result<PlanSettings, String> {
        let PlanArgs { files, now, policies, output, explain, timings } = typed;
        if files.iter().filter(|it| it.as_path() == Path::new("-")).count() > 1 {
            return Err("standard input can be read only once: -f - is given twice".into());
        }
        Ok(PlanSettings {
            paths: files,
            now: now.unwrap_or_else(clock::now),
            policies,
            output,
            look: Look::of_stdout(),
            explain,
            timings,
        })
    }
}
