//! `policy check`: all that the autoscaler asks of a policy before it is trusted, by the same code.

use super::build::Kilobytes;
use super::what::{self, What};
use crate::args::PolicyCheckArgs;
use crate::commands::Failure;
use crate::show;
use anyhow::{Context, anyhow};
use policy::{About, Set};

pub fn run(typed: &PolicyCheckArgs) -> Result<(), Failure> {
    let what = What::of(&typed.what.path)?;
    let text = match &what {
        What::Directory(dir) => {
            let set = Set::load(dir).with_context(|| format!("{} cannot be used", dir.display()))?;
            set.probe(typed.nodes)
                .map_err(|it| anyhow!("{} cannot be used:\n{}", dir.display(), it.join("\n")))?;
            let line = |it: policy::Line| {
                format!("ok  {} {} ({}): {}\n", it.name, it.version, it.source, it.hooks.join(" + "))
            };
            set.lines().into_iter().map(line).chain([probed(typed.nodes)]).collect()
        }
        What::Module(_) | What::Project(_) => {
            let module = what.module()?;
            let specimen = what::specimen(&module, typed.what.settings.as_deref())?;
            specimen.probe(typed.nodes).map_err(|it| anyhow!("{}: {it}", module.display()))?;
            page(&specimen.about(), typed.nodes)
        }
    };
    show::print(&text).context("cannot write")?;
    Ok(())
}

fn page(about: &About, nodes: usize) -> String {
    let size = Kilobytes(about.bytes);
    let large = if about.large { "; large: a ConfigMap holds 1 MB in all" } else { "" };
    let imports: Vec<&str> =
        about.imports.iter().map(String::as_str).filter(|it| !it.contains("/types@")).collect();
    let imports = if imports.is_empty() { "nothing".to_string() } else { imports.join(", ") };
    format!(
        "ok  read      {} {}, {size}{large}\nok  linked    exports {}; imports {imports}\n\
         ok  started   described and configured\n{}{}\n",
        about.name,
        about.version,
        about.hooks.join(", "),
        probed(nodes),
        about.digest
    )
}

fn probed(nodes: usize) -> String {
    let most = nodes.saturating_mul(2);
    format!("ok  probed    on 0, 1 and {most} nodes, each twice, with equal answers and equal fuel\n")
}
