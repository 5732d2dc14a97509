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
use crate::snapshot::{FILE, STRAYS, Snapshot};
use crate::stage::Stage;
use crate::wasm::Module;
use entry::Entry;
use error::Problems;
use policy_sdk::records::Settings;
use std::path::Path;
use std::sync::Arc;

/// A ConfigMap holds no more.
const FILE_BYTES_MAX: usize = 1 << 20;

/// The directory as it is now.
pub(crate) fn read(dir: &Path) -> Result<Snapshot, LoadError> {
    Snapshot::read(dir).map_err(|it| LoadError::of_dir(dir, it))
}

/// The policies, which have their settings and were not asked yet. `known`: modules that need not be
/// compiled again. `reached` is told each stage, and says whether to go on; none where it does not.
pub(crate) fn load(
    snapshot: &Snapshot,
    known: &[Arc<Module>],
    reached: &mut dyn FnMut(Stage) -> bool,
) -> Result<Option<Vec<Member>>, LoadError> {
    let entries = match snapshot.file(FILE) {
        Some(bytes) => entry::read(
            text(bytes).map_err(|it| LoadError::one(format!("{FILE}: cannot be read: {it}")))?.as_str(),
        )?,
        None => snapshot.names().filter(|it| it.ends_with(".wasm")).map(Entry::of_module).collect(),
    };
    refuse_strays(snapshot, &entries)?;
    shipped::compile();

    let mut problems = Problems::default();
    let Some(modules) = modules::load(snapshot, &entries, known, &mut problems, reached) else {
        return Ok(None);
    };
    let mut members = Vec::new();
    for (at, (entry, module)) in entries.iter().zip(modules).enumerate() {
        match module.map(|it| entry.member(it)) {
            Some(Ok(member)) => members.push(member),
            Some(Err(found)) => found.into_iter().for_each(|it| problems.add(at, Stage::Probed, it)),
            None => {}
        }
    }
    for shipped in &SHIPPED {
        if entries.iter().all(|it| it.name != shipped.name) {
            members.push(Member::shipped(shipped));
        }
    }
    if problems.is_empty() { Ok(Some(members)) } else { Err(problems.into_error()) }
}

/// Settings as they stand in the file, by themselves.
pub(crate) fn settings(text: &str) -> Result<Settings, String> {
    yaml::Value::read(text).map(|it| tree::settings(&it))
}

fn text(bytes: Result<&[u8], &str>) -> Result<String, String> {
    let bytes = bytes?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(format!("it is larger than {FILE_BYTES_MAX} bytes"));
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| "it is not UTF-8".to_owned())
}

/// A file that was meant for us and that nothing reads must not go unnoticed.
fn refuse_strays(snapshot: &Snapshot, entries: &[Entry]) -> Result<(), LoadError> {
    let mut problems = Vec::new();
    for name in snapshot.names() {
        if name.ends_with(".wasm") && entries.iter().all(|it| it.module.as_deref() != Some(name)) {
            problems.push(format!("{name}: no policy of {FILE} names this module (module: {name})"));
        } else if STRAYS.contains(&name) {
            problems.push(format!("{name}: is not read; the file must be called {FILE}"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(LoadError::all(problems)) }
}
