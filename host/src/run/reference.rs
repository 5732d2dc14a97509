//! The Go autoscaler that this one takes over from. While it still runs, two would delete the same nodes.

use crate::observe::Snapshot;

/// Its image, wherever it is pulled from, and the label of its charts.
const NAMES: [&str; 2] = ["vpsie-autoscaler", "vpsie-k8s-autoscaler"];
/// On our own Deployment, which may have the same name.
const OURS: &str = "autoscaler.vpsie.com/controller";

/// The Deployment of it that has a ready replica.
#[must_use]
pub fn running(snapshot: &Snapshot) -> Option<String> {
    let found = snapshot.of_kind("Deployment").find(|(key, object)| {
        let value = object.value();
        let labels = &value["metadata"]["labels"];
        let named = |it: &str| NAMES.contains(&it);
        let name = labels["app.kubernetes.io/name"].as_str().is_some_and(named) || named(&key.1);
        let ours = !labels[OURS].is_null();
        name && !ours && value["status"]["readyReplicas"].as_u64().unwrap_or_default() > 0
    });
    found.map(|(key, _)| format!("{}/{}", key.0, key.1))
}
