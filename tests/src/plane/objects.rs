//! Kubernetes objects as tests need them: small, and with what matters given by name.

use serde_json::{Value, json};

/// Every pod of these is equal, and labelled `app: NAME`.
#[derive(Debug, Clone, Copy)]
pub struct App<'a> {
    pub name: &'a str,
    pub replicas: usize,
    pub cpu_milli: u64,
    pub memory_mib: u64,
}

impl<'a> App<'a> {
    #[must_use]
    pub fn new(name: &'a str, replicas: usize, cpu_milli: u64) -> App<'a> {
        App { name, replicas, cpu_milli, memory_mib: 64 }
    }

    #[must_use]
    pub fn deployment(&self) -> Value {
        self.workload("Deployment")
    }

    #[must_use]
    pub fn stateful_set(&self) -> Value {
        self.workload("StatefulSet")
    }

    /// `replicas` says nothing.
    #[must_use]
    pub fn daemon_set(&self) -> Value {
        let mut it = self.workload("DaemonSet");
        it["spec"].as_object_mut().expect("a spec").remove("replicas");
        it
    }

    fn workload(&self, kind: &str) -> Value {
        json!({
            "apiVersion": "apps/v1",
            "kind": kind,
            "metadata": {"name": self.name, "namespace": "default"},
            "spec": {
                "replicas": self.replicas,
                "selector": {"matchLabels": {"app": self.name}},
                "template": {
                    "metadata": {"labels": {"app": self.name}},
                    "spec": {"containers": [{
                        "name": "main",
                        "image": "nothing",
                        "resources": {"requests": {
                            "cpu": format!("{}m", self.cpu_milli), "memory": format!("{}Mi", self.memory_mib),
                        }},
                    }]},
                },
            },
        })
    }
}

/// With these fields of the pods' own, beside what they have.
///
/// # Panics
///
/// Where either is no object.
#[must_use]
pub fn with_pods(mut workload: Value, annotations: &Value, spec: &Value) -> Value {
    let template = &mut workload["spec"]["template"];
    template["metadata"]["annotations"] = annotations.clone();
    let fields = spec.as_object().expect("fields of a pod").clone();
    template["spec"].as_object_mut().expect("a template").extend(fields);
    workload
}

/// Of an app in `default`.
#[must_use]
pub fn budget(app: &str, unavailable_max: usize) -> Value {
    json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": app, "namespace": "default"},
        "spec": {"maxUnavailable": unavailable_max, "selector": {"matchLabels": {"app": app}}},
    })
}

#[must_use]
pub fn eviction(namespace: &str, pod: &str) -> Value {
    json!({
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": namespace},
    })
}
