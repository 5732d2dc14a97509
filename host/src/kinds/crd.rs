//! The definitions of our kinds, for the API server.

use super::{AutoscalerConfig, NodeGroup, VpsieNode};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::Value;

/// Each with the name of its file in `deploy/crds`.
#[must_use]
pub fn definitions() -> [(&'static str, Value); 3] {
    [
        ("autoscalerconfigs.yaml", definition(&AutoscalerConfig::crd())),
        ("nodegroups.yaml", definition(&NodeGroup::crd())),
        ("vpsienodes.yaml", definition(&VpsieNode::crd())),
    ]
}

fn definition(generated: &CustomResourceDefinition) -> Value {
    let mut value = serde_json::to_value(generated).expect("a definition is plain data");
    drop_nullable(&mut value);
    value
}

/// A null is nothing, as everywhere in Kubernetes: where it is not allowed, the API server drops it.
fn drop_nullable(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("nullable") == Some(&Value::Bool(true)) {
                fields.remove("nullable");
            }
            fields.values_mut().for_each(drop_nullable);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nullable),
        _ => {}
    }
}
