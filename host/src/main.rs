//! Parse, dispatch, say what went wrong.

use clap::Parser;
use std::process::ExitCode;
use vpsie_autoscaler::args::{Args, Command};
use vpsie_autoscaler::commands;

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Plan(args) => commands::plan::run(args),
        Command::Policy(command) => commands::policy::run(command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
