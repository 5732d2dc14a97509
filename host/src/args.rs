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
    #[command(subcommand)]
    Provider(ProviderCommand),
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

/// Look at the provider's side; nothing is changed
#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    Check(CheckArgs),
    List(ListArgs),
}

/// Say whether the provider can be used as it should be: credentials, clusters, groups, offers, permissions
#[derive(Debug, clap::Args)]
#[command(after_help = PROVIDER_HELP)]
pub struct CheckArgs {
    #[command(flatten)]
    pub provider: ProviderArgs,
}

/// Show servers, machines and nodes side by side, and what is out of step
///
/// Machines and nodes are shown where there is a cluster to look at or objects are given.
#[derive(Debug, clap::Args)]
#[command(after_help = PROVIDER_HELP)]
pub struct ListArgs {
    #[command(flatten)]
    pub provider: ProviderArgs,

    /// Nodes and machines: a file, a folder, or - for standard input (YAML or JSON; can be repeated)
    /// [default: the cluster of the current kubeconfig, if there is one]
    #[arg(short = 'f', long = "filename", value_name = "PATH")]
    pub files: Vec<PathBuf>,
}

const PROVIDER_HELP: &str = "\
Credentials come from the environment: VPSIE_TOKEN, or VPSIE_CLIENT_ID and VPSIE_CLIENT_SECRET

Exit status: 0 all is well, 1 something is not, 2 usage";

#[derive(Debug, clap::Args)]
pub struct ProviderArgs {
    /// Where the API is, with a prefix if it is not /apps/v2; https, or http on this machine
    #[arg(long, value_name = "URL", default_value = "https://api.vpsie.com")]
    pub url: String,

    /// Look at this cluster alone, by its name or identifier [default: all of the account]
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,

    /// How the result is printed
    #[arg(short = 'o', long, value_enum, default_value_t)]
    pub output: Output,
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
