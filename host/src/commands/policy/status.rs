//! `policy status`: which policies a running controller decides with, and what became of others.

use crate::args::{ControllerArgs, Output, PolicyStatusArgs};
use crate::commands::{Failure, controller};
use crate::show::{self, Look};
use anyhow::{Context, anyhow};
use http::StatusCode;
use serde_json::Value;

pub fn run(typed: &PolicyStatusArgs) -> Result<(), Failure> {
    let ControllerArgs { controller, output } = &typed.controller;
    let asked = ControllerArgs { controller: controller.clone(), output: Output::Json };
    let answer = controller::ask(&asked, "policies")?;
    if answer.status != StatusCode::OK {
        return Err(anyhow!("{}", answer.page.trim_end()).into());
    }
    let status: Value = serde_json::from_str(&answer.page).context("the controller answers with no JSON")?;
    let text = show::formed(&status, *output, |it| show::policies(it, Look::of_stdout()));
    show::print(&text).context("cannot write the status")?;
    Ok(())
}
