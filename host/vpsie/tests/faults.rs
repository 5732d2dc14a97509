//! Every fault that the fake knows, and how the client meets it.

mod common;

use common::{PASSWORD, Stage};
use std::time::Duration;
use vpsie::{
    BalancerId, Cause, DatacenterId, Deletion, Error, ImageId, Outcome, PlanId, ProjectId, Secret, ServerId,
    ServerOrder, SizeId,
};
use vpsie_fake::{Armed, Fault};

const ALL: &str = "GET /k8s/cluster/all";
const BY_ID: &str = "GET /k8s/cluster/byId";
const ADD: &str = "/add/slave";

/// One fault of any request: what a read makes of it when it stays, and a write when it comes once.
struct Case {
    fault: Fault,
    read: (&'static str, Outcome, Tries),
    write: (&'static str, Outcome, Effect),
}

#[derive(Debug, PartialEq)]
enum Tries {
    One,
    All,
}

#[derive(Debug, PartialEq)]
enum Effect {
    None,
    Done,
}

#[tokio::test]
async fn faults_of_any_request() {
    use Effect::{Done, None};
    use Outcome::{Terminal, Transient, Unknown};
    use Tries::{All, One};
    let case = |fault, read, write| Case { fault, read, write };
    let cases = [
        case(Fault::Unauthorized, ("Unauthorized", Terminal, One), ("Unauthorized", Terminal, None)),
        case(Fault::Forbidden, ("Forbidden", Terminal, One), ("Forbidden", Terminal, None)),
        case(Fault::RateLimited, ("Busy", Transient, All), ("Busy", Transient, None)),
        case(Fault::BadGateway, ("Server", Transient, All), ("Server", Unknown, None)),
        case(Fault::BadGatewayAfter, ("Server", Transient, All), ("Server", Unknown, Done)),
        case(Fault::ServerError, ("Server", Transient, All), ("Server", Unknown, None)),
        case(Fault::ServerErrorAfter, ("Server", Transient, All), ("Server", Unknown, Done)),
        case(Fault::ErrorOn200, ("Refused", Terminal, One), ("Refused", Terminal, None)),
        case(Fault::HtmlOn200, ("Unreadable", Transient, All), ("Unreadable", Unknown, None)),
        case(Fault::CutBefore, ("Cut", Transient, All), ("Cut", Unknown, None)),
        case(Fault::CutAfter, ("Cut", Transient, All), ("Cut", Unknown, Done)),
        case(Fault::HangBefore, ("TimedOut", Transient, All), ("TimedOut", Unknown, None)),
        case(Fault::HangAfter, ("TimedOut", Transient, All), ("TimedOut", Unknown, Done)),
    ];
    for case in cases {
        let hangs = [Fault::HangBefore, Fault::HangAfter].contains(&case.fault);
        let timeout = Duration::from_millis(if hangs { 40 } else { 10_000 });
        let stage = Stage::with(common::token(), |it| vpsie::Settings { timeout, ..it }).await;
        let name = case.fault.name();

        stage.arm(case.fault, ALL);
        let error = stage.client.clusters().await.expect_err(name);
        let (cause, outcome, tries) = case.read;
        assert_eq!((error.cause.name(), error.outcome), (cause, outcome), "{name}: {error}");
        assert_eq!(stage.heard("cluster/all"), if tries == All { 4 } else { 1 }, "{name}");
        tells(&stage, &error, "cannot list the clusters: ");

        stage.arm_once(case.fault, ADD);
        let error = stage.add().await.expect_err(name);
        let (cause, outcome, effect) = case.write;
        assert_eq!((error.cause.name(), error.outcome), (cause, outcome), "{name}: {error}");
        assert_eq!(stage.heard(ADD), 1, "{name}: a write is sent once");
        assert_eq!(stage.workers(), if effect == Done { 3 } else { 2 }, "{name}");
        assert_eq!(error.to_string().contains("may have been done"), outcome == Unknown, "{name}: {error}");
        tells(&stage, &error, "cannot add a worker to group ");
    }
}

/// What failed, where, and what to do; and nothing secret.
fn tells(stage: &Stage, error: &Error, what: &str) {
    let text = error.to_string();
    assert!(text.starts_with(what), "{text}");
    assert!(text.contains(stage.fake.url()), "{text}");
    assert!(text.contains("; "), "{text}");
    stage.assert_secret(&format!("{text} {error:?} {:?}", stage.client));
}

#[tokio::test]
async fn a_read_goes_on_where_a_fault_passes() {
    for fault in Fault::OF_ANY_REQUEST {
        let quick = |it| vpsie::Settings { timeout: Duration::from_millis(40), ..it };
        let stage = Stage::with(common::login(), quick).await;
        stage.client.clusters().await.expect("a first look");
        stage.fake.arm(Armed::once(fault).on(ALL));
        let got = stage.client.clusters().await;
        // What the API says no to in words stays a no.
        assert_eq!(got.is_ok(), fault != Fault::ErrorOn200, "{}: {got:?}", fault.name());
    }
}

#[tokio::test]
async fn retry_after_is_kept_to() {
    let stage = Stage::new().await;
    stage.fake.arm(Armed::once(Fault::RateLimited).on(ALL).amount(20_000));
    let error = stage.client.clusters().await.expect_err("nobody waits that long here");
    assert!(matches!(error.cause, Cause::Queue { wait } if wait > Duration::from_secs(19)), "{error}");
    assert_eq!(error.outcome, Outcome::Transient);
    let error = stage.add().await.expect_err("the others keep to it as well");
    assert_eq!(error.cause.name(), "Queue");
    assert_eq!(stage.heard(""), 1, "the server has its rest");
}

#[tokio::test]
async fn slow_and_huge_answers() {
    let small = |it| vpsie::Settings { body_bytes_max: 10_000, timeout: Duration::from_secs(5), ..it };
    let stage = Stage::with(common::token(), small).await;
    stage.fake.arm(Armed::once(Fault::Slow).on(ALL).amount(30));
    assert_eq!(stage.client.clusters().await.expect("it comes").len(), 1);
    stage.fake.arm(Armed::once(Fault::HugeAnswer).on(ALL).amount(20_000));
    let error = stage.client.clusters().await.expect_err("too much");
    assert_eq!((error.cause, error.outcome), (Cause::TooLarge, Outcome::Transient), "{error}");
}

#[tokio::test]
async fn logins_of_both_shapes() {
    for fault in [Fault::LoginNested, Fault::LoginFlat] {
        let stage = Stage::with(common::login(), |it| it).await;
        stage.arm(fault, "auth/from/api");
        assert_eq!(stage.client.clusters().await.expect("it is let in").len(), 1, "{}", fault.name());
    }
}

#[tokio::test]
async fn limits_are_terminal() {
    let stage = Stage::new().await;
    stage.fake.world(|it| it.workers_max = 2);
    let by_rule = stage.add().await.expect_err("the limit");
    assert_eq!(by_rule.said, "Worker nodes count exceeds the allowed limit 2");
    stage.fake.world(|it| it.workers_max = 100);
    stage.arm_once(Fault::NodeLimit, ADD);
    let by_fault = stage.add().await.expect_err("the limit");
    for error in [by_rule, by_fault] {
        assert_eq!((error.cause, error.outcome), (Cause::Limit, Outcome::Terminal), "{error}");
        tells(&stage, &error, "cannot add a worker");
    }
    assert_eq!(stage.workers(), 2);
}

#[tokio::test]
async fn one_group_of_each_size() {
    let stage = Stage::new().await;
    let add = |name, size| stage.client.add_group(&stage.cluster, name, SizeId(size));
    let by_rule = add("second", 55).await.expect_err("there is one");
    assert_eq!(by_rule.said, "Group GRP-Advanced-c745 has same selected Size, please select another size");
    stage.arm_once(Fault::SameSize, "add/group");
    let by_fault = add("third", 56).await.expect_err("so it says");
    for error in [by_rule, by_fault] {
        assert_eq!((error.cause, error.outcome), (Cause::SameSize, Outcome::Terminal), "{error}");
    }
    add("fourth", 56).await.expect("another size");
    let groups = stage.client.groups(&stage.cluster).await.expect("a list");
    let found = groups.iter().find(|it| it.name == "fourth").expect("it is found by its name");
    assert_eq!((found.size, found.nodes), (SizeId(56), 0));
    assert_eq!(stage.client.delete_group(&found.id, "test").await, Ok(Deletion::Accepted));
    assert_eq!(stage.client.groups(&stage.cluster).await.expect("a list").len(), 1);
}

#[tokio::test]
async fn workers_come_or_do_not() {
    for (fault, listed, joined) in [
        (None, 3, 3),
        (Some(Fault::NeverVisible), 2, 2),
        (Some(Fault::Stuck), 3, 2),
        (Some(Fault::NeverJoins), 3, 2),
    ] {
        let stage = Stage::new().await;
        if let Some(fault) = fault {
            stage.arm_once(fault, ADD);
        }
        stage.add().await.expect("it is accepted");
        assert_eq!(stage.seen().await.expect("a list").len(), 2, "{fault:?}: nothing shows at once");
        stage.fake.pass(Duration::from_secs(15));
        assert_eq!(stage.seen().await.expect("a list").len(), listed, "{fault:?}");
        stage.fake.pass(Duration::from_secs(3600));
        // The control plane has joined too.
        assert_eq!(stage.fake.world(|it| it.joined().len()), joined + 1, "{fault:?}");
        assert_eq!(stage.workers(), 3, "{fault:?}: it is there and billed");
    }
}

#[tokio::test]
async fn an_accepted_worker_may_be_told_as_an_object() {
    let stage = Stage::new().await;
    stage.arm_once(Fault::AddSaysObject, ADD);
    stage.add().await.expect("it is accepted");
    assert_eq!(stage.workers(), 3);
}

#[tokio::test]
async fn an_unknown_group_takes_no_workers() {
    let stage = Stage::new().await;
    let add =
        async || stage.client.add_worker(&stage.cluster, vpsie::GroupNumber(1)).await.expect_err("none");
    let error = add().await;
    assert_eq!((error.cause, error.outcome), (Cause::NotFound, Outcome::Terminal), "{error}");
    stage.arm_once(Fault::UnknownSaysFalse, ADD);
    let error = add().await;
    assert_eq!((error.cause, error.outcome), (Cause::Unreadable, Outcome::Unknown), "{error}");
}

#[tokio::test]
async fn deletions() {
    let stage = Stage::new().await;
    let cluster = stage.client.cluster(&stage.cluster).await.expect("an answer").expect("a cluster");
    let worker = cluster.nodes.iter().find(|it| it.role == vpsie::Role::Worker).expect("a worker");
    let id = worker.id.clone().expect("it is told");

    stage.arm_once(Fault::DeleteIgnored, "delete/slave");
    assert_eq!(stage.client.delete_worker(&stage.cluster, &id).await, Ok(Deletion::Accepted));
    stage.fake.pass(Duration::from_secs(600));
    assert_eq!(stage.seen().await.expect("a list").len(), 2, "only lists tell the truth");

    assert_eq!(stage.client.delete_worker(&stage.cluster, &id).await, Ok(Deletion::Accepted));
    stage.fake.pass(Duration::from_secs(20));
    assert_eq!(stage.seen().await.expect("a list").len(), 1);

    assert_eq!(stage.client.delete_worker(&stage.cluster, &id).await, Ok(Deletion::Unknown), "404");
    stage.arm_once(Fault::UnknownSaysFalse, "delete/slave");
    assert_eq!(stage.client.delete_worker(&stage.cluster, &id).await, Ok(Deletion::Unknown), "200, false");
    let nobody = ServerId::parse("nobody").expect("an id");
    assert_eq!(stage.client.server(&nobody).await, Ok(None), "404");
    stage.arm_once(Fault::UnknownSaysFalse, "GET /vm");
    assert_eq!(stage.client.server(&nobody).await, Ok(None), "200, false");
}

/// The client has no way to call it; what the fake does with it is for others.
#[tokio::test]
async fn reduce_lets_the_server_choose() {
    let stage = Stage::new().await;
    let url = format!("{}/apps/v2/k8s/cluster/byId/{}/reduce", stage.fake.url(), stage.cluster);
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let reduce = async || {
        let answer = http.delete(&url).header("vpsie-auth", common::TOKEN).send().await.expect("an answer");
        assert!(answer.status().is_success());
        stage.fake.pass(Duration::from_secs(20));
    };
    stage.add().await.expect("accepted");
    stage.fake.pass(Duration::from_secs(3600));
    let newest = stage.seen().await.expect("a list").pop().expect("a worker");
    stage.arm_once(Fault::ReduceTakesNewest, "reduce");
    reduce().await;
    assert!(!stage.seen().await.expect("a list").contains(&newest));

    let (busy, _) = stage.seen().await.expect("a list").remove(0);
    stage.fake.world(|it| it.watch.holding_pods.insert(busy.clone()));
    stage.arm_once(Fault::ReduceTakesBusy, "reduce");
    reduce().await;
    let breaches = stage.fake.world(|it| it.watch.take());
    assert_eq!(breaches.len(), 1, "{breaches:?}");
    assert!(breaches[0].to_lowercase().contains(&busy), "{breaches:?}");
}

#[tokio::test]
async fn workers_without_a_name_or_in_other_letters() {
    for (fault, known) in
        [(Fault::NodeIdMissing, false), (Fault::NodeIdEmpty, false), (Fault::HostnameUpper, true)]
    {
        let stage = Stage::new().await;
        let before = stage.seen().await.expect("a list");
        stage.arm(fault, BY_ID);
        let after = stage.seen().await.expect("a list");
        let names = |it: &[(String, bool)]| it.iter().map(|it| it.0.clone()).collect::<Vec<_>>();
        assert_eq!(names(&after), names(&before), "{}", fault.name());
        assert!(after.iter().all(|it| it.1 == known), "{}", fault.name());
    }
}

#[tokio::test]
async fn values_of_other_types() {
    let stage = Stage::new().await;
    let plain = stage.client.groups(&stage.cluster).await.expect("a list");
    stage.arm(Fault::ProjectIdText, "");
    assert_eq!(stage.client.groups(&stage.cluster).await.expect("a list"), plain);

    let datacenter = plain[0].datacenter.clone().expect("it is told");
    let plain = stage.client.kube_sizes(&datacenter).await.expect("a list");
    assert_eq!(
        plain.iter().map(|it| it.price_per_month.to_string()).collect::<Vec<_>>(),
        ["16.00", "32.00", "64.50"]
    );
    stage.arm(Fault::PriceText, "");
    assert_eq!(stage.client.kube_sizes(&datacenter).await.expect("a list"), plain);
    stage.fake.arm(Armed::always(Fault::OfferMissing).amount(55));
    let fewer = stage.client.kube_sizes(&datacenter).await.expect("a list");
    assert_eq!(fewer.iter().map(|it| it.id.0).collect::<Vec<_>>(), [54, 56]);
}

#[tokio::test]
async fn lists_that_are_not_what_they_seem() {
    let stage = Stage::new().await;
    stage.arm_once(Fault::NodesNull, BY_ID);
    let error = stage.seen().await.expect_err("two workers cannot be none");
    assert_eq!((error.cause, error.outcome), (Cause::Unreadable, Outcome::Transient), "{error}");

    stage.fake.arm(Armed::once(Fault::ListCutShort).on(ALL).amount(3));
    let error = stage.client.clusters().await.expect_err("half a list");
    assert_eq!((error.cause, &*error.said), (Cause::Partial, "1 of 4"), "{error}");

    stage.fake.pass(Duration::from_secs(60));
    stage.add().await.expect("accepted");
    stage.fake.pass(Duration::from_secs(20));
    stage.fake.arm(Armed::once(Fault::StaleLists).on(BY_ID).amount(30_000));
    assert_eq!(stage.seen().await.expect("a list").len(), 2, "as it was");
    assert_eq!(stage.seen().await.expect("a list").len(), 3, "as it is");
}

#[tokio::test]
async fn counters_may_run_ahead() {
    let stage = Stage::new().await;
    stage.add().await.expect("accepted");
    let count = async || stage.client.groups(&stage.cluster).await.expect("a list")[0].nodes;
    assert_eq!(count().await, 2);
    stage.arm(Fault::CountedAtAccept, "");
    assert_eq!(count().await, 3);
    let cluster = stage.client.cluster(&stage.cluster).await.expect("an answer").expect("a cluster");
    assert_eq!((cluster.cluster.workers, cluster.nodes.len()), (Some(3), 3), "with the control plane");
}

fn order(hostname: &str, datacenter: &DatacenterId) -> ServerOrder {
    ServerOrder {
        hostname: hostname.into(),
        plan: PlanId::parse("plan-55").expect("an id"),
        image: ImageId::parse("image").expect("an id"),
        datacenter: datacenter.clone(),
        project: ProjectId::parse("project").expect("an id"),
        public_ipv4: true,
        public_ipv6: false,
        private_ip: true,
        ssh_key: None,
        script: None,
        user_data: Some(Secret::new(PASSWORD)),
        tags: vec!["autoscaler".into()],
        notes: String::new(),
    }
}

#[tokio::test]
async fn plain_servers_and_the_account_password() {
    let stage = Stage::new().await;
    let datacenter = stage.client.datacenters().await.expect("a list").remove(0).id;
    stage.client.order_server(&order("web-1", &datacenter)).await.expect("accepted");
    assert_eq!(stage.client.pending_servers().await.expect("a list")[0].hostname, "web-1");
    assert_eq!(stage.client.servers().await.expect("a list"), []);
    stage.fake.pass(Duration::from_secs(20));
    assert_eq!(stage.client.pending_servers().await.expect("a list"), []);
    let server = stage.client.servers().await.expect("a list").remove(0);
    assert_eq!((server.active, server.powered, server.addresses.len()), (false, false, 2));
    stage.fake.pass(Duration::from_secs(60));
    let server = stage.client.server(&server.id).await.expect("an answer").expect("it is there");
    assert_eq!((server.active, server.powered), (true, true));

    let [wrong, right] = ["wrong", PASSWORD].map(Secret::new);
    let by_rule = stage.client.delete_server(&server.id, &wrong, "test").await.expect_err("wrong");
    stage.arm_once(Fault::WrongPassword, "DELETE /vm");
    let by_fault = stage.client.delete_server(&server.id, &right, "test").await.expect_err("so it says");
    for error in [by_rule, by_fault] {
        assert_eq!((error.cause, error.outcome), (Cause::WrongPassword, Outcome::Terminal), "{error}");
        tells(&stage, &error, "cannot delete server ");
    }
    assert_eq!(stage.client.delete_server(&server.id, &right, "test").await, Ok(Deletion::Accepted));
    stage.fake.pass(Duration::from_secs(20));
    assert_eq!(stage.client.servers().await.expect("a list"), []);
    assert_eq!(stage.client.delete_server(&server.id, &right, "test").await, Ok(Deletion::Unknown));
}

#[tokio::test]
async fn rules_of_load_balancers() {
    let stage = Stage::new().await;
    let id = stage.fake.world(|it| it.add_balancer("web", &[("198.18.0.1", ""), ("198.18.0.2", "s-2")]));
    let id = BalancerId::parse(&id).expect("an id");
    assert_eq!(stage.client.balancers().await.expect("a list")[0].id, id);
    let read =
        async || stage.client.balancer(&id).await.expect("an answer").expect("it is there").rules.remove(0);
    let rule = read().await;
    assert_eq!((rule.front_port, rule.back_port, rule.backends.len()), (443, 30443, 2));

    let first = rule.backends[0].id.clone().expect("it is told");
    assert_eq!(stage.client.delete_backend(&first).await, Ok(Deletion::Accepted));
    assert_eq!(stage.client.delete_backend(&first).await, Ok(Deletion::Unknown));
    let mut left = read().await;
    assert_eq!(left.backends.iter().map(|it| &*it.server).collect::<Vec<_>>(), ["s-2"]);

    left.backends.push(rule.backends[0].clone());
    stage.client.set_rule(&left).await.expect("with proxy_mode it is taken");
    assert_eq!(read().await.backends.len(), 2);

    let nobody = BalancerId::parse("nobody").expect("an id");
    assert_eq!(stage.client.balancer(&nobody).await, Ok(None), "an empty answer");

    // Only a plain request can create one; its rules may be dropped.
    stage.arm_once(Fault::RulesDropped, "lb/create");
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let create =
        http.post(format!("{}/api/v1/lb/create", stage.fake.url())).header("vpsie-auth", common::TOKEN);
    let body = r#"{"lbName":"bare","rules":[{"scheme":"tcp","frontPort":80,"backPort":"30080"}]}"#;
    assert!(create.body(body).send().await.expect("an answer").status().is_success());
    stage.fake.pass(Duration::from_secs(60));
    let all = stage.client.balancers().await.expect("a list");
    let bare = all.iter().find(|it| it.name == "bare").expect("it is there");
    assert_eq!(stage.client.balancer(&bare.id).await.expect("an answer").expect("it is there").rules, []);
}

/// Whatever comes together: what an answer says of its outcome is true.
#[tokio::test]
async fn outcomes_are_true_in_any_weather() {
    let mut seen = [0; 4];
    for seed in 0..12 {
        let quick = |it| vpsie::Settings { timeout: Duration::from_millis(30), seed, ..it };
        let stage = Stage::with(common::login(), quick).await;
        stage.fake.world(|it| {
            it.random = vpsie_fake::Random::new(seed);
            let some = Fault::OF_ANY_REQUEST.iter().map(|it| Armed::always(*it).per_mille(40));
            it.faults.armed.extend(some);
        });
        for step in 0..12 {
            let before = stage.workers();
            let added = stage.add().await;
            let more = stage.workers() - before;
            let (kind, may): (usize, &[usize]) = match added.as_ref().map_err(|it| it.outcome) {
                Ok(()) => (0, &[1]),
                Err(Outcome::Unknown) => (1, &[0, 1]),
                Err(Outcome::Transient) => (2, &[0]),
                Err(Outcome::Terminal) => (3, &[0]),
            };
            assert!(may.contains(&more), "seed {seed}, step {step}: {more} more after {added:?}");
            seen[kind] += 1;
            stage.fake.pass(Duration::from_secs(60));
            // Those that are on their way do not show yet.
            if let Ok(workers) = stage.seen().await {
                assert!(
                    (2..=stage.workers()).contains(&workers.len()),
                    "seed {seed}, step {step}: {workers:?}"
                );
            }
        }
        stage.assert_secret("");
    }
    assert!(seen.iter().all(|it| *it > 0), "each was seen: {seen:?}");
}

#[test]
fn no_fault_is_left_out() {
    let text = include_str!("faults.rs");
    let met = |it: &&Fault| text.contains(&format!("Fault::{it:?}"));
    let left: Vec<_> = Fault::ALL.iter().filter(|it| !met(it)).collect();
    assert!(left.is_empty(), "no test meets {left:?}");
}
