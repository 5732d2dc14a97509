//! The files of a policy directory at one moment.

use crate::wasm;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

pub(crate) const FILE: &str = "policies.yaml";
/// Meant for us and not read: whoever wrote one must hear of it.
pub(crate) const STRAYS: [&str; 2] = ["policies.yml", "policies.json"];

/// More than any module may have, or a ConfigMap holds: what is longer is refused by its length, and not
/// read to its end.
const READ_BYTES_MAX: u64 = 2 << 20;
const FILES_MAX: usize = 64;

/// What a kubelet swaps when a mounted ConfigMap changes: a link to the folder of all its files.
const SWAPPED: &str = "..data";
/// How often a snapshot is begun anew because the files were swapped meanwhile.
const ATTEMPTS: usize = 5;

/// Those that matter: `policies.yaml` and modules, each with its bytes, or why they cannot be read.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    files: BTreeMap<String, Result<Vec<u8>, String>>,
}

impl Snapshot {
    /// All files of one moment, as far as the directory is one of a kubelet; else as they are found.
    ///
    /// # Errors
    ///
    /// Where the directory cannot be listed, or is swapped again and again.
    pub fn read(dir: &Path) -> io::Result<Snapshot> {
        let link = dir.join(SWAPPED);
        if fs::symlink_metadata(&link).is_err() {
            return Snapshot::of_folder(dir);
        }
        for _ in 0..ATTEMPTS {
            let folder = fs::canonicalize(&link)?;
            let read = Snapshot::of_folder(&folder);
            if fs::canonicalize(&link)? == folder {
                return read;
            }
        }
        Err(io::Error::other("its files change faster than they can be read"))
    }

    fn of_folder(folder: &Path) -> io::Result<Snapshot> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name != FILE && !STRAYS.contains(&&*name) && !name.ends_with(".wasm") {
                continue;
            }
            if files.len() == FILES_MAX {
                return Err(io::Error::other(format!("it holds more than {FILES_MAX} modules")));
            }
            let bytes = read(&folder.join(&name)).map_err(|it| it.to_string());
            files.insert(name, bytes);
        }
        Ok(Snapshot { files })
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// In order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    pub fn file(&self, name: &str) -> Option<Result<&[u8], &str>> {
        self.files.get(name).map(|it| it.as_deref().map_err(String::as_str))
    }

    /// The files that could be read.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().filter_map(|(name, bytes)| Some((name.as_str(), bytes.as_deref().ok()?)))
    }

    /// The same for the same names and bytes, whenever and wherever they were written.
    pub fn digest(&self) -> String {
        let mut all = Vec::new();
        for (name, content) in &self.files {
            let (mark, content) = match content {
                Ok(bytes) => (0, bytes.as_slice()),
                Err(why) => (1, why.as_bytes()),
            };
            all.push(mark);
            for part in [name.as_bytes(), content] {
                all.extend((part.len() as u64).to_le_bytes());
                all.extend(part);
            }
        }
        wasm::digest(&all)
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(READ_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}
