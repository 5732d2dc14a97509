//! How each program of a control plane is started.

use super::audit;
use super::folder::Folder;
use super::server::Server;
use serde_json::{Value, json};
use std::fs;

/// Who may talk to the apiserver: token, name, identifier, groups.
const USERS: &str = "admin,admin,admin,system:masters\nnobody,nobody,nobody\n";
/// What kwok makes of nodes and pods.
const STAGES: &str = include_str!("../../kwok/stages.yaml");
/// Nodes that carry this label have a kubelet. It is taken off when their machine is gone.
pub const KUBELET: (&str, &str) = ("tests.vpsie.com/kubelet", "runs");
/// Thousands of pods are made and placed in seconds, not in minutes.
const CLIENT_RATES: [&str; 2] = ["--kube-api-qps=500", "--kube-api-burst=1000"];

pub fn etcd(folder: &Folder, url: &str) -> Server {
    let arguments = vec![
        format!("--data-dir={}", folder.at("etcd").display()),
        format!("--listen-client-urls={url}"),
        format!("--advertise-client-urls={url}"),
        // Nobody joins a cluster of one.
        "--listen-peer-urls=http://127.0.0.1:0".into(),
        // A test's state need not survive the machine.
        "--unsafe-no-fsync".into(),
        "--log-level=warn".into(),
    ];
    Server::start("etcd", folder, arguments)
}

/// `whole`: others of the control plane are there too, and do what they must before a pod may be made.
pub fn apiserver(folder: &Folder, etcd_url: &str, port: u16, whole: bool) -> Server {
    let certificates = folder.at("certificates");
    // Any RSA key will do for tokens of service accounts; the server makes itself one for TLS.
    let key = certificates.join("apiserver.key");
    fs::write(folder.at("users.csv"), USERS).expect("a new folder can be written");
    fs::write(folder.at("audit-policy.json"), audit::policy().to_string())
        .expect("a new folder can be written");
    let mut arguments = vec![
        format!("--etcd-servers={etcd_url}"),
        "--bind-address=127.0.0.1".into(),
        "--advertise-address=127.0.0.1".into(),
        format!("--secure-port={port}"),
        format!("--cert-dir={}", certificates.display()),
        format!("--service-account-key-file={}", key.display()),
        format!("--service-account-signing-key-file={}", key.display()),
        "--service-account-issuer=https://kubernetes.default.svc".into(),
        "--service-cluster-ip-range=10.0.0.0/24".into(),
        // There is no network to publish this server in.
        "--endpoint-reconciler-type=none".into(),
        format!("--token-auth-file={}", folder.at("users.csv").display()),
        "--authorization-mode=RBAC".into(),
        format!("--audit-policy-file={}", folder.at("audit-policy.json").display()),
        format!("--audit-log-path={}", folder.at(audit::LOG).display()),
    ];
    if !whole {
        // Nobody makes the service accounts that pods would need, and nobody takes the taint off
        // that new nodes get.
        arguments.push("--disable-admission-plugins=ServiceAccount,TaintNodesByCondition".into());
    }
    Server::start("kube-apiserver", folder, arguments)
}

/// Whoever works on the objects of a cluster: what a test does not do itself.
pub fn workers(folder: &Folder) -> [Server; 3] {
    let kubeconfig = format!("--kubeconfig={}", folder.kubeconfig("admin").display());
    let alone = ["--leader-elect=false", "--secure-port=0"];
    let common = || {
        let rest = alone.iter().chain(&CLIENT_RATES).map(ToString::to_string);
        [kubeconfig.clone()].into_iter().chain(rest)
    };
    let certificates = folder.at("certificates");
    let own = [
        "--controllers=*,-nodeipam,-node-route-controller,-cloud-node-lifecycle-controller".into(),
        format!("--service-account-private-key-file={}", certificates.join("apiserver.key").display()),
        format!("--root-ca-file={}", certificates.join("apiserver.crt").display()),
        // A node whose server is gone shows it while a test waits.
        "--node-monitor-period=2s".into(),
        "--node-monitor-grace-period=45s".into(),
    ];
    fs::write(folder.at("stages.yaml"), STAGES).expect("a new folder can be written");
    let (label, value) = KUBELET;
    let kwok = vec![
        kubeconfig.clone(),
        format!("--manage-nodes-with-label-selector={label}={value}"),
        "--manage-all-nodes=false".into(),
        format!("--config={}", folder.at("stages.yaml").display()),
        "--node-lease-duration-seconds=40".into(),
        "--node-ip=127.0.0.1".into(),
    ];
    [
        Server::start("kube-scheduler", folder, common().collect()),
        Server::start("kube-controller-manager", folder, common().chain(own).collect()),
        Server::start("kwok", folder, kwok),
    ]
}

/// JSON, which is YAML too.
pub fn kubeconfig(folder: &Folder, port: u16, user: &str, token: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
        "clusters": [{"name": "test", "cluster": {
            "server": format!("https://127.0.0.1:{port}"),
            "certificate-authority": folder.at("certificates/apiserver.crt"),
        }}],
        "users": [{"name": user, "user": {"token": token}}],
    })
}
