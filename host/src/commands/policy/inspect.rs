//! `policy inspect`: what a module is.

use super::build::Kilobytes;
use super::what::{self, What};
use crate::args::PolicyInspectArgs;
use crate::commands::Failure;
use crate::show;
use anyhow::Context;

pub fn run(typed: &PolicyInspectArgs) -> Result<(), Failure> {
    let module = What::of(&typed.path)?.module()?;
    let about = what::specimen(&module, None)?.about();
    let text = if typed.json {
        show::json(&about)
    } else {
        let mut text = format!(
            "name     {}\nversion  {}\nhooks    {}\nsize     {}\ndigest   {}\n",
            about.name,
            about.version,
            about.hooks.join(", "),
            Kilobytes(about.bytes),
            about.digest
        );
        for (title, names) in [("imports", &about.imports), ("exports", &about.exports)] {
            for (at, name) in names.iter().enumerate() {
                text += &format!("{:9}{name}\n", if at == 0 { title } else { "" });
            }
        }
        for (key, value) in &about.properties {
            text += &format!("\n{key}\n  {}\n", value.trim_end().replace('\n', "\n  "));
        }
        text
    };
    show::print(&text).context("cannot write")?;
    Ok(())
}
