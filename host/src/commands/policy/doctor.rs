//! `policy doctor`: whether this machine has what building and running policies needs.

use crate::commands::Failure;
use crate::show;
use anyhow::{Context, anyhow};
use std::process::Command;

pub fn run() -> Result<(), Failure> {
    let mut missing = Vec::new();
    let mut text = String::new();
    let rustc = said("rustc", &["--version"]);
    let cargo = said("cargo", &["--version"]);
    let installed = said("rustc", &["--print", "target-libdir", "--target", component::TARGET])
        .filter(|it| std::path::Path::new(it).is_dir());
    let rows = [
        ("rustc", rustc.clone(), "install Rust: https://rustup.rs"),
        ("cargo", cargo, "install Rust: https://rustup.rs"),
        (
            component::TARGET,
            installed.map(|_| "installed".to_string()),
            "rustup target add wasm32-unknown-unknown",
        ),
    ];
    for (name, found, cure) in rows {
        match found {
            Some(found) => text += &format!("ok       {name}: {found}\n"),
            None => {
                text += &format!("missing  {name}: {cure}\n");
                missing.push(name);
            }
        }
    }
    let pool = if policy::engine_is_pooled() {
        "instances come from a pool"
    } else {
        "address space is short: instances are made one by one, which is slower"
    };
    text += &format!(
        "ok       engine: {pool}\nok       host: {} serves vpsie:scale-down@1.0.0\n",
        env!("CARGO_PKG_VERSION")
    );
    show::print(&text).context("cannot write")?;
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Failure::Environment(anyhow!("missing: {}", missing.join(", "))))
    }
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|it| it.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_string())
}
