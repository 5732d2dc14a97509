//! A real Kubernetes control plane for one test: etcd and kube-apiserver, with state, ports and
//! users of its own. It is gone when the value is dropped, however the test ends.

mod folder;
mod server;

use folder::Folder;
use http::{Method, Request};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use server::Server;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// Two to three seconds are usual; machines that build something else at the same time take longer.
const READY_WITHIN: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(50);
/// A free port is known a moment before it is used, and others look for ports too.
const ATTEMPTS: usize = 3;
const PORT_TAKEN: &str = "address already in use";

/// Who may talk to the apiserver: token, name, identifier, groups.
const USERS: &str = "admin,admin,admin,system:masters\nnobody,nobody,nobody\n";

/// The servers come first: they end before their folder goes.
pub struct Plane {
    apiserver: Server,
    etcd: Server,
    runtime: Runtime,
    client: Client,
    folder: Folder,
}

impl Plane {
    /// # Panics
    ///
    /// Where the programs are not built or do not get ready; the message ends with their logs.
    #[must_use]
    pub fn start() -> Self {
        let mut attempt = 1;
        loop {
            match Self::attempt() {
                Ok(plane) => return plane,
                Err(why) if why.contains(PORT_TAKEN) && attempt < ATTEMPTS => attempt += 1,
                Err(why) => panic!("the control plane does not start: {why}"),
            }
        }
    }

    fn attempt() -> Result<Self, String> {
        let mut folder = Folder::new();
        let [etcd_port, port] = free_ports();
        let etcd_url = format!("http://127.0.0.1:{etcd_port}");
        let etcd = Server::start("etcd", &folder, &etcd_arguments(&folder, &etcd_url));
        fs::write(folder.at("users.csv"), USERS).expect("a new folder can be written");
        let apiserver = Server::start("kube-apiserver", &folder, &arguments(&folder, &etcd_url, port));
        for user in ["admin", "nobody"] {
            let text = kubeconfig(&folder, port, user).to_string();
            fs::write(folder.kubeconfig(user), text).expect("a new folder can be written");
        }
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut servers = [etcd, apiserver];
        match wait_ready(&folder, &mut servers, &runtime) {
            Ok(client) => {
                let [etcd, apiserver] = servers;
                Ok(Self { apiserver, etcd, runtime, client, folder })
            }
            Err(why) => {
                let mut why = format!("{why}\n{}", servers.map(|it| it.tail()).concat());
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
        let content = match method {
            Method::PATCH => "application/merge-patch+json",
            _ => "application/json",
        };
        let body = body.map(|it| it.to_string().into_bytes()).unwrap_or_default();
        let request = Request::builder().method(method).uri(path).header("Content-Type", content);
        self.runtime.block_on(self.client.request(request.body(body).expect("a request")))
    }

    /// What the servers said last, for the message of a test that fails.
    #[must_use]
    pub fn logs(&self) -> String {
        self.apiserver.tail() + &self.etcd.tail()
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

/// Ready when the apiserver says so to the user that tests are.
fn wait_ready(folder: &Folder, servers: &mut [Server], runtime: &Runtime) -> Result<Client, String> {
    let start = Instant::now();
    loop {
        let why = match runtime.block_on(ready(&folder.kubeconfig("admin"))) {
            Ok(client) => return Ok(client),
            Err(why) => why,
        };
        if let Some(ended) = servers.iter_mut().find_map(Server::ended) {
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
    let config = Config::from_custom_kubeconfig(file, &options).await.map_err(|it| it.to_string())?;
    let client = Client::try_from(config).map_err(|it| it.to_string())?;
    let request = Request::get("/readyz").body(Vec::new()).expect("a request");
    client.request_text(request).await.map_err(|it| it.to_string())?;
    Ok(client)
}

fn etcd_arguments(folder: &Folder, url: &str) -> Vec<String> {
    vec![
        format!("--data-dir={}", folder.at("etcd").display()),
        format!("--listen-client-urls={url}"),
        format!("--advertise-client-urls={url}"),
        // Nobody joins a cluster of one.
        "--listen-peer-urls=http://127.0.0.1:0".into(),
        // A test's state need not survive the machine.
        "--unsafe-no-fsync".into(),
        "--log-level=warn".into(),
    ]
}

fn arguments(folder: &Folder, etcd_url: &str, port: u16) -> Vec<String> {
    let certificates = folder.at("certificates");
    // Any RSA key will do for tokens of service accounts; the server makes itself one for TLS.
    let key = certificates.join("apiserver.key");
    vec![
        format!("--etcd-servers={etcd_url}"),
        "--bind-address=127.0.0.1".into(),
        "--advertise-address=127.0.0.1".into(),
        format!("--secure-port={port}"),
        format!("--cert-dir={}", certificates.display()),
        format!("--service-account-key-file={}", key.display()),
        format!("--service-account-signing-key-file={}", key.display()),
        "--service-account-issuer=https://kubernetes.default.svc".into(),
        "--service-cluster-ip-range=10.0.0.0/24".into(),
        // There is no network to publish this server in.
        "--endpoint-reconciler-type=none".into(),
        format!("--token-auth-file={}", folder.at("users.csv").display()),
        "--authorization-mode=RBAC".into(),
        // Nobody makes the service accounts that pods would need, and nobody takes the taint off
        // that new nodes get.
        "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition".into(),
    ]
}

/// JSON, which is YAML too.
fn kubeconfig(folder: &Folder, port: u16, user: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
        "clusters": [{"name": "test", "cluster": {
            "server": format!("https://127.0.0.1:{port}"),
            "certificate-authority": folder.at("certificates/apiserver.crt"),
        }}],
        "users": [{"name": user, "user": {"token": user}}],
    })
}

/// Held together while they are looked for, so that they differ.
fn free_ports<const N: usize>() -> [u16; N] {
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
    match kind.ends_with('s') {
        true => format!("{kind}es"),
        false => format!("{kind}s"),
    }
}
