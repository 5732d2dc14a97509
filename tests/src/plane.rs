//! A real Kubernetes control plane for one test, with state, ports and users of its own: etcd and
//! kube-apiserver, and where it is whole also kube-scheduler, kube-controller-manager and kwok, which plays
//! the kubelets. It is gone when the value is dropped, however the test ends.

pub mod audit;
pub mod cluster;
pub mod controller;
mod folder;
pub mod metrics;
pub mod objects;
mod programs;
pub mod provider;
mod server;
mod turn;
pub mod usage;

use audit::Request as Asked;
use folder::Folder;
use http::{Method, Request};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use server::Server;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle, Runtime};
use turn::Turn;

/// Two to three seconds are usual; machines that build something else at the same time take longer.
const READY_WITHIN: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(50);
/// A free port is known a moment before it is used, and others look for ports too.
const ATTEMPTS: usize = 3;
const PORT_TAKEN: &str = "address already in use";
const TOKEN_SECS: u64 = 12 * 3600;

/// The servers come first: they end before their folder goes.
pub struct Plane {
    servers: Mutex<Servers>,
    runtime: Runtime,
    client: Client,
    port: u16,
    folder: Folder,
    /// The apiserver was, in the middle of it: for a moment it knows no role then.
    restarted: AtomicBool,
    _turn: Option<Turn>,
}

/// In the order in which they end: nobody misses the one it asks.
struct Servers {
    workers: Vec<Server>,
    apiserver: Server,
    etcd: Server,
}

impl Plane {
    /// etcd and kube-apiserver alone: objects stay as they are written.
    ///
    /// # Panics
    ///
    /// Where the programs are not built or do not get ready; the message ends with their logs.
    #[must_use]
    pub fn start() -> Self {
        Self::with(false)
    }

    /// With scheduler, controller-manager and kwok: pods run, budgets are counted, nodes are watched. Waits
    /// for its turn where there are enough of them.
    ///
    /// # Panics
    ///
    /// As [`Plane::start`].
    #[must_use]
    pub fn whole() -> Self {
        let turn = Turn::wait();
        let mut plane = Self::with(true);
        plane._turn = Some(turn);
        plane
    }

    fn with(whole: bool) -> Self {
        let mut attempt = 1;
        loop {
            match Self::attempt(whole) {
                Ok(plane) => return plane,
                Err(why) if why.contains(PORT_TAKEN) && attempt < ATTEMPTS => attempt += 1,
                Err(why) => panic!("the control plane does not start: {why}"),
            }
        }
    }

    fn attempt(whole: bool) -> Result<Self, String> {
        let folder = Folder::new();
        let [etcd_port, port] = free_ports();
        let etcd_url = format!("http://127.0.0.1:{etcd_port}");
        let etcd = programs::etcd(&folder, &etcd_url);
        let apiserver = programs::apiserver(&folder, &etcd_url, port, whole);
        for user in ["admin", "nobody"] {
            write_kubeconfig(&folder, port, user, user);
        }
        // Others than the one thread of a test are served too: a metrics API, a provider.
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let mut servers = Servers { workers: Vec::new(), apiserver, etcd };
        match wait_ready(&folder, &mut servers, &runtime) {
            Ok(client) => {
                if whole {
                    servers.workers.extend(programs::workers(&folder));
                }
                let servers = Mutex::new(servers);
                let restarted = AtomicBool::new(false);
                Ok(Self { servers, runtime, client, port, folder, restarted, _turn: None })
            }
            Err(why) => {
                let mut why = format!("{why}\n{}", servers.logs());
                if !why.contains(PORT_TAKEN) {
                    folder.keep();
                    why += &format!("all of it is in {}", folder.path().display());
                }
                Err(why)
            }
        }
    }

    /// Of a user who may do everything.
    #[must_use]
    pub fn admin(&self) -> PathBuf {
        self.folder.kubeconfig("admin")
    }

    /// Of a user who is known and may do nothing.
    #[must_use]
    pub fn nobody(&self) -> PathBuf {
        self.folder.kubeconfig("nobody")
    }

    /// Of a service account that is there, with a token as pods get it: it may do what its roles say.
    ///
    /// # Panics
    ///
    /// Where there is no such account.
    #[must_use]
    pub fn service_account(&self, namespace: &str, name: &str) -> PathBuf {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token");
        let wish = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": TOKEN_SECS},
        });
        let given =
            self.ask(Method::POST, &path, Some(&wish)).unwrap_or_else(|why| panic!("{why}\nat {path}"));
        let token = given["status"]["token"].as_str().expect("a token was asked for");
        write_kubeconfig(&self.folder, self.port, &format!("{namespace}-{name}"), token)
    }

    /// For whatever else serves this plane.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A file or a folder beside the state of the servers.
    #[must_use]
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.at(name)
    }

    /// Ends the apiserver as a crash would, and starts it anew on the same port with the same data. What
    /// it knew of watches is gone: those that go on from where they were are told that it is too old.
    ///
    /// # Panics
    ///
    /// Where it does not get ready again.
    pub fn restart_apiserver(&self) {
        self.restarted.store(true, Ordering::Relaxed);
        let mut servers = self.servers();
        servers.apiserver.restart();
        if let Err(why) = wait_ready(&self.folder, &mut servers, &self.runtime) {
            panic!("the apiserver does not come back: {why}\n{}", servers.logs());
        }
    }

    #[must_use]
    pub fn was_restarted(&self) -> bool {
        self.restarted.load(Ordering::Relaxed)
    }

    /// What the controller's service account asked, from the start.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        audit::read(&self.folder.at(audit::LOG))
    }

    /// Creates an object, also its status where it has one: that goes by a request of its own, as a
    /// kubelet or a controller would write it.
    ///
    /// # Panics
    ///
    /// Where the apiserver does not take it.
    pub fn create(&self, object: &Value) -> Value {
        let (collection, name) = (collection_of(object), object["metadata"]["name"].as_str());
        let created = self.ask(Method::POST, &collection, Some(object));
        let created = created.unwrap_or_else(|why| panic!("{why}\nat {collection}: {object}"));
        if object["status"].is_null() {
            return created;
        }
        let path = format!("{collection}/{}/status", name.expect("objects have names"));
        let status = json!({"status": object["status"]});
        let changed = self.ask(Method::PATCH, &path, Some(&status));
        changed.unwrap_or_else(|why| panic!("{why}\nat {path}: {status}"))
    }

    /// All objects of a kind, whole and in one answer, each with the kind that lists leave out.
    ///
    /// # Panics
    ///
    /// Where the apiserver does not list them.
    #[must_use]
    pub fn list(&self, api_version: &str, kind: &str) -> Vec<Value> {
        let path = format!("{}/{}", group_of(api_version), plural(kind));
        let mut list = self.ask(Method::GET, &path, None).unwrap_or_else(|why| panic!("{why}\nat {path}"));
        let mut items = match list["items"].take() {
            Value::Array(items) => items,
            other => panic!("{path} has no items: {other}"),
        };
        for item in &mut items {
            item["apiVersion"] = api_version.into();
            item["kind"] = kind.into();
        }
        items
    }

    /// # Errors
    ///
    /// What the apiserver or the way to it says against it.
    pub fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, kube::Error> {
        self.runtime.block_on(ask(&self.client, method, path, body))
    }

    /// None: there is no such object.
    ///
    /// # Panics
    ///
    /// Where the apiserver does not say.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Value> {
        match self.ask(Method::GET, path, None) {
            Ok(object) => Some(object),
            Err(kube::Error::Api(status)) if status.code == 404 => None,
            Err(why) => panic!("{why}\nat {path}"),
        }
    }

    /// Changes these fields of an object.
    ///
    /// # Panics
    ///
    /// Where the apiserver does not take it.
    pub fn patch(&self, path: &str, fields: &Value) -> Value {
        let changed = self.ask(Method::PATCH, path, Some(fields));
        changed.unwrap_or_else(|why| panic!("{why}\nat {path}: {fields}"))
    }

    /// # Panics
    ///
    /// Where the apiserver refuses, other than because it is not there.
    pub fn delete(&self, path: &str) {
        match self.ask(Method::DELETE, path, None) {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(why) => panic!("{why}\nat {path}"),
        }
    }

    /// As `kubectl apply --server-side` does it; `query` may add to it.
    ///
    /// # Errors
    ///
    /// What the apiserver or the way to it says against it.
    pub fn apply(&self, object: &Value, query: &str) -> Result<Value, kube::Error> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let path = format!("{}/{name}?fieldManager=tests&force=true{query}", collection_of(object));
        let request = Request::patch(path).header("Content-Type", "application/apply-patch+yaml");
        let request = request.body(object.to_string().into_bytes()).expect("a request");
        self.runtime.block_on(self.client.request(request))
    }

    /// Waits until this is so, and says what it waited for where it never is.
    ///
    /// # Panics
    ///
    /// Where patience ends; the message ends with the logs of the servers.
    pub fn eventually<T>(&self, what: &str, look: impl FnMut() -> Option<T>) -> T {
        eventually(what, look, || self.logs())
    }

    /// What the servers said last, for the message of a test that fails.
    #[must_use]
    pub fn logs(&self) -> String {
        self.servers().logs()
    }

    /// For those who want to know why a test failed that shares it with others.
    pub fn keep(&self) {
        self.folder.keep();
    }

    fn servers(&self) -> MutexGuard<'_, Servers> {
        // A test that failed with it in hand has said why already.
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.keep();
            eprintln!("{}all of it is in {}", self.logs(), self.folder.path().display());
        }
    }
}

impl Servers {
    fn all(&mut self) -> impl Iterator<Item = &mut Server> {
        self.workers.iter_mut().chain([&mut self.apiserver, &mut self.etcd])
    }

    fn logs(&self) -> String {
        let all = self.workers.iter().chain([&self.apiserver, &self.etcd]);
        all.map(Server::tail).collect()
    }
}

/// How long a test waits for what must come: everything is done in seconds, and machines that do much else
/// at the same time are allowed for.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// `about` is added to the message where it never comes.
///
/// # Panics
///
/// Where patience ends.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>, about: impl FnOnce() -> String) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited {} s for this: {what}\n{}", PATIENCE.as_secs(), about());
        std::thread::sleep(POLL);
    }
}

/// # Errors
///
/// What the apiserver or the way to it says against it.
pub async fn ask(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, kube::Error> {
    let content = match method {
        Method::PATCH => "application/merge-patch+json",
        _ => "application/json",
    };
    let body = body.map(|it| it.to_string().into_bytes()).unwrap_or_default();
    let begun = Instant::now();
    loop {
        let request = Request::builder().method(&method).uri(path).header("Content-Type", content);
        match client.request(request.body(body.clone()).expect("a request")).await {
            // For a moment after its start, as it says itself; every client waits then.
            Err(kube::Error::Api(status))
                if status.message.contains("storage is (re)initializing") && begun.elapsed() < PATIENCE =>
            {
                tokio::time::sleep(POLL).await;
            }
            answer => return answer,
        }
    }
}

/// Ready when the apiserver says so to the user that tests are.
fn wait_ready(folder: &Folder, servers: &mut Servers, runtime: &Runtime) -> Result<Client, String> {
    let start = Instant::now();
    loop {
        let why = match runtime.block_on(ready(&folder.kubeconfig("admin"))) {
            Ok(client) => return Ok(client),
            Err(why) => why,
        };
        if let Some(ended) = servers.all().find_map(Server::ended) {
            return Err(ended);
        }
        if start.elapsed() > READY_WITHIN {
            return Err(format!("not ready within {} s: {why}", READY_WITHIN.as_secs()));
        }
        std::thread::sleep(POLL);
    }
}

/// A client is made anew each time: the certificate that it trusts is written by the server as it starts.
async fn ready(path: &Path) -> Result<Client, String> {
    let file = Kubeconfig::read_from(path).map_err(|it| it.to_string())?;
    let options = KubeConfigOptions::default();
    let mut config = Config::from_custom_kubeconfig(file, &options).await.map_err(|it| it.to_string())?;
    // A refusal is an answer, not a reason to ask again.
    config.default_retry = false;
    let client = Client::try_from(config).map_err(|it| it.to_string())?;
    let request = Request::get("/readyz").body(Vec::new()).expect("a request");
    client.request_text(request).await.map_err(|it| it.to_string())?;
    // It says so before its admission policies are read, and until then it refuses every write.
    let nothing = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": "ready-"}});
    let written = ask(&client, Method::POST, "/api/v1/namespaces?dryRun=All", Some(&nothing)).await;
    written.map_err(|it| it.to_string())?;
    Ok(client)
}

fn write_kubeconfig(folder: &Folder, port: u16, user: &str, token: &str) -> PathBuf {
    let path = folder.kubeconfig(user);
    let text = programs::kubeconfig(folder, port, user, token).to_string();
    fs::write(&path, text).expect("a new folder can be written");
    path
}

/// Held together while they are looked for, so that they differ.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    held.map(|it| it.local_addr().expect("bound").port())
}

fn collection_of(object: &Value) -> String {
    let text =
        |value: &Value| value.as_str().unwrap_or_else(|| panic!("not a whole object: {object}")).to_owned();
    let (group, plural) = (group_of(&text(&object["apiVersion"])), plural(&text(&object["kind"])));
    match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("{group}/namespaces/{namespace}/{plural}"),
        None => format!("{group}/{plural}"),
    }
}

fn group_of(api_version: &str) -> String {
    match api_version.contains('/') {
        true => format!("/apis/{api_version}"),
        false => format!("/api/{api_version}"),
    }
}

/// True of all kinds that tests use.
fn plural(kind: &str) -> String {
    let kind = kind.to_lowercase();
    match kind.chars().last() {
        Some('s') => format!("{kind}es"),
        Some('y') => format!("{}ies", &kind[..kind.len() - 1]),
        _ => format!("{kind}s"),
    }
}
