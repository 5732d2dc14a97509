//! The fake as a program: prints its address, and serves until it is stopped.

use clap::Parser;
use std::process::ExitCode;
use vpsie_fake::{Armed, Clock, Fake, Fault, World};

/// A VPSie API on 127.0.0.1 to try things on; nothing in it is real
#[derive(Debug, Parser)]
#[command(name = "vpsie-fake", version, max_term_width = 100)]
struct Args {
    /// Where to listen on 127.0.0.1 [default: a free port, which is printed]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    port: u16,

    /// How much faster than real its time passes
    #[arg(long, value_name = "FACTOR", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    speed: u32,

    /// Where chance begins: the same seed gives the same names and faults
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Of a thousand requests, so many meet each of the faults that any request can meet
    #[arg(long, value_name = "PER_MILLE", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    chaos: u32,

    /// Workers of its group
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    workers: usize,

    /// Workers that the plan allows, in each cluster
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    workers_max: usize,

    /// Requests in any minute of its time; 0: no limit
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    requests_per_minute: u32,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime.and_then(|it| it.block_on(serve(&args)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot serve on 127.0.0.1:{}: {error}; --port chooses another port", args.port);
            ExitCode::from(1)
        }
    }
}

async fn serve(args: &Args) -> std::io::Result<()> {
    let mut world = World::new(args.seed);
    world.workers_max = args.workers_max;
    world.requests_per_minute = (args.requests_per_minute > 0).then_some(args.requests_per_minute);
    let cluster = world.add_cluster("HEL-Kubernetes-49ab");
    world.add_group(&cluster, "GRP-Advanced-c745", 55, args.workers);
    if args.chaos > 0 {
        let faults = Fault::OF_ANY_REQUEST.iter().map(|it| Armed::always(*it).per_mille(args.chaos));
        world.faults.armed.extend(faults);
    }
    let token = world.access.token.clone();
    let fake = Fake::serve(world, Clock::real(args.speed), args.port).await?;
    println!(
        "{} serves; token {token}, cluster {cluster}; what can be turned: {}/_mock/faults",
        fake.url(),
        fake.url()
    );
    fake.forever().await;
    Ok(())
}
