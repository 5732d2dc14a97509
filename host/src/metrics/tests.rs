//! Every family is written by something, and says what it should.

use super::*;
use crate::looked::example;
use crate::news::{About as Of, Kind};
use decide::plan::Plan;
use decide::provision::{Settings, State};
use decide::time::Time;
use decide::world::{Machine, World};
use std::path::Path;
use std::sync::Arc;

const SIXTEEN: usize = 16;

/// Series and their values, histograms by bucket.
fn samples(metrics: &Metrics) -> BTreeMap<String, String> {
    let text = metrics.text();
    let lines = text.lines().filter(|it| !it.starts_with('#'));
    lines
        .map(|it| it.rsplit_once(' ').expect("a value"))
        .map(|it| (it.0.to_string(), it.1.to_string()))
        .collect()
}

fn value(metrics: &Metrics, series: &str) -> Option<String> {
    samples(metrics).remove(&format!("{PREFIX}{series}"))
}

fn edited(looked: &Looked, edit: impl FnOnce(&mut World, &mut Plan)) -> Looked {
    let (mut world, mut plan) = ((*looked.world).clone(), (*looked.plan).clone());
    edit(&mut world, &mut plan);
    Looked { world: Arc::new(world), plan: Arc::new(plan), ..looked.clone() }
}

fn machine(name: &str) -> Machine {
    let name: Name = name.into();
    Machine {
        namespace: "kube-system".into(),
        group: "web".into(),
        phase: "Ready".into(),
        node: name.clone(),
        name,
        condemned: false,
        deleted: false,
    }
}

fn priced(looked: &Looked) -> Looked {
    edited(looked, |world, _| {
        world.groups.iter_mut().for_each(|it| it.price_per_hour = Some(35_000_000));
        world.machines.push(machine("web-1"));
    })
}

/// Three ticks: something leaves; it is taken back while much is wrong and something comes; it is gone.
fn ticks() -> [Looked; 3] {
    let first = priced(&example("2026-11-20T10:00:00Z"));
    let second = edited(&priced(&example("2026-11-20T10:10:00Z")), |world, plan| {
        world.machines.extend(["web-10", "web-11"].map(machine));
        world.gaps.push("metrics cannot be read".into());
        world.inventory_frozen = Some("a list was partial".into());
        world.groups[2].back_off_until = Some(plan.now.plus(60));
        let fault = Reason::PolicyFault { policy: "night-shift".into(), text: "it trapped".into() };
        plan.nodes[0].verdict = Verdict::Keep(fault);
    });
    let third = edited(&second, |world, plan| {
        world.nodes.retain(|it| &*it.name != "web-9");
        plan.nodes.retain(|it| &*it.name != "web-9");
    });
    [first, second, Looked { dry: true, ..third }]
}

/// Calls everything that there is to call.
fn drive(metrics: &Metrics) {
    ticks().iter().for_each(|it| metrics.looked(it));
    metrics.undecided();
    let some = Some(Duration::from_millis(3));
    metrics.took(&Took { observe: some, decide: some, policies: some, journal: some, act: some });
    metrics.provider(&Seen {
        what: "list the servers",
        method: "GET",
        path: "/vms",
        tried: 1,
        took: Duration::from_millis(80),
        status: Some(429),
        cause: Some(vpsie::Cause::Busy { retry_after: None }),
        request_id: "1",
    });
    metrics.kubernetes(
        "POST",
        "/api/v1/namespaces/shop/pods/cart-1/eviction",
        Some(201),
        Duration::from_millis(4),
    );
    let text = String::new();
    metrics.remark(&Remark { policy: "night-shift".into(), kind: policy::Kind::Shadow, text });
    let took = Duration::from_micros(150);
    metrics.policy(&Used { policy: "safety".into(), hook: "vetoer", fuel: 20_000, took });
    metrics.generation(Generation::Activated);
    metrics.made("kube-system", true);
    let news =
        News { about: Of::Config, kind: Kind::Warning, reason: "InventoryFrozen", text: String::new() };
    metrics.news(&news, true);
    metrics.news(&news, false);
    metrics.news_dropped("TooMany", 2);
    metrics.news_waiting(3);
    metrics.exported(Export::Sent);
    metrics.journal_bytes(4096);
    metrics.engine(|| decide::provision::metrics::metrics(&State::new(Settings::default(), 0, Time(0))));
}

#[test]
fn every_family_is_written_by_something() {
    let metrics = Metrics::new();
    let fresh = samples(&metrics);
    drive(&metrics);
    let driven = samples(&metrics);
    let changed: Vec<&String> =
        driven.iter().filter(|it| it.1 != "0" && fresh.get(it.0) != Some(it.1)).map(|it| it.0).collect();
    let all = metrics.about();
    for About { name, .. } in &all {
        let is_of = |series: &str| {
            let rest = series.strip_prefix(name.as_str());
            rest.is_some_and(|it| it.is_empty() || it.starts_with('{') || it.starts_with("_count"))
        };
        // The engine's figures are derived, and the version is a constant.
        let derived = name.starts_with(decide::provision::metrics::PREFIX);
        let constant = *name == format!("{PREFIX}build_info");
        if derived || constant {
            assert!(driven.keys().any(|it| is_of(it)), "{name} is not told");
        } else {
            assert!(changed.iter().any(|it| is_of(it)), "nothing writes {name}");
        }
    }
    let families: BTreeSet<&str> = all.iter().map(|it| &*it.name).collect();
    assert_eq!(families.len(), all.len(), "two families of one name");
    assert_eq!(
        all.iter().filter(|it| it.name.starts_with(decide::provision::metrics::PREFIX)).count(),
        SIXTEEN
    );
    // And nothing is told that is not in the list.
    let text = metrics.text();
    for line in text.lines().filter_map(|it| it.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').expect("a type");
        let about =
            all.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("{name} is not in the list"));
        assert_eq!(about.kind, kind, "{name}");
    }
}

#[test]
fn they_say_what_the_ticks_showed() {
    let metrics = Metrics::new();
    let [first, second, third] = ticks();
    metrics.looked(&first);
    for (series, expect) in [
        ("ticks_total", "1"),
        ("leader", "1"),
        ("dry_run", "0"),
        ("nodes{reason=\"Empty\",verdict=\"Remove\"}", "1"),
        ("nodes{reason=\"Evicting\",verdict=\"Leaving\"}", "1"),
        ("nodes{reason=\"Busy\",verdict=\"Keep\"}", "3"),
        ("nodes{reason=\"PolicyFault\",verdict=\"Keep\"}", "0"),
        ("nodes_kept_by_pods{code=\"pdb-exhausted\"}", "1"),
        ("nodes_kept_by_policy{policy=\"safety\",reason=\"Vetoed\"}", "1"),
        ("kept_by_policy_cost_hourly{policy=\"safety\"}", "0.035"),
        // web-3, web-4 and web-9.
        ("savings_hourly{namespace=\"kube-system\",nodegroup=\"web\"}", "0.105"),
        ("nodegroup_cost_hourly{namespace=\"kube-system\",nodegroup=\"web\"}", "0.315"),
        ("nodegroup_current_nodes{namespace=\"kube-system\",nodegroup=\"web\"}", "9"),
        ("nodegroup_ready_nodes{namespace=\"kube-system\",nodegroup=\"web\"}", "8"),
        ("nodegroup_max_nodes{namespace=\"kube-system\",nodegroup=\"db\"}", "3"),
        ("node_utilization_cpu_percent{node=\"web-1\",nodegroup=\"web\"}", "80"),
        ("pending_pods{reason=\"Placed\"}", "1"),
        ("pending_pods_current{namespace=\"jobs\"}", "2"),
        ("policy_info{policy=\"safety\",source=\"built-in\",version=\"0.1.0\"}", "1"),
        ("last_decision_timestamp_seconds", "1795168800"),
    ] {
        assert_eq!(value(&metrics, series).as_deref(), Some(expect), "{series}");
    }
    assert_eq!(value(&metrics, "scale_up_total{namespace=\"kube-system\",nodegroup=\"web\"}"), None);

    metrics.looked(&second);
    metrics.looked(&third);
    for (series, expect) in [
        ("scale_up_total{namespace=\"kube-system\",nodegroup=\"web\"}", "1"),
        ("scale_up_nodes_added_sum{namespace=\"kube-system\",nodegroup=\"web\"}", "2"),
        ("scale_down_taken_back_total{nodegroup=\"web\",reason=\"Cooldown\"}", "1"),
        ("scale_down_total{namespace=\"kube-system\",nodegroup=\"web\"}", "1"),
        ("savings_hourly_total{namespace=\"kube-system\",nodegroup=\"web\"}", "0.035"),
        ("policy_faults_total{policy=\"night-shift\"}", "2"),
        ("gaps", "1"),
        ("inventory_frozen", "1"),
        ("dry_run", "1"),
    ] {
        assert_eq!(value(&metrics, series).as_deref(), Some(expect), "{series}");
    }
}

#[test]
fn what_policies_use_is_told_by_hook() {
    let metrics = Metrics::new();
    for (hook, fuel) in [("vetoer", 20_000), ("windows", 700), ("vetoer", 1)] {
        let took = Duration::from_micros(150);
        metrics.policy(&Used { policy: "schedule".into(), hook, fuel, took });
    }
    for (series, expect) in [
        ("policy_fuel_total{hook=\"vetoer\",policy=\"schedule\"}", "20001"),
        ("policy_fuel_total{hook=\"windows\",policy=\"schedule\"}", "700"),
        ("policy_seconds_bucket{hook=\"vetoer\",policy=\"schedule\",le=\"0.0001\"}", "0"),
        ("policy_seconds_bucket{hook=\"vetoer\",policy=\"schedule\",le=\"0.0002\"}", "2"),
        ("policy_seconds_count{hook=\"windows\",policy=\"schedule\"}", "1"),
    ] {
        assert_eq!(value(&metrics, series).as_deref(), Some(expect), "{series}");
    }
}

/// What is gone is not told any more, and what a follower sees is not counted as done by it.
#[test]
fn what_is_gone_is_gone() {
    let metrics = Metrics::new();
    let [first, second, third] = ticks().map(|it| Looked { leads: false, ..it });
    [first, second].iter().for_each(|it| metrics.looked(it));
    let bare = edited(&third, |world, plan| {
        world.groups.clear();
        world.machines.clear();
        plan.groups.clear();
        plan.nodes.clear();
        plan.pending.clear();
    });
    metrics.looked(&bare);
    for (series, value) in samples(&metrics) {
        let about_group =
            series.contains("nodegroup=") || series.contains("node=") || series.contains("namespace=");
        assert!(!about_group, "{series} {value}");
    }
}

#[test]
fn requests_are_told_by_resource_and_without_names() {
    for (path, expect) in [
        ("/api/v1/nodes", "nodes"),
        ("/api/v1/nodes/web-1", "nodes"),
        ("/api/v1/namespaces/shop", "namespaces"),
        ("/api/v1/namespaces/shop/pods/cart-1", "pods"),
        ("/api/v1/namespaces/shop/pods/cart-1/eviction", "pods/eviction"),
        ("/apis/apps/v1/replicasets", "replicasets"),
        (
            "/apis/autoscaler.vpsie.com/v1alpha1/namespaces/kube-system/nodegroups/web/status",
            "nodegroups/status",
        ),
        ("/apis/autoscaler.vpsie.com/v1alpha1/autoscalerconfigs/default/status", "autoscalerconfigs/status"),
        ("/apis/metrics.k8s.io/v1beta1/nodes", "nodes"),
        ("/version", "other"),
        ("/api", "other"),
    ] {
        assert_eq!(resource(path), expect, "{path}");
    }
    let metrics = Metrics::new();
    metrics.kubernetes("GET", "/api/v1/pods?watch=true&resourceVersion=7", None, Duration::ZERO);
    let series = "kubernetes_api_requests_total{method=\"WATCH\",resource=\"pods\",status=\"error\"}";
    assert_eq!(value(&metrics, series).as_deref(), Some("1"));
}

/// `docs/metrics.md` is this list.
#[test]
fn the_documentation_is_the_list() {
    let metrics = Metrics::new();
    drive(&metrics);
    let mut text = "# Metrics\n\nMade from the program itself: `UPDATE_EXPECT=1 cargo test --release -p vpsie-autoscaler --lib metrics`.\n\n\
        Prices are in the currency of the provider's prices.\n\n\
        | name | type | labels | what it tells |\n|---|---|---|---|\n"
        .to_string();
    for About { name, kind, labels, help } in metrics.about() {
        text += &format!("| `{name}` | {kind} | {} | {help} |\n", labels.join(", "));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &text).expect("it can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "docs/metrics.md is stale: run with UPDATE_EXPECT=1");
}
