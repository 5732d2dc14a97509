//! The files of a journal, by name.

use super::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const EXTENSION: &str = ".journal";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub path: PathBuf,
    /// The tick of its first entry.
    pub first: u64,
    pub bytes: u64,
}

impl Segment {
    #[must_use]
    pub fn new(dir: &Path, first: u64) -> Segment {
        Segment { path: dir.join(format!("{first:012}{EXTENSION}")), first, bytes: 0 }
    }
}

/// The segments of a folder, oldest first; files of other names are none of ours.
///
/// # Errors
///
/// Where the folder cannot be read.
pub fn list(dir: &Path) -> Result<Vec<Segment>, Error> {
    let mut segments = Vec::new();
    for file in fs::read_dir(dir).map_err(Error::io("read", dir))? {
        let file = file.map_err(Error::io("read", dir))?;
        let name = file.file_name();
        let digits = name.to_str().and_then(|it| it.strip_suffix(EXTENSION));
        let digits = digits.filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
        let Some(first) = digits.and_then(|it| it.parse().ok()) else { continue };
        let path = file.path();
        match file.metadata() {
            Ok(it) => segments.push(Segment { path, first, bytes: it.len() }),
            // The writer may have deleted it just now.
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(Error::Io { doing: "read", path, cause }),
        }
    }
    segments.sort_by_key(|it| it.first);
    Ok(segments)
}
