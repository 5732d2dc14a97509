//! A whole cluster in which the controller works: a plane with our manifests, a provider whose workers are its
//! nodes, and as many controllers as a test wants.

use super::audit::Count;
use super::controller::{Controller, Start, program};
use super::metrics::Metrics;
use super::objects::App;
use super::provider::{Provider, SIZE, Worker};
use super::{Plane, eventually};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const OURS: &str = "autoscaler.vpsie.com";
const VERSION: &str = "autoscaler.vpsie.com/v1alpha1";
const NAMESPACE: &str = "kube-system";
const LEASE: &str = "vpsie-autoscaler-leader";
const ACCOUNT: &str = "vpsie-autoscaler";
pub const TAINT: &str = "autoscaler.vpsie.com/leaving";
const LENIENT: &[u8] =
    b"policies:\n- name: safety\n  settings: {headroomPercent: 0, capacityPercentMax: 0}\n";
/// So many different plans say the same before a test believes that nothing comes of it.
const PLANS: usize = 3;

/// Ends in this order: nobody misses the one it asks.
pub struct Cluster {
    controllers: Vec<Controller>,
    pub metrics: Option<Metrics>,
    pub provider: Provider,
    pub plane: Plane,
    policies: PathBuf,
    kubeconfig: PathBuf,
}

impl Cluster {
    /// With deploy/ applied, the Secret of the provider, and settings that let a node go at once. Nothing
    /// runs yet.
    ///
    /// # Panics
    ///
    /// Where any of it fails.
    #[must_use]
    pub fn start() -> Cluster {
        let plane = Plane::whole();
        install(&plane);
        let provider = Provider::start(&plane);
        plane.create(&json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "vpsie-secret", "namespace": NAMESPACE},
            "stringData": {"url": provider.fake().url(), "token": provider.token()},
        }));
        let kubeconfig = plane.service_account(NAMESPACE, ACCOUNT);
        let policies = plane.at("policies");
        fs::create_dir(&policies).expect("a new folder can be written");
        let cluster =
            Cluster { controllers: Vec::new(), metrics: None, provider, plane, policies, kubeconfig };
        // So that the last node of a group may go too.
        cluster.write_policies(&[("policies.yaml", LENIENT)]);
        cluster.configure(&json!({
            "scaleDown": {"utilizationSource": "Requests", "minAgeSeconds": 0},
            "globalSettings": {
                "scaleDownCooldownSeconds": 0, "scaleUpCooldownSeconds": 0, "unschedulablePodGracePeriodSeconds": 0,
                "maxClusterWorkers": 0,
            },
        }));
        cluster
    }

    /// Sets these fields of the AutoscalerConfig.
    ///
    /// # Panics
    ///
    /// Where the apiserver does not take them.
    pub fn configure(&self, spec: &Value) {
        let path = format!("/apis/{VERSION}/autoscalerconfigs/default");
        let mut fields = json!({"spec": spec});
        if self.plane.get(&path).is_none() {
            fields["apiVersion"] = VERSION.into();
            fields["kind"] = "AutoscalerConfig".into();
            fields["metadata"] = json!({"name": "default"});
            self.plane.create(&fields);
        } else {
            self.plane.patch(&path, &fields);
        }
    }

    /// A NodeGroup whose workers are Ready, with the VPSieNodes that the reference would have left, and these
    /// fields of its own. Returns the names of its nodes.
    ///
    /// # Panics
    ///
    /// Where any of it fails.
    #[must_use]
    pub fn group(&self, name: &str, workers: usize, spec: &Value) -> Vec<String> {
        self.group_of(name, SIZE, workers, spec)
    }

    /// Of a size of its own: the provider has one group of each.
    ///
    /// # Panics
    ///
    /// Where any of it fails.
    #[must_use]
    pub fn group_of(&self, name: &str, size: u64, workers: usize, spec: &Value) -> Vec<String> {
        let mut labels = json!({
            "autoscaler.vpsie.com/managed": "true", "autoscaler.vpsie.com/nodegroup": name,
        });
        if let Some(own) = spec["labels"].as_object() {
            labels.as_object_mut().expect("labels").extend(own.clone());
        }
        let number = self.provider.add_group(name, size, workers, &labels);
        let mut whole = json!({
            "minNodes": 0, "maxNodes": 1000, "datacenterID": self.provider.datacenter(),
            "resourceIdentifier": self.provider.cluster(), "project": "", "offeringIDs": [size.to_string()],
            "kubernetesVersion": "v1.34.1", "kubeSizeID": size,
            "scaleDownPolicy": {"stabilizationWindowSeconds": 0, "cooldownSeconds": 0},
        });
        merge(&mut whole, spec);
        let group = self.plane.create(&json!({
            "apiVersion": VERSION,
            "kind": "NodeGroup",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"autoscaler.vpsie.com/managed": "true"}},
            "spec": whole,
        }));
        let workers = self.provider.workers(name);
        for worker in &workers {
            self.adopted(&group, number, size, worker);
        }
        let names: Vec<String> = workers.into_iter().map(|it| it.name).collect();
        self.eventually("all nodes of the group are Ready", || {
            let ready: BTreeSet<String> =
                self.nodes().iter().filter(|it| is_ready(it)).map(name_of).collect();
            names.iter().all(|it| ready.contains(it)).then_some(())
        });
        names
    }

    fn adopted(&self, group: &Value, number: u64, size: u64, worker: &Worker) {
        let name = &group["metadata"]["name"];
        self.plane.create(&json!({
            "apiVersion": VERSION,
            "kind": "VPSieNode",
            "metadata": {
                "name": format!("{}-{}", name.as_str().expect("a name"), &worker.identifier[..8]),
                "namespace": NAMESPACE,
                "labels": {"autoscaler.vpsie.com/managed": "true", "autoscaler.vpsie.com/nodegroup": name},
                "finalizers": ["vpsienode.autoscaler.vpsie.com/finalizer"],
                "ownerReferences": [{
                    "apiVersion": VERSION, "kind": "NodeGroup", "name": name, "uid": group["metadata"]["uid"],
                    "controller": true, "blockOwnerDeletion": true,
                }],
            },
            "spec": {
                "vpsieInstanceID": 0, "instanceType": size.to_string(), "nodeGroupName": name,
                "datacenterID": group["spec"]["datacenterID"], "project": "", "kubernetesVersion": "v1.34.1",
                "resourceIdentifier": group["spec"]["resourceIdentifier"], "nodeName": worker.name,
                "ipAddress": worker.ip, "vpsieGroupID": number, "vpsieNodeIdentifier": worker.identifier,
            },
            "status": {"phase": "Ready", "nodeName": worker.name, "hostname": worker.name},
        }));
    }

    /// Creates a workload and waits until all its pods run.
    ///
    /// # Panics
    ///
    /// Where they never do.
    pub fn deploy(&self, workload: &Value) {
        self.plane.create(workload);
        let replicas = workload["spec"]["replicas"].as_u64().expect("replicas");
        let app = workload["metadata"]["name"].as_str().expect("a name").to_owned();
        self.running(&app, usize::try_from(replicas).expect("a small number"));
    }

    /// The same, on this node: the scheduler may use no other meanwhile.
    ///
    /// # Panics
    ///
    /// Where the pods never run.
    pub fn deploy_on(&self, node: &str, workload: &Value) {
        self.deploy_on_all(&[node], workload);
    }

    /// The same, on these nodes.
    ///
    /// # Panics
    ///
    /// Where the pods never run.
    pub fn deploy_on_all(&self, nodes: &[&str], workload: &Value) {
        let others =
            self.nodes().iter().map(name_of).filter(|it| !nodes.contains(&it.as_str())).collect::<Vec<_>>();
        for other in &others {
            self.cordon(other, true);
        }
        self.deploy(workload);
        for other in &others {
            self.cordon(other, false);
        }
    }

    /// As a human does it.
    ///
    /// # Panics
    ///
    /// Where there is no such node.
    pub fn cordon(&self, node: &str, unschedulable: bool) {
        let value = if unschedulable { json!(true) } else { Value::Null };
        self.plane.patch(&node_path(node), &json!({"spec": {"unschedulable": value}}));
    }

    /// # Panics
    ///
    /// Where there is no such node.
    pub fn annotate(&self, node: &str, name: &str, value: Option<&str>) {
        self.plane.patch(&node_path(node), &json!({"metadata": {"annotations": {name: value}}}));
    }

    /// # Panics
    ///
    /// Where so many never run.
    pub fn running(&self, app: &str, replicas: usize) {
        self.eventually(&format!("{replicas} pods of {app} run"), || {
            let run = self.pods(app).iter().filter(|it| runs(it)).count();
            (run == replicas).then_some(())
        });
    }

    /// Changes the number of pods that an app wants.
    ///
    /// # Panics
    ///
    /// Where there is no such deployment.
    pub fn scale(&self, app: &str, replicas: usize) {
        let path = format!("/apis/apps/v1/namespaces/default/deployments/{app}");
        self.plane.patch(&path, &json!({"spec": {"replicas": replicas}}));
    }

    /// The policies that controllers see, swapped as a kubelet swaps a mounted ConfigMap.
    ///
    /// # Panics
    ///
    /// Where they cannot be written.
    pub fn write_policies(&self, files: &[(&str, &[u8])]) {
        let number = fs::read_dir(&self.policies).expect("a folder").count();
        let (generation, data, fresh) = (
            format!("..generation-{number}"),
            self.policies.join("..data"),
            self.policies.join("..data_tmp"),
        );
        let folder = self.policies.join(&generation);
        fs::create_dir(&folder).expect("a new folder");
        for (name, bytes) in files {
            fs::write(folder.join(name), bytes).expect("written");
            let link = self.policies.join(name);
            if fs::symlink_metadata(&link).is_err() {
                symlink(Path::new("..data").join(name), link).expect("a link");
            }
        }
        symlink(generation, &fresh).expect("a link");
        fs::rename(fresh, data).expect("swapped");
    }

    /// Starts a metrics API in which all nodes are idle, and returns it.
    ///
    /// # Panics
    ///
    /// Where it does not start.
    pub fn measure(&mut self) -> &Metrics {
        let metrics = Metrics::start(&self.plane);
        for node in self.nodes() {
            metrics.set(&name_of(&node), 100, 512);
        }
        self.metrics.insert(metrics)
    }

    /// Starts a controller. The first to start leads.
    pub fn run(&mut self, identity: &str) {
        self.run_with(identity, &[]);
    }

    pub fn run_with(&mut self, identity: &str, more: &[&str]) {
        let folder = self.plane.at("");
        let start =
            Start { identity, kubeconfig: &self.kubeconfig, policies: &self.policies, folder: &folder, more };
        // One that has ended may begin again.
        self.controllers.retain(|it| it.identity() != identity);
        self.controllers.push(Controller::start(start));
    }

    /// # Panics
    ///
    /// Where it was never started.
    pub fn controller(&mut self, identity: &str) -> &mut Controller {
        let it = self.controllers.iter_mut().find(|it| it.identity() == identity);
        it.unwrap_or_else(|| panic!("there is no controller {identity}"))
    }

    #[must_use]
    pub fn controllers(&self) -> &[Controller] {
        &self.controllers
    }

    /// The identity of whoever holds the lease.
    ///
    /// # Panics
    ///
    /// Where nobody ever does.
    #[must_use]
    pub fn leader(&self) -> String {
        self.eventually("a controller leads", || {
            let path = format!("/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/{LEASE}");
            let lease = self.plane.get(&path)?;
            lease["spec"]["holderIdentity"].as_str().filter(|it| !it.is_empty()).map(str::to_owned)
        })
    }

    /// What the last plan says of a node: its entry, and the time of the plan.
    #[must_use]
    pub fn verdict(&self, node: &str) -> Option<(Value, String)> {
        let plan = self.controllers.iter().find_map(Controller::plan)?;
        let entry = plan["nodes"].as_array()?.iter().find(|it| it["name"] == node)?.clone();
        Some((entry, plan["now"].as_str()?.to_owned()))
    }

    /// Waits until several plans in a row keep this node for this reason, and sees that nothing came of any.
    ///
    /// # Panics
    ///
    /// Where they never do, or something did.
    pub fn keeps(&self, node: &str, reason: &str) {
        let mut seen = BTreeSet::new();
        self.eventually(&format!("{PLANS} plans keep {node}: {reason}"), || {
            let (entry, now) = self.verdict(node)?;
            if entry["verdict"] == "Keep" && entry["reason"] == reason {
                seen.insert(now);
            } else {
                seen.clear();
            }
            (seen.len() >= PLANS).then_some(())
        });
        self.stands(node);
    }

    /// It is there, unmarked, and nobody asked to delete its server.
    ///
    /// # Panics
    ///
    /// Where that is not so.
    pub fn stands(&self, node: &str) {
        let object = self.node(node).unwrap_or_else(|| panic!("node {node} is gone"));
        assert!(!is_marked(&object), "node {node} is marked: {object}");
        assert!(
            !self.provider.deletions().iter().any(|it| it == node),
            "the server of {node} was to be deleted"
        );
    }

    /// Waits until it is gone everywhere: at the provider, its Node and its VPSieNode.
    ///
    /// # Panics
    ///
    /// Where it stays somewhere.
    pub fn goes(&self, node: &str) {
        self.eventually(&format!("{node} is gone at the provider and in the cluster"), || {
            let machine = self.machines().into_iter().any(|it| node_of(&it) == node);
            let gone = self.provider.stage(node).is_none() && self.node(node).is_none() && !machine;
            gone.then_some(())
        });
    }

    /// How often each server was asked to be deleted.
    ///
    /// # Panics
    ///
    /// Where it is not exactly once for each of these, in whatever order, and for no other.
    pub fn deleted_once(&self, nodes: &[&str]) {
        let mut asked = self.provider.deletions();
        asked.sort();
        let mut nodes = nodes.to_vec();
        nodes.sort_unstable();
        assert_eq!(asked, nodes, "left: servers that were asked to be deleted");
    }

    /// Waits for an event of this reason, about whatever.
    ///
    /// # Panics
    ///
    /// Where it never comes.
    pub fn event(&self, reason: &str) {
        self.eventually(&format!("an event {reason}"), || {
            let events = self.plane.get("/api/v1/events")?;
            events["items"].as_array()?.iter().any(|it| it["reason"] == reason).then_some(())
        });
    }

    /// A node on which little runs, and two that are too busy to go: the first can be drained to the others.
    ///
    /// # Panics
    ///
    /// Where any of it fails.
    #[must_use]
    pub fn one_to_drain(&self, little: &Value) -> [String; 3] {
        let nodes = self.group("workers", 3, &json!({}));
        for (app, node) in ["busy-1", "busy-2"].into_iter().zip(&nodes[1..]) {
            self.deploy_on(node, &App::new(app, 2, 1100).deployment());
        }
        self.deploy_on(&nodes[0], little);
        <[String; 3]>::try_from(nodes).expect("three")
    }

    #[must_use]
    pub fn nodes(&self) -> Vec<Value> {
        self.plane.list("v1", "Node")
    }

    #[must_use]
    pub fn node(&self, name: &str) -> Option<Value> {
        self.plane.get(&node_path(name))
    }

    #[must_use]
    pub fn machines(&self) -> Vec<Value> {
        self.plane.list(VERSION, "VPSieNode")
    }

    /// Those of an app in `default`, the finished ones too.
    #[must_use]
    pub fn pods(&self, app: &str) -> Vec<Value> {
        let path = format!("/api/v1/namespaces/default/pods?labelSelector=app%3D{app}");
        let list = self.plane.get(&path).unwrap_or_default();
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// What controllers asked of the apiserver so far.
    #[must_use]
    pub fn asked(&self) -> Count {
        Count::of(&self.plane.asked())
    }

    /// Waits until this is so, as long as all controllers run that should.
    ///
    /// # Panics
    ///
    /// Where patience ends, or a controller did.
    pub fn eventually<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let checked = || {
            let failed = self.controllers.iter().find(|it| it.failed()).map(Controller::identity);
            assert!(failed.is_none(), "controller {failed:?} ended by itself before this: {what}");
            look()
        };
        // All that is known is shown when this is dropped.
        eventually(what, checked, String::new)
    }

    /// Everything that a person would look at first.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = String::new();
        let all = [("Node", "v1"), ("VPSieNode", VERSION), ("NodeGroup", VERSION), ("Pod", "v1")];
        for (kind, version) in all {
            let path = format!("{}/{}", super::group_of(version), super::plural(kind));
            match self.plane.ask(Method::GET, &path, None) {
                Ok(list) => {
                    let items: Vec<&Value> = list["items"].as_array().into_iter().flatten().collect();
                    writeln!(text, "--- {kind}: {}", items.len()).expect("text");
                    for it in items.into_iter().take(SHOWN) {
                        writeln!(text, "{}", line(it)).expect("text");
                    }
                }
                Err(why) => writeln!(text, "--- {kind}: {why}").expect("text"),
            }
        }
        let asked = self.provider.fake().world(|it| {
            let writes = it.log.iter().filter(|it| it.method != "GET");
            writes
                .map(|it| format!("{} {} {} {}\n", it.status, it.method, it.path, it.body))
                .collect::<Vec<_>>()
        });
        let last = &asked[asked.len().saturating_sub(SHOWN)..];
        writeln!(text, "--- asked of the provider:\n{}", last.concat()).expect("text");
        writeln!(text, "--- asked of the apiserver:\n{}", self.asked().table()).expect("text");
        self.controllers.iter().map(Controller::tail).fold(text, |text, it| text + &it)
    }
}

/// Of each kind, so many are shown when a test fails.
const SHOWN: usize = 40;

impl Drop for Cluster {
    /// A test that failed shows what there was. Others prove that the role in deploy/ has all that was needed.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.describe());
            return;
        }
        let journals: Vec<PathBuf> = self.controllers.iter().map(Controller::journal).collect();
        self.controllers.clear();
        // However each of them ended.
        for journal in journals {
            let again =
                Command::new(program()).arg("replay").arg(&journal).output().expect("the program runs");
            let said =
                String::from_utf8_lossy(&again.stdout).into_owned() + &String::from_utf8_lossy(&again.stderr);
            assert!(again.status.success(), "what was decided cannot be decided again: {said}");
        }
        let refused: Vec<_> = self.plane.asked().into_iter().filter(|it| it.status == 403).collect();
        assert!(
            refused.is_empty() || self.plane.was_restarted(),
            "the role in deploy/ forbids what the controller does: {refused:#?}"
        );
    }
}

/// Applies deploy/crds and deploy/, the program itself aside: it runs beside the cluster here. What needs
/// another to be there is tried again.
///
/// # Panics
///
/// Where the apiserver does not take it.
pub fn install(plane: &Plane) {
    let mut left = manifests();
    left.retain(|it| it["kind"] != "Deployment");
    eventually(
        "all of deploy/ is applied",
        || {
            left.retain(|it| plane.apply(it, "").is_err());
            left.is_empty().then_some(())
        },
        || left_over(plane),
    );
    for kind in ["nodegroups", "vpsienodes", "autoscalerconfigs"] {
        let path = format!("/apis/{VERSION}/{kind}");
        plane.eventually(&format!("{kind} are served"), || plane.ask(Method::GET, &path, None).ok());
    }
}

fn left_over(plane: &Plane) -> String {
    let refused =
        |it: &Value| plane.apply(it, "&dryRun=All").err().map(|why| format!("{}: {why}\n", line(it)));
    manifests().iter().filter_map(refused).collect()
}

/// What `kubectl apply -f deploy/crds -f deploy` would apply.
///
/// # Panics
///
/// Where they cannot be read.
#[must_use]
pub fn manifests() -> Vec<Value> {
    ["crds", ""].into_iter().flat_map(read_folder).collect()
}

/// The samples for users.
///
/// # Panics
///
/// Where they cannot be read.
#[must_use]
pub fn samples() -> Vec<Value> {
    read_folder("samples")
}

fn read_folder(name: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|it| it.expect("an entry").path()).collect();
    paths.sort();
    paths.retain(|it| it.extension().is_some_and(|it| it == "yaml"));
    assert!(!paths.is_empty(), "there are no manifests in {}", folder.display());
    let mut found = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("text");
        for document in serde_yaml_ng::Deserializer::from_str(&text) {
            let object =
                Value::deserialize(document).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            found.push(object);
        }
    }
    found.retain(|it| !it.is_null());
    found
}

/// Fields of the one go into the other, objects field by field.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// A person's line about an object.
fn line(it: &Value) -> String {
    let meta = &it["metadata"];
    let spec = &it["spec"];
    let marks = json!({
        "annotations": meta["annotations"], "deleted": meta["deletionTimestamp"], "finalizers": meta["finalizers"],
        "taints": spec["taints"], "unschedulable": spec["unschedulable"], "node": spec["nodeName"],
        "phase": it["status"]["phase"], "status": if it["kind"] == "Node" { Value::Null } else { it["status"]["conditions"].clone() },
        "ready": is_ready(it),
    });
    let mut marks = marks.as_object().expect("an object").clone();
    marks.retain(|_, value| !value.is_null());
    format!("{}/{} {}", meta["namespace"].as_str().unwrap_or_default(), name_of(it), Value::Object(marks))
}

#[must_use]
pub fn name_of(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

#[must_use]
pub fn is_ready(object: &Value) -> bool {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|it| it["type"] == "Ready" && it["status"] == "True")
}

/// It runs, is Ready, and is to stay.
#[must_use]
pub fn runs(pod: &Value) -> bool {
    pod["status"]["phase"] == "Running" && is_ready(pod) && pod["metadata"]["deletionTimestamp"].is_null()
}

/// By us, to leave: annotation, taint or cordon.
#[must_use]
pub fn is_marked(node: &Value) -> bool {
    let taints = node["spec"]["taints"].as_array().into_iter().flatten();
    let tainted = taints.into_iter().any(|it| it["key"] == TAINT);
    tainted || !node["metadata"]["annotations"][format!("{OURS}/leaving-since")].is_null()
}

#[must_use]
pub fn node_path(name: &str) -> String {
    format!("/api/v1/nodes/{name}")
}

/// The node of a machine, as far as it is known.
fn node_of(machine: &Value) -> &str {
    let known = [&machine["status"]["nodeName"], &machine["spec"]["nodeName"]];
    known.into_iter().find_map(|it| it.as_str().filter(|it| !it.is_empty())).unwrap_or_default()
}
