//! `provider check`: whether the provider can be used as it should be. Changes nothing.

use super::Failure;
use crate::args::CheckArgs;
use crate::provider::{self, Found};
use crate::settings::ProviderSettings;
use crate::show;
use anyhow::Context;
use vpsie::Client;

/// # Errors
///
/// Where something is not well, or nothing can be said about it.
pub fn run(typed: CheckArgs) -> Result<(), Failure> {
    let settings = ProviderSettings::of(typed.provider, |it| std::env::var(it)).map_err(Failure::Usage)?;
    let ProviderSettings { api, credentials, cluster, output, look } = settings;
    let url = api.base.to_string();
    let client = Client::new(api, credentials).context("the provider cannot be asked")?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let report = runtime.block_on(provider::check(&client, &url, cluster.as_deref()));
    let text = show::formed(&report, output, |it| show::check(it, look));
    show::print(&text).context("cannot write the report")?;
    if report.count(Found::Wrong) > 0 { Err(Failure::NotWell) } else { Ok(()) }
}
