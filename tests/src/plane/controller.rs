//! The controller as a process of its own, which may be ended at any moment.

use super::server::tail;
use super::usage::Usage;
use super::{POLL, free_ports};
use serde_json::Value;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

const LOG_LINES: usize = 60;
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
const ENDS_WITHIN: Duration = Duration::from_secs(30);

pub struct Controller {
    identity: String,
    child: Mutex<Child>,
    /// Nobody asked it to end.
    wanted: bool,
    address: SocketAddr,
    log: PathBuf,
    journal: PathBuf,
}

/// What it is started with, beyond what every one of these tests wants.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    pub identity: &'a str,
    pub kubeconfig: &'a Path,
    pub policies: &'a Path,
    /// Logs and journals.
    pub folder: &'a Path,
    pub more: &'a [&'a str],
}

impl Controller {
    /// # Panics
    ///
    /// Where there is no such program.
    #[must_use]
    pub fn start(start: Start<'_>) -> Controller {
        let Start { identity, kubeconfig, policies, folder, more } = start;
        let [port] = free_ports();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let log = folder.join(format!("controller-{identity}.log"));
        let output = OpenOptions::new().create(true).append(true).open(&log).expect("a log");
        let errors = output.try_clone().expect("a second handle");
        let mut command = Command::new(program());
        command.arg("run").arg("--kubeconfig").arg(kubeconfig).arg("--policies").arg(policies);
        let journal = folder.join(format!("journal-{identity}"));
        command.arg("--journal").arg(&journal);
        command.args(["--identity", identity, "--listen", &address.to_string()]);
        // Tests do not wait for what users would; who measures says so himself.
        for [flag, value] in [["--tick", "1s"], ["--provider-lag", "2s"], ["--collect", "2s"]] {
            if !more.contains(&flag) {
                command.args([flag, value]);
            }
        }
        command.args(more).env_clear().stdin(Stdio::null()).stdout(output).stderr(errors);
        let child = command.spawn().expect("the program starts");
        Controller {
            identity: identity.into(),
            child: Mutex::new(child),
            wanted: true,
            address,
            log,
            journal,
        }
    }

    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Everything that it decided.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.journal.clone()
    }

    /// `http://ADDRESS`, for commands that ask it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// At once, as `kill -9`.
    pub fn kill(&mut self) {
        self.wanted = false;
        let mut child = self.child();
        // Where it ended by itself there is nothing to kill.
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Asks it to end, as a cluster does, and waits until it has.
    ///
    /// # Panics
    ///
    /// Where it does not.
    pub fn stop(&mut self) {
        self.wanted = false;
        self.signal("TERM");
        let start = Instant::now();
        while self.runs() {
            assert!(start.elapsed() < ENDS_WITHIN, "it does not end when it is asked to:\n{}", self.tail());
            sleep(POLL);
        }
    }

    /// It does nothing until it is resumed, and does not know it.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// None: it has ended.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        Usage::of(self.child().id())
    }

    #[must_use]
    pub fn runs(&self) -> bool {
        self.child().try_wait().expect("it is a child of this process").is_none()
    }

    /// It ended, and nobody asked it to.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.wanted && !self.runs()
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Status and text; none: it does not answer.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect_timeout(&self.address, ANSWERS_WITHIN).ok()?;
        stream.set_read_timeout(Some(ANSWERS_WITHIN)).ok()?;
        // In the older version the answer ends where the connection does.
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split_whitespace().nth(1)?.parse().ok()?, body.to_owned()))
    }

    /// Its last plan, in the shape of `plan -o json`.
    #[must_use]
    pub fn plan(&self) -> Option<Value> {
        let (status, text) = self.get("/plan")?;
        if status == 200 { serde_json::from_str(&text).ok() } else { None }
    }

    #[must_use]
    pub fn tail(&self) -> String {
        format!("--- the last of controller {}:\n{}\n", self.identity, tail(&self.log, LOG_LINES))
    }

    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child().id().to_string()]).status();
        assert!(sent.expect("kill is everywhere").success(), "no SIG{name} to controller {}", self.identity);
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The program that is tested, as it was built for release.
///
/// # Panics
///
/// Where it was not.
#[must_use]
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    // target/release/deps/TEST
    let folder = test.parent().and_then(Path::parent).expect("tests are in a folder of the target");
    let program = folder.join("vpsie-autoscaler");
    let hint = "run `cargo build --release -p vpsie-autoscaler`";
    assert!(program.exists(), "there is no {}: {hint}", program.display());
    program
}
