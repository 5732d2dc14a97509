//! What was decided, tick by tick, and all that it was decided from: enough to decide it again, byte
//! for byte, or with other policies.
//!
//! A journal is a folder of segments, `NNNNNNNNNNNN.journal` by their first tick. The first entry of a
//! segment is whole, each other one what differs from the entry before, so a segment can be read alone
//! and the oldest can be deleted. A segment is only ever appended to: when the process is killed at any
//! byte, the last entry is lost and no other. Nothing is forced to the disk; a power cut may cost the
//! last seconds, which is why every entry has a checksum.

mod beside;
mod changes;
mod difference;
mod entry;
mod frame;
mod numbers;
mod read;
mod recording;
mod script;
mod segment;
mod write;

pub use beside::Beside;
pub use changes::{Change, changes, differences, verdict};
pub use entry::{Entry, Noted};
pub use frame::{Broken, FORMAT};
pub use read::{Damage, Reader, read};
pub use recording::{Recording, Replayed};
pub use write::{Journal, Limits};

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why nothing could be written or read.
#[derive(Debug)]
pub enum Error {
    /// Something about a file or the folder.
    Io { doing: &'static str, path: PathBuf, cause: io::Error },
    /// Another process holds the journal.
    Locked { dir: PathBuf },
    /// An entry alone is larger than all may be.
    TooLarge { bytes: u64, limit: u64 },
    /// An entry must follow those before.
    OutOfOrder { tick: u64, last: u64 },
}

impl Error {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        move |cause| Error::Io { doing, path: path.to_path_buf(), cause }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { doing, path, cause } => write!(out, "{} cannot be {doing}: {cause}", path.display()),
            Error::Locked { dir } => write!(
                out,
                "another process writes the journal in {}; each controller needs a folder of its own",
                dir.display()
            ),
            Error::TooLarge { bytes, limit } => write!(
                out,
                "an entry of {bytes} bytes does not fit in a journal of {limit} bytes; raise its limit"
            ),
            Error::OutOfOrder { tick, last } => {
                write!(out, "tick {tick} cannot follow tick {last} in the journal")
            }
        }
    }
}
