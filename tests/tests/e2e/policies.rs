//! Policies in a mounted folder, swapped while the controller runs.

use serde_json::json;
use tests::plane::cluster::Cluster;

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
