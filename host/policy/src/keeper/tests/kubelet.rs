//! A folder that is written as a kubelet writes a mounted ConfigMap: every update is a new folder of all
//! files, to which the link `..data` is swapped; what people see are links through it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A folder that goes with its test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("keeper-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub struct Kubelet {
    /// What is mounted.
    pub path: PathBuf,
    root: Folder,
}

impl Kubelet {
    pub fn new(files: &[(&str, Vec<u8>)]) -> Kubelet {
        let root = Folder::new();
        let it = Kubelet { path: root.0.join("mount"), root };
        fs::create_dir(&it.path).expect("a folder");
        it.write(files);
        it
    }

    /// As `atomic_writer.go` does it.
    pub fn write(&self, files: &[(&str, Vec<u8>)]) {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let stamp = format!("..2026_11_21_18_31_{:02}.{number}", number % 60);
        let folder = self.path.join(&stamp);
        fs::create_dir(&folder).expect("a folder");
        for (name, bytes) in files {
            fs::write(folder.join(name), bytes).expect("a file");
        }
        let (data, new) = (self.path.join("..data"), self.path.join("..data_tmp"));
        let old = fs::read_link(&data).ok();
        symlink(&stamp, &new).expect("a link");
        fs::rename(&new, &data).expect("the swap");
        let wanted: BTreeSet<&str> = files.iter().map(|it| it.0).collect();
        for name in &wanted {
            let link = self.path.join(name);
            if fs::symlink_metadata(&link).is_err() {
                symlink(Path::new("..data").join(name), link).expect("a link");
            }
        }
        for entry in fs::read_dir(&self.path).expect("a folder") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            if !name.starts_with("..") && !wanted.contains(&*name) {
                fs::remove_file(self.path.join(name)).expect("a link");
            }
        }
        if let Some(old) = old {
            fs::remove_dir_all(self.path.join(old)).expect("the old folder");
        }
    }

    /// Another folder in its place.
    pub fn replace(&self, files: &[(&str, Vec<u8>)]) {
        if self.path.exists() {
            self.remove();
        }
        fs::create_dir(&self.path).expect("a folder");
        self.write(files);
    }

    /// Moved away; whoever watches it does not see that.
    pub fn remove(&self) {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        fs::rename(&self.path, self.root.0.join(number.to_string())).expect("it is there");
    }
}
