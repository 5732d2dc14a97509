//! The manifests of `deploy/` on a real apiserver: they install, take what users of the reference
//! have, refuse what makes no sense and say why, and give the controller the rights it needs and no others.

use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tests::plane::Plane;
use tokio::runtime::{Builder, Runtime};
use vpsie_autoscaler::kinds::{Unreadable, VpsieNode, machine};
use vpsie_autoscaler::objects::{self, Input};

const OURS: &str = "/apis/autoscaler.vpsie.com/v1alpha1";
const GROUPS: &str = "/apis/autoscaler.vpsie.com/v1alpha1/namespaces/kube-system/nodegroups";
const ACCOUNT: &str = "system:serviceaccount:kube-system:vpsie-autoscaler";
/// What takes effect a moment after it was written.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// A plane on which `deploy/` is installed.
struct Installed {
    runtime: Runtime,
    client: Client,
    _plane: Plane,
}

/// An answer: a status of HTTP and what the apiserver says.
type Answer = Result<Value, (u16, String)>;

impl Installed {
    fn new() -> Installed {
        let plane = Plane::start();
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let file = Kubeconfig::read_from(plane.admin()).expect("a kubeconfig");
        let client = runtime.block_on(async {
            let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await;
            Client::try_from(config.expect("a config")).expect("a client")
        });
        let installed = Installed { runtime, client, _plane: plane };
        installed.eventually("namespace kube-system", || {
            installed.get("/api/v1/namespaces/kube-system").map_err(|it| it.1)
        });
        for object in manifests("deploy/crds").iter().chain(&manifests("deploy")) {
            installed.apply(object).unwrap_or_else(|(_, why)| panic!("{why}\n{object}"));
        }
        for resource in ["nodegroups", "vpsienodes", "autoscalerconfigs"] {
            let path = format!("{OURS}/{resource}");
            installed.eventually(&path, || installed.get(&path).map_err(|it| it.1));
        }
        installed
    }

    /// As `kubectl apply --server-side` does, with fields that nobody knows as errors.
    fn apply(&self, object: &Value) -> Answer {
        let path = format!("{}?fieldManager=test&fieldValidation=Strict", path_of(object));
        self.ask(Method::PATCH, &path, "application/apply-patch+yaml", Some(object), None)
    }

    fn create(&self, object: &Value) -> Answer {
        let path = format!("{}?fieldValidation=Strict", collection_of(object));
        self.ask(Method::POST, &path, "application/json", Some(object), None)
    }

    fn patch(&self, path: &str, change: &Value) -> Answer {
        self.ask(Method::PATCH, path, "application/merge-patch+json", Some(change), None)
    }

    fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, "application/json", None, None)
    }

    /// `user`: as whom, with their groups.
    fn ask(
        &self,
        method: Method,
        path: &str,
        content: &str,
        body: Option<&Value>,
        user: Option<(&str, &[&str])>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("Content-Type", content);
        if let Some((name, groups)) = user {
            request = request.header("Impersonate-User", name);
            for group in groups {
                request = request.header("Impersonate-Group", *group);
            }
        }
        let body = body.map(|it| it.to_string().into_bytes()).unwrap_or_default();
        let request = request.body(body).expect("a request");
        self.runtime.block_on(self.client.request(request)).map_err(|why| match why {
            kube::Error::Api(status) => (status.code, status.message.clone()),
            other => (0, other.to_string()),
        })
    }

    fn eventually<T>(&self, what: &str, mut ask: impl FnMut() -> Result<T, String>) -> T {
        let end = Timestamp::now() + PATIENCE;
        loop {
            match ask() {
                Ok(it) => return it,
                Err(why) if Timestamp::now() > end => panic!("{what}: not within {PATIENCE:#}: {why}"),
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

/// The objects of a folder in the order in which `kubectl apply -f FOLDER` takes them, or of one file.
fn manifests(path: &str) -> Vec<Value> {
    let path = root().join(path);
    let mut files = match path.is_dir() {
        true => fs::read_dir(&path).expect("a folder").map(|it| it.expect("an entry").path()).collect(),
        false => vec![path],
    };
    files.retain(|it| it.extension().is_some_and(|it| it == "yaml"));
    files.sort();
    assert!(!files.is_empty(), "no manifests");
    let read = |it: &PathBuf| fs::read_to_string(it).expect("a file");
    let texts: Vec<String> = files.iter().map(read).collect();
    let documents = texts.iter().flat_map(|it| serde_yaml_ng::Deserializer::from_str(it));
    documents.map(|it| Value::deserialize(it).expect("YAML")).collect()
}

fn collection_of(object: &Value) -> String {
    let text = |it: &Value| it.as_str().unwrap_or_else(|| panic!("no whole object: {object}")).to_string();
    let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]).to_lowercase());
    let group = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
    let plural = match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{kind}s"),
    };
    match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("{group}/namespaces/{namespace}/{plural}"),
        None => format!("{group}/{plural}"),
    }
}

fn path_of(object: &Value) -> String {
    format!("{}/{}", collection_of(object), object["metadata"]["name"].as_str().expect("a name"))
}

/// Everything on one plane: the parts do not touch each other's objects.
#[test]
fn what_is_deployed_works() {
    let plane = Installed::new();
    manifests_of_the_reference_stay_as_they_are(&plane);
    samples_can_be_applied(&plane);
    what_makes_no_sense_is_refused_with_a_reason(&plane);
    the_scale_sub_resource_is_a_wish_for_nodes(&plane);
    records_of_any_version_are_stored_whole(&plane);
    managed_nodes_are_not_deleted_by_mistake(&plane);
    the_controller_may_do_what_is_listed_and_nothing_more(&plane);
}

fn manifests_of_the_reference_stay_as_they_are(plane: &Installed) {
    let objects = manifests("tests/manifests/reference.yaml");
    let mut stored = Vec::new();
    for object in &objects {
        let created = plane.create(object).unwrap_or_else(|(_, why)| panic!("{why}\n{object}"));
        assert_eq!(created["spec"], object["spec"], "nothing is filled in, and nothing lost");
        if object["status"].is_object() {
            let path = format!("{}/status?fieldValidation=Strict", path_of(object));
            let written = plane.patch(&path, &json!({"status": object["status"]}));
            let written = written.unwrap_or_else(|(_, why)| panic!("{why}\n{object}"));
            assert_eq!(written["status"], object["status"]);
        }
        let again = plane.apply(&json!({
            "apiVersion": object["apiVersion"], "kind": object["kind"],
            "metadata": {"name": object["metadata"]["name"], "namespace": object["metadata"]["namespace"]},
            "spec": object["spec"],
        }));
        let again = again.unwrap_or_else(|(_, why)| panic!("applied once more: {why}\n{object}"));
        assert_eq!(again["spec"], object["spec"]);
        stored.push(again);
    }

    let list = json!({"apiVersion": "v1", "kind": "List", "items": stored});
    let input = Input { name: "stored".into(), bytes: list.to_string().into_bytes() };
    let read = objects::read(&[input], decide::time::Time(0)).expect("what is stored can be read");
    assert_eq!((read.world.groups.len(), read.world.machines.len()), (3, 2));

    let machines: Vec<_> = stored.iter().filter(|it| it["kind"] == "VPSieNode").collect();
    for (object, host) in machines.iter().zip([Some("K8S-worker-1"), None]) {
        let object: VpsieNode = serde_json::from_value((**object).clone()).expect("a VPSieNode");
        let server = machine(&object).expect("it can be taken over").papers.server;
        assert_eq!(server.as_ref().map(|it| &*it.host), host);
    }
    for object in &stored {
        if object["kind"] == "AutoscalerConfig" {
            plane.ask(Method::DELETE, &path_of(object), "application/json", None, None).expect("deleted");
        }
    }
}

fn samples_can_be_applied(plane: &Installed) {
    for object in manifests("deploy/samples") {
        plane.apply(&object).unwrap_or_else(|(_, why)| panic!("{why}\n{object}"));
    }
    let silent = json!({"apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "AutoscalerConfig", "metadata": {"name": "default"}});
    let path = path_of(&silent);
    plane.ask(Method::DELETE, &path, "application/json", None, None).expect("deleted");
    plane.create(&silent).expect("one that says nothing has all defaults");
}

fn group(name: &str) -> Value {
    json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "NodeGroup",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {"minNodes": 1, "maxNodes": 5, "datacenterID": "dc", "resourceIdentifier": "c", "kubeSizeID": 7},
    })
}

fn node(name: &str) -> Value {
    json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "VPSieNode",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {"nodeGroupName": "g", "datacenterID": "dc", "resourceIdentifier": "c"},
    })
}

fn config() -> Value {
    json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "AutoscalerConfig", "metadata": {"name": "default"},
        "spec": {},
    })
}

fn what_makes_no_sense_is_refused_with_a_reason(plane: &Installed) {
    let long = "a".repeat(64);
    let many: Value =
        (0..65).map(|it| (format!("k{it}"), json!(""))).collect::<serde_json::Map<_, _>>().into();
    let bounds = "minNodes is above maxNodes: lower the one or raise the other";
    plane.apply(&group("g")).expect("a group");
    plane.apply(&node("n")).expect("a machine");
    plane.apply(&config()).expect("settings");
    const VERSION: &str = "expected a version of Kubernetes with all three numbers";
    // What stands there is what it is patched onto.
    let table: Vec<(Value, Value, &str)> = vec![
        (group("g"), json!({"spec": {"minNodes": 6}}), bounds),
        (group("g"), json!({"spec": {"maxNodes": 0}}), "greater than or equal to 1"),
        (group("g"), json!({"spec": {"minNodes": -1}}), "greater than or equal to 0"),
        (group("g"), json!({"spec": {"minNodes": null}}), "spec.minNodes: Required value"),
        (group("g"), json!({"spec": {"maxNodes": 2_147_483_648_i64}}), "spec.maxNodes"),
        (group("g"), json!({"spec": {"desiredNodes": 6}}), "desiredNodes is above maxNodes: raise maxNodes"),
        (group("g"), json!({"spec": {"datacenterID": "other"}}), "datacenterID cannot be changed: "),
        (group("g"), json!({"spec": {"datacenterID": null}}), "datacenterID cannot be changed: "),
        (
            group("g"),
            json!({"spec": {"resourceIdentifier": "other"}}),
            "resourceIdentifier cannot be changed: ",
        ),
        (group("g"), json!({"spec": {"kubeSizeID": 8}}), "kubeSizeID cannot be changed: "),
        (group("g"), json!({"spec": {"kubeSizeID": null}}), "kubeSizeID cannot be changed: "),
        (group("g"), json!({"spec": {"offeringIDs": []}}), "spec.offeringIDs"),
        (group("g"), json!({"spec": {"kubernetesVersion": "1.34.1"}}), VERSION),
        (group("g"), json!({"spec": {"kubernetesVersion": "v1.034.1"}}), VERSION),
        (group("g"), json!({"spec": {"labels": {"a b": ""}}}), "a key is no label key"),
        (group("g"), json!({"spec": {"labels": {long.as_str(): ""}}}), "a key is no label key"),
        (group("g"), json!({"spec": {"labels": {"a": long}}}), "may not be more than 63"),
        (group("g"), json!({"spec": {"labels": {"a": "-"}}}), "a value is no label value"),
        (group("g"), json!({"spec": {"labels": many}}), "must have at most 64"),
        (
            group("g"),
            json!({"spec": {"taints": [{"key": "a", "effect": "Never"}]}}),
            "supported values: \"NoSchedule\"",
        ),
        (
            group("g"),
            json!({"spec": {"taints": [{"key": "", "effect": "NoSchedule"}]}}),
            "spec.taints[0].key",
        ),
        (
            group("g"),
            json!({"spec": {"taints": [{"effect": "NoSchedule"}]}}),
            "spec.taints[0].key: Required value",
        ),
        (
            group("g"),
            json!({"spec": {"taints": [{"key": "a", "effect": "NoSchedule", "timeAdded": "2026-01-01t00:00:00z"}]}}),
            "spec.taints[0].timeAdded",
        ),
        (
            group("g"),
            json!({"spec": {"scaleDownPolicy": {"cpuThreshold": 101}}}),
            "less than or equal to 100",
        ),
        (
            group("g"),
            json!({"spec": {"scaleDownPolicy": {"cooldownSeconds": -1}}}),
            "greater than or equal to 0",
        ),
        (group("g"), json!({"spec": {"scaleDownPolicy": {"enabled": "no"}}}), "must be of type boolean"),
        (
            group("g"),
            json!({"spec": {"scaleDownPolicy": {"cooldown": 1}}}),
            "unknown field \"spec.scaleDownPolicy.cooldown\"",
        ),
        (node("n"), json!({"spec": {"nodeGroupName": "other"}}), "nodeGroupName cannot be changed: "),
        (node("n"), json!({"spec": {"nodeGroupName": ""}}), "spec.nodeGroupName"),
        (node("n"), json!({"spec": {"datacenterID": "other"}}), "datacenterID cannot be changed: "),
        (node("n"), json!({"spec": {"resourceIdentifier": null}}), "resourceIdentifier cannot be changed: "),
        (node("n"), json!({"spec": {"kubernetesVersion": "latest"}}), VERSION),
        (config(), json!({"spec": {"nodeGroupDefaults": {"minNodes": 2, "maxNodes": 1}}}), bounds),
        (
            config(),
            json!({"spec": {"globalSettings": {"nodeReadyTimeoutSeconds": 59}}}),
            "greater than or equal to 60",
        ),
        (
            config(),
            json!({"spec": {"globalSettings": {"maxConcurrentScaleDowns": 0}}}),
            "greater than or equal to 1",
        ),
        (
            config(),
            json!({"spec": {"scaleDown": {"utilizationSource": "Guess"}}}),
            "supported values: \"Usage\", \"Requests\", \"Highest\"",
        ),
        (
            config(),
            json!({"spec": {"scaleDown": {"unreadyNodes": "Maybe"}}}),
            "supported values: \"Keep\", \"Remove\"",
        ),
        (config(), json!({"spec": {"scaleDown": {"quorumPercent": 101}}}), "less than or equal to 100"),
        (
            config(),
            json!({"spec": {"scaleDown": {"paceBounds": {"removalsMax": -1}}}}),
            "greater than or equal to 0",
        ),
        (
            config(),
            json!({"spec": {"scaleDown": {"maxDrain": 1}}}),
            "unknown field \"spec.scaleDown.maxDrain\"",
        ),
    ];
    for (object, change, expect) in table {
        let path = format!("{}?fieldValidation=Strict", path_of(&object));
        let why = match plane.patch(&path, &change) {
            Err((400 | 422, why)) => why,
            other => panic!("{change} is not refused: {other:?}"),
        };
        assert!(why.contains(expect), "{change} is refused with another reason: {why}");
    }

    let other = json!({"apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "AutoscalerConfig", "metadata": {"name": "other"}, "spec": {}});
    let (_, why) = plane.create(&other).expect_err("there is one");
    assert!(why.contains("there is one AutoscalerConfig, and its name is default"), "{why}");
    let (_, why) = plane.create(&group(&"a".repeat(64))).expect_err("no label can hold it");
    assert!(why.contains("the name is too long: nodes bear it as a label"), "{why}");

    // What was not set can be.
    let mut open = group("open");
    open["spec"] = json!({"minNodes": 0, "maxNodes": 1, "resourceIdentifier": ""});
    plane.create(&open).expect("a group of which the defaults tell the rest");
    let settled = json!({"spec": {"resourceIdentifier": "c", "datacenterID": "dc", "kubeSizeID": 7}});
    plane.patch(&path_of(&open), &settled).expect("said later");
}

fn the_scale_sub_resource_is_a_wish_for_nodes(plane: &Installed) {
    let path = path_of(&group("scaled"));
    plane.apply(&group("scaled")).expect("a group");
    let status = json!({"status": {"currentNodes": 3}});
    plane.patch(&format!("{path}/status"), &status).expect("written");

    let scaled = plane.patch(&format!("{path}/scale"), &json!({"spec": {"replicas": 4}})).expect("scaled");
    assert_eq!((&scaled["spec"]["replicas"], &scaled["status"]["replicas"]), (&json!(4), &json!(3)));
    let stored = plane.get(&path).expect("the group");
    assert_eq!(stored["spec"]["desiredNodes"], 4);
    assert_eq!(stored["spec"]["minNodes"], 1, "the floor in the manifest stays what it was");
    let (_, why) =
        plane.patch(&format!("{path}/scale"), &json!({"spec": {"replicas": 6}})).expect_err("above");
    assert!(why.contains("desiredNodes is above maxNodes"), "{why}");

    let floor = |desired: Value| {
        let mut object = group("scaled");
        object["spec"]["desiredNodes"] = desired;
        let input = Input { name: "scaled".into(), bytes: object.to_string().into_bytes() };
        objects::read(&[input], decide::time::Time(0)).expect("read").world.groups[0].min
    };
    assert_eq!([json!(4), json!(0), json!(null), json!(9)].map(floor), [4, 1, 1, 5]);
}

fn records_of_any_version_are_stored_whole(plane: &Installed) {
    plane.apply(&node("record")).expect("a machine");
    let path = path_of(&node("record"));
    let record = json!({"format": 9, "later": {"deep": [1, {"x": true}]}, "intent": "of another type"});
    let change = json!({"status": {"record": record}});
    let stored = plane.patch(&format!("{path}/status?fieldValidation=Strict"), &change).expect("written");
    assert_eq!(stored["status"]["record"], record);
    let object: VpsieNode = serde_json::from_value(stored).expect("a VPSieNode");
    assert_eq!(machine(&object), Err(Unreadable::Format("9".into())));
    let (_, why) = plane
        .patch(&format!("{path}/status"), &json!({"status": {"record": {"format": 0}}}))
        .expect_err("none");
    assert!(why.contains("status.record.format"), "{why}");
}

fn managed_nodes_are_not_deleted_by_mistake(plane: &Installed) {
    let people: (&str, &[&str]) = ("admin", &["system:masters"]);
    let account: (&str, &[&str]) = (ACCOUNT, &["system:serviceaccounts", "system:authenticated"]);
    let cloud: (&str, &[&str]) = ("system:cloud-controller-manager", &["system:masters"]);
    let create = |name: &str, labels: Value, annotations: Value| {
        let metadata = json!({"name": name, "labels": labels, "annotations": annotations});
        plane.create(&json!({"apiVersion": "v1", "kind": "Node", "metadata": metadata})).expect("a node");
    };
    let delete = |name: &str, user| {
        plane.ask(Method::DELETE, &format!("/api/v1/nodes/{name}"), "application/json", None, Some(user))
    };
    let managed =
        || json!({"autoscaler.vpsie.com/managed": "true", "autoscaler.vpsie.com/vpsienode": "web-1a"});

    create("kept", managed(), json!({}));
    // A policy is in force a moment after it was written.
    let why = plane.eventually("the policy", || match delete("kept", people) {
        Err((403, why)) if why.contains("vpsie-autoscaler") => Ok(why),
        other => {
            create_again(plane, &managed());
            Err(format!("{other:?}"))
        }
    });
    for said in [
        "Node kept is managed by vpsie-autoscaler",
        "delete its VPSieNode web-1a:",
        "kubectl annotate node kept autoscaler.vpsie.com/allow-delete=true",
    ] {
        assert!(why.contains(said), "{why}");
    }
    delete("kept", account).expect("the controller may");
    create("gone", managed(), json!({}));
    delete("gone", cloud).expect("a cloud controller may");

    create("marked", managed(), json!({"autoscaler.vpsie.com/allow-delete": "true"}));
    delete("marked", people).expect("a person said so");
    create("almost", managed(), json!({"autoscaler.vpsie.com/allow-delete": "yes"}));
    assert_eq!(delete("almost", people).expect_err("a word that means nothing").0, 403);
    create("nameless", json!({"autoscaler.vpsie.com/managed": "true"}), json!({}));
    let (_, why) = delete("nameless", people).expect_err("managed");
    assert!(why.contains("delete its VPSieNode: the node"), "{why}");

    create("strange", json!({}), json!({}));
    delete("strange", people).expect("not ours");
    create("unmanaged", json!({"autoscaler.vpsie.com/managed": "false"}), json!({}));
    delete("unmanaged", people).expect("not ours any more");
}

fn create_again(plane: &Installed, labels: &Value) {
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "kept", "labels": labels}});
    if let Err((code, why)) = plane.create(&node) {
        assert_eq!(code, 409, "{why}");
    }
}

/// Verb, group, resource and name.
type Right = (String, String, String, String);

fn the_controller_may_do_what_is_listed_and_nothing_more(plane: &Installed) {
    let mut expected = BTreeSet::new();
    let mut may = |verbs: &str, group: &str, resources: &str, name: &str| {
        for verb in verbs.split(' ') {
            expected.extend(resources.split(' ').map(|it| right(verb, group, it, name)));
        }
    };
    may("list watch", "", "namespaces persistentvolumes persistentvolumeclaims replicationcontrollers", "");
    may("list watch", "", "pods", "");
    may("list watch", "apps", "daemonsets deployments replicasets statefulsets", "");
    may("list watch", "batch", "jobs", "");
    may("list watch", "policy", "poddisruptionbudgets", "");
    may("list watch", "scheduling.k8s.io", "priorityclasses", "");
    may("list watch", "storage.k8s.io", "csinodes storageclasses volumeattachments", "");
    may("list", "metrics.k8s.io", "nodes", "");
    let ours = "autoscaler.vpsie.com";
    may("get list watch", ours, "autoscalerconfigs nodegroups vpsienodes", "");
    may("patch", ours, "autoscalerconfigs/status nodegroups/status vpsienodes/status", "");
    may("create patch", ours, "nodegroups", "");
    may("create patch delete", ours, "vpsienodes", "");
    may("update", ours, "nodegroups/finalizers", "");
    may("get list watch patch delete", "", "nodes", "");
    may("create", "", "pods/eviction", "");
    may("create", "", "events", "");
    let elsewhere = expected.clone();
    let mut may_at_home = |verbs: &str, group: &str, resource: &str, name: &str| {
        expected.extend(verbs.split(' ').map(|it| right(it, group, resource, name)));
    };
    may_at_home("create", "coordination.k8s.io", "leases", "");
    may_at_home("get patch", "coordination.k8s.io", "leases", "vpsie-autoscaler-leader");
    may_at_home("get", "", "secrets", "vpsie-secret");

    let everybody = rights(plane, "somebody", "kube-system");
    let own = |namespace| &rights(plane, ACCOUNT, namespace) - &everybody;
    // Roles are in force a moment after they were written.
    plane.eventually("the rights in kube-system", || match own("kube-system") == expected {
        true => Ok(()),
        false => Err(format!("{:?}", own("kube-system").symmetric_difference(&expected))),
    });
    assert_eq!(own("default"), elsewhere, "in any other namespace");

    // And some of it in earnest.
    let account: Option<(&str, &[&str])> = Some((ACCOUNT, &["system:authenticated"]));
    let ask = |method: Method, path: &str, body: Option<Value>| {
        plane.ask(method, path, "application/json", body.as_ref(), account).map_err(|it| it.0)
    };
    let secret = |name: &str| format!("/api/v1/namespaces/kube-system/secrets/{name}");
    assert!(ask(Method::GET, &secret("vpsie-secret"), None).is_ok());
    assert_eq!(ask(Method::GET, &secret("other"), None), Err(403));
    let all = "/api/v1/namespaces/kube-system/secrets";
    assert_eq!(ask(Method::GET, all, None), Err(403));
    assert_eq!(ask(Method::DELETE, "/api/v1/namespaces/default/pods/a", None), Err(403));
    let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a", "namespace": "default"}});
    assert_eq!(ask(Method::POST, "/api/v1/namespaces/default/pods/a/eviction", Some(eviction)), Err(404));
    let lease = |name: &str| json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name, "namespace": "kube-system"}});
    let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
    ask(Method::POST, leases, Some(lease("vpsie-autoscaler-leader"))).expect("created");
    assert!(ask(Method::GET, &format!("{leases}/vpsie-autoscaler-leader"), None).is_ok());
    ask(Method::POST, leases, Some(lease("other"))).expect("created");
    assert_eq!(ask(Method::GET, &format!("{leases}/other"), None), Err(403));
    ask(Method::POST, GROUPS, Some(group("made"))).expect("created");
    assert_eq!(ask(Method::DELETE, &format!("{GROUPS}/made"), None), Err(403));
}

fn right(verb: &str, group: &str, resource: &str, name: &str) -> Right {
    (verb.into(), group.into(), resource.into(), name.into())
}

/// What the apiserver says that a user may do in a namespace.
fn rights(plane: &Installed, user: &str, namespace: &str) -> BTreeSet<Right> {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace},
    });
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let groups: &[&str] = &["system:authenticated"];
    let answer = plane.ask(Method::POST, path, "application/json", Some(&review), Some((user, groups)));
    let answer = answer.unwrap_or_else(|(_, why)| panic!("{why}"));
    let words = |it: &Value| -> Vec<String> {
        let list = it.as_array().into_iter().flatten();
        list.map(|it| it.as_str().expect("a word").to_string()).collect()
    };
    let mut rights = BTreeSet::new();
    for rule in answer["status"]["resourceRules"].as_array().expect("rules") {
        let mut names = words(&rule["resourceNames"]);
        if names.is_empty() {
            names.push(String::new());
        }
        for verb in words(&rule["verbs"]) {
            for group in words(&rule["apiGroups"]) {
                for resource in words(&rule["resources"]) {
                    rights.extend(names.iter().map(|it| right(&verb, &group, &resource, it)));
                }
            }
        }
    }
    rights
}
