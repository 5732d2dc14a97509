//! Connections to others that are neither the cluster nor the provider: the controller that commands ask, and
//! whoever collects traces.

use reqwest::{Client, Url};
use std::time::Duration;

const CONNECT_TIME: Duration = Duration::from_secs(5);

/// A client for one place, and the URL that was meant.
///
/// # Errors
///
/// What is wrong with the URL, or with this machine.
pub fn client(url: &str, time: Duration) -> Result<(Client, Url), String> {
    let url = Url::parse(url).map_err(|it| format!("{url:?} is no URL: {it}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("{url}: expected http://HOST:PORT or https://HOST:PORT"));
    }
    // Fails where the process has chosen one already, and then that is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut client = Client::builder()
        .timeout(time)
        .connect_timeout(CONNECT_TIME)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    if host == "localhost" || address.is_ok_and(|it| it.is_loopback()) {
        client = client.no_proxy();
    }
    if url.scheme() == "http" {
        // A machine without certificates to trust can ask what needs none.
        client = client.tls_certs_only([]);
    }
    let client = client.build().map_err(|it| {
        format!("cannot prepare secure connections: {it} (are certificates to trust installed, such as ca-certificates?)")
    })?;
    Ok((client, url))
}

/// Why something was not answered, without the URL, which whoever asked knows.
#[must_use]
pub fn why(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(it) = cause {
        words = it.to_string();
        cause = it.source();
    }
    words
}
