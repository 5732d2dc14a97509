//! The last good generation on disk, so that it survives a restart: a folder of its files, and a link to it
//! that is swapped when it is whole.

use crate::life::Quarantined;
use crate::snapshot::Snapshot;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const CURRENT: &str = "current";
const QUARANTINE: &str = "quarantine";
const FOLDER: &str = "generation-";
/// What is not whole yet.
const NEW: &str = ".new";
const NEW_LINK: &str = ".new-link";

pub(super) struct Store {
    root: PathBuf,
}

impl Store {
    pub fn of(root: PathBuf) -> Store {
        Store { root }
    }

    /// None where there is none.
    pub fn read(&self) -> Option<Result<Snapshot, String>> {
        let folder = fs::read_link(self.root.join(CURRENT)).ok()?;
        let snapshot = match Snapshot::read(&self.root.join(&folder)) {
            Ok(it) => it,
            Err(it) => return Some(Err(format!("{}: {it}", self.root.display()))),
        };
        if Path::new(&folder_of(&snapshot)) == folder {
            return Some(Ok(snapshot));
        }
        Some(Err(format!("{} holds something else than was written there", self.root.display())))
    }

    pub fn write(&self, snapshot: &Snapshot) -> io::Result<()> {
        let folder = folder_of(snapshot);
        if fs::read_link(self.root.join(CURRENT)).is_ok_and(|it| it == Path::new(&folder)) {
            return Ok(());
        }
        let new = self.root.join(NEW);
        gone(&new)?;
        fs::create_dir_all(&new)?;
        for (name, bytes) in snapshot.files() {
            write(&new.join(name), bytes)?;
        }
        let place = self.root.join(&folder);
        gone(&place)?;
        fs::rename(&new, &place)?;
        let link = self.root.join(NEW_LINK);
        if fs::symlink_metadata(&link).is_ok() {
            fs::remove_file(&link)?;
        }
        std::os::unix::fs::symlink(&folder, &link)?;
        fs::rename(&link, self.root.join(CURRENT))?;
        File::open(&self.root)?.sync_all()?;
        for entry in fs::read_dir(&self.root)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with(FOLDER) && name != folder {
                gone(&self.root.join(name))?;
            }
        }
        Ok(())
    }

    /// A line each: the digest, then why.
    pub fn quarantine(&self) -> Vec<Quarantined> {
        let text = fs::read_to_string(self.root.join(QUARANTINE)).unwrap_or_default();
        let read = |line: &str| {
            let (digest, reason) = line.split_once(' ')?;
            Some(Quarantined { digest: digest.to_owned(), reason: reason.to_owned() })
        };
        text.lines().filter_map(read).collect()
    }

    pub fn write_quarantine(&self, all: &[Quarantined]) -> io::Result<()> {
        let line = |it: &Quarantined| format!("{} {}\n", it.digest, it.reason.replace(['\n', '\r'], " "));
        fs::create_dir_all(&self.root)?;
        let new = self.root.join(NEW);
        gone(&new)?;
        write(&new, all.iter().map(line).collect::<String>().as_bytes())?;
        fs::rename(&new, self.root.join(QUARANTINE))
    }
}

fn folder_of(snapshot: &Snapshot) -> String {
    format!("{FOLDER}{}", snapshot.digest().trim_start_matches("sha256:"))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Whatever is there, a file or a folder.
fn gone(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(it) if it.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    }
}
