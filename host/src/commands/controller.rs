//! How commands ask the running controller.

use super::Failure;
use crate::args::{ControllerArgs, Output};
use crate::outgoing;
use crate::show::{self, Look};
use anyhow::{Context, anyhow};
use http::StatusCode;
use std::time::Duration;

/// Longer than the controller takes for any page.
const TIME: Duration = Duration::from_secs(60);
const BYTES_MAX: usize = 64 << 20;
/// What an answer of the controller names as its server.
const NAME: &str = "vpsie-autoscaler/";

/// An answer of the controller, fit to be printed.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub page: String,
}

/// `path` without its leading slash.
pub fn ask(args: &ControllerArgs, path: &str) -> Result<Answer, Failure> {
    let (client, base) = outgoing::client(&args.controller, TIME)
        .map_err(|it| Failure::Usage(format!("--controller: {it}")))?;
    let at = base.as_str().trim_end_matches('/');
    let url = format!("{at}/{path}?{}", form(args.output, Look::of_stdout()));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(async {
        let mut answer = client.get(&url).send().await.map_err(|it| {
            anyhow!(
                "nobody answers at {at}: {}\nis the controller running, and its port forwarded? \
                 kubectl -n kube-system port-forward deployment/vpsie-autoscaler 8080",
                outgoing::why(it)
            )
        })?;
        let server = answer.headers().get(http::header::SERVER).and_then(|it| it.to_str().ok());
        if !server.is_some_and(|it| it.starts_with(NAME)) {
            let status = answer.status();
            return Err(anyhow!(
                "it is not the controller that answers at {at} ({status}); --controller says where it is"
            )
            .into());
        }
        let mut bytes = Vec::new();
        while let Some(part) = answer
            .chunk()
            .await
            .map_err(|it| anyhow!("the answer of {at} was cut off: {}", outgoing::why(it)))?
        {
            bytes.extend_from_slice(&part);
            if bytes.len() > BYTES_MAX {
                return Err(anyhow!("the answer of {at} is longer than {} MiB", BYTES_MAX >> 20).into());
            }
        }
        let page = show::tamed(&String::from_utf8_lossy(&bytes));
        Ok(Answer { status: answer.status(), page })
    })
}

fn form(output: Output, look: Look) -> String {
    let mut form = match output {
        Output::Json => "o=json".to_string(),
        Output::Yaml => "o=yaml".to_string(),
        Output::Table => "o=table".to_string(),
    };
    if let Some(width) = look.width {
        form += &format!("&width={width}");
    }
    if look.colour {
        form += "&colour";
    }
    form
}
