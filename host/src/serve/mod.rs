//! The port: questions of probes, people and Prometheus in, pages out. Nothing that is asked here changes
//! anything, and nobody who asks can keep others from being answered for long: connections, their time and
//! explanations under way are limited, and bodies are not read.

mod health;
mod pages;

pub use health::{Check, Health};

use crate::looked::Looked;
use crate::metrics::Metrics;
use http::{Response, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use pages::{Pages, Reply};
use serde_json::Value;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

/// By this commands know who answers.
pub const SERVER: &str = concat!("vpsie-autoscaler/", env!("CARGO_PKG_VERSION"));

/// More wait until one of them ends.
const CONNECTIONS_MAX: usize = 128;
const HEADER_TIME: Duration = Duration::from_secs(5);
/// For one question and its answer.
const CONNECTION_TIME: Duration = Duration::from_secs(30);
/// What hyper asks for at least.
const HEADER_BYTES_MAX: usize = 8192;
/// After a connection could not be taken: most likely too many files are open.
const PAUSE: Duration = Duration::from_millis(200);

/// Where the answers come from.
#[derive(Clone)]
pub struct Sources {
    /// None before the first decision.
    pub looked: watch::Receiver<Option<Arc<Looked>>>,
    pub health: Arc<Health>,
    /// What is told about policies and their generations.
    pub policies: Arc<dyn Fn() -> Value + Send + Sync>,
    pub metrics: Arc<Metrics>,
}

/// Answers until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<Duration>,
    ends: JoinHandle<()>,
}

/// Answers on a port that is open already, so that whoever starts the program hears at once if it is taken.
///
/// # Errors
///
/// Where the listener cannot be used.
pub fn start(listener: std::net::TcpListener, sources: Sources) -> io::Result<Server> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = TcpListener::from_std(listener)?;
    let (stop, stopped) = oneshot::channel();
    let ends = tokio::spawn(serve(listener, Arc::new(Pages::new(sources)), stopped));
    Ok(Server { address, stop, ends })
}

impl Server {
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// No new connections; those that are open have so long to end.
    pub async fn stop(self, grace: Duration) {
        if self.stop.send(grace).is_ok() {
            // A panic in it has been told where it happened.
            let _ = self.ends.await;
        }
    }
}

async fn serve(listener: TcpListener, pages: Arc<Pages>, mut stopped: oneshot::Receiver<Duration>) {
    let mut connections = JoinSet::new();
    let grace = loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, pages.clone()));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
            grace = &mut stopped => break grace.unwrap_or_default(),
        }
    };
    drop(listener);
    // What has not ended by then ends with the set.
    let _ = tokio::time::timeout(grace, async { while connections.join_next().await.is_some() {} }).await;
}

async fn connection(stream: TcpStream, pages: Arc<Pages>) {
    let service = service_fn(|request: http::Request<Incoming>| {
        let pages = pages.clone();
        async move {
            let (head, _) = request.into_parts();
            Ok::<_, Infallible>(response(pages.answer(&head).await))
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(HEADER_BYTES_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // How a connection ends is the caller's affair.
    let _ = tokio::time::timeout(CONNECTION_TIME, served).await;
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    Response::builder()
        .status(reply.status)
        .header(header::CONTENT_TYPE, reply.kind)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::SERVER, SERVER)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(Full::new(Bytes::from(reply.body)))
        .expect("a status and headers that are valid")
}

impl fmt::Debug for Sources {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sources").field("health", &self.health).finish_non_exhaustive()
    }
}
