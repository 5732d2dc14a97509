//! What the API server refuses, and what it says then.

use kube::core::cel::Rule;

/// Semantic versioning with a leading v.
macro_rules! version {
    () => {
        concat!(
            r"^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)",
            r"(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?",
            r"(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$",
        )
    };
}
pub const VERSION: &str = version!();
pub const VERSION_OR_NONE: &str = concat!("^$|", version!());
pub const LABELS_MAX: u32 = 64;

/// What cannot be changed once it is set, nor taken away to be set anew. `none`: what counts as not set.
pub fn fixed(field: &str, none: &str, why: &str) -> Rule {
    let rule = format!(
        "!has(oldSelf.{field}) || oldSelf.{field} == {none} || (has(self.{field}) && self.{field} == oldSelf.{field})"
    );
    let message = format!("{field} cannot be changed: {why}");
    Rule::new(rule).message(message.as_str()).field_path(format!(".{field}"))
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
