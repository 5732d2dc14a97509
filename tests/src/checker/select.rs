//! Label selectors and node selectors, as Kubernetes reads them.

use super::objects::{Texts, list, text};
use serde_json::Value;

/// A label selector. Absent it selects nothing, empty everything.
#[must_use]
pub fn selects(selector: &Value, labels: &Texts) -> bool {
    let Some(map) = selector.as_object() else { return false };
    let equal = map.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    let all_equal = { equal }.all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str());
    all_equal && list(selector, "/matchExpressions").iter().all(|it| holds(it, labels))
}

/// Whether `LabelSelectorAsSelector` refuses it; the generator knows one way only.
#[must_use]
pub fn is_unreadable(selector: &Value) -> bool {
    let known = ["In", "NotIn", "Exists", "DoesNotExist"];
    list(selector, "/matchExpressions").iter().any(|it| !known.contains(&text(it, "/operator").as_str()))
}

fn holds(requirement: &Value, labels: &Texts) -> bool {
    let values: Vec<&str> = list(requirement, "/values").iter().filter_map(Value::as_str).collect();
    let held = labels.get(&text(requirement, "/key")).map(String::as_str);
    let number = |it: &str| it.parse::<i64>().ok();
    match text(requirement, "/operator").as_str() {
        "In" => held.is_some_and(|it| values.contains(&it)),
        "NotIn" => !held.is_some_and(|it| values.contains(&it)),
        "Exists" => held.is_some(),
        "DoesNotExist" => held.is_none(),
        "Gt" => held.and_then(number).zip(number(values[0])).is_some_and(|(held, limit)| held > limit),
        "Lt" => held.and_then(number).zip(number(values[0])).is_some_and(|(held, limit)| held < limit),
        _ => false,
    }
}

/// Terms of which one must hold; a term without requirements never does.
#[must_use]
pub fn any_term(terms: &[Value], name: &str, labels: &Texts) -> bool {
    let of_name = Texts::from([("metadata.name".to_string(), name.to_string())]);
    terms.iter().any(|term| {
        let (expressions, fields) = (list(term, "/matchExpressions"), list(term, "/matchFields"));
        !(expressions.is_empty() && fields.is_empty())
            && expressions.iter().all(|it| holds(it, labels))
            && fields.iter().all(|it| holds(it, &of_name))
    })
}
