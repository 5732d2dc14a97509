//! `provider check` and `provider list` as people meet them, against a provider on this machine.

use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use vpsie_fake::{Armed, Fake, Fault, World};

const TOKEN: (&str, &str) = ("VPSIE_TOKEN", "fake-token-0123456789");
const LOGIN: [(&str, &str); 2] =
    [("VPSIE_CLIENT_ID", "fake-client"), ("VPSIE_CLIENT_SECRET", "fake-secret-0123456789")];
const SECRETS: [&str; 3] = ["fake-token-0123456789", "fake-client", "fake-secret-0123456789"];

/// What the program printed, with the address of the fake and ids of requests made plain.
struct Printed {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A cluster with one group of two workers.
async fn fake() -> Fake {
    let mut world = World::new(1);
    let cluster = world.add_cluster("HEL-Kubernetes-49ab");
    world.add_group(&cluster, "GRP-Advanced-c745", 55, 2);
    Fake::start(world).await.expect("a port")
}

async fn run(fake: &Fake, arguments: &[&str], variables: &[(&str, &str)]) -> Printed {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vpsie-autoscaler"));
    command.arg("provider").args(arguments).args(["--url", fake.url()]).env_clear().envs(variables.to_vec());
    // The fake serves on this thread meanwhile.
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let Output { status, stdout, stderr } = output.expect("it ends").expect("the program starts");
    let text = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).expect("UTF-8").replace(fake.url(), "URL");
        for secret in SECRETS {
            assert!(!text.contains(secret), "{text}");
        }
        text.lines().map(|it| without_id(it) + "\n").collect::<String>()
    };
    Printed { code: status.code(), out: text(stdout), err: text(stderr) }
}

fn without_id(line: &str) -> String {
    match line.split_once(", request ") {
        Some((before, after)) => {
            format!("{before}{}", after.trim_start_matches(|it: char| it.is_ascii_hexdigit()))
        }
        None => line.to_string(),
    }
}

fn names(fake: &Fake) -> Vec<String> {
    fake.world(|it| it.joined())
}

/// Nodes and machines in a file of this run.
fn objects(test: &str, nodes: &[Value], machines: &[Value]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}.json", std::process::id()));
    let items: Vec<&Value> = nodes.iter().chain(machines).collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    fs::write(&path, list.to_string()).expect("it can be written");
    path
}

fn node(name: &str, provider_id: &str, group: &str) -> Value {
    let labels = if group.is_empty() { json!({}) } else { json!({"autoscaler.vpsie.com/nodegroup": group}) };
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "uid": name, "creationTimestamp": "2026-01-20T10:00:00Z", "labels": labels},
        "spec": {"providerID": provider_id},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}, "conditions": [
            {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-20T10:00:00Z"}]},
    })
}

fn machine(name: &str, node: &str, phase: &str) -> Value {
    json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "VPSieNode",
        "metadata": {"name": name, "namespace": "kube-system", "uid": name},
        "spec": {"nodeGroupName": "web", "nodeName": node}, "status": {"phase": phase},
    })
}

#[tokio::test]
async fn a_provider_that_is_well() {
    let fake = fake().await;
    for variables in [&[TOKEN][..], &LOGIN[..]] {
        let printed = run(&fake, &["check"], variables).await;
        let expect = "\
URL/apps/v2: 11 well, 0 wrong, 1 not tried

CHECK        RESULT   WHERE                                  DETAIL
connection   Well                                            the API answers
credentials  Well                                            they are accepted
account      Well                                            ada@example.org, balance 250.50, 64.00 a month
clusters     Well                                            1 cluster
nodes        Well     HEL-Kubernetes-49ab                    version 1.34.1, 2 workers, 1 of the control plane
groups       Well     HEL-Kubernetes-49ab                    1 group
offers       Well     HEL-Kubernetes-49ab                    3 sizes
size         Well     HEL-Kubernetes-49ab/GRP-Advanced-c745  2 nodes of Advanced: 4 CPU, 8192 MB, 32.00 a month
servers      Well                                            0 plain servers
names        Well                                            3 names
balancers    Well                                            0 load balancers
writes       Untried                                         a check changes nothing: whether workers may be added and \
deleted shows when it is done
";
        assert_eq!(printed.out, expect);
        assert_eq!((printed.code, &*printed.err), (Some(0), ""));
    }
    let printed = run(&fake, &["check", "-o", "json"], &[TOKEN]).await;
    let report: Value = serde_json::from_str(&printed.out).expect("JSON");
    assert_eq!(report["checks"].as_array().map(Vec::len), Some(12));
    assert_eq!(
        report["checks"][1],
        json!({"name": "credentials", "result": "well", "detail": "they are accepted"})
    );
}

#[tokio::test]
async fn what_is_wrong_is_named_with_what_to_do() {
    let cases = [
        (Armed::always(Fault::Unauthorized), "credentials", "the credentials are not accepted"),
        (Armed::always(Fault::CutBefore), "connection", "the connection was cut"),
        (Armed::always(Fault::Forbidden).on("GET /lb"), "balancers", "the credentials do not allow it"),
        (Armed::always(Fault::NodeIdMissing), "nodes", "of 2 workers the API tells no identifier"),
        (Armed::always(Fault::OfferMissing).amount(55), "size", "2 nodes of size 55, which is not offered"),
        (Armed::always(Fault::NodesNull), "nodes", "nodes: there are none, and slaveCount is 2"),
    ];
    for (armed, name, words) in cases {
        let fake = fake().await;
        fake.arm(armed);
        let printed = run(&fake, &["check", "-o", "json"], &[TOKEN]).await;
        let report: Value = serde_json::from_str(&printed.out).expect("JSON");
        let checks = report["checks"].as_array().expect("checks");
        let wrong: Vec<&Value> = checks.iter().filter(|it| it["result"] == "wrong").collect();
        assert_eq!(wrong.len(), 1, "{}", printed.out);
        assert_eq!(wrong[0]["name"], name);
        assert!(wrong[0]["detail"].as_str().expect("text").contains(words), "{}", printed.out);
        assert_eq!((printed.code, &*printed.err), (Some(1), ""));
    }
}

#[tokio::test]
async fn servers_without_kubernetes() {
    let fake = fake().await;
    let printed = run(&fake, &["list"], &[TOKEN]).await;
    let [master, first, second] = &*names(&fake) else { panic!("three have joined") };
    for name in [master, first, second] {
        assert!(printed.out.contains(&**name), "{}", printed.out);
    }
    assert!(
        printed.out.starts_with("URL/apps/v2: 3 servers; 0 out of step\nnodes and machines are not shown (")
    );
    assert!(printed.out.contains("GRP-Advanced-c745  HEL-Kubernetes-49ab"), "{}", printed.out);
    assert!(printed.out.contains("32.00"), "{}", printed.out);
    assert_eq!((printed.code, &*printed.err), (Some(0), ""));

    let printed = run(&fake, &["list", "--cluster", "other"], &[TOKEN]).await;
    let expect = "error: there is no cluster \"other\"; there are: HEL-Kubernetes-49ab\n";
    assert_eq!((printed.code, &*printed.err), (Some(1), expect));
}

#[tokio::test]
async fn side_by_side() {
    let fake = fake().await;
    let [master, first, second] = &*names(&fake) else { panic!("three have joined") };
    let well = objects(
        "well",
        &[node(master, "", ""), node(first, "", "web"), node(second, "", "")],
        &[machine("web-1", first, "Ready"), machine("web-2", "", "Provisioning")],
    );
    let printed = run(&fake, &["list", "-f", well.to_str().expect("UTF-8")], &[TOKEN]).await;
    assert!(
        printed.out.starts_with("URL/apps/v2: 3 servers, 2 machines, 3 nodes; 0 out of step\n"),
        "{}",
        printed.out
    );
    assert_eq!((printed.code, &*printed.err), (Some(0), ""));

    let odd = objects(
        "odd",
        &[node(first, "vpsie://somebody", "web"), node("gone", "", "")],
        &[
            machine("web-2", second, "Ready"),
            machine("web-3", "", "Joining"),
            machine("web-4", second, "Ready"),
        ],
    );
    let printed = run(&fake, &["list", "-o", "json", "-f", odd.to_str().expect("UTF-8")], &[TOKEN]).await;
    assert_eq!(printed.code, Some(1), "{}", printed.err);
    let listing: Value = serde_json::from_str(&printed.out).expect("JSON");
    let rows = listing["rows"].as_array().expect("rows");
    let told = |name: &str| {
        let row = rows.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("{name}: {rows:?}"));
        row["outOfStep"]
            .as_array()
            .map_or(String::new(), |it| it.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "))
    };
    assert_eq!(told(master), "");
    assert_eq!(
        told(first),
        "its node says that it is server somebody; its node is of group web, and there is no machine"
    );
    assert_eq!(told(second), "machine web-4 claims it too; its machine is done, and there is no node");
    assert_eq!(told("gone"), "its node has no server");
    assert_eq!(told("web-3"), "its machine has no server");
}

#[tokio::test]
async fn a_kubeconfig_is_used_where_there_is_one() {
    let fake = fake().await;
    let folder = env!("CARGO_TARGET_TMPDIR");
    let printed = run(&fake, &["list"], &[TOKEN, ("HOME", folder)]).await;
    assert_eq!((printed.code, &*printed.err), (Some(0), ""), "there is none in this folder");

    let path = PathBuf::from(folder).join(format!("nobody-{}.kubeconfig", std::process::id()));
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "clusters": [{"name": "it", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "it", "user": {}}],
    });
    fs::write(&path, config.to_string()).expect("it can be written");
    let printed = run(&fake, &["list"], &[TOKEN, ("KUBECONFIG", path.to_str().expect("UTF-8"))]).await;
    assert_eq!(printed.code, Some(1));
    assert!(
        printed.err.starts_with("warning: nodes and machines are not shown: cannot list "),
        "{}",
        printed.err
    );
    assert!(printed.out.starts_with("URL/apps/v2: 3 servers; 0 out of step\n"), "{}", printed.out);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_concludes_nothing() {
    let fake = fake().await;
    fake.arm(Armed::always(Fault::Forbidden).on("cluster/byId"));
    let file = objects("blind", &names(&fake).iter().map(|it| node(it, "", "")).collect::<Vec<_>>(), &[]);
    let printed = run(&fake, &["list", "-f", file.to_str().expect("UTF-8")], &[TOKEN]).await;
    assert_eq!(printed.code, Some(1));
    assert!(printed.err.starts_with("warning: cannot read cluster "), "{}", printed.err);
    assert!(!printed.out.contains("has no server"), "{}", printed.out);
}

#[tokio::test]
async fn usage() {
    let fake = fake().await;
    let cases: [(&[&str], &[(&str, &str)], &str); 4] = [
        (
            &["check"],
            &[],
            "error: there are no credentials: set VPSIE_TOKEN, or VPSIE_CLIENT_ID and VPSIE_CLIENT_SECRET\n",
        ),
        (
            &["list"],
            &LOGIN[..1],
            "error: VPSIE_CLIENT_ID is set and VPSIE_CLIENT_SECRET is not: they go together\n",
        ),
        (
            &["list", "-f", "-", "-f", "-"],
            &[TOKEN],
            "error: standard input can be read only once: -f - is given twice\n",
        ),
        (&["check"], &[("VPSIE_TOKEN", "two words")], "error: VPSIE_TOKEN: the token has blanks"),
    ];
    for (arguments, variables, expect) in cases {
        let printed = run(&fake, arguments, variables).await;
        assert_eq!((printed.code, &*printed.out), (Some(2), ""));
        assert!(printed.err.starts_with(expect), "{}", printed.err);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_vpsie-autoscaler"));
    command.args(["provider", "check", "--url", "http://api.vpsie.com"]).env_clear().env(TOKEN.0, TOKEN.1);
    let output = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.starts_with("error: --url: http://api.vpsie.com would send credentials in the clear"),
        "{said}"
    );
}
