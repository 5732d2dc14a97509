//! Parse, dispatch, say what went wrong.

use clap::Parser;
use std::process::ExitCode;
use vpsie_autoscaler::args::{Args, Command, ProviderCommand};
use vpsie_autoscaler::commands;

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Run(args) => commands::run::run(args),
        Command::Plan(args) => commands::plan::run(args),
        Command::Policy(command) => commands::policy::run(command),
        Command::Provider(ProviderCommand::Check(args)) => commands::provider_check::run(args),
        Command::Provider(ProviderCommand::List(args)) => commands::provider_list::run(args),
        Command::Explain(args) => commands::explain::run(args),
        Command::Status(args) => commands::status::run(args),
        Command::Journal(args) => commands::journal::run(&args),
        Command::Replay(args) => commands::replay::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
