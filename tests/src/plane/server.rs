//! A program of the control plane while it runs.

use super::folder::Folder;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Lines of a log that a failure shows.
const TAIL: usize = 20;

pub struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Server {
    pub fn start(name: &'static str, folder: &Folder, arguments: &[String]) -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("bin").join(name);
        assert!(program.exists(), "there is no {}: run `make programs`", program.display());
        let log = folder.at(&format!("{name}.log"));
        let output = File::create(&log).expect("a new folder can be written");
        let errors = output.try_clone().expect("a second handle");
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let child = command.spawn().unwrap_or_else(|why| panic!("{name} does not start: {why}"));
        Self { name, child, log }
    }

    /// Says so where it ended by itself, which it never should.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().expect("it is a child of this process")?;
        Some(format!("{} ended with {status}", self.name))
    }

    pub fn tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_else(|why| why.to_string());
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(TAIL)..].join("\n");
        format!("--- the last of {}:\n{tail}\n", self.name)
    }
}

impl Drop for Server {
    /// Waits until it is gone: a test that ended leaves nothing behind.
    fn drop(&mut self) {
        // Where it ended by itself there is nothing to kill, and that is no reason to fail here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
