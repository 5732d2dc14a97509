//! `status`: how the running controller is and what it is at. Changes nothing.

use super::{Failure, controller};
use crate::args::StatusArgs;
use crate::show;
use anyhow::{Context, anyhow};
use http::StatusCode;

/// # Errors
///
/// Where the controller cannot be asked, or something is not well.
pub fn run(typed: StatusArgs) -> Result<(), Failure> {
    let StatusArgs { controller } = typed;
    let answer = controller::ask(&controller, "status")?;
    match answer.status {
        StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE => {
            show::print(&answer.page).context("cannot write the status")?;
            if answer.status == StatusCode::OK { Ok(()) } else { Err(Failure::NotWell) }
        }
        _ => Err(anyhow!("{}", answer.page.trim_end()).into()),
    }
}
