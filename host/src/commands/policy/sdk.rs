//! The SDK, carried along in the program: a project builds on any machine, against the SDK of the
//! very program that will run it.

use std::fs;
use std::io;
use std::path::Path;

// Paths below the folder and their texts; made by the build script.
include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

pub fn write(folder: &Path) -> io::Result<()> {
    for (path, text) in SDK {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}
