//! What an answer means: its status, and the envelope in which all that it says stands.
//!
//! The API says no with a status of 200 as well as of 500, and means different things by them; a gateway in
//! front of it answers with pages of HTML.

use crate::error::Cause;
use crate::wire::Loose;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::Duration;

/// What an answer says when it says yes.
#[derive(Debug, Default)]
pub struct Answer {
    pub data: Data,
    /// How long the list is, where that is told.
    pub total: Option<u64>,
    /// `data: false`, which after a deletion means that there was nothing to delete.
    pub is_false: bool,
}

#[derive(Debug, Default)]
pub enum Data {
    /// Nothing, `null` or `false`: there is no such thing, or nothing to tell.
    #[default]
    Nothing,
    /// `true`: it was done.
    Done,
    Value(Box<RawValue>),
}

/// What an answer says when it says no, or what is wrong with it. `said` holds secrets if the API says them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct No {
    pub cause: Cause,
    pub said: String,
}

impl No {
    pub fn new(cause: Cause, said: impl Into<String>) -> No {
        No { cause, said: said.into() }
    }
}

/// Messages of the API by what they mean. Only the first of the limits was seen on the live API; the others
/// are what other clients look for.
const MEANINGS: [(&str, Cause); 8] = [
    ("exceeds the allowed limit", Cause::Limit),
    ("quota exceeded", Cause::Limit),
    ("plan does not allow", Cause::Limit),
    ("maximum number of", Cause::Limit),
    ("limit reached", Cause::Limit),
    ("subscription does not allow", Cause::Limit),
    ("has same selected size", Cause::SameSize),
    ("wrong password", Cause::WrongPassword),
];
/// Said of exceptions on the server's side, with whatever status.
const EXCEPTION: &str = "lost in the clouds";

#[derive(Debug, Deserialize)]
struct Envelope {
    #[serde(default)]
    error: Loose,
    #[serde(default)]
    message: Loose,
    #[serde(default)]
    data: Option<Box<RawValue>>,
    /// Where load balancers are offered.
    #[serde(default, rename = "Data")]
    capital: Option<Box<RawValue>>,
    #[serde(default)]
    total: Loose,
    /// Some lists are told with a blank.
    #[serde(default, rename = "total ")]
    total_blank: Loose,
}

pub fn judge(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Result<Answer, No> {
    // An object alone: a list of values would pass for one whose fields come in order.
    let envelope = match first(body) {
        Some(b'{') => serde_json::from_slice::<Envelope>(body).map_err(|it| place(&it)),
        Some(b'<') => Err("a page of HTML".to_string()),
        _ => Err("what is no JSON object".to_string()),
    };
    let said = envelope.as_ref().map(|it| it.message.to_string()).unwrap_or_default();
    let no = |cause| Err(No::new(cause, said.clone()));
    match status {
        200..=299 => {}
        401 => return no(Cause::Unauthorized),
        403 => return no(Cause::Forbidden),
        404 | 410 => return no(Cause::NotFound),
        408 => return no(Cause::TimedOut),
        409 | 423 => return no(Cause::Conflict),
        429 => return no(Cause::Busy { retry_after }),
        // A rule of the business and a broken server have the same status; only words tell them apart.
        500..=599 => return no(meaning(&said).unwrap_or(Cause::Server { status })),
        300..=399 => {
            let said = format!("status {status}: redirects are not followed");
            return Err(No::new(Cause::Unreadable, said));
        }
        400..=499 => return no(meaning(&said).unwrap_or(Cause::Refused)),
        _ => return Err(No::new(Cause::Unreadable, format!("status {status}"))),
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Answer::default());
    }
    let envelope = envelope.map_err(|it| No::new(Cause::Unreadable, format!("status {status} with {it}")))?;
    if envelope.error.is_true() {
        let said = envelope.message.to_string();
        let exception = Cause::Server { status };
        return Err(No::new(
            meaning(&said).unwrap_or(if is_exception(&said) { exception } else { Cause::Refused }),
            said,
        ));
    }
    let raw = envelope.data.or(envelope.capital);
    let is_false = raw.as_ref().is_some_and(|it| it.get() == "false");
    let data = match raw {
        None => Data::Nothing,
        Some(raw) => match raw.get() {
            "false" | "null" => Data::Nothing,
            "true" => Data::Done,
            _ => Data::Value(raw),
        },
    };
    let total = envelope.total.number().or(envelope.total_blank.number());
    Ok(Answer { data, total, is_false })
}

fn meaning(said: &str) -> Option<Cause> {
    let said = said.to_lowercase();
    MEANINGS.iter().find(|it| said.contains(it.0)).map(|it| it.1)
}

fn is_exception(said: &str) -> bool {
    said.to_lowercase().contains(EXCEPTION)
}

fn first(body: &[u8]) -> Option<&u8> {
    body.iter().find(|it| !it.is_ascii_whitespace())
}

/// Bodies are not quoted: nobody knows what stands in them.
fn place(error: &serde_json::Error) -> String {
    format!("JSON that ends or is wrong at line {} column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, expect: &str) {
        let got = match judge(status, None, body.as_bytes()) {
            Ok(Answer { data: Data::Nothing, .. }) => "nothing".to_string(),
            Ok(Answer { data: Data::Done, .. }) => "done".to_string(),
            Ok(Answer { data: Data::Value(raw), total, .. }) => {
                raw.get().to_string() + &total.map_or(String::new(), |it| format!(" of {it}"))
            }
            Err(No { cause, said }) => format!("{} {said}", cause.name()).trim_end().to_string(),
        };
        assert_eq!(got, expect, "{status} {body}");
    }

    #[test]
    fn answers() {
        check(200, r#"{"error":false,"data":[1],"total":2}"#, "[1] of 2");
        check(200, r#"{"error":false,"Data":[1]}"#, "[1]");
        check(200, r#"{"data":{"a":1},"total ":"7"}"#, r#"{"a":1} of 7"#);
        check(200, r#"{"error":false,"data":true}"#, "done");
        check(200, r#"{"error":false,"data":false}"#, "nothing");
        check(200, r#"{"error":false,"data":null}"#, "nothing");
        check(200, r#"{"error":false,"message":"ok"}"#, "nothing");
        check(204, "", "nothing");
        check(
            200,
            r#"{"error":true,"message":"You entered the wrong password"}"#,
            "WrongPassword You entered the wrong password",
        );
        check(200, r#"{"error":"true","message":"no"}"#, "Refused no");
        check(200, r#"{"error":1,"message":"no"}"#, "Refused no");
        check(
            200,
            r#"{"error":true,"message":"It was lost in the clouds"}"#,
            "Server It was lost in the clouds",
        );
        check(200, "<html>", "Unreadable status 200 with a page of HTML");
        check(200, "{\"data\":", "Unreadable status 200 with JSON that ends or is wrong at line 1 column 8");
        check(200, "[]", "Unreadable status 200 with what is no JSON object");
        check(302, "", "Unreadable status 302: redirects are not followed");
        check(400, r#"{"error":true,"message":"bad"}"#, "Refused bad");
        check(401, r#"{"error":true,"message":"Please authenticate"}"#, "Unauthorized Please authenticate");
        check(403, "<html>", "Forbidden");
        check(404, "Not found", "NotFound");
        check(409, "", "Conflict");
        check(429, "", "Busy");
        check(
            500,
            r#"{"error":true,"code":500,"message":"Worker nodes count exceeds the allowed limit 5","type":false}"#,
            "Limit Worker nodes count exceeds the allowed limit 5",
        );
        check(
            500,
            r#"{"error":true,"message":"Group GRP-Advanced-c745 has same selected Size, please select another size"}"#,
            "SameSize Group GRP-Advanced-c745 has same selected Size, please select another size",
        );
        check(500, r#"{"error":true,"message":"hm"}"#, "Server hm");
        check(502, "<html>", "Server");
        check(101, "", "Unreadable status 101");
    }

    #[test]
    fn what_may_have_been_done_is_unknown() {
        use crate::error::{Access, Outcome};
        let of = |status, access| judge(status, None, b"").expect_err("a no").cause.outcome(access);
        assert_eq!(of(500, Access::Write), Outcome::Unknown);
        assert_eq!(of(500, Access::Read), Outcome::Transient);
        assert_eq!(of(429, Access::Write), Outcome::Transient);
        assert_eq!(of(404, Access::Write), Outcome::Terminal);
    }
}
