//! What deploy/ installs, what it refuses, and whose cluster it is.

use http::Method;
use serde_json::{Value, json};
use tests::plane::cluster::{Cluster, manifests, node_path, samples};

const GROUP: &str = "autoscaler.vpsie.com/v1alpha1";

#[test]
fn its_manifests_are_all_it_needs() {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 1, &json!({}));
    cluster.run("a");
    cluster.eventually("it is ready", || {
        let (status, _) = cluster.controllers().first()?.get("/readyz")?;
        (status == 200).then_some(())
    });
    cluster.goes(&nodes[0]);
}

#[test]
fn its_own_deployment_is_nobody_elses() {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 2, &json!({"minNodes": 1}));
    for mut manifest in manifests().into_iter().filter(|it| it["kind"] == "Deployment") {
        // Its pods are of kube-system: one that has just come would keep its node.
        let pods = &mut manifest["spec"]["template"]["spec"];
        pods["nodeSelector"] = json!({"node-role.kubernetes.io/control-plane": ""});
        pods["tolerations"] = json!([{"operator": "Exists"}]);
        cluster.plane.apply(&manifest, "").expect("the apiserver takes our Deployment");
        report_ready(&cluster, &manifest);
    }
    cluster.run("a");
    cluster.eventually("one of the two goes", || {
        nodes.iter().any(|it| cluster.provider.stage(it).is_none()).then_some(())
    });
}

#[test]
fn while_the_reference_runs_nothing_is_done() {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 1, &json!({}));
    let labels = json!({"app.kubernetes.io/name": "vpsie-autoscaler"});
    let reference = cluster.plane.create(&json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "vpsie-k8s-autoscaler", "namespace": "kube-system", "labels": labels},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels},
            "spec": {
                // It sits where nothing is removed.
                "nodeSelector": {"node-role.kubernetes.io/control-plane": ""},
                "tolerations": [{"operator": "Exists"}],
                "containers": [{"name": "controller", "image": "vpsie/vpsie-k8s-autoscaler"}],
            },
        }},
    }));
    report_ready(&cluster, &reference);
    cluster.run("a");
    let mut plans = std::collections::BTreeSet::new();
    cluster.eventually("several plans were made", || {
        plans.insert(cluster.verdict(&nodes[0])?.1);
        (plans.len() > 3).then_some(())
    });
    cluster.stands(&nodes[0]);
    cluster.plane.delete("/apis/apps/v1/namespaces/kube-system/deployments/vpsie-k8s-autoscaler");
    cluster.goes(&nodes[0]);
}

#[test]
fn a_managed_node_is_not_deleted_by_others() {
    let cluster = Cluster::start();
    let nodes = cluster.group("workers", 1, &json!({}));
    cluster.eventually("the guard is in force", || {
        let path = format!("{}?dryRun=All", node_path(&nodes[0]));
        let answer = cluster.plane.ask(Method::DELETE, &path, None);
        matches!(answer, Err(kube::Error::Api(it)) if it.code == 403).then_some(())
    });
    cluster.annotate(&nodes[0], "autoscaler.vpsie.com/allow-delete", Some("true"));
    cluster.plane.delete(&node_path(&nodes[0]));
}

#[test]
fn samples_apply() {
    let cluster = Cluster::start();
    for sample in samples().iter().chain(&[reference_group(), reference_machine(), reference_config()]) {
        let name = &sample["metadata"]["name"];
        cluster
            .plane
            .apply(sample, "&dryRun=All")
            .unwrap_or_else(|why| panic!("{} {name}: {why}", sample["kind"]));
    }
    let wrong = [
        ("/spec/minNodes", json!(20)),
        ("/spec/maxNodes", json!(0)),
        ("/spec/kubernetesVersion", json!("1.34.1")),
        ("/spec/offeringIDs", json!([])),
    ];
    for (field, value) in wrong {
        let mut group = reference_group();
        *group.pointer_mut(field).expect("a field of it") = value;
        let answer = cluster.plane.apply(&group, "&dryRun=All");
        assert!(matches!(&answer, Err(kube::Error::Api(it)) if it.code == 422), "{field}: {answer:?}");
    }
}

#[test]
fn an_explicit_false_or_zero_stays() {
    let mut cluster = Cluster::start();
    let off = json!({"scaleDownPolicy": {"enabled": false}});
    let nodes = cluster.group("workers", 1, &off);
    cluster.run("a");
    cluster.keeps(&nodes[0], "ScaleDownDisabled");
    let path = format!("/apis/{GROUP}/namespaces/kube-system/nodegroups/workers");
    let group = cluster.plane.get(&path).expect("it is there");
    let policy = &group["spec"]["scaleDownPolicy"];
    assert_eq!((&policy["enabled"], &policy["cooldownSeconds"]), (&json!(false), &json!(0)));
    cluster.plane.patch(&path, &json!({"spec": {"scaleDownPolicy": {"enabled": true}}}));
    cluster.goes(&nodes[0]);
}

/// Waits until the cluster itself says that it has a ready replica.
fn report_ready(cluster: &Cluster, deployment: &Value) {
    let name = deployment["metadata"]["name"].as_str().expect("a name");
    let path = format!("/apis/apps/v1/namespaces/kube-system/deployments/{name}");
    cluster.eventually(&format!("{name} has a ready replica"), || {
        let ready = cluster.plane.get(&path)?["status"]["readyReplicas"].as_u64()?;
        (ready > 0).then_some(())
    });
}

/// All that a NodeGroup of the reference can say.
fn reference_group() -> Value {
    json!({
        "apiVersion": GROUP, "kind": "NodeGroup",
        "metadata": {"name": "all", "namespace": "kube-system", "labels": {"autoscaler.vpsie.com/managed": "true"}},
        "spec": {
            "minNodes": 2, "maxNodes": 10, "datacenterID": "dc-us-east-1", "resourceIdentifier": "cluster",
            "project": "", "offeringIDs": ["small-2cpu-4gb", "medium-4cpu-8gb"], "osImageID": "ubuntu",
            "kubernetesVersion": "v1.34.1", "preferredInstanceType": "small-2cpu-4gb", "allowMixedInstances": true,
            "labels": {"environment": "production"},
            "taints": [{"key": "dedicated", "value": "web", "effect": "NoSchedule"}],
            "scaleUpPolicy": {"enabled": true, "stabilizationWindowSeconds": 60, "cpuThreshold": 80, "memoryThreshold": 80},
            "scaleDownPolicy": {
                "enabled": true, "stabilizationWindowSeconds": 600, "cpuThreshold": 50, "memoryThreshold": 50,
                "cooldownSeconds": 600,
            },
            "sshKeyIDs": ["key"], "tags": ["kubernetes"], "notes": "general purpose", "kubeSizeID": 1,
            "spotConfig": {
                "enabled": false, "maxSpotPercentage": 80, "fallbackToOnDemand": true,
                "interruptionGracePeriod": "120s", "allowedInterruptionRate": 20,
            },
            "multiRegion": {
                "enabled": false, "datacenterIDs": ["a"], "distributionStrategy": "balanced",
                "weightedDistribution": {"a": 1}, "primaryDatacenter": "a", "minNodesPerRegion": 1,
            },
            "costOptimization": {
                "enabled": true, "strategy": "auto", "optimizationInterval": "24h", "minMonthlySavings": 10.5,
                "maxPerformanceImpact": 5, "requireApproval": false,
            },
        },
    })
}

fn reference_machine() -> Value {
    json!({
        "apiVersion": GROUP, "kind": "VPSieNode",
        "metadata": {"name": "all-0a1b2c3d", "namespace": "kube-system"},
        "spec": {
            "vpsieInstanceID": 0, "instanceType": "small-2cpu-4gb", "nodeGroupName": "all", "datacenterID": "dc-us-east-1",
            "resourceIdentifier": "cluster", "project": "", "osImageID": "ubuntu", "kubernetesVersion": "v1.34.1",
            "sshKeyIDs": ["key"], "nodeName": "n", "ipAddress": "198.18.0.1", "ipv6Address": "", "vpsieGroupID": 512,
            "vpsieNodeIdentifier": "2a0b0000-0000-11f0-8000-0242ac110004",
        },
    })
}

fn reference_config() -> Value {
    json!({
        "apiVersion": GROUP, "kind": "AutoscalerConfig",
        "metadata": {"name": "default"},
        "spec": {
            "nodeGroupDefaults": {
                "minNodes": 1, "maxNodes": 10, "namespace": "kube-system", "datacenterID": "dc", "offeringIDs": ["o"],
                "resourceIdentifier": "cluster", "project": "", "osImageID": "", "kubernetesVersion": "v1.34.1",
                "kubeSizeID": 1, "labels": {"a": "b"}, "tags": ["t"], "notes": "n", "sshKeyIDs": ["key"],
            },
            "globalSettings": {
                "scaleUpCooldownSeconds": 60, "scaleDownCooldownSeconds": 300, "maxConcurrentScaleUps": 1,
                "maxConcurrentScaleDowns": 1, "maxClusterWorkers": 10, "unschedulablePodGracePeriodSeconds": 30,
                "enableDynamicNodeGroupCreation": true, "enableRebalancing": false, "nodeReadyTimeoutSeconds": 600,
                "podEvictionTimeoutSeconds": 120,
            },
        },
    })
}
