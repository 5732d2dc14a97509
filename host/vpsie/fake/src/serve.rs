//! Connections: HTTP in, the world's answer out.

use crate::answer::answer;
use crate::clock::{Clock, http_date};
use crate::locked;
use crate::reply::{Body, End, Reply};
use crate::request::{Area, Request, number};
use crate::watch::Holders;
use crate::world::World;
use http::{HeaderValue, Response, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const BODY_BYTES_MAX: usize = 1 << 20;
const REQUEST_ID: &str = "x-request-id";

#[derive(Debug)]
pub struct Shared {
    pub world: Mutex<World>,
    pub clock: Mutex<Clock>,
    /// None: `holding_pods` is kept by whoever sets it.
    pub holders: OnceLock<Holders>,
}

impl Shared {
    /// The world at the present time.
    pub fn world(&self) -> MutexGuard<'_, World> {
        let now_ms = locked(&self.clock).now_ms();
        let mut world = locked(&self.world);
        world.now_ms = now_ms;
        world
    }

    /// False: time is not turned by hand here.
    pub fn pass(&self, ms: u64) -> bool {
        match &mut *locked(&self.clock) {
            Clock::ByHand { now_ms } => {
                *now_ms = now_ms.saturating_add(ms);
                true
            }
            Clock::Real { .. } => false,
        }
    }
}

/// Until it is aborted; its connections end with it.
pub async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(connection(stream, shared.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |it| respond(it, shared.clone()));
    // How a connection ends is the caller's affair.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(
    request: http::Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_BYTES_MAX).collect().await.map_err(|_| Cut)?.to_bytes();
    let target = head.uri.path_and_query().map_or("/", |it| it.as_str());
    let request = Request::new(head.method, target, &head.headers, &body);
    if request.area == Area::Control && request.segments() == ["clock"] {
        let done = number(&request.body["pass_ms"]).is_some_and(|it| shared.pass(it));
        let reply = if done {
            Reply::done()
        } else {
            Reply::refused(400, "pass_ms is needed, and a clock that is turned by hand")
        };
        return Ok(response(reply, 0, None));
    }
    latency(&shared, request.area).await;
    if request.method == "DELETE"
        && let Some(holders) = shared.holders.get()
    {
        let holding = holders.ask().await;
        shared.world().watch.holding_pods = holding;
    }
    let (reply, now_ms) = {
        let mut world = shared.world();
        (answer(&mut world, &request), world.now_ms)
    };
    if reply.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
    }
    match reply.end {
        End::Sent => Ok(response(reply, now_ms, head.headers.get(REQUEST_ID))),
        End::Cut => Err(Cut),
        End::Hangs => std::future::pending().await,
    }
}

async fn latency(shared: &Shared, area: Area) {
    let Some(speed) = locked(&shared.clock).speed() else { return };
    if area != Area::Control {
        let ms = locked(&shared.world).timing.latency_ms;
        tokio::time::sleep(Duration::from_millis(ms) / speed).await;
    }
}

fn response(reply: Reply, now_ms: u64, request_id: Option<&HeaderValue>) -> Response<Full<Bytes>> {
    let (kind, bytes) = match reply.body {
        Body::Json(value) => ("application/json; charset=utf-8", Bytes::from(value.to_string())),
        Body::Html(page) => ("text/html", Bytes::from(page)),
    };
    let mut builder = Response::builder()
        .status(reply.status)
        .header(header::CONTENT_TYPE, kind)
        .header(header::DATE, http_date(now_ms));
    if let Some(secs) = reply.retry_after_secs {
        builder = builder.header(header::RETRY_AFTER, secs);
    }
    if let Some(id) = request_id {
        builder = builder.header(REQUEST_ID, id);
    }
    builder.body(Full::new(bytes)).expect("a status and headers that are valid")
}

/// Ends a connection without an answer.
#[derive(Debug)]
struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the connection is cut")
    }
}

impl std::error::Error for Cut {}
