//! What the user typed. Reading it does nothing.

use clap::{Parser, Subcommand, ValueEnum};
use decide::time::Time;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A node autoscaler for Kubernetes on VPSie.
#[derive(Debug, Parser)]
#[command(name = "vpsie-autoscaler", version, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Run(RunArgs),
    Plan(PlanArgs),
    /// Write, build, check, try and package scale-down policies
    #[command(subcommand, after_help = POLICY_STATUS)]
    Policy(PolicyCommand),
    #[command(subcommand)]
    Provider(ProviderCommand),
    Explain(ExplainArgs),
    Status(StatusArgs),
    Journal(JournalArgs),
    Replay(ReplayArgs),
}

const POLICY_STATUS: &str =
    "Exit status: 0 good, 1 the policy's fault, 2 usage, 3 this machine lacks something";

/// Run the controller
///
/// Looks at the cluster of the kubeconfig, or at the one that it runs in. The provider's address and credentials
/// are in a Secret: url, and token, or clientId and clientSecret.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 it was told to end, 1 it cannot run, 2 usage")]
pub struct RunArgs {
    /// The kubeconfig of the cluster [default: KUBECONFIG, ~/.kube/config, or the cluster that it runs in]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// A policy directory, usually a mounted ConfigMap; it is watched [default: the shipped policies]
    #[arg(long, value_name = "DIR")]
    pub policies: Option<PathBuf>,

    /// Where every decision is recorded, so that it can be replayed, and the last policies that worked are
    /// kept [default: nowhere]
    #[arg(long, value_name = "DIR")]
    pub journal: Option<PathBuf>,

    /// How large the journal may become, in MiB; the oldest goes first
    #[arg(long, value_name = "MIB", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub journal_mib: u64,

    /// How often it decides
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub tick: Duration,

    /// How often the metrics API is asked
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub collect: Duration,

    /// How old what the provider's lists of servers show may be; a server that is not on them is only believed to
    /// be gone when they are newer
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub provider_lag: Duration,

    /// Where /healthz, /readyz, /metrics, /plan, /explain and /policies are answered
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,

    /// Decide and show, and carry out nothing
    #[arg(long)]
    pub dry_run: bool,

    /// The namespace of the Secret and of the Lease
    #[arg(long, default_value = "kube-system")]
    pub namespace: String,

    /// The name of the Secret
    #[arg(long, value_name = "NAME", default_value = "vpsie-secret")]
    pub secret: String,

    /// Who holds the Lease; no two replicas may have the same [default: of host name, process and time]
    #[arg(long, value_name = "NAME")]
    pub identity: Option<String>,

    #[command(flatten)]
    pub log: LogArgs,
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

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    New(PolicyNewArgs),
    Build(PolicyBuildArgs),
    Check(PolicyCheckArgs),
    Test(PolicyTestArgs),
    Bench(PolicyBenchArgs),
    Run(PolicyRunArgs),
    Inspect(PolicyInspectArgs),
    Diff(PolicyDiffArgs),
    Package(PolicyPackageArgs),
    Status(PolicyStatusArgs),
    Replay(PolicyReplayArgs),
    /// Tell whether this machine has what building and running policies needs
    Doctor,
}

/// Make a project that builds, passes its tests and loads
#[derive(Debug, clap::Args)]
#[command(after_help = POLICY_STATUS)]
pub struct PolicyNewArgs {
    /// Where; its last part is the name of the policy
    #[arg(value_name = "NAME")]
    pub path: PathBuf,

    /// What the policy does
    #[arg(long, value_enum)]
    pub hook: Hook,

    /// The policy-sdk folder to build against [default: a copy of this program's, in the project]
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Hook {
    /// Which nodes go first
    Scorer,
    /// Which nodes stay
    Vetoer,
    /// When nodes may go, and how fast
    Windows,
}

/// Build a project into a component
#[derive(Debug, clap::Args)]
#[command(after_help = POLICY_STATUS)]
pub struct PolicyBuildArgs {
    /// The project's folder
    #[arg(default_value = ".")]
    pub path: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct PolicyWhat {
    /// The project's folder, or a module
    #[arg(default_value = ".")]
    pub path: PathBuf,

    /// Its settings, as they would stand in policies.yaml
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}

/// Ask of a policy all that the autoscaler asks before it trusts one
#[derive(Debug, clap::Args)]
#[command(after_help = POLICY_STATUS)]
pub struct PolicyCheckArgs {
    #[command(flatten)]
    pub what: PolicyWhat,

    /// The size of the cluster that it is for; it is tried on twice as many
    #[arg(long, default_value_t = 1000, value_parser = nodes)]
    pub nodes: usize,
}

/// Run the native tests of a project, then its fixtures on the component
#[derive(Debug, clap::Args)]
#[command(after_help = POLICY_STATUS)]
pub struct PolicyTestArgs {
    /// The project's folder, or a module
    #[arg(default_value = ".")]
    pub path: PathBuf,

    /// The folder of the fixtures, files that end in .fixture.yaml [default: the project's fixtures]
    #[arg(long, value_name = "DIR")]
    pub fixtures: Option<PathBuf>,
}

/// Tell what a policy costs on clusters of several sizes
#[derive(Debug, clap::Args)]
#[command(after_help = POLICY_STATUS)]
pub struct PolicyBenchArgs {
    /// The project's folder, or a module
    #[arg(default_value = ".")]
    pub path: PathBuf,

    /// Its settings, as they would stand in policies.yaml
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}

/// Show what one policy says about a cluster
#[derive(Debug, clap::Args)]
#[command(after_help = POLICY_STATUS)]
pub struct PolicyRunArgs {
    #[command(flatten)]
    pub what: PolicyWhat,

    /// Objects to ask about: a file, a folder, or - for standard input (can be repeated)
    #[arg(short = 'f', long = "filename", value_name = "PATH", required = true)]
    pub files: Vec<PathBuf>,

    /// The time of the decision, such as 2026-11-20T10:00:00Z [default: the present]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub now: Option<Time>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Show what a module is
#[derive(Debug, clap::Args)]
#[command(after_help = POLICY_STATUS)]
pub struct PolicyInspectArgs {
    /// The project's folder, or a module
    #[arg(default_value = ".")]
    pub path: PathBuf,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Show what differs between two modules
#[derive(Debug, clap::Args)]
#[command(after_help = POLICY_STATUS)]
pub struct PolicyDiffArgs {
    pub one: PathBuf,
    pub other: PathBuf,

    /// Settings of both, as they would stand in policies.yaml
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}

/// Print the ConfigMap that brings a policy into a cluster
#[derive(Debug, clap::Args)]
#[command(after_help = POLICY_STATUS)]
pub struct PolicyPackageArgs {
    /// The project's folder, a module, or a policy directory
    #[arg(default_value = ".")]
    pub path: PathBuf,

    /// The name of the ConfigMap
    #[arg(long, default_value = "vpsie-autoscaler-policies")]
    pub name: String,

    #[arg(long, default_value = "kube-system")]
    pub namespace: String,
}

/// Show which policies the running controller decides with, and what became of others
#[derive(Debug, clap::Args)]
#[command(after_help = POLICY_STATUS)]
pub struct PolicyStatusArgs {
    #[command(flatten)]
    pub controller: ControllerArgs,
}

/// Tell which verdicts of recorded ticks would have been others with a policy
///
/// A module or project is asked in the place of the recorded policy of its name, beside what the others
/// answered then. A policy directory is asked in the place of all.
#[derive(Debug, clap::Args)]
#[command(after_help = POLICY_STATUS)]
pub struct PolicyReplayArgs {
    /// The project's folder, a module, or a policy directory
    #[arg(default_value = ".")]
    pub path: PathBuf,

    /// The folder of the journal
    #[arg(long, value_name = "DIR")]
    pub journal: PathBuf,

    /// Settings of a module, as they would stand in policies.yaml
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,

    #[command(flatten)]
    pub ticks: TicksArgs,
}

/// Which ticks of a journal.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct TicksArgs {
    /// This tick alone
    #[arg(long, value_name = "N", conflicts_with = "last")]
    pub tick: Option<u64>,

    /// The newest ticks alone
    #[arg(long, value_name = "N")]
    pub last: Option<usize>,
}

/// Show what was decided, tick by tick, from the journal of a controller
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 shown, 1 the journal cannot be read, 2 usage")]
pub struct JournalArgs {
    /// The folder of the journal; it may be one that is written just now
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,

    /// All of one tick; with --node, its explanation of that node, check by check
    #[arg(long, value_name = "N")]
    pub tick: Option<u64>,

    /// When the verdict of one node changed, and why
    #[arg(long, value_name = "NODE")]
    pub node: Option<String>,

    /// How it is printed
    #[arg(short = 'o', long, value_enum, default_value_t)]
    pub output: Output,
}

/// Decide recorded ticks again
///
/// From the recorded world, memory and answers the plan must come out the same, byte for byte. With
/// --policies, those are asked instead, and what would have been decided otherwise is shown.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 the same (or shown what would change), 1 not the same, or the journal or \
                  the policies cannot be used, 2 usage"
)]
pub struct ReplayArgs {
    /// The folder of the journal
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,

    #[command(flatten)]
    pub ticks: TicksArgs,

    /// A policy directory that is asked in the place of those that were
    #[arg(long, value_name = "DIR")]
    pub policies: Option<PathBuf>,
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

/// Say check by check why a node stays or goes; asks the running controller
#[derive(Debug, clap::Args)]
#[command(after_help = EXPLAIN_HELP)]
pub struct ExplainArgs {
    /// The node
    pub node: String,

    #[command(flatten)]
    pub controller: ControllerArgs,
}

/// Show how the running controller is and what it is at
#[derive(Debug, clap::Args)]
#[command(after_help = STATUS_HELP)]
pub struct StatusArgs {
    #[command(flatten)]
    pub controller: ControllerArgs,
}

macro_rules! reach {
    ($exit:literal) => {
        concat!(
            "In a cluster, this brings the controller's port to this machine, where it is looked for:\n",
            "  kubectl -n kube-system port-forward deployment/vpsie-autoscaler 8080\n\n",
            "Exit status: ",
            $exit
        )
    };
}

const EXPLAIN_HELP: &str = reach!(
    "0 it is explained, 1 the controller cannot be asked or has not decided yet, 2 usage, no such node"
);
const STATUS_HELP: &str = reach!("0 all is well, 1 something is not, 2 usage");

#[derive(Debug, clap::Args)]
pub struct ControllerArgs {
    /// Where the controller answers
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub controller: String,

    /// How the answer is printed
    #[arg(short = 'o', long, value_enum, default_value_t)]
    pub output: Output,
}

/// How the log of a command that keeps running looks.
#[derive(Debug, clap::Args)]
pub struct LogArgs {
    /// The form of the log
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub log_format: LogFormat,

    /// What is logged: error, warn, info, debug, trace, or by part, such as info,kube=debug
    /// [default: RUST_LOG, else info]
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Output {
    #[default]
    Table,
    Json,
    Yaml,
}

/// `500ms`, `10s`, `1m`.
fn duration(text: &str) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_secs(3600);
    const SHORTEST: Duration = Duration::from_millis(100);
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    let found = number.parse::<u64>().ok().and_then(|it| it.checked_mul(millis)).map(Duration::from_millis);
    let found = found.filter(|it| (SHORTEST..=LONGEST).contains(it));
    found.ok_or_else(|| "expected a time from 100ms to 1h, such as 10s".to_string())
}

fn time(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| "expected an RFC 3339 time such as 2026-11-20T10:00:00Z".to_string())
}

fn nodes(text: &str) -> Result<usize, String> {
    const MOST: usize = 15_000;
    text.parse()
        .ok()
        .filter(|it| *it <= MOST)
        .ok_or_else(|| format!("expected a number of nodes up to {MOST}"))
}
