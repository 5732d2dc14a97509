//! `policy test`: the native tests of a project, then its fixtures on the component.

use super::fixture;
use super::what::What;
use crate::args::PolicyTestArgs;
use crate::commands::Failure;
use crate::show;
use anyhow::{Context, anyhow};
use std::fs;
use std::path::Path;
use std::process::Command;

pub fn run(typed: &PolicyTestArgs) -> Result<(), Failure> {
    let what = What::of(&typed.path)?;
    if let What::Project(folder) = &what {
        native(&folder.join("Cargo.toml"))?;
    }
    let module = what.module()?;
    let fixtures = match (&typed.fixtures, &what) {
        (Some(folder), _) => folder.clone(),
        (None, What::Project(folder)) => folder.join("fixtures"),
        (None, _) => {
            return Err(Failure::Usage(
                "--fixtures: a module alone does not say where its fixtures are".into(),
            ));
        }
    };
    let bytes = fs::read(&module).with_context(|| format!("{} cannot be read", module.display()))?;
    let all = fixture::all(&fixtures)?;
    let mut failed = 0;
    let mut text = String::new();
    for path in &all {
        let (name, wrong) = fixture::check(path, &module, &bytes)?;
        text += &format!("{}  {name}\n", if wrong.is_empty() { "ok    " } else { "FAILED" });
        wrong.iter().for_each(|it| text += &format!("        {it}\n"));
        failed += usize::from(!wrong.is_empty());
    }
    text += &format!("{} fixtures, {failed} failed\n", all.len());
    show::print(&text).context("cannot write")?;
    if failed > 0 {
        Err(Failure::Unusable(anyhow!("{failed} of {} fixtures failed", all.len())))
    } else {
        Ok(())
    }
}

fn native(manifest: &Path) -> Result<(), Failure> {
    let mut cargo = Command::new("cargo");
    let status = cargo.args(["test", "--quiet", "--manifest-path"]).arg(manifest).status();
    let status = status.map_err(|it| Failure::Environment(anyhow!("cargo cannot be started: {it}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Unusable(anyhow!("{}: native tests failed", manifest.display())))
    }
}
