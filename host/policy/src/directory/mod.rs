//! A policy directory: `policies.yaml`, and modules beside it.
//!
//! ```yaml
//! policies:
//!   - name: schedule              # asked in the order of this list
//!     settings: { mode: conservative }
//!   - name: night-shift
//!     module: night-shift.wasm    # a file of this directory; without it, the built-in policy of that name
//!     digest: sha256:...          # the module must be this one
//!     weight: 2                   # of scores, 0 to 1000
//!     mode: shadow                # asked and compared, but nothing comes of it
//!     onFault: ignore             # a failure counts as no opinion
//!     limits: { fuelPerNode: 50000, memoryMiB: 32, millis: 500 }
//! ```
//!
//! A built-in policy that the file does not name stays active with its defaults and is asked after
//! those that it names, in the built-in order: schedule, safety, priority. To switch one off, put it
//! in shadow, or switch its parts off by its settings. Without the file every module is loaded with
//! its defaults, by the name of its file; one that is called like a built-in policy takes its place.

mod entry;
mod error;
mod modules;
mod tree;
mod yaml;

pub use error::LoadError;
pub(crate) use error::at as place;

use crate::member::Member;
use crate::shipped::{self, SHIPPED};
use entry::Entry;
use policy_sdk::records::Settings;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

pub(crate) const FILE: &str = "policies.yaml";

/// A ConfigMap holds no more.
const FILE_BYTES_MAX: u64 = 1 << 20;

pub(crate) fn load(dir: &Path) -> Result<Vec<Member>, LoadError> {
    let names = names(dir).map_err(|it| LoadError::of_dir(dir, it))?;
    let entries = if names.iter().any(|it| it == FILE) {
        let text =
            read(&dir.join(FILE)).map_err(|it| LoadError::one(format!("{FILE}: cannot be read: {it}")))?;
        entry::read(&text)?
    } else {
        names.iter().filter(|it| it.ends_with(".wasm")).map(|it| Entry::of_module(it)).collect()
    };
    refuse_strays(&names, &entries)?;
    shipped::compile();

    let mut problems = Vec::new();
    let mut members = Vec::new();
    for entry in &entries {
        match entry.member(dir) {
            Ok(member) => members.push(member),
            Err(found) => problems.extend(found),
        }
    }
    for shipped in &SHIPPED {
        if entries.iter().all(|it| it.name != shipped.name) {
            members.push(Member::shipped(shipped));
        }
    }
    if problems.is_empty() { Ok(members) } else { Err(LoadError::all(problems)) }
}

/// Settings as they stand in the file, by themselves.
pub(crate) fn settings(text: &str) -> Result<Settings, String> {
    yaml::Value::read(text).map(|it| tree::settings(&it))
}

/// The names of the files, in order.
fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for file in fs::read_dir(dir)? {
        names.push(file?.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other(format!("it is larger than {FILE_BYTES_MAX} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

/// A file that was meant for us and that nothing reads must not go unnoticed.
fn refuse_strays(names: &[String], entries: &[Entry]) -> Result<(), LoadError> {
    let mut problems = Vec::new();
    for name in names {
        if name.ends_with(".wasm") && entries.iter().all(|it| it.module.as_ref() != Some(name)) {
            problems.push(format!("{name}: no policy of {FILE} names this module (module: {name})"));
        } else if ["policies.yml", "policies.json"].contains(&name.as_str()) {
            problems.push(format!("{name}: is not read; the file must be called {FILE}"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(LoadError::all(problems)) }
}
