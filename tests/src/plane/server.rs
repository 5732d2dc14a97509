//! A program of the control plane while it runs.

use super::folder::Folder;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Lines of a log that a failure shows.
const TAIL: usize = 20;
/// Characters of a line; some of these programs say much in one.
const WIDTH: usize = 300;

pub struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
    arguments: Vec<String>,
}

impl Server {
    pub fn start(name: &'static str, folder: &Folder, arguments: Vec<String>) -> Self {
        let log = folder.at(&format!("{name}.log"));
        Self { name, child: spawn(name, &log, &arguments), log, arguments }
    }

    /// Ends it at once, as a crash would, and starts it anew: the same ports, files and arguments.
    pub fn restart(&mut self) {
        self.end();
        self.child = spawn(self.name, &self.log, &self.arguments);
    }

    /// Says so where it ended by itself, which it never should.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().expect("it is a child of this process")?;
        Some(format!("{} ended with {status}", self.name))
    }

    pub fn tail(&self) -> String {
        format!("--- the last of {}:\n{}\n", self.name, tail(&self.log, TAIL))
    }

    fn end(&mut self) {
        // Where it ended by itself there is nothing to kill, and that is no reason to fail here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    /// Waits until it is gone: a test that ended leaves nothing behind.
    fn drop(&mut self) {
        self.end();
    }
}

fn spawn(name: &'static str, log: &Path, arguments: &[String]) -> Child {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("bin").join(name);
    assert!(program.exists(), "there is no {}: run `make programs`", program.display());
    let output = OpenOptions::new().create(true).append(true).open(log).expect("a new folder can be written");
    let errors = output.try_clone().expect("a second handle");
    let mut command = Command::new(program);
    command.args(arguments).current_dir(log.parent().expect("it is in a folder"));
    command.stdin(Stdio::null()).stdout(output).stderr(errors);
    command.spawn().unwrap_or_else(|why| panic!("{name} does not start: {why}"))
}

/// The end of a log.
pub fn tail(log: &Path, lines_max: usize) -> String {
    let text = fs::read_to_string(log).unwrap_or_else(|why| why.to_string());
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(lines_max)..];
    let cut = |it: &&str| it.chars().take(WIDTH).collect::<String>();
    last.iter().map(cut).collect::<Vec<_>>().join("\n")
}
