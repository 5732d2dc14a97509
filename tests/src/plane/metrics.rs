//! A metrics API as a metrics-server would serve it, with the figures that a test wants: an HTTPS server in
//! this process, which the apiserver reaches through an APIService.

use super::{Plane, eventually};
use http::{Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

const VERSION: &str = "metrics.k8s.io/v1beta1";
const SERVICE: &str = "metrics";
const NAMESPACE: &str = "kube-system";

pub struct Metrics {
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

/// How it answers.
#[derive(Debug, Clone, Copy, Default)]
pub enum Manner {
    #[default]
    Well,
    /// 503 to everything: the apiserver takes it for gone.
    Off,
    /// As late as this.
    Slow(Duration),
    /// With figures as old as this.
    Stale(SignedDuration),
}

#[derive(Default)]
struct State {
    manner: Manner,
    /// Thousandths of a core and mebibytes, by node.
    used: BTreeMap<String, (u64, u64)>,
}

impl Metrics {
    /// Serves, and is known to the apiserver when this returns.
    ///
    /// # Panics
    ///
    /// Where it is not.
    #[must_use]
    pub fn start(plane: &Plane) -> Metrics {
        let tls = TlsAcceptor::from(Arc::new(tls(&plane.at("certificates"))));
        let bound = plane.handle().block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let port = bound.local_addr().expect("bound").port();
        let state = Arc::<Mutex<State>>::default();
        let serving = plane.handle().spawn(serve(bound, tls, state.clone()));
        register(plane, port);
        let path = format!("/apis/{VERSION}/nodes");
        eventually("the metrics API answers", || plane.ask(Method::GET, &path, None).ok(), || plane.logs());
        Metrics { state, serving }
    }

    /// What a node uses from now on: thousandths of a core and mebibytes.
    pub fn set(&self, node: &str, cpu_milli: u64, memory_mib: u64) {
        locked(&self.state).used.insert(node.into(), (cpu_milli, memory_mib));
    }

    pub fn behave(&self, manner: Manner) {
        locked(&self.state).manner = manner;
    }
}

impl Drop for Metrics {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The apiserver's own certificate will do: nobody looks at it.
fn tls(certificates: &Path) -> ServerConfig {
    let chain = CertificateDer::pem_file_iter(certificates.join("apiserver.crt")).expect("certificates");
    let chain = chain.map(|it| it.expect("a certificate")).collect();
    let key = PrivateKeyDer::from_pem_file(certificates.join("apiserver.key")).expect("a key");
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions of TLS");
    builder.with_no_client_auth().with_single_cert(chain, key).expect("a certificate and its key")
}

fn register(plane: &Plane, port: u16) {
    plane.create(&json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": SERVICE, "namespace": NAMESPACE},
        "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]},
    }));
    plane.create(&json!({
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "spec": {
            "group": "metrics.k8s.io",
            "version": "v1beta1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "insecureSkipTLSVerify": true,
            "service": {"name": SERVICE, "namespace": NAMESPACE, "port": port},
        },
    }));
}

async fn serve(bound: TcpListener, tls: TlsAcceptor, state: Arc<Mutex<State>>) {
    loop {
        if let Ok((stream, _)) = bound.accept().await {
            tokio::spawn(connection(stream, tls.clone(), state.clone()));
        }
    }
}

async fn connection(stream: TcpStream, tls: TlsAcceptor, state: Arc<Mutex<State>>) {
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = service_fn(move |it: http::Request<Incoming>| respond(it, state.clone()));
    // How a connection ends is the caller's affair.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(
    request: http::Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let manner = locked(&state).manner;
    if let Manner::Slow(late) = manner {
        tokio::time::sleep(late).await;
    }
    let (status, body) = match manner {
        Manner::Off => (StatusCode::SERVICE_UNAVAILABLE, failure(503)),
        _ => answer(request.uri().path(), &locked(&state)),
    };
    let response = Response::builder().status(status).header("Content-Type", "application/json");
    Ok(response.body(Full::new(Bytes::from(body.to_string()))).expect("a valid answer"))
}

fn answer(path: &str, state: &State) -> (StatusCode, Value) {
    let rest = path.strip_prefix("/apis/").and_then(|it| it.strip_prefix(VERSION));
    let age = match state.manner {
        Manner::Stale(age) => age,
        _ => SignedDuration::ZERO,
    };
    let time = (Timestamp::now() - age).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let node = |name: &str, (cpu, memory): (u64, u64)| {
        json!({
            "apiVersion": VERSION, "kind": "NodeMetrics",
            "metadata": {"name": name, "creationTimestamp": time},
            "timestamp": time, "window": "20s",
            "usage": {"cpu": format!("{cpu}m"), "memory": format!("{memory}Mi")},
        })
    };
    match rest {
        Some("") => (StatusCode::OK, resources()),
        Some("/nodes") => {
            let items: Vec<Value> = state.used.iter().map(|(name, used)| node(name, *used)).collect();
            (
                StatusCode::OK,
                json!({"apiVersion": VERSION, "kind": "NodeMetricsList", "metadata": {}, "items": items}),
            )
        }
        Some(one) => match one.strip_prefix("/nodes/").and_then(|it| state.used.get_key_value(it)) {
            Some((name, used)) => (StatusCode::OK, node(name, *used)),
            None => (StatusCode::NOT_FOUND, failure(404)),
        },
        None => (StatusCode::NOT_FOUND, failure(404)),
    }
}

fn failure(code: u16) -> Value {
    json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "message": "no figures", "code": code})
}

fn resources() -> Value {
    json!({
        "apiVersion": "v1", "kind": "APIResourceList", "groupVersion": VERSION,
        "resources": [{
            "name": "nodes", "singularName": "", "namespaced": false, "kind": "NodeMetrics", "verbs": ["get", "list"],
        }],
    })
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
