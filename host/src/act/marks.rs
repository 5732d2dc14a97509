//! What we write on nodes, as patches: pure. Each names the version of the node that it was made from, so
//! that what somebody else wrote in between is never overwritten.
//!
//! What we set is noted beside it: taking a removal back takes away that and nothing else.

use decide::marks::{
    DRAINING_SINCE, EXCLUDE_FROM_BALANCERS, GROUP, IDLE_SINCE, LEAVING, LEAVING_SINCE, MANAGED, NOT_BEFORE,
    STARTING,
};
use decide::select::Labels;
use decide::time::Time;
use decide::world::{Effect, Taint};
use serde_json::{Map, Value, json};

/// Says that the label which keeps load balancers away is ours.
const EXCLUDED: &str = "autoscaler.vpsie.com/excluded";
/// Why and how often a removal was taken back.
pub const TAKEN_BACK: &str = "autoscaler.vpsie.com/taken-back";

/// Cordon, taint and mark, in one.
#[must_use]
pub fn leave(node: &Value, now: Time) -> Value {
    let mut taints = taints_but(node, |key| key != LEAVING);
    taints.push(json!({"key": LEAVING, "effect": "NoSchedule", "timeAdded": now.to_string()}));
    patch(
        node,
        json!({LEAVING_SINCE: now.to_string()}),
        None,
        json!({"unschedulable": true, "taints": taints}),
    )
}

/// The same, and the label that keeps load balancers away. What is there already stays as it is.
#[must_use]
pub fn exclude(node: &Value, now: Time) -> Value {
    let since = node["metadata"]["annotations"][LEAVING_SINCE].as_str();
    let mut annotations = json!({LEAVING_SINCE: since.map_or_else(|| now.to_string(), str::to_string)});
    let mut labels = Map::new();
    if node["metadata"]["labels"][EXCLUDE_FROM_BALANCERS].is_null() {
        labels.insert(EXCLUDE_FROM_BALANCERS.into(), "true".into());
        annotations[EXCLUDED] = "true".into();
    }
    let mut taints = taints_but(node, |_| true);
    if !taints.iter().any(|it| it["key"] == LEAVING) {
        taints.push(json!({"key": LEAVING, "effect": "NoSchedule", "timeAdded": now.to_string()}));
    }
    patch(node, annotations, Some(labels.into()), json!({"unschedulable": true, "taints": taints}))
}

/// From here on pods are asked to go.
#[must_use]
pub fn drain(node: &Value, now: Time) -> Value {
    patch(node, json!({DRAINING_SINCE: now.to_string()}), None, Value::Null)
}

/// As if it had never been marked; with a time before which it does not go again, where one is wanted.
#[must_use]
pub fn stay(node: &Value, not_before: Option<(Time, String)>) -> Value {
    let mut annotations =
        json!({LEAVING_SINCE: null, DRAINING_SINCE: null, EXCLUDED: null, IDLE_SINCE: null});
    if let Some((until, cause)) = not_before {
        annotations[NOT_BEFORE] = until.to_string().into();
        annotations[TAKEN_BACK] = cause.into();
    }
    let ours = node["metadata"]["annotations"][EXCLUDED] == "true";
    let labels = ours.then(|| json!({EXCLUDE_FROM_BALANCERS: null}));
    let mut spec = json!({"taints": taints_but(node, |key| key != LEAVING)});
    // The cordon is ours only together with the mark: a node that somebody else had cordoned is never marked.
    if node["metadata"]["annotations"][LEAVING_SINCE].is_string() {
        spec["unschedulable"] = Value::Null;
    }
    patch(node, annotations, labels, spec)
}

/// What its group wants on it, and the start-up taint off.
#[must_use]
pub fn dress(node: &Value, group: &str, labels: &Labels, taints: &[Taint]) -> Value {
    let own = labels.0.iter().map(|(key, value)| (key.to_string(), (**value).into()));
    let wanted: Map<String, Value> = own.chain(ours_of(group)).collect();
    let ours = |key: &str| key == STARTING || taints.iter().any(|it| &*it.key == key);
    let mut all = taints_but(node, |key| !ours(key));
    all.extend(taints.iter().filter(|it| &*it.key != STARTING).map(taint));
    patch(node, Value::Null, Some(wanted.into()), json!({"taints": all}))
}

/// That it is one of this group, and nothing else of what the group wants.
#[must_use]
pub fn label(node: &Value, group: &str) -> Value {
    patch(node, Value::Null, Some(Value::Object(ours_of(group).into_iter().collect())), Value::Null)
}

fn ours_of(group: &str) -> [(String, Value); 2] {
    [(MANAGED.into(), "true".into()), (GROUP.into(), group.into())]
}

/// Whether it bears all that `dress` puts on it.
#[must_use]
pub fn is_dressed(node: &decide::world::Node, group: &str, labels: &Labels, taints: &[Taint]) -> bool {
    let has = |it: &Taint| {
        node.taints.iter().any(|own| (&own.key, &own.value, own.effect) == (&it.key, &it.value, it.effect))
    };
    node.labels.is(MANAGED, "true")
        && node.labels.is(GROUP, group)
        && labels.0.iter().all(|(key, value)| node.labels.get(key) == Some(value))
        && taints.iter().filter(|it| &*it.key != STARTING).all(has)
        && !node.taints.iter().any(|it| &*it.key == STARTING)
}

#[must_use]
pub fn idle(node: &Value, since: Option<Time>) -> Value {
    patch(node, json!({IDLE_SINCE: since.map(|it| it.to_string())}), None, Value::Null)
}

#[must_use]
pub fn taint(it: &Taint) -> Value {
    let effect = match it.effect {
        Effect::NoExecute => "NoExecute",
        Effect::PreferNoSchedule => "PreferNoSchedule",
        Effect::NoSchedule | Effect::Other => "NoSchedule",
    };
    json!({"key": &*it.key, "value": &*it.value, "effect": effect})
}

fn taints_but(node: &Value, keep: impl Fn(&str) -> bool) -> Vec<Value> {
    let all = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|it| it["key"].as_str().is_none_or(&keep)).collect()
}

fn patch(node: &Value, annotations: Value, labels: Option<Value>, spec: Value) -> Value {
    let mut meta = Map::new();
    for key in ["resourceVersion", "uid"] {
        meta.insert(key.into(), node["metadata"][key].clone());
    }
    if !annotations.is_null() {
        meta.insert("annotations".into(), annotations);
    }
    if let Some(labels) = labels {
        meta.insert("labels".into(), labels);
    }
    let mut patch = json!({"metadata": meta});
    if !spec.is_null() {
        patch["spec"] = spec;
    }
    patch
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_763_632_800);

    /// JSON merge patch, as the apiserver does it.
    fn merged(target: &Value, patch: &Value) -> Value {
        let Value::Object(patch) = patch else { return patch.clone() };
        let mut target = target.as_object().cloned().unwrap_or_default();
        for (key, value) in patch {
            match value {
                Value::Null => {
                    target.remove(key);
                }
                value => {
                    let merged = merged(target.get(key).unwrap_or(&Value::Null), value);
                    target.insert(key.clone(), merged);
                }
            }
        }
        Value::Object(target)
    }

    fn node() -> Value {
        json!({
            "metadata": {
                "name": "n", "uid": "u", "resourceVersion": "7",
                "labels": {"a": "b"}, "annotations": {"c": "d"},
            },
            "spec": {"providerID": "vpsie://x", "taints": [{"key": "theirs", "effect": "NoSchedule"}]},
        })
    }

    #[test]
    fn what_was_marked_and_taken_back_is_as_before() {
        let before = node();
        let left = merged(&before, &leave(&before, NOW));
        assert_eq!(left["spec"]["unschedulable"], true);
        assert_eq!(left["spec"]["taints"].as_array().map(Vec::len), Some(2));
        let out = merged(&left, &exclude(&left, NOW.plus(5)));
        assert_eq!(out["metadata"]["annotations"][LEAVING_SINCE], NOW.to_string(), "since the mark");
        assert_eq!(out["metadata"]["labels"][EXCLUDE_FROM_BALANCERS], "true");
        let drained = merged(&out, &drain(&out, NOW.plus(9)));
        for marked in [&left, &out, &drained] {
            assert_eq!(merged(marked, &stay(marked, None)), before);
        }
    }

    #[test]
    fn a_label_and_a_cordon_of_others_stay() {
        let mut before = node();
        before["metadata"]["labels"][EXCLUDE_FROM_BALANCERS] = "".into();
        let out = merged(&before, &exclude(&before, NOW));
        assert_eq!(merged(&out, &stay(&out, None)), before);

        before["spec"]["unschedulable"] = true.into();
        assert_eq!(merged(&before, &stay(&before, None)), before, "it was never marked");
    }

    #[test]
    fn the_cause_is_noted_when_it_is_taken_back() {
        let before = node();
        let left = merged(&before, &leave(&before, NOW));
        let back = merged(&left, &stay(&left, Some((NOW.plus(300), "Vetoed 1".into()))));
        assert_eq!(back["metadata"]["annotations"][NOT_BEFORE], NOW.plus(300).to_string());
        assert_eq!(back["metadata"]["annotations"][TAKEN_BACK], "Vetoed 1");
        assert!(back["spec"]["unschedulable"].is_null());
    }
}
