//! `explain`: why a node stays or goes, from the running controller. Changes nothing.

use super::{Failure, controller};
use crate::args::ExplainArgs;
use crate::show;
use anyhow::{Context, anyhow};
use http::StatusCode;

/// # Errors
///
/// Where the controller cannot be asked, or has nothing to say.
pub fn run(typed: ExplainArgs) -> Result<(), Failure> {
    let ExplainArgs { node, controller } = typed;
    let letter = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'.';
    if !node.starts_with(|it: char| it.is_ascii_alphanumeric()) || !node.bytes().all(letter) {
        return Err(Failure::Usage(format!("no node can be called {node:?}")));
    }
    let answer = controller::ask(&controller, &format!("explain/{node}"))?;
    match answer.status {
        StatusCode::OK => {
            show::print(&answer.page).context("cannot write the explanation")?;
            Ok(())
        }
        StatusCode::NOT_FOUND => Err(Failure::Usage(answer.page.trim_end().to_string())),
        _ => Err(anyhow!("{}", answer.page.trim_end()).into()),
    }
}
