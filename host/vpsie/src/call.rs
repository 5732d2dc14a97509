//! One request, from the wish to its answer: its turn, its proof, its tries.

use crate::base::Area;
use crate::breaker::Breaker;
use crate::client::{Client, Seen};
use crate::clock;
use crate::credentials::{Credentials, Secret};
use crate::encode;
use crate::envelope::{Answer, No, judge};
use crate::error::{Access, Cause, Error, Outcome};
use crate::redact::redact;
use crate::retry;
use crate::session::{Proof, Session, life};
use crate::wire;
use http::{HeaderMap, HeaderValue, Method, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use std::error::Error as _;
use std::time::Duration;

const REQUEST_ID: &str = "x-request-id";
const REQUEST_ID_CHARACTERS_MAX: usize = 64;
/// Whatever the server asks for, it is asked again after so long.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);
const AGENT: &str = concat!("vpsie-autoscaler/", env!("CARGO_PKG_VERSION"));

/// What is to be asked.
#[derive(Debug)]
pub struct Call<'a> {
    /// In words that go on after "cannot".
    pub what: String,
    pub method: Method,
    pub area: Area,
    /// Behind the prefix.
    pub path: String,
    pub body: Body,
    pub access: Access,
    /// That stand in the body and nowhere else.
    pub secrets: &'a [Secret],
}

/// What is sent, in bytes that are never printed.
pub enum Body {
    None,
    Json(Vec<u8>),
    Form(String),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("...")
    }
}

impl Call<'_> {
    pub fn get(what: impl Into<String>, path: impl Into<String>) -> Call<'static> {
        Call {
            what: what.into(),
            method: Method::GET,
            area: Area::Main,
            path: path.into(),
            body: Body::None,
            access: Access::Read,
            secrets: &[],
        }
    }

    pub fn post(what: impl Into<String>, path: impl Into<String>) -> Call<'static> {
        Call { method: Method::POST, access: Access::Write, ..Call::get(what, path) }
    }

    pub fn delete(what: impl Into<String>, path: impl Into<String>) -> Call<'static> {
        Call { method: Method::DELETE, access: Access::Write, ..Call::get(what, path) }
    }

    /// A `POST` that only asks.
    pub fn ask(what: impl Into<String>, path: impl Into<String>) -> Call<'static> {
        Call { method: Method::POST, ..Call::get(what, path) }
    }

    /// It is asked by its path alone.
    pub fn is_plain(&self) -> bool {
        self.method == Method::GET && matches!(self.body, Body::None)
    }

    /// The same question about what comes after so many rows.
    pub fn at_row(&self, offset: usize, limit: usize) -> Call<'static> {
        let mark = if self.path.contains('?') { '&' } else { '?' };
        let path = format!("{}{mark}offset={offset}&limit={limit}", self.path);
        Call::get(self.what.clone(), path).area(self.area)
    }

    pub fn area(self, area: Area) -> Self {
        Call { area, ..self }
    }

    pub fn json(self, body: &impl serde::Serialize) -> Self {
        let bytes = serde_json::to_vec(body).expect("bodies are made of texts and numbers");
        Call { body: Body::Json(bytes), ..self }
    }

    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        Call { body: Body::Form(encode::form(fields)), ..self }
    }
}

/// What came back.
struct Raw {
    answer: Answer,
    body: Vec<u8>,
    /// The server's clock.
    date: Option<Timestamp>,
}

/// A try that failed.
struct Failed {
    no: No,
    request_id: String,
}

impl Client {
    /// Asks until there is an answer, or a reason to stop.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Answer, Error> {
        let mut proof = self.proof().await?;
        let mut renewed = false;
        let mut tried = 1;
        loop {
            let failed = match self.attempt(call, Some(&proof), tried).await {
                Ok(raw) => return Ok(raw.answer),
                Err(failed) => failed,
            };
            // A 401 was not carried out, so this is safe for a write as well.
            if failed.no.cause == Cause::Unauthorized
                && !renewed
                && self.session().await.refused(proof.generation)
            {
                renewed = true;
                proof = self.proof().await?;
                continue;
            }
            if !self.again(call.access, failed.no.cause, tried).await {
                return Err(self.error(call, failed).await);
            }
            tried += 1;
        }
    }

    /// What says that an answer is not what it should be.
    pub(crate) async fn unusable(&self, call: &Call<'_>, no: No) -> Error {
        self.error(call, Failed { no, request_id: String::new() }).await
    }

    /// Logs in where that is needed; whoever else needs it waits for the outcome.
    async fn proof(&self) -> Result<Proof, Error> {
        let mut session = self.session().await;
        match session.proof(clock::now()) {
            Some(proof) => Ok(proof),
            None => self.log_in(&mut session).await,
        }
    }

    /// Proves these credentials to the API: by a login, or by a read that every token may do.
    pub(crate) async fn prove(&self, session: &mut Session) -> Result<(), Error> {
        let Some(proof) = session.proof(clock::now()) else {
            return self.log_in(session).await.map(|_| ());
        };
        let call = Call::get("try the new credentials", "k8s/cluster/all");
        let mut tried = 1;
        loop {
            let Err(failed) = self.attempt(&call, Some(&proof), tried).await else { return Ok(()) };
            if !self.again(call.access, failed.no.cause, tried).await {
                return Err(self.said(&call, failed, session.known()));
            }
            tried += 1;
        }
    }

    /// Asks for an access token. Nothing is changed by it, so it is tried like a read.
    async fn log_in(&self, session: &mut Session) -> Result<Proof, Error> {
        let fields = match session.credentials() {
            Credentials::Login { id, secret } => {
                [("clientId", id.expose()), ("clientSecret", secret.expose())]
            }
            Credentials::Token(_) => unreachable!("a token is its own proof"),
        };
        let call = Call::ask("log in", "auth/from/api").form(&fields);
        let mut tried = 1;
        let failed = loop {
            let failed = match self.attempt(&call, None, tried).await {
                Ok(raw) => match wire::login(&raw.body) {
                    Ok(login) => {
                        let life = life(login.ends, raw.date);
                        return Ok(session.logged_in(login.token, life, clock::now()));
                    }
                    Err(no) => break Failed { no, request_id: String::new() },
                },
                Err(failed) => failed,
            };
            if !self.again(call.access, failed.no.cause, tried).await {
                break failed;
            }
            tried += 1;
        };
        Err(self.said(&call, failed, session.known()))
    }

    /// Whether this is worth another try, after a while. Only reads are: a write is judged by whoever wanted it.
    async fn again(&self, access: Access, cause: Cause, tried: u32) -> bool {
        let settings = self.settings();
        let is_worth = match cause {
            // Both are about how long to wait, and the caller knows better what to do meanwhile.
            Cause::LeftAlone { .. } | Cause::Queue { .. } | Cause::Fenced => false,
            Cause::TooLarge => false,
            cause => cause.outcome(access) == Outcome::Transient,
        };
        if access == Access::Write || !is_worth || tried >= settings.tries.get() {
            return false;
        }
        let delay = self.random(|it| retry::delay(tried, settings.delay, settings.delay_max, it));
        tokio::time::sleep(delay).await;
        true
    }

    async fn attempt(&self, call: &Call<'_>, proof: Option<&Proof>, tried: u32) -> Result<Raw, Failed> {
        let request_id = self.random(|it| format!("{:016x}", it.next()));
        if let Err(no) = self.turn().await {
            return Err(Failed { no, request_id: String::new() });
        }
        if call.access == Access::Write && !self.may_write() {
            return Err(Failed { no: No::new(Cause::Fenced, ""), request_id: String::new() });
        }
        let start = clock::now();
        let sent = self.send(call, proof, &request_id).await;
        let (status, request_id, done) = match sent {
            Ok(Received { status, request_id, done }) => (Some(status), request_id, done),
            Err(no) => (None, request_id, Err(no)),
        };
        let cause = done.as_ref().err().map(|it| it.cause);
        self.learn(done.as_ref().err());
        self.tell(&Seen {
            what: &call.what,
            method: call.method.as_str(),
            path: &call.path,
            tried,
            took: clock::now() - start,
            status,
            cause,
            request_id: &request_id,
        });
        done.map_err(|no| Failed { no, request_id })
    }

    /// Waits until this request may go.
    async fn turn(&self) -> Result<(), No> {
        let wait_max = self.settings().wait_max;
        self.breaker(|it| match it.admit(clock::now()) {
            Ok(()) => Ok(()),
            Err(until) => Err(No::new(Cause::LeftAlone { until }, it.why())),
        })?;
        let at = self.pace(|it| it.reserve(clock::now(), wait_max));
        let at = at.map_err(|wait| No::new(Cause::Queue { wait }, ""))?;
        tokio::time::sleep_until(at).await;
        Ok(())
    }

    fn learn(&self, no: Option<&No>) {
        match no {
            Some(No {
                cause: cause @ (Cause::Server { .. } | Cause::TimedOut | Cause::Cut | Cause::Unreachable),
                said,
            }) => {
                let why = cause.name();
                let why = if said.is_empty() { why.to_string() } else { format!("{why}: {said}") };
                self.breaker(|it| it.failed(clock::now(), why));
            }
            _ => self.breaker(Breaker::succeeded),
        }
        if let Some(Cause::Busy { retry_after: Some(wait) }) = no.map(|it| it.cause) {
            self.pace(|it| it.hold(clock::now() + wait));
        }
    }

    async fn send(&self, call: &Call<'_>, proof: Option<&Proof>, request_id: &str) -> Result<Received, No> {
        let settings = self.settings();
        let url = settings.base.url(&settings.base.path(call.area, &call.path));
        let mut request = self.http().request(call.method.clone(), url).header(REQUEST_ID, request_id);
        request = request.header(header::ACCEPT, "application/json").header(header::USER_AGENT, AGENT);
        if let Some(Proof { header, value, .. }) = proof {
            let mut value =
                HeaderValue::from_str(value.expose()).expect("secrets were checked to fit a header");
            value.set_sensitive(true);
            request = request.header(*header, value);
        }
        request = match &call.body {
            Body::None => request,
            Body::Json(bytes) => request.header(header::CONTENT_TYPE, "application/json").body(bytes.clone()),
            Body::Form(text) => {
                request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(text.clone())
            }
        };
        let mut response = request.send().await.map_err(|it| lost(&it))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
        let received = |done| Received { status, request_id: id(text(REQUEST_ID), request_id), done };
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(None) => break,
                Ok(Some(chunk)) if body.len() + chunk.len() > settings.body_bytes_max => {
                    let said = format!("more than {} bytes", settings.body_bytes_max);
                    return Ok(received(Err(No::new(Cause::TooLarge, said))));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) => return Ok(received(Err(lost(&error)))),
            }
        }
        let date = text("date").and_then(http_date);
        let done = judge(status, retry_after(&headers, date), &body);
        Ok(received(done.map(|answer| Raw { answer, body, date })))
    }

    async fn error(&self, call: &Call<'_>, failed: Failed) -> Error {
        let session = self.session().await;
        self.said(call, failed, session.known())
    }

    fn said(&self, call: &Call<'_>, failed: Failed, known: &[Secret]) -> Error {
        let secrets: Vec<Secret> = known.iter().chain(call.secrets).cloned().collect();
        let base = &self.settings().base;
        let Failed { no: No { cause, said }, request_id } = failed;
        Error {
            what: call.what.clone(),
            request: format!("{} {}", call.method, base.url(&base.path(call.area, &call.path))),
            cause,
            said: redact(&said, &secrets),
            request_id: redact(&request_id, &secrets),
            outcome: cause.outcome(call.access),
        }
    }
}

/// An answer of whatever kind.
struct Received {
    status: u16,
    request_id: String,
    done: Result<Raw, No>,
}

/// A connection that did not bring an answer.
fn lost(error: &reqwest::Error) -> No {
    let cause = if error.is_connect() {
        // Also where it took too long: it was never there.
        Cause::Unreachable
    } else if error.is_timeout() {
        Cause::TimedOut
    } else {
        Cause::Cut
    };
    No::new(cause, if cause == Cause::TimedOut { String::new() } else { root(error) })
}

/// The innermost cause: those around it only say that there is one.
fn root(error: &reqwest::Error) -> String {
    let mut source = error.source();
    let mut words = String::new();
    while let Some(it) = source {
        words = it.to_string();
        source = it.source();
    }
    words
}

/// The server's where it tells one that can be told on.
fn id(told: Option<&str>, ours: &str) -> String {
    let plain = |it: &&str| {
        (1..=REQUEST_ID_CHARACTERS_MAX).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_graphic())
    };
    told.filter(plain).unwrap_or(ours).to_string()
}

fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

/// Seconds, or a date by the server's clock.
fn retry_after(headers: &HeaderMap, date: Option<Timestamp>) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match text.parse() {
        Ok(secs) => Duration::from_secs(secs),
        Err(_) => Duration::try_from(http_date(text)?.duration_since(date?)).unwrap_or(Duration::ZERO),
    };
    Some(asked.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_comes_in_two_forms() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_str(text).expect("a value"));
            retry_after(&headers, http_date("Sat, 21 Nov 2026 10:00:00 GMT"))
        };
        assert_eq!(of("7"), Some(Duration::from_secs(7)));
        assert_eq!(of("Sat, 21 Nov 2026 10:00:09 GMT"), Some(Duration::from_secs(9)));
        assert_eq!(of("Sat, 21 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(of("18446744073709551615"), Some(RETRY_AFTER_MAX));
        assert_eq!(of("soon"), None);
    }

    #[test]
    fn request_ids_of_others_are_taken_with_care() {
        assert_eq!(id(Some("abc"), "ours"), "abc");
        for odd in ["", "a b", &"x".repeat(65)] {
            assert_eq!(id(Some(odd), "ours"), "ours");
        }
    }
}
