//! The same document as YAML: JSON, re-written value by value, so that both say the same.

use super::json;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

#[must_use]
pub fn yaml(document: &impl Serialize) -> String {
    let json = json(document);
    let value: &RawValue = serde_json::from_str(&json).expect("it is JSON");
    let mut out = String::new();
    block(value.get(), 0, &mut out);
    out
}

/// A value that begins a line of its own.
fn block(json: &str, indent: usize, out: &mut String) {
    let margin = " ".repeat(indent);
    if let Some(members) = members(json) {
        for (at, (name, value)) in members.0.iter().enumerate() {
            if at > 0 {
                out.push_str(&margin);
            }
            out.push_str(&scalar(&serde_json::Value::from(*name).to_string()));
            out.push(':');
            below(value.get(), indent, out);
        }
    } else if let Some(items) = items(json) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push_str(&margin);
            }
            out.push('-');
            if is_leaf(item.get()) {
                below(item.get(), indent, out);
            } else {
                out.push(' ');
                block(item.get(), indent + 2, out);
            }
        }
    }
}

/// A value after the name that it has, or the dash.
fn below(json: &str, indent: usize, out: &mut String) {
    if is_leaf(json) {
        out.push(' ');
        out.push_str(&scalar(json));
        out.push('\n');
        return;
    }
    let indent = if items(json).is_some() { indent } else { indent + 2 };
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    block(json, indent, out);
}

/// Figures and words, and what is empty.
fn is_leaf(json: &str) -> bool {
    let open = json.starts_with(['{', '[']);
    !open || members(json).is_some_and(|it| it.0.is_empty()) || items(json).is_some_and(|it| it.is_empty())
}

/// As plain as every reader of YAML takes for a text; else as JSON has it, which is YAML too.
fn scalar(json: &str) -> String {
    let Ok(text) = serde_json::from_str::<String>(json) else { return json.split_whitespace().collect() };
    let plain = |it: char| it.is_ascii_alphanumeric() || " ./_-%(),;<>+*".contains(it);
    let word = text.starts_with(|it: char| it.is_ascii_alphabetic()) && !text.ends_with(' ');
    let flat = text.to_ascii_lowercase();
    let meant = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&&*flat);
    if word && text.chars().all(plain) && !meant { text } else { json.to_string() }
}

fn items(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok().filter(|_| json.starts_with('['))
}

fn members(json: &str) -> Option<Members<'_>> {
    serde_json::from_str(json).ok().filter(|_| json.starts_with('{'))
}

/// The members of an object in their order.
struct Members<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Ordered)
    }
}

struct Ordered;

impl<'de> Visitor<'de> for Ordered {
    type Value = Members<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_the_json_says() {
        let json = r#"{"now":"2026-11-20T10:00:00Z","nodes":[{"name":"n1","cpu":0.12,"moves":[{"pod":"a/b","to":"n2"}],
            "why":"a: b # c","none":[],"no":"yes","list":["on","two","- 3"," x"]},{"name":"12"}],"empty":{},"deep":{"a":{"b":[[1,2],[3]]}}}"#;
        let mut out = String::new();
        block(json, 0, &mut out);
        let expect = r#"now: "2026-11-20T10:00:00Z"
nodes:
- name: n1
  cpu: 0.12
  moves:
  - pod: a/b
    to: n2
  why: "a: b # c"
  none: []
  "no": "yes"
  list:
  - "on"
  - two
  - "- 3"
  - " x"
- name: "12"
empty: {}
deep:
  a:
    b:
    - - 1
      - 2
    - - 3
"#;
        assert_eq!(out, expect);
        let read: serde_json::Value = serde_yaml_ng::from_str(&out).expect("it is YAML");
        assert_eq!(read, serde_json::from_str::<serde_json::Value>(json).expect("it is JSON"));
    }
}
