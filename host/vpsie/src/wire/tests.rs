//! Answers as they were seen, with all that clients disagree about.

use super::*;
use crate::envelope::judge;
use crate::model::Role;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Debug;

fn answer(data: &Value) -> Answer {
    let body = json!({"error": false, "data": data});
    judge(200, None, body.to_string().as_bytes()).expect("a yes")
}

fn read_one<W: Wire<Noun: Debug>>(data: &Value) -> Result<Option<W::Noun>, String> {
    one::<W>(&answer(data)).map_err(|it| it.said)
}

fn node(fields: &Value) -> Result<crate::model::ClusterNode, String> {
    let cluster = json!({"identifier": "c-1", "cluster_name": "HEL", "nodes": [fields]});
    read_one::<WireClusterNodes>(&cluster).map(|it| it.expect("a cluster").nodes.remove(0))
}

#[test]
fn nodes_of_both_descriptions() {
    let sdk = node(&json!({"id": 9, "node_type": 2, "hostname": "HEL-Kubernetes-49ab-slave-11cc",
        "default_ip": "203.0.113.10", "private_ip": "10.1.0.5"}));
    let sdk = sdk.expect("a node");
    assert_eq!((sdk.id, sdk.role), (None, Role::Worker));
    assert_eq!(sdk.addresses.len(), 2);
    let scaler = node(&json!({"identifier": "2a0b", "hostname": "X", "role": "master", "status": "running",
        "ip": "203.0.113.10", "default_ip": "203.0.113.10/24", "private_ip": null}));
    let scaler = scaler.expect("a node");
    assert_eq!((scaler.id.map(|it| it.to_string()), scaler.role), (Some("2a0b".into()), Role::ControlPlane));
    assert_eq!(scaler.addresses.len(), 1, "each address once");
    let bare = node(&json!({"identifier": "", "hostname": "X", "role": 2})).expect("a node");
    assert_eq!((bare.id, bare.role), (None, Role::Unknown));
}

#[test]
fn roles_by_name() {
    for (hostname, expect) in [
        ("HEL-Kubernetes-49ab-slave-11cc", Role::Worker),
        ("hel-kubernetes-49ab-MASTER-0001", Role::ControlPlane),
        ("a-master-b-slave-11cc", Role::Worker),
        ("slave", Role::Unknown),
        ("slave-x-y", Role::Unknown),
    ] {
        let node = node(&json!({"hostname": hostname})).expect("a node");
        assert_eq!(node.role, expect, "{hostname}");
    }
}

#[test]
fn what_is_missing_is_not_the_same_as_none() {
    let cluster = |fields: Value| {
        let mut cluster = json!({"identifier": "c-1", "cluster_name": "HEL"});
        cluster.as_object_mut().expect("one").extend(fields.as_object().expect("one").clone());
        read_one::<WireClusterNodes>(&cluster).map(|it| it.expect("a cluster").nodes.len())
    };
    assert_eq!(cluster(json!({"nodes": null, "slaveCount": 0})), Ok(0));
    assert_eq!(cluster(json!({"nodes": []})), Ok(0));
    assert_eq!(
        cluster(json!({"nodes": null, "slaveCount": 2})),
        Err("data: nodes: there are none, and slaveCount is 2".into())
    );
    assert_eq!(cluster(json!({"slaves": [{"hostname": "a"}], "masters": [{"hostname": "b"}]})), Ok(2));
    assert_eq!(read_one::<WireCluster>(&json!(false)), Ok(None));
    assert_eq!(read_one::<WireCluster>(&Value::Null), Ok(None));
    assert_eq!(read_one::<WireCluster>(&json!({})), Ok(None));
}

#[test]
fn numbers_come_as_text() {
    let size = |fields: &Value| read_one::<WireKubeSize>(fields).map(|it| it.expect("a size"));
    let scaler = size(
        &json!({"id": 55, "name": "Advanced", "cpu": 4, "ram": 8192, "disk": 160, "price": 32.0, "hourly_price": 0.048}),
    );
    let other = size(
        &json!({"id": "55", "nickname": "Advanced", "cpu": "4", "ram": "8192", "ssd": "160", "price": "32", "hourly_price": "0.0480"}),
    );
    assert_eq!(scaler, other);
    assert_eq!(scaler.expect("a size").price_per_month.to_string(), "32.00");
    for (project, expect) in [(json!(11), "11"), (json!("p-1"), "p-1"), (Value::Null, "")] {
        let group = json!({"id": 512, "identifier": "3c0d", "boxsize_id": 55, "project_id": project});
        assert_eq!(read_one::<WireGroup>(&group).expect("a group").expect("one").project, expect);
    }
}

#[test]
fn lists() {
    let names = |body: Value| {
        let answer = judge(200, None, body.to_string().as_bytes()).expect("a yes");
        match list::<WireDatacenter>(&answer) {
            Ok(rows) => rows.iter().map(|it| it.id.to_string()).collect::<Vec<_>>().join(" "),
            Err(no) => format!("{}: {}", no.cause.name(), no.said),
        }
    };
    let [a, b] = [json!({"identifier": "a"}), json!({"identifier": "b"})];
    assert_eq!(names(json!({"data": [a, b]})), "a b");
    assert_eq!(names(json!({"data": [a, b], "total": 2})), "a b");
    assert_eq!(names(json!({"data": {"rows": [a], "count": 1}})), "a");
    assert_eq!(names(json!({"data": []})), "");
    assert_eq!(names(json!({"data": [a, b], "total": 9})), "Partial: 2 of 9");
    assert_eq!(names(json!({"data": {"rows": [a], "total": "2"}})), "Partial: 1 of 2");
    for none in [json!(null), json!(false), json!(true)] {
        assert_eq!(
            names(json!({"data": none})),
            "Unreadable: a list was expected in data, and there is none"
        );
    }
    assert_eq!(
        names(json!({"data": [a, {}]})),
        "Unreadable: data[1]: identifier: is no identifier (1 to 64 letters, digits, -, _ and .)"
    );
    assert_eq!(names(json!({"data": [a, 7]})), "Unreadable: data[1]: an object was expected");
    assert_eq!(
        names(json!({"data": [{"identifier": "../x"}]})),
        "Unreadable: data[0]: identifier: is no identifier (1 to 64 letters, digits, -, _ and .)"
    );
    assert_eq!(
        names(json!({"data": [{"identifier": []}]})).split(": ").take(3).collect::<Vec<_>>().join(": "),
        "Unreadable: data[0]: invalid type"
    );
}

#[test]
fn an_address_that_cannot_be_read_is_an_error() {
    let wrong = node(&json!({"hostname": "a", "ip": "n/a"}));
    assert_eq!(wrong, Err("data: nodes[0].ip: an IP address was expected".into()));
}

#[test]
fn logins_of_both_shapes() {
    for body in [
        json!({"error": false, "token": {"access": {"token": "t", "expires": "2026-01-01T11:00:00Z"}}}),
        json!({"accessToken": {"token": "t", "expires": "2026-01-01T11:00:00Z"}}),
    ] {
        let login = login(body.to_string().as_bytes()).expect("a login");
        assert_eq!(login.token.expose(), "t");
        assert!(login.ends.is_some());
        assert!(!format!("{login:?}").contains("\"t\""));
    }
    for body in [json!({}), json!({"token": "t"}), json!({"accessToken": {"token": "a\nb"}})] {
        assert!(login(body.to_string().as_bytes()).is_err(), "{body}");
    }
}

/// Names that mean something here, with values that make sense, and with such that do not.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "error",
        "data",
        "Data",
        "total",
        "total ",
        "rows",
        "count",
        "message",
        "identifier",
        "id",
        "hostname",
        "nodes",
        "slaves",
        "slaveCount",
        "ip",
        "price",
        "rules",
        "backends",
        "domains",
        "frontPort",
        "vmData",
        "accessToken",
        "token",
        "expires",
        "boxsize_id",
        "cpu",
        "ram",
        "ruleId",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z0-9.:/-]{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|it| Value::Object(
                it.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
            )),
        ]
    })
}

fn read_as_everything(body: &[u8]) {
    let _ = login(body);
    for status in [200, 204, 500] {
        let Ok(answer) = judge(status, None, body) else { continue };
        let _ = (one::<WireCluster>(&answer), list::<WireCluster>(&answer), one::<WireClusterNodes>(&answer));
        let _ = (list::<WireGroup>(&answer), list::<WireKubeSize>(&answer), list::<WireServer>(&answer));
        let _ = (one::<WireSingle>(&answer), list::<WirePending>(&answer), list::<WireServerName>(&answer));
        let _ = (list::<WireBalancer>(&answer), one::<WireBalancerRules>(&answer), list::<WirePlan>(&answer));
        let _ = (list::<WireDatacenter>(&answer), list::<WireCategory>(&answer), one::<WireAccount>(&answer));
    }
}

proptest! {
    #[test]
    fn no_answer_is_too_odd(value in any_json(), bytes in prop::collection::vec(any::<u8>(), 0..64), text in any::<String>()) {
        read_as_everything(value.to_string().as_bytes());
        read_as_everything(json!({"error": false, "data": value}).to_string().as_bytes());
        read_as_everything(&bytes);
        let _ = crate::money::Money::parse(&text);
    }
}

#[test]
fn pages_that_do_not_fit_together_are_no_list() {
    let page = |rows: &[u64], total: u64| {
        let rows: Vec<Value> =
            rows.iter().map(|it| json!({"identifier": format!("c-{it}"), "cluster_name": "x"})).collect();
        let body = json!({"error": false, "data": rows, "total": total});
        judge(200, None, body.to_string().as_bytes()).expect("a yes")
    };
    let whole = |answers: &[Answer]| {
        let mut pages = Pages::default();
        for (at, answer) in answers.iter().enumerate() {
            let more = pages.add(answer).map_err(|it| it.said)?.is_some();
            assert_eq!(more, at + 1 < answers.len());
        }
        pages.read::<WireCluster>().map(|it| it.len()).map_err(|it| it.said)
    };
    assert_eq!(whole(&[page(&[1, 2], 5), page(&[3, 4], 5), page(&[5], 5)]), Ok(5));
    assert_eq!(whole(&[page(&[], 0)]), Ok(0));
    for (name, answers) in [
        ("the second page is empty", vec![page(&[1, 2], 5), page(&[], 5)]),
        ("the offset is passed over", vec![page(&[1, 2], 5), page(&[1, 2], 5)]),
        ("one went in between", vec![page(&[1, 2], 5), page(&[4, 5], 4)]),
        ("one came in between", vec![page(&[1, 2], 5), page(&[2, 3], 6)]),
        ("nothing, and there should be something", vec![page(&[], 3)]),
        ("endless", vec![page(&[1], 1_000_000)]),
    ] {
        let mut pages = Pages::default();
        let failed = answers.iter().find_map(|it| pages.add(it).err());
        assert_eq!(failed.map(|it| it.cause), Some(Cause::Partial), "{name}");
    }
}
