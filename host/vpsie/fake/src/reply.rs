//! An answer: the envelope, or what comes instead of it.

use serde_json::{Map, Value, json};

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Body,
    pub retry_after_secs: Option<u64>,
    pub end: End,
    /// Real milliseconds until it is sent.
    pub delay_ms: u64,
}

#[derive(Debug)]
pub enum Body {
    Json(Value),
    Html(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Sent,
    Cut,
    /// Nothing is ever sent.
    Hangs,
}

impl Reply {
    #[must_use]
    pub fn json(status: u16, body: Value) -> Reply {
        Reply { status, body: Body::Json(body), retry_after_secs: None, end: End::Sent, delay_ms: 0 }
    }

    #[must_use]
    pub fn data(data: Value) -> Reply {
        let mut fields = Map::new();
        fields.insert("error".into(), Value::Bool(false));
        fields.insert("data".into(), data);
        Reply::json(200, Value::Object(fields))
    }

    /// A list that says how long it is.
    #[must_use]
    pub fn list(rows: Vec<Value>) -> Reply {
        let total = rows.len();
        let mut reply = Reply::data(Value::Array(rows));
        if let Body::Json(body) = &mut reply.body {
            body["total"] = Value::from(total);
        }
        reply
    }

    /// It was done, and there is nothing to tell.
    #[must_use]
    pub fn done() -> Reply {
        Reply::data(Value::Bool(true))
    }

    #[must_use]
    pub fn refused(status: u16, message: &str) -> Reply {
        let code = if status == 200 { 500 } else { status };
        Reply::json(status, json!({"error": true, "code": code, "message": message, "type": false}))
    }

    #[must_use]
    pub fn not_found() -> Reply {
        Reply::refused(404, "Not found")
    }

    #[must_use]
    pub fn exception() -> Reply {
        Reply::refused(500, "Your request was lost in the clouds, please try again later")
    }

    #[must_use]
    pub fn html(status: u16) -> Reply {
        let page =
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n";
        Reply { body: Body::Html(page), ..Reply::json(status, Value::Null) }
    }

    #[must_use]
    pub fn none(end: End) -> Reply {
        Reply { end, ..Reply::json(0, Value::Null) }
    }
}
