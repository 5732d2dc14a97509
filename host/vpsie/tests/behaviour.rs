//! What the client does of its own: logins, rotation, turns, rests, and what it tells.

mod common;

use common::{SECRET, Stage, TOKEN};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use vpsie::{Base, Cause, Client, Credentials, Outcome, Settings};
use vpsie_fake::{Armed, Fault};

const LOGIN: &str = "auth/from/api";

/// Lets the client's time pass at once.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn one_login_for_all() {
    let stage = Arc::new(Stage::with(common::login(), |it| it).await);
    let ask = || {
        let stage = stage.clone();
        tokio::spawn(async move { stage.client.clusters().await.map(|it| it.len()) })
    };
    let asked: Vec<_> = (0..8).map(|_| ask()).collect();
    for answer in asked {
        assert_eq!(answer.await.expect("it ends"), Ok(1));
    }
    assert_eq!(stage.heard(LOGIN), 1);
    stage.assert_secret("");
}

#[tokio::test]
async fn a_login_is_renewed_when_its_token_is_void() {
    let stage = Stage::with(common::login(), |it| it).await;
    stage.client.clusters().await.expect("a list");
    stage.fake.pass(Duration::from_secs(2 * 3600));
    stage.client.clusters().await.expect("a list");
    assert_eq!(stage.heard(LOGIN), 2, "once on a 401");

    stage.fake.world(|it| it.access.given.clear());
    stage.add().await.expect("a 401 was not carried out, so a write may follow it");
    assert_eq!((stage.heard(LOGIN), stage.workers()), (3, 3));

    stage.arm(Fault::Unauthorized, "GET");
    let error = stage.client.clusters().await.expect_err("it stays a 401");
    assert_eq!((error.cause, stage.heard(LOGIN)), (Cause::Unauthorized, 4), "{error}");
}

#[tokio::test]
async fn a_login_is_renewed_before_its_end() {
    let stage = Stage::with(common::login(), |it| it).await;
    stage.client.clusters().await.expect("a list");
    // The fake's own time stands, so to it the token lives on: only the client can know better.
    pass(Duration::from_secs(55 * 60 + 1)).await;
    stage.client.clusters().await.expect("a list");
    let refused = stage.fake.world(|it| it.log.iter().filter(|it| it.status == 401).count());
    assert_eq!((stage.heard(LOGIN), refused), (2, 0));
}

#[tokio::test]
async fn tokens_that_live_for_no_time_end_in_an_error() {
    let stage = Stage::with(common::login(), |it| it).await;
    stage.fake.world(|it| it.timing.access_ms = 0);
    let error = stage.client.clusters().await.expect_err("the fake takes none of them");
    assert_eq!((error.cause, stage.heard(LOGIN)), (Cause::Unauthorized, 2), "{error}");
}

/// TLS is spoken and verified, on this machine too.
#[tokio::test]
async fn https_is_https() {
    let stage = Stage::new().await;
    let url = stage.fake.url().replace("http:", "https:");
    let settings = Settings { tries: NonZeroU32::MIN, ..Settings::new(Base::parse(&url).expect("a URL")) };
    let client = Client::new(settings, common::token()).expect("a client");
    let error = client.clusters().await.expect_err("the fake speaks no TLS");
    assert_eq!((error.cause, stage.heard("")), (Cause::Unreachable, 0), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn bad_credentials_say_what_to_do() {
    for credentials in [Credentials::token("nonsense"), Credentials::login("me", "nonsense")] {
        let stage = Stage::with(credentials.expect("they could be some"), |it| it).await;
        let error = stage.client.clusters().await.expect_err("nobody knows them");
        assert_eq!((error.cause, error.outcome), (Cause::Unauthorized, Outcome::Terminal));
        let text = error.to_string();
        assert!(text.contains("check that the token") && !text.contains("nonsense"), "{text}");
    }
}

#[tokio::test]
async fn credentials_rotate_and_a_bad_pair_keeps_the_old() {
    let stage = Stage::new().await;
    stage.client.rotate(common::login()).await.expect("they are good");
    stage.client.clusters().await.expect("a list");
    assert_eq!(stage.heard(LOGIN), 1);

    for bad in [Credentials::login("fake-client", "hunter2"), Credentials::token("hunter2")] {
        let refused = stage.client.rotate(bad.expect("they could be some")).await.expect_err("they are bad");
        assert_eq!(refused.0.cause, Cause::Unauthorized);
        let text = refused.to_string();
        assert!(text.starts_with("the new credentials are not used, the old ones stay: "), "{text}");
        assert!(!format!("{text} {refused:?}").contains("hunter2"), "{text}");
        stage.client.clusters().await.expect("the old ones are in use");
    }

    stage.arm(Fault::BadGateway, "cluster/all");
    let refused = stage.client.rotate(common::token()).await.expect_err("nobody can tell now");
    assert_eq!(refused.0.outcome, Outcome::Transient);
    stage.fake.world(|it| it.faults.armed.clear());

    stage.client.rotate(common::token()).await.expect("they are good");
    stage.fake.world(|it| it.access.given.clear());
    let logins = stage.heard(LOGIN);
    stage.client.clusters().await.expect("the token is in use");
    assert_eq!(stage.heard(LOGIN), logins);
    stage.assert_secret(&format!("{refused} {refused:?}"));
}

#[tokio::test]
async fn the_rate_limit_is_kept_and_met() {
    let two = |it| Settings { requests_per_minute: NonZeroU32::new(2).expect("not 0"), ..it };
    let stage = Stage::with(common::token(), two).await;
    stage.client.clusters().await.expect("the first");
    stage.add().await.expect("the second");
    let error = stage.add().await.expect_err("the third would wait a minute");
    assert_eq!((error.cause.name(), error.outcome), ("Queue", Outcome::Transient), "{error}");
    assert_eq!(stage.workers(), 3, "nothing was sent");

    let stage = Stage::new().await;
    stage.fake.world(|it| it.requests_per_minute = Some(1));
    stage.client.clusters().await.expect("the first");
    let error = stage.add().await.expect_err("the server's own limit");
    let wait = Duration::from_secs(60);
    assert_eq!((error.cause, error.outcome), (Cause::Busy { retry_after: Some(wait) }, Outcome::Transient));
}

#[tokio::test]
async fn a_server_that_only_fails_is_left_alone() {
    let quick = |it| Settings { breaker_failures: 3, breaker_pause: Duration::from_secs(60), ..it };
    let stage = Stage::with(common::token(), quick).await;
    stage.fake.arm(Armed::always(Fault::BadGateway).times(3));
    let error = stage.client.clusters().await.expect_err("it fails");
    assert_eq!((error.cause.name(), stage.heard("")), ("LeftAlone", 3), "{error}");
    let error = stage.add().await.expect_err("it is left alone");
    assert_eq!((error.outcome, stage.heard("")), (Outcome::Transient, 3), "{error}");
    pass(Duration::from_secs(60)).await;
    stage.client.clusters().await.expect("one tried, and it is back");
    stage.add().await.expect("for all");
}

#[tokio::test]
async fn a_no_does_not_count_as_a_failure() {
    let quick = |it| Settings { breaker_failures: 1, ..it };
    let stage = Stage::with(common::token(), quick).await;
    stage.fake.world(|it| it.workers_max = 2);
    for _ in 0..3 {
        assert_eq!(stage.add().await.expect_err("the limit, as a 500").cause, Cause::Limit);
    }
}

#[tokio::test]
async fn what_the_api_says_is_cleaned_of_secrets() {
    // A cluster's name stands in what the API says of a group, and this one is a secret.
    let stage = Stage::new().await;
    stage.fake.world(|it| it.groups[0].name = format!("{TOKEN}\r\nx"));
    let size = vpsie::SizeId(55);
    let error = stage.client.add_group(&stage.cluster, "second", size).await.expect_err("the same size");
    assert_eq!(error.said, "Group ***  x has same selected Size, please select another size");
    stage.assert_secret(&format!("{error} {error:?}"));
}

#[tokio::test]
async fn nobody_there() {
    // A port that was free a moment ago may be somebody's by now; nobody is on this one.
    let url = "http://127.0.0.1:1";
    let quick =
        Settings { delay: Duration::from_millis(1), ..Settings::new(Base::parse(url).expect("a URL")) };
    let client = Client::new(quick, Credentials::login("me", SECRET).expect("a pair")).expect("a client");
    let error = client.clusters().await.expect_err("nobody is there");
    assert_eq!((error.cause, error.outcome), (Cause::Unreachable, Outcome::Transient), "{error}");
    client.clusters().await.expect_err("nobody is there");
    let error = client.balancers().await.expect_err("and is left alone");
    assert_eq!(error.cause.name(), "LeftAlone");
    assert!(error.to_string().contains("refused") && !error.to_string().contains(SECRET), "{error}");
}

#[tokio::test]
async fn every_prefix_is_the_same_api() {
    for prefix in ["", "/apps/v2/", "/api/v2", "/v2"] {
        let stage = Stage::new().await;
        let base = Base::parse(&format!("{}{prefix}", stage.fake.url())).expect("a URL");
        let client = Client::new(Settings::new(base), common::token()).expect("a client");
        assert_eq!(client.clusters().await.expect(prefix).len(), 1);
        assert_eq!(client.plan_categories().await.expect(prefix).len(), 1);
        let account = client.account().await.expect(prefix).expect("it is told");
        assert_eq!(account.charge_per_month.map(|it| it.to_string()), Some("64.00".into()));
    }
    let stage = Stage::new().await;
    let base = Base::parse(&format!("{}/nowhere", stage.fake.url())).expect("a URL");
    let client = Client::new(Settings::new(base), common::token()).expect("a client");
    let error = client.clusters().await.expect_err("there is no such route");
    assert!(error.to_string().contains("the prefix of the URL"), "{error}");
}

#[tokio::test]
async fn plans_and_names() {
    let stage = Stage::new().await;
    let datacenter = stage.client.datacenters().await.expect("a list").remove(0).id;
    let category = stage.client.plan_categories().await.expect("a list").remove(0).id;
    let image = vpsie::ImageId::parse("image").expect("an id");
    let plans = stage.client.plans(&datacenter, &image, &category).await.expect("a list");
    assert_eq!(plans.iter().map(|it| it.ram_mb).collect::<Vec<_>>(), [4096, 8192, 16384]);
    let names = stage.client.server_names().await.expect("a list");
    assert_eq!(names.iter().filter(|it| it.kind == "k8s").count(), 3);
}

#[tokio::test]
async fn every_try_is_told_with_its_request_id() {
    let stage = Stage::new().await;
    stage.arm_once(Fault::BadGateway, "cluster/all");
    stage.client.clusters().await.expect("the second try");
    let told = stage.told.lock().expect("it is whole").clone();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("tried: 1") && told[0].contains("cause: Some(Server { status: 502 })"),
        "{told:?}"
    );
    assert!(told[1].contains("tried: 2") && told[1].contains("cause: None"), "{told:?}");
}

/// The fake writes down what must never be asked.
#[tokio::test]
async fn the_fake_sees_what_must_never_be() {
    let stage = Stage::new().await;
    let (name, _) = stage.seen().await.expect("a list").remove(0);
    let cluster = stage.client.cluster(&stage.cluster).await.expect("an answer").expect("a cluster");
    let busy = cluster.nodes.iter().find(|it| it.node_name() == name).expect("it is there");
    stage.fake.world(|it| {
        it.watch.holding_pods.insert(name.clone());
        it.watch.workers_max.insert(stage.group.0, 2);
    });
    stage.add().await.expect("the real one would take it");
    stage.client.delete_worker(&stage.cluster, busy.id.as_ref().expect("told")).await.expect("this too");
    stage.fake.world(|it| it.watch.not_ours.insert(stage.cluster.to_string()));
    stage.add().await.expect("and this");
    let breaches = stage.fake.world(|it| it.watch.take());
    let words = ["worker 3 of group", "which still holds pods", "which is not ours", "worker 4 of group"];
    assert_eq!(breaches.len(), words.len(), "{breaches:?}");
    for (breach, words) in breaches.iter().zip(words) {
        assert!(breach.contains(words), "{breaches:?}");
    }
}

/// Paused time passes by itself, and it is the fake's time as well.
#[tokio::test(start_paused = true)]
async fn time_can_be_paused() {
    let patient = |it| Settings { wait_max: Duration::from_secs(90), ..it };
    let stage = Stage::with(common::token(), patient).await;
    let start = tokio::time::Instant::now();
    stage.fake.arm(Armed::once(Fault::RateLimited).on("cluster/all").amount(20_000));
    stage.client.clusters().await.expect("after a rest");
    assert!(start.elapsed() >= Duration::from_secs(20), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_list_of_pages_is_read_to_its_end() {
    let stage = Stage::new().await;
    stage.fake.world(|it| {
        for at in 0..6 {
            it.add_cluster(&format!("HEL-Kubernetes-{at:04x}"));
        }
        it.rows_max = Some(3);
    });
    assert_eq!(stage.client.clusters().await.expect("all").len(), 7);
    assert_eq!(stage.heard("cluster/all"), 3);
    // Whoever asks for something else than a list by its path gets no second page.
    stage.fake.world(|it| it.rows_max = Some(1));
    let datacenter = stage.fake.world(|it| it.datacenter.clone());
    let datacenter = vpsie::DatacenterId::parse(&datacenter).expect("an id");
    let error = stage.client.kube_sizes(&datacenter).await.expect_err("a part");
    assert_eq!(error.cause, Cause::Partial);
}

#[tokio::test]
async fn a_write_that_has_waited_too_long_is_not_sent() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let stage = Stage::with(common::token(), |it| Settings { wait_max: Duration::from_secs(5), ..it }).await;
    stage.fake.arm(Armed::once(Fault::RateLimited).on("GET /k8s/cluster/all").amount(1000));
    let leads = Arc::new(AtomicBool::new(true));
    let asked = leads.clone();
    let client = stage.client.guarded(move || asked.load(Ordering::Relaxed));
    let (group, cluster) = (stage.group, stage.cluster.clone());
    stage.client.clusters().await.expect("after a second");
    client.add_worker(&cluster, group).await.expect("it may");
    stage.fake.arm(Armed::once(Fault::RateLimited).on("GET /k8s/cluster/all").amount(1000));
    let other = stage.client.clone();
    let held = tokio::spawn(async move { other.clusters().await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    // The provider wants its rest, so this one waits; meanwhile another process takes over.
    let waits = tokio::spawn(async move { client.add_worker(&cluster, group).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    leads.store(false, Ordering::Relaxed);
    let error = waits.await.expect("no panic").expect_err("it is not sent");
    assert_eq!((error.cause, error.outcome), (Cause::Fenced, Outcome::Transient));
    held.await.expect("no panic").expect("a read may go on");
    assert_eq!(stage.workers(), 3);
}
