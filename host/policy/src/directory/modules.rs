//! The modules of a directory.

use crate::wasm::Module;
use policy_sdk::quoted;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// More than any module may have: what is longer is refused by its length, and not read to its end.
const READ_BYTES_MAX: u64 = 2 << 20;

pub(super) fn load(dir: &Path, file: &str) -> Result<Arc<Module>, String> {
    let bytes = read(&dir.join(file)).map_err(|it| match it.kind() {
        io::ErrorKind::NotFound => format!("module {}: no such file in the directory", quoted(file)),
        _ => format!("module {}: cannot be read: {it}", quoted(file)),
    })?;
    Module::of(&bytes).map(Arc::new).map_err(|it| format!("module {file}: {it}"))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(READ_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}
