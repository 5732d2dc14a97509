//! A request as handlers see it: where it goes, and its fields, however they were sent.

use http::{HeaderMap, Method};
use serde_json::{Map, Value};

#[derive(Debug)]
pub struct Request {
    pub method: Method,
    pub area: Area,
    /// The path behind the prefix, without the blanks that old clients put into it.
    pub path: Vec<String>,
    pub query: Value,
    /// An object of JSON or a form; null where there is none.
    pub body: Value,
    /// What proves who asks: `Vpsie-Auth`, and what stands behind `Bearer`.
    pub token: Option<String>,
    pub bearer: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// `/apps/v2`, `/api/v2` and `/v2` are the same.
    Main,
    /// `/api/v1/lb`.
    Balancers,
    /// `/_mock`.
    Control,
    Nowhere,
}

impl Request {
    #[must_use]
    pub fn new(method: Method, target: &str, headers: &HeaderMap, body: &[u8]) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let areas = [
            ("/apps/v2/", Area::Main),
            ("/api/v2/", Area::Main),
            ("/v2/", Area::Main),
            ("/api/v1/lb/", Area::Balancers),
            ("/_mock/", Area::Control),
        ];
        let found = areas.iter().find_map(|(prefix, area)| Some((path.strip_prefix(prefix)?, *area)));
        let (rest, area) = found.unwrap_or((path, Area::Nowhere));
        let segments = rest.split('/').map(|it| decoded(it, false).trim().to_string());
        let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
        Request {
            method,
            area,
            path: segments.filter(|it| !it.is_empty()).collect(),
            query: Value::Object(form(query)),
            body: fields(body),
            token: header("vpsie-auth").map(str::to_string),
            bearer: header("authorization").and_then(|it| it.strip_prefix("Bearer ")).map(str::to_string),
        }
    }

    /// `METHOD /path`, as faults are armed for.
    #[must_use]
    pub fn said(&self) -> String {
        let area = if self.area == Area::Balancers { "/lb" } else { "" };
        format!("{} {area}/{}", self.method, self.path.join("/"))
    }

    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// A text; empty where it is not there.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// A whole number, also one that is sent as text.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        number(&self.body[name])
    }
}

#[must_use]
pub fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// A flag, which clients send as a number, a text or a truth.
#[must_use]
pub fn flag(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| number(value) == Some(1))
}

/// Clients do not always say which of the two they send.
fn fields(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| Value::Object(form(&String::from_utf8_lossy(body))))
}

fn form(text: &str) -> Map<String, Value> {
    let pairs = text.split('&').filter(|it| !it.is_empty());
    pairs
        .map(|it| {
            let (name, value) = it.split_once('=').unwrap_or((it, ""));
            (decoded(name, true), Value::String(decoded(value, true)))
        })
        .collect()
}

fn decoded(text: &str, form: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let hex = |it: &[u8]| u8::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok();
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(&[*high, *low]).is_some() => {
                bytes.extend(hex(&[*high, *low]));
                rest = after;
            }
            (b'+', _) if form => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(target: &str, body: &str) -> Request {
        Request::new(Method::POST, target, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn prefixes_blanks_and_junk_are_taken() {
        for prefix in ["/apps/v2", "/api/v2", "/v2"] {
            let request = request(&format!("{prefix}/vm/status/%20ab?limit1000&offset=0"), "");
            assert_eq!(request.area, Area::Main);
            assert_eq!(request.segments(), ["vm", "status", "ab"]);
            assert_eq!(request.query["offset"], "0");
        }
        assert_eq!(request("/api/v1/lb/all", "").said(), "POST /lb/all");
        assert_eq!(request("/vm", "").area, Area::Nowhere);
    }

    #[test]
    fn fields_come_as_json_or_as_a_form() {
        assert_eq!(request("/v2/a", r#"{"a":"x y"}"#).text("a"), "x y");
        assert_eq!(request("/v2/a", "a=x+y&b=%2B").text("a"), "x y");
        assert_eq!(request("/v2/a", "a=x+y&b=%2B").text("b"), "+");
        for one in [json!(1), json!("1"), json!(true)] {
            assert!(flag(&one));
        }
        assert!(!flag(&json!("0")));
    }
}
