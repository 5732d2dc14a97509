//! The definitions of our kinds, for the API server.

use super::{AutoscalerConfig, NodeGroup, VpsieNode};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::{Value, json};

/// Each with the name of its file in `deploy/crds`.
#[must_use]
pub fn definitions() -> [(&'static str, Value); 3] {
    let mut config = definition(&AutoscalerConfig::crd());
    // One that says nothing is one with all defaults.
    config["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["default"] = json!({});
    [
        ("autoscalerconfigs.yaml", config),
        ("nodegroups.yaml", definition(&NodeGroup::crd())),
        ("vpsienodes.yaml", definition(&VpsieNode::crd())),
    ]
}

fn definition(generated: &CustomResourceDefinition) -> Value {
    let mut value = serde_json::to_value(generated).expect("a definition is plain data");
    tidy(&mut value);
    value
}

/// A null is nothing, as everywhere in Kubernetes: where it is not allowed, the API server drops it.
/// Bounds of whole numbers are whole, and a title that repeats the kind says nothing.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, it| !(key == "nullable" || key == "title" && it.is_string()));
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => {
            items.retain(|it| !it.is_null());
            items.iter_mut().for_each(tidy);
        }
        Value::Number(number) => {
            if let Ok(whole) = number.to_string().trim_end_matches(".0").parse::<i64>() {
                *value = whole.into();
            }
        }
        _ => {}
    }
}
