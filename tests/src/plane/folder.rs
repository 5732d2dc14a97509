//! Where a control plane keeps its state and its logs.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Counts the planes of this process: tests run side by side.
static NEXT: AtomicU32 = AtomicU32::new(0);

pub struct Folder {
    path: PathBuf,
    keep: AtomicBool,
}

impl Folder {
    pub fn new() -> Self {
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("vpsie-plane-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Self { path, keep: AtomicBool::new(false) },
                // An earlier process of the same number left it for its reader.
                Err(why) if why.kind() == ErrorKind::AlreadyExists => {}
                Err(why) => panic!("{}: {why}", path.display()),
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub fn kubeconfig(&self, user: &str) -> PathBuf {
        self.at(&format!("{user}.kubeconfig"))
    }

    /// For those who want to know why a test failed.
    pub fn keep(&self) {
        self.keep.store(true, Ordering::Relaxed);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep.load(Ordering::Relaxed)
            && let Err(why) = fs::remove_dir_all(&self.path)
        {
            eprintln!("{} stays: {why}", self.path.display());
        }
    }
}
