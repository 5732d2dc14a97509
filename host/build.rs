//! Packs the policy SDK into the program, for the projects that `policy new` makes.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let sdk = root.join("policy-sdk");
    let manifest = root.join("Cargo.toml");
    println!("cargo::rerun-if-changed={}", sdk.display());
    println!("cargo::rerun-if-changed={}", manifest.display());

    let mut files = Vec::new();
    gather(&sdk, &mut files);
    files.sort();
    let members: Vec<String> = files
        .iter()
        .filter(|it| it.ends_with("Cargo.toml"))
        .filter_map(|it| it.parent()?.strip_prefix(&root).ok())
        .map(|it| format!("{:?}", it.display().to_string()))
        .collect();
    let workspace =
        workspace(&fs::read_to_string(&manifest).expect("the workspace has a manifest"), &members);

    let mut list = String::from("const SDK: &[(&str, &str)] = &[\n");
    writeln!(list, "(\"Cargo.toml\", {workspace:?}),").expect("a String takes all");
    for file in &files {
        let name = file.strip_prefix(&root).expect("a file of ours").display().to_string();
        let path = file.canonicalize().expect("a file of ours");
        writeln!(list, "({name:?}, include_str!({:?})),", path.display().to_string())
            .expect("a String takes all");
    }
    list.push_str("];\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo says where"));
    fs::write(out.join("sdk.rs"), list).expect("the output folder takes files");
}

/// What the SDK builds of: no tests.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of ours") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() {
            if !["tests", "target", "released"].contains(&name.as_str()) {
                gather(&path, files);
            }
        } else if [".rs", ".toml", ".wit"].iter().any(|it| name.ends_with(it)) {
            files.push(path);
        }
    }
}

/// What the packages of the SDK inherit of ours, with them as its members.
fn workspace(manifest: &str, members: &[String]) -> String {
    let shared = manifest.find("[workspace.package]").expect("the manifest has what packages share");
    let end = manifest.find("# One profile").or_else(|| manifest.find("[profile")).unwrap_or(manifest.len());
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n{}",
        members.join(", "),
        manifest[shared..end].trim_end()
    ) + "\n"
}
