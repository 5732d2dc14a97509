//! `run`: the controller.

use super::Failure;
use crate::args::RunArgs;
use crate::log;
use crate::run::{self, Settings};
use anyhow::Context;

/// # Errors
///
/// Where it cannot begin.
pub fn run(typed: RunArgs) -> Result<(), Failure> {
    log::start(&typed.log, |it| std::env::var(it)).map_err(Failure::Usage)?;
    let settings = Settings::of(typed, |it| std::env::var(it)).map_err(Failure::Usage)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start")?;
    runtime.block_on(run::run(settings))?;
    Ok(())
}
