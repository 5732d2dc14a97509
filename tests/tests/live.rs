//! `plan` without `-f`, against real apiservers: what the cluster shows must decide as its objects
//! in files do, and what it does not show must be told.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tests::plane::Plane;

const EXAMPLE: &str = include_str!("../../examples/cluster.yaml");
/// The present of the example.
const EXAMPLE_NOW: &str = "2026-11-20T10:00:00Z";
/// Nodes are as old as their objects in the apiserver, so the decision is about a day later.
const LATER: SignedDuration = SignedDuration::from_hours(24);
/// Lists come in pages of 500. The names of these sort before most pods of the example, so that a
/// plan from the first page alone would be another one.
const FILLERS: usize = 1200;
/// No answer takes longer than that, also where there is none.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whose objects a file has when it holds a cluster; metrics aside, which nobody serves here.
const KINDS: [(&str, &str); 19] = [
    ("v1", "Namespace"),
    ("v1", "Node"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("v1", "PersistentVolume"),
    ("v1", "PersistentVolumeClaim"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "Job"),
    ("policy/v1", "PodDisruptionBudget"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
    ("storage.k8s.io/v1", "CSINode"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("storage.k8s.io/v1", "VolumeAttachment"),
    (OURS, "AutoscalerConfig"),
    (OURS, "NodeGroup"),
    (OURS, "VPSieNode"),
];
const OURS: &str = "autoscaler.vpsie.com/v1alpha1";

#[test]
fn a_cluster_decides_as_its_objects_in_a_file() {
    let plane = Plane::start();
    install_kinds(&plane);
    let now = Timestamp::now() + LATER;
    fill(&plane, &example(), now);
    for number in 0..FILLERS {
        plane.create(&filler(number));
    }

    let typed = ["--now", &now.to_string(), "-o", "json"];
    let live = plan(&plane.admin(), &typed);
    assert_eq!(live.code, 0, "{}", live.errors);
    assert_eq!(live.errors.matches("metrics.k8s.io").count(), 1, "one line says so:\n{}", live.errors);
    assert_eq!(plan(&plane.admin(), &typed).text, live.text, "another look gives another plan");

    let dump = Path::new(env!("CARGO_TARGET_TMPDIR")).join("live.json");
    let items: Vec<Value> = KINDS.iter().flat_map(|(version, kind)| plane.list(version, kind)).collect();
    assert!(items.len() > FILLERS, "{} objects", items.len());
    fs::write(&dump, json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string())
        .expect("written");
    let path = dump.to_str().expect("a path in UTF-8");
    let filed = plan(Path::new("/nowhere"), &[&["-f", path], &typed[..]].concat());
    assert_eq!(filed.code, 0, "{}", filed.errors);
    let wrong = differences(&read(&live.text), &read(&filed.text));
    assert!(wrong.is_empty(), "another plan than from its objects in {path}:\n{}", wrong.join("\n"));

    // The apiserver fills in much that the example leaves out, and none of it matters.
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/cluster.yaml");
    let example = example.to_str().expect("a path in UTF-8");
    let example = plan(Path::new("/nowhere"), &["-f", example, "--now", EXAMPLE_NOW, "-o", "json"]);
    assert_eq!(verdicts(&live.text), verdicts(&example.text), "left: the cluster, right: the example");
    assert_eq!(read(&live.text)["removals"], json!(["web-4", "web-3"]));
}

#[test]
fn a_cluster_without_our_kinds_keeps_all_nodes_and_says_why() {
    let plane = Plane::start();
    let now = Timestamp::now() + LATER;
    let nodes: Vec<Value> = example().into_iter().filter(|it| it["kind"] == "Node").collect();
    fill(&plane, &nodes, now);

    let said = plan(&plane.admin(), &["--now", &now.to_string(), "-o", "json"]);
    assert_eq!(said.code, 0, "{}", said.errors);
    let verdicts = verdicts(&said.text);
    assert_eq!(verdicts.len(), nodes.len());
    for (name, verdict) in verdicts {
        let role = if name == "control-1" { "ControlPlane" } else { "NotManaged" };
        assert_eq!(verdict, ("Keep".to_owned(), role.to_owned()), "{name}");
    }
    for missing in ["nodegroups", "vpsienodes", "autoscalerconfigs", "metrics.k8s.io"] {
        let lines: Vec<&str> = said.errors.lines().filter(|it| it.contains(missing)).collect();
        assert_eq!(lines.len(), 1, "one line says that {missing} is missing:\n{}", said.errors);
    }
}

#[test]
fn who_may_not_look_is_told_which_right_is_missing() {
    let plane = Plane::start();
    let said = plan(&plane.nobody(), &[]);
    assert_eq!(said.code, 1, "{}", said.text);
    assert!(
        said.errors.contains("verb list") && said.errors.contains("autoscalerconfigs"),
        "{}",
        said.errors
    );
    assert!(said.text.is_empty(), "{}", said.text);

    // A role in which one resource was forgotten.
    let list = |group: &str, resources: &[&str]| json!({"apiGroups": [group], "resources": resources, "verbs": ["list"]});
    let core =
        ["namespaces", "nodes", "persistentvolumes", "persistentvolumeclaims", "replicationcontrollers"];
    let others = ["apps", "batch", "policy", "scheduling.k8s.io", "storage.k8s.io", "metrics.k8s.io"];
    let mut rules: Vec<Value> = others.iter().map(|it| list(it, &["*"])).collect();
    rules.extend([list("", &core), list("autoscaler.vpsie.com", &["*"])]);
    let rbac = "rbac.authorization.k8s.io";
    let version = format!("{rbac}/v1");
    plane.create(
        &json!({"apiVersion": version, "kind": "ClusterRole", "metadata": {"name": "looks"}, "rules": rules}),
    );
    plane.create(&json!({
        "apiVersion": version,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "looks"},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "looks"},
        "subjects": [{"apiGroup": rbac, "kind": "User", "name": "nobody"}],
    }));
    let said = until(|| plan(&plane.nobody(), &[]), |it| it.errors.contains("resource pods"));
    assert_eq!(said.code, 1, "{}", said.text);
    assert!(said.errors.contains("verb list on resource pods"), "{}", said.errors);
}

#[test]
fn a_cluster_that_does_not_answer_is_given_up() {
    // Bound and dropped: nobody listens there. Then one who listens and says nothing.
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    for (name, address) in [("closed", closed), ("silent", silent.local_addr().expect("bound"))] {
        let path = kubeconfig(
            name,
            &json!({
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "c",
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
                "clusters": [{"name": "c", "cluster": {"server": format!("https://{address}")}}],
                "users": [{"name": "c", "user": {"token": "c"}}],
            })
            .to_string(),
        );
        let said = plan(&path, &[]);
        assert_eq!(said.code, 1, "{}", said.errors);
        assert!(said.errors.contains(&address.to_string()), "{}", said.errors);
        assert!(said.text.is_empty(), "{}", said.text);
    }
}

#[test]
fn a_kubeconfig_that_cannot_be_used_is_no_empty_cluster() {
    let paths = [
        PathBuf::from("/nowhere/at/all"),
        kubeconfig("broken", "{"),
        kubeconfig("other", "- 1\n- 2\n"),
        kubeconfig("bare", "{apiVersion: v1, kind: Config}"),
        kubeconfig("astray", "{apiVersion: v1, kind: Config, current-context: gone}"),
    ];
    for path in paths {
        let said = plan(&path, &[]);
        assert_eq!(said.code, 1, "{}: {}", path.display(), said.errors);
        assert!(!said.errors.is_empty() && said.text.is_empty(), "{}: {}", path.display(), said.text);
    }
}

/// What the program printed.
struct Said {
    code: i32,
    text: String,
    errors: String,
}

/// Runs `plan` with this kubeconfig and nothing else of its surroundings.
fn plan(kubeconfig: &Path, arguments: &[&str]) -> Said {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the folder of the target");
    let program = target.join("release/vpsie-autoscaler");
    assert!(
        program.exists(),
        "there is no {}: run `cargo build --release -p vpsie-autoscaler`",
        program.display()
    );
    let mut command = Command::new(program);
    command.arg("plan").args(arguments).env_clear().env("KUBECONFIG", kubeconfig);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let text = reader(child.stdout.take().expect("piped"));
    let errors = reader(child.stderr.take().expect("piped"));
    let start = Instant::now();
    let status = loop {
        match child.try_wait().expect("it is our child") {
            Some(status) => break Some(status),
            None if start.elapsed() > PATIENCE => break None,
            None => thread::sleep(Duration::from_millis(10)),
        }
    };
    if status.is_none() {
        child.kill().and_then(|()| child.wait()).expect("it can be ended");
    }
    let [text, errors] = [text, errors].map(|it| it.join().expect("it was read"));
    let status = status.unwrap_or_else(|| panic!("no end after {} s: {errors}", PATIENCE.as_secs()));
    Said { code: status.code().expect("it ends by itself"), text, errors }
}

fn reader(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        from.read_to_string(&mut text).expect("UTF-8");
        text
    })
}

/// The apiserver learns of new rights a moment after they are written.
fn until(ask: impl Fn() -> Said, is_so: impl Fn(&Said) -> bool) -> Said {
    let start = Instant::now();
    loop {
        let said = ask();
        if is_so(&said) || start.elapsed() > PATIENCE {
            return said;
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn kubeconfig(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("live-{name}.kubeconfig"));
    fs::write(&path, text).expect("it can be written");
    path
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

/// Where two plans differ: entry by entry, for a whole plan in a message shows nothing.
fn differences(cluster: &Value, file: &Value) -> Vec<String> {
    match (cluster, file) {
        (Value::Object(ours), Value::Object(theirs)) if ours.keys().eq(theirs.keys()) => {
            ours.iter().flat_map(|(name, value)| differences(value, &theirs[name])).collect()
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            ours.iter().zip(theirs).flat_map(|(one, other)| differences(one, other)).collect()
        }
        (same, other) if same == other => Vec::new(),
        (ours, theirs) => vec![format!("the cluster {ours}\n  the file {theirs}")],
    }
}

/// Verdict and reason by node.
fn verdicts(text: &str) -> BTreeMap<String, (String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let nodes = read(text)["nodes"].as_array().expect("nodes").clone();
    nodes.iter().map(|it| (word(&it["name"]), (word(&it["verdict"]), word(&it["reason"])))).collect()
}

fn example() -> Vec<Value> {
    let list: Value = serde_yaml_ng::from_str(EXAMPLE).expect("YAML");
    list["items"].as_array().expect("a list").clone()
}

/// Creates objects of the example as a cluster would hold them at this time.
fn fill(plane: &Plane, objects: &[Value], now: Timestamp) {
    let shift = now.duration_since(EXAMPLE_NOW.parse().expect("a time"));
    let mut identifiers = BTreeMap::new();
    for object in objects {
        let mut object = object.clone();
        move_times(&mut object, shift);
        complete(&mut object);
        for owner in object["metadata"]["ownerReferences"].as_array_mut().into_iter().flatten() {
            let key = (owner["kind"].to_string(), owner["name"].to_string());
            owner["uid"] = identifiers.get(&key).cloned().expect("owners come before their pods");
        }
        if let Some(namespace) = object["metadata"]["namespace"].as_str() {
            ensure_namespace(plane, namespace);
        }
        let created = plane.create(&object);
        let key = (object["kind"].to_string(), object["metadata"]["name"].to_string());
        identifiers.insert(key, created["metadata"]["uid"].clone());
    }
}

/// Every time in it, so that it is to `now` as it was to the example's.
fn move_times(value: &mut Value, shift: SignedDuration) {
    match value {
        Value::String(text) => {
            if let Ok(time) = text.parse::<Timestamp>() {
                *text = (time + shift).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|it| move_times(it, shift)),
        Value::Object(members) => members.values_mut().for_each(|it| move_times(it, shift)),
        _ => {}
    }
}

/// What the apiserver insists on and a decision does not need.
fn complete(object: &mut Value) {
    let name = object["metadata"]["name"].clone();
    match object["kind"].as_str() {
        Some("ReplicaSet" | "StatefulSet" | "DaemonSet") => {
            let spec = object["spec"].as_object_mut().expect("a spec");
            spec.insert("selector".into(), json!({"matchLabels": {"app": name}}));
            let template = spec.entry("template").or_insert_with(|| json!({}));
            template["metadata"] = json!({"labels": {"app": name}});
            let containers = &mut template["spec"]["containers"];
            if containers.is_null() {
                *containers = json!([{"name": "main"}]);
            }
            with_images(containers);
        }
        Some("Pod") => with_images(&mut object["spec"]["containers"]),
        _ => {}
    }
}

fn with_images(containers: &mut Value) {
    for container in containers.as_array_mut().into_iter().flatten() {
        container["image"] = "nothing".into();
    }
}

fn ensure_namespace(plane: &Plane, name: &str) {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    match plane.ask(Method::POST, "/api/v1/namespaces", Some(&namespace)) {
        Err(kube::Error::Api(status)) if status.code == 409 => {}
        other => {
            other.unwrap_or_else(|why| panic!("namespace {name}: {why}"));
        }
    }
}

/// One of many small pods, on the node that never goes.
fn filler(number: usize) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": format!("filler-{number:04}"), "namespace": "default"},
        "spec": {"nodeName": "control-1", "containers": [{"name": "main", "image": "nothing"}]},
    })
}

fn install_kinds(plane: &Plane) {
    for (kind, scope) in
        [("NodeGroup", "Namespaced"), ("VPSieNode", "Namespaced"), ("AutoscalerConfig", "Cluster")]
    {
        let (singular, group) = (kind.to_lowercase(), "autoscaler.vpsie.com");
        plane.create(&json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{singular}s.{group}")},
            "spec": {
                "group": group,
                "scope": scope,
                "names": {"kind": kind, "singular": singular, "plural": format!("{singular}s")},
                "versions": [{
                    "name": "v1alpha1",
                    "served": true,
                    "storage": true,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
                }],
            },
        }));
    }
    // They are served a moment after they are made.
    let start = Instant::now();
    for kind in ["nodegroups", "vpsienodes", "autoscalerconfigs"] {
        while let Err(why) = plane.ask(Method::GET, &format!("/apis/{OURS}/{kind}"), None) {
            assert!(start.elapsed() < PATIENCE, "{kind} are not served: {why}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}
