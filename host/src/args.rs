//! What the user typed. Reading it does nothing.

use clap::{Parser, Subcommand, ValueEnum};
use decide::time::Time;
use std::path::PathBuf;

/// A node autoscaler for Kubernetes on VPSie.
#[derive(Debug, Parser)]
#[command(name = "vpsie-autoscaler", version, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Plan(PlanArgs),
}

/// Show what would be done now, and why; nothing is changed
///
/// Runs the very code that the controller runs on every tick, on objects from files or on the
/// cluster of the current kubeconfig.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 a plan was made, 1 objects or policies cannot be used, 2 usage")]
pub struct PlanArgs {
    /// Objects to decide about: a file, a folder, or - for standard input (YAML or JSON; can be
    /// repeated) [default: the cluster of the current kubeconfig]
    #[arg(short = 'f', long = "filename", value_name = "PATH")]
    pub files: Vec<PathBuf>,

    /// The time of the decision, such as 2026-11-20T10:00:00Z [default: the present]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub now: Option<Time>,

    /// A policy directory as the controller mounts it [default: the shipped policies]
    #[arg(long, value_name = "DIR")]
    pub policies: Option<PathBuf>,

    /// How the plan is printed
    #[arg(short = 'o', long, value_enum, default_value_t)]
    pub output: Output,

    /// Say check by check why this node stays or goes
    #[arg(long, value_name = "NODE")]
    pub explain: Option<String>,

    /// Say how long each part took
    #[arg(long)]
    pub timings: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Output {
    #[default]
    Table,
    Json,
    Yaml,
}

fn time(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| "expected an RFC 3339 time such as 2026-11-20T10:00:00Z".to_string())
}
