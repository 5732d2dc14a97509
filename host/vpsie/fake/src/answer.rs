//! From a request to its answer: what hits any request, who asks, where it goes.

use crate::auth;
use crate::fault::Fault;
use crate::reply::{Body, End, Reply};
use crate::request::{Area, Request, number};
use crate::world::{Line, World};
use crate::{balancers, control, cost, kube, servers};
use http::Method;
use serde_json::Value;

/// The window of the rate limit.
const MINUTE_MS: u64 = 60_000;
/// The log is for tests and people; a fake that runs for days must not grow.
const LINES_MAX: usize = 20_000;

/// Answers, and writes down what was heard.
pub fn answer(world: &mut World, request: &Request) -> Reply {
    if request.area == Area::Control {
        return control::answer(world, request);
    }
    let reply = judge(world, request);
    if world.log.len() >= LINES_MAX {
        world.log.drain(..LINES_MAX / 2);
    }
    world.log.push(Line {
        at_ms: world.now_ms,
        method: request.method.to_string(),
        path: request.said().split_once(' ').map_or(String::new(), |it| it.1.to_string()),
        body: without_secrets(&request.body),
        status: reply.status,
    });
    reply
}

fn judge(world: &mut World, request: &Request) -> Reply {
    let said = request.said();
    let delay_ms = world.hit(Fault::Slow, &said).unwrap_or(0);
    let mut reply = match before(world, &said) {
        Some(reply) => reply,
        None => {
            let reply = admitted(world, request);
            after(world, &said).unwrap_or(reply)
        }
    };
    bend(world, &said, &mut reply);
    Reply { delay_ms, ..reply }
}

/// What keeps a request from being carried out.
fn before(world: &mut World, said: &str) -> Option<Reply> {
    if let Some(amount) = world.hit(Fault::RateLimited, said) {
        let retry_after_secs = (amount > 0).then(|| amount.div_ceil(1000));
        return Some(Reply { retry_after_secs, ..Reply::refused(429, "Too many requests") });
    }
    if let Some(secs) = too_many(world) {
        return Some(Reply { retry_after_secs: Some(secs), ..Reply::refused(429, "Too many requests") });
    }
    let kinds: [(Fault, fn() -> Reply); 8] = [
        (Fault::BadGateway, || Reply::html(502)),
        (Fault::ServerError, Reply::exception),
        (Fault::ErrorOn200, || Reply::refused(200, "Something is not right")),
        (Fault::HtmlOn200, || Reply::html(200)),
        (Fault::CutBefore, || Reply::none(End::Cut)),
        (Fault::HangBefore, || Reply::none(End::Hangs)),
        (Fault::Forbidden, || Reply::refused(403, "Access denied")),
        (Fault::Unauthorized, auth::refused),
    ];
    let (fault, reply) = kinds.into_iter().find(|it| world.hit(it.0, said).is_some())?;
    if fault == Fault::Unauthorized {
        world.access.given.clear();
    }
    Some(reply())
}

/// What comes instead of the answer to a request that was carried out.
fn after(world: &mut World, said: &str) -> Option<Reply> {
    let kinds: [(Fault, fn() -> Reply); 4] = [
        (Fault::BadGatewayAfter, || Reply::html(502)),
        (Fault::ServerErrorAfter, Reply::exception),
        (Fault::CutAfter, || Reply::none(End::Cut)),
        (Fault::HangAfter, || Reply::none(End::Hangs)),
    ];
    kinds.into_iter().find(|it| world.hit(it.0, said).is_some()).map(|it| it.1())
}

/// What is changed about an answer, whatever it says.
fn bend(world: &mut World, said: &str, reply: &mut Reply) {
    let Body::Json(body) = &mut reply.body else { return };
    if let Some(amount) = world.hit(Fault::HugeAnswer, said) {
        body["padding"] = Value::String("x".repeat(usize::try_from(amount).unwrap_or(0)));
    }
    if body["data"].is_array()
        && let Some(amount) = world.hit(Fault::ListCutShort, said)
    {
        body["total"] = Value::from(body["data"].as_array().map_or(0, Vec::len) as u64 + amount);
    }
    if world.hit(Fault::PriceText, said).is_some() {
        texts(body, "price");
    }
    if world.hit(Fault::ProjectIdText, said).is_some() {
        texts(body, "project_id");
        texts(body, "projectId");
    }
}

/// Numbers of this name become texts, however deep they stand.
fn texts(value: &mut Value, name: &str) {
    match value {
        Value::Array(rows) => rows.iter_mut().for_each(|it| texts(it, name)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::Number(number) if key == name => *value = Value::String(number.to_string()),
                    _ => texts(value, name),
                }
            }
        }
        _ => {}
    }
}

/// Seconds until the next may come, where too many came within a minute.
fn too_many(world: &mut World) -> Option<u64> {
    let most = world.requests_per_minute?;
    let now = world.now_ms;
    while world.requests.front().is_some_and(|it| it + MINUTE_MS <= now) {
        world.requests.pop_front();
    }
    if world.requests.len() < most as usize {
        world.requests.push_back(now);
        return None;
    }
    let first = world.requests.front().copied().unwrap_or(now);
    Some((first + MINUTE_MS - now).div_ceil(1000).max(1))
}

fn admitted(world: &mut World, request: &Request) -> Reply {
    if request.method == Method::POST
        && request.area == Area::Main
        && request.segments() == ["auth", "from", "api"]
    {
        return auth::login(world, request);
    }
    if !auth::admits(world, request) {
        return auth::refused();
    }
    let kinds = [kube::answer, servers::answer, balancers::answer, cost::answer];
    let mut reply = kinds.iter().find_map(|it| it(world, request)).unwrap_or_else(Reply::not_found);
    page(request, &mut reply, world.rows_max);
    reply
}

/// The part of a list that was asked for; most callers ask for all. `total` stays.
fn page(request: &Request, reply: &mut Reply, rows_max: Option<usize>) {
    let asked = |name: &str| number(&request.query[name]).and_then(|it| usize::try_from(it).ok());
    let Body::Json(Value::Object(body)) = &mut reply.body else { return };
    if let Some(Value::Array(rows)) = body.get_mut("data") {
        rows.drain(..asked("offset").unwrap_or(0).min(rows.len()));
        rows.truncate(asked("limit").unwrap_or(usize::MAX).min(rows_max.unwrap_or(usize::MAX)));
    }
}

fn without_secrets(body: &Value) -> Value {
    let mut body = body.clone();
    for name in ["password", "clientSecret", "vmPassword", "userData"] {
        if !body[name].is_null() {
            body[name] = Value::String("...".into());
        }
    }
    body
}
