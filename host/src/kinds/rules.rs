//! What the API server refuses, and what it says then.

use kube::core::cel::Rule;
use serde_json::{Value, json};

/// Semantic versioning with a leading v.
const VERSION: &str = concat!(
    r"^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)",
    r"(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?",
    r"(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$",
);
/// Rules about texts need a bound on their length, so that the API server can bound their cost.
pub const VERSION_LENGTH_MAX: u32 = 128;
pub const LABELS_MAX: u32 = 64;

/// `or`: what else is allowed.
pub fn version(or: &str) -> Rule {
    Rule::new(format!("{or}self.matches(r'{VERSION}')")).message(
        "expected a version of Kubernetes with all three numbers and a v before them, such as v1.34.1",
    )
}

/// What cannot be changed once it is set, nor taken away to be set anew. `none`: what counts as not set.
pub fn fixed(field: &str, none: &str, why: &str) -> Rule {
    let rule = format!(
        "!has(oldSelf.{field}) || oldSelf.{field} == {none} || (has(self.{field}) && self.{field} == oldSelf.{field})"
    );
    let message = format!("{field} cannot be changed: {why}");
    Rule::new(rule).message(message.as_str()).field_path(format!(".{field}"))
}

/// The value of a label, as long as it can be.
pub fn short_text() -> Value {
    json!({"type": "string", "maxLength": 63})
}

/// Kubernetes would refuse them on every node.
pub fn label_keys() -> Rule {
    const KEY: &str =
        r"^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";
    Rule::new(format!("self.all(key, key.matches(r'{KEY}'))"))
        .message("a key is no label key: expected up to 63 letters, digits, - _ . and before them perhaps a domain and a /")
}

pub fn label_values() -> Rule {
    const VALUE: &str = r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$";
    Rule::new(format!("self.all(key, self[key].matches(r'{VALUE}'))"))
        .message("a value is no label value: expected up to 63 letters, digits, - _ . with a letter or digit at both ends")
}
