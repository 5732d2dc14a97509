//! `policy`: everything that somebody who writes a policy needs, without a cluster.

mod bench;
mod build;
mod check;
mod diff;
mod doctor;
mod fixture;
mod inspect;
mod new;
mod package;
mod replay;
mod run;
mod sdk;
mod status;
mod test;
mod what;

use super::Failure;
use crate::args::PolicyCommand;

/// # Errors
///
/// Where the policy is at fault, what was typed, or the machine.
pub fn run(typed: PolicyCommand) -> Result<(), Failure> {
    match typed {
        PolicyCommand::New(it) => new::run(&it),
        PolicyCommand::Build(it) => build::run(&it),
        PolicyCommand::Check(it) => check::run(&it),
        PolicyCommand::Test(it) => test::run(&it),
        PolicyCommand::Bench(it) => bench::run(&it),
        PolicyCommand::Run(it) => run::run(&it),
        PolicyCommand::Inspect(it) => inspect::run(&it),
        PolicyCommand::Diff(it) => diff::run(&it),
        PolicyCommand::Package(it) => package::run(&it),
        PolicyCommand::Status(it) => status::run(&it),
        PolicyCommand::Replay(it) => replay::run(&it),
        PolicyCommand::Doctor => doctor::run(),
    }
}
