//! Policies in a mounted folder, swapped while the controller runs.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use tests::plane::cluster::Cluster;
use tests::plane::controller::program;

const FILE: &str = "policies.yaml";
const DISABLED: &[u8] = b"policies:\n- name: safety\n  settings: {headroomPercent: 0, capacityPercentMax: 0}\n- name: schedule\n  settings: {mode: disabled}\n";
const BALANCED: &[u8] = b"policies:\n- name: safety\n  settings: {headroomPercent: 0, capacityPercentMax: 0}\n- name: schedule\n  settings: {mode: balanced}\n";
const WRONG: &[u8] = b"policies:\n- name: safety\n  settings: {headroomPercent: 0, capacityPercentMax: 0}\n- name: schedule\n  settings: {mode: whenever}\n";

#[test]
fn a_swapped_policy_decides_from_the_next_tick() {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 1, &json!({}));
    cluster.write_policies(&[(FILE, DISABLED)]);
    cluster.run("a");
    cluster.keeps(&nodes[0], "ScaleDownDisabled");
    cluster.write_policies(&[(FILE, BALANCED)]);
    cluster.goes(&nodes[0]);
    cluster.event("PolicyActivated");
}

#[test]
fn a_wrong_policy_leaves_the_old_one_in_force() {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 1, &json!({}));
    cluster.write_policies(&[(FILE, DISABLED)]);
    cluster.run("a");
    cluster.keeps(&nodes[0], "ScaleDownDisabled");
    cluster.write_policies(&[(FILE, WRONG)]);
    cluster.event("PolicyRejected");
    cluster.keeps(&nodes[0], "ScaleDownDisabled");
    cluster.write_policies(&[(FILE, BALANCED)]);
    cluster.goes(&nodes[0]);
}

/// Of a project as `policy new` makes it, with nothing changed but how it is used.
fn packaged(project: &Path) -> Value {
    const ENTRIES: &str = "policies:\n- name: night-shift\n  module: night-shift.wasm\n- name: safety\n  settings: {headroomPercent: 0, capacityPercentMax: 0}\n";
    let policy = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects"));
        let output = command.arg("policy").args(arguments).arg(project).output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    policy(&["new", "--hook", "vetoer"]);
    std::fs::write(project.join("policies.yaml"), ENTRIES).expect("it can be written");
    serde_yaml_ng::from_slice(&policy(&["package"])).expect("YAML")
}

/// What a pod finds as files that mounts this ConfigMap.
fn mounted(map: &Value) -> Vec<(&str, Vec<u8>)> {
    let values = |field: &str| map[field].as_object().expect("keys").iter();
    let text = |it: &Value| it.as_str().expect("a text").to_owned();
    let texts = values("data").map(|(name, it)| (name.as_str(), text(it).into_bytes()));
    let bytes = values("binaryData")
        .map(|(name, it)| (name.as_str(), BASE64_STANDARD.decode(text(it)).expect("base64")));
    texts.chain(bytes).collect()
}

#[test]
fn what_package_prints_is_all_that_is_left_to_apply() {
    let mut cluster = Cluster::start();
    let node = &cluster.group("workers", 1, &json!({}))[0];
    cluster.annotate(node, "example.com/keep", Some("until the audit is over"));
    let map = packaged(&cluster.plane.at("night-shift"));
    let map = cluster.plane.apply(&map, "").expect("the apiserver takes it");
    let deployed = &tests::plane::cluster::manifests();
    let volume = deployed.iter().find_map(|it| it.pointer("/spec/template/spec/volumes/0/configMap/name"));
    assert_eq!(volume, Some(&map["metadata"]["name"]), "the Deployment mounts another one");
    let files = mounted(&map);
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, it)| (*name, it.as_slice())).collect();
    cluster.write_policies(&files);
    cluster.run("a");
    cluster.keeps(node, "Vetoed");
    cluster.annotate(node, "example.com/keep", None);
    cluster.goes(node);
}
