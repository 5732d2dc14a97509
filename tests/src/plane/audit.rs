//! What the controller asked of the apiserver, as the apiserver itself wrote it down.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

pub const LOG: &str = "audit.log";
/// The user that is written down; others ask too much.
pub const USER: &str = "system:serviceaccount:kube-system:vpsie-autoscaler";

/// One request that was answered; a watch when it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub verb: String,
    /// `pods`, `pods/eviction`; the path where it is about no resource.
    pub resource: String,
    pub namespace: String,
    pub name: String,
    pub status: u64,
}

/// Requests by verb and resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count(BTreeMap<(String, String), usize>);

impl Count {
    #[must_use]
    pub fn of(requests: &[Request]) -> Count {
        let mut count = Count::default();
        for it in requests {
            *count.0.entry((it.verb.clone(), it.resource.clone())).or_default() += 1;
        }
        count
    }

    /// `""`: any verb.
    #[must_use]
    pub fn get(&self, verb: &str, resource: &str) -> usize {
        let is = |(v, r): &(String, String)| (verb.is_empty() || v == verb) && r == resource;
        self.0.iter().filter(|it| is(it.0)).map(|it| it.1).sum()
    }

    #[must_use]
    pub fn all(&self) -> usize {
        self.0.values().sum()
    }

    /// One line each, for a message.
    #[must_use]
    pub fn table(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, ((verb, resource), number)| {
            writeln!(text, "{number:6} {verb} {resource}").expect("a string takes all that is written");
            text
        })
    }
}

pub fn policy() -> Value {
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [{"level": "Metadata", "users": [USER]}, {"level": "None"}],
    })
}

pub fn read(log: &Path) -> Vec<Request> {
    // Without a request of this user there is no file.
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().filter_map(|it| serde_json::from_str(it).ok()).filter_map(|it| request(&it)).collect()
}

fn request(event: &Value) -> Option<Request> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let verb = text(&event["verb"]);
    let counts = if verb == "watch" { "ResponseStarted" } else { "ResponseComplete" };
    if event["stage"] != counts {
        return None;
    }
    let about = &event["objectRef"];
    let resource = match (about["resource"].as_str(), about["subresource"].as_str()) {
        (Some(resource), Some(part)) => format!("{resource}/{part}"),
        (Some(resource), None) => resource.to_owned(),
        (None, _) => text(&event["requestURI"]),
    };
    Some(Request {
        verb,
        resource,
        namespace: text(&about["namespace"]),
        name: text(&about["name"]),
        status: event["responseStatus"]["code"].as_u64().unwrap_or_default(),
    })
}
