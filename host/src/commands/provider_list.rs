//! `provider list`: servers, machines and nodes side by side. Changes nothing.

use super::Failure;
use crate::args::ListArgs;
use crate::objects;
use crate::observe;
use crate::provider;
use crate::settings::{ListSettings, ProviderSettings};
use crate::show;
use anyhow::Context;
use decide::world::World;
use vpsie::Client;

/// # Errors
///
/// Where something is out of step, or could not be read.
pub fn run(typed: ListArgs) -> Result<(), Failure> {
    let settings = ListSettings::of(typed, |it| std::env::var(it)).map_err(Failure::Usage)?;
    let (world, whole) = world(&settings)?;
    let ListSettings { provider: ProviderSettings { api, credentials, cluster, output, look }, .. } =
        settings;
    let url = api.base.to_string();
    let client = Client::new(api, credentials).context("the provider cannot be asked")?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let side = runtime.block_on(provider::look(&client, cluster.as_deref()))?;
    side.problems.iter().for_each(|it| show::complain("warning", it));
    let listing = provider::list(&url, &side, world.as_ref());
    let text = show::formed(&listing, output, |it| show::list(it, look));
    show::print(&text).context("cannot write the list")?;
    let well = whole && listing.problems.is_empty() && listing.out_of_step() == 0;
    if well { Ok(()) } else { Err(Failure::NotWell) }
}

/// What Kubernetes shows, and whether all that was asked for could be read. A cluster that cannot be read keeps
/// nobody from seeing the provider's side; files that cannot be read were asked for.
fn world(settings: &ListSettings) -> anyhow::Result<(Option<World>, bool)> {
    let inputs = if settings.paths.is_empty() {
        match observe::look_if_any() {
            Ok(None) => return Ok((None, true)),
            Ok(Some(seen)) => seen.inputs,
            Err(error) => {
                show::complain("warning", &format!("nodes and machines are not shown: {error:#}"));
                return Ok((None, false));
            }
        }
    } else {
        objects::gather(&settings.paths)?
    };
    Ok((Some(objects::read(&inputs, settings.now)?.world), true))
}
