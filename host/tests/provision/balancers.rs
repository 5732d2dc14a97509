//! A Node that leaves is out of every load balancer before its server goes: named by no rule, by none of its
//! addresses. The fake complains of a server that is deleted while a rule leads to it, and of a rule that is emptied.

use super::stage::{Setting, Stage};
use decide::provision::{Hold, Node, Stage as At};
use vpsie_fake::{Armed, Backend, Domain, Fault};

const DETACH: &str = "delete/backend";

/// Two machines behind three rules, and a server of somebody else that they all name too.
pub async fn behind(balances: bool, setting: Setting) -> Stage {
    let mut stage = Stage::new(Setting { balancers: true, ..setting }).await;
    stage.fake.world(|world| {
        let foreign = world.add_balancer("web", &[("192.0.2.1", "s-1")]);
        world.add_balancer("mail", &[("192.0.2.1", "s-1")]);
        let backends = vec![Backend {
            identifier: world.identifier(),
            ip: "192.0.2.1".into(),
            server: "s-1".into(),
            kind: "vm".into(),
        }];
        let domain = Domain { identifier: world.identifier(), name: "shop.example".into(), backends };
        let web = world.balancers.iter_mut().find(|it| it.identifier == foreign).expect("it stands");
        web.rules[0].domains.push(domain);
    });
    stage.wanted = 2;
    stage.settle("two come").await;
    stage.pass(3).await;
    for node in stage.kube.nodes().into_iter().filter(|it| it.ours) {
        assert_eq!(stage.named(&node).len(), 3, "{} stands behind every rule", node.name);
    }
    stage.balances = balances;
    stage
}

/// The one that goes, when one less is wanted.
fn first(stage: &Stage) -> Node {
    let machine = &stage.kube.machines()[0];
    let host = machine.papers.server.as_ref().expect("a claim").host.to_lowercase();
    stage.kube.nodes().into_iter().find(|it| *it.name == *host).expect("its Node")
}

fn arm(stage: &Stage, fault: Fault, on: &str, times: u32) {
    stage.fake.arm(Armed { times: Some(times), ..Armed::always(fault).on(on) });
}

pub async fn one_goes(stage: &mut Stage, what: &str) {
    let node = first(stage);
    stage.wanted = 1;
    stage.settle(what).await;
    stage.agrees(what);
    assert_eq!(stage.named(&node), Vec::<String>::new(), "{what}");
    let foreign = stage.fake.world(|it| it.rules().filter(|it| it.1[0].ip == "192.0.2.1").count());
    assert_eq!(foreign, 3, "{what}: what is not ours stays");
}

#[tokio::test]
async fn the_cloud_controller_is_given_time() {
    let mut stage = behind(true, Setting::default()).await;
    one_goes(&mut stage, "it does its part").await;
    assert_eq!(stage.heard("DELETE", DETACH), 0, "nothing is left for us to do");
}

#[tokio::test]
async fn what_it_does_not_do_is_done() {
    let mut stage = behind(false, Setting::default()).await;
    one_goes(&mut stage, "it sleeps").await;
    assert_eq!(stage.heard("DELETE", DETACH), 3, "one for each rule");
}

#[tokio::test]
async fn removals_that_go_wrong() {
    for (fault, times) in [
        (Fault::DeleteIgnored, 4),
        (Fault::CutAfter, 2),
        (Fault::HangAfter, 1),
        (Fault::ServerError, 2),
        (Fault::ServerErrorAfter, 2),
        (Fault::BadGateway, 2),
        (Fault::ErrorOn200, 2),
        (Fault::RateLimited, 1),
        (Fault::Unauthorized, 1),
    ] {
        let mut stage = behind(false, Setting::default()).await;
        arm(&stage, fault, DETACH, times);
        one_goes(&mut stage, fault.name()).await;
        let asked = stage.heard("DELETE", DETACH);
        assert!(asked >= 3, "{}: {asked} times", fault.name());
    }
}

#[tokio::test]
async fn lists_that_go_wrong() {
    for (fault, on) in [
        (Fault::ServerError, "GET /lb/all"),
        (Fault::CutBefore, "GET /lb/"),
        (Fault::HtmlOn200, "GET /lb/"),
        (Fault::HangBefore, "GET /lb/all"),
        (Fault::ListCutShort, "GET /lb/all"),
    ] {
        let what = format!("{} on {on}", fault.name());
        let mut stage = behind(true, Setting::default()).await;
        stage.fake.arm(Armed::always(fault).on(on).amount(1));
        stage.wanted = 1;
        stage.pass(150).await;
        assert_eq!(stage.servers().len(), 2, "{what}: nobody knows who sends to it");
        assert_eq!(stage.heard("DELETE", "slave"), 0, "{what}");
        let seen = stage.snapshot();
        assert!(seen.machines.values().any(|it| it.hold == Some(Hold::Balancers)), "{what}: {seen:?}");
        assert!(seen.balancer_trouble.is_some(), "{what}: it is said");
        stage.fake.world(|it| it.faults.armed.clear());
        stage.settle(&what).await;
        stage.agrees(&what);
    }
}

/// One of two balancers cannot be read: what the other says does not count for both.
#[tokio::test]
async fn a_part_of_the_balancers_is_not_all() {
    let mut stage = behind(false, Setting::default()).await;
    let mail = stage.fake.world(|it| it.balancers[1].identifier.clone());
    stage.fake.arm(Armed::always(Fault::ServerError).on(&mail));
    stage.wanted = 1;
    stage.pass(150).await;
    assert_eq!(stage.servers().len(), 2);
    stage.fake.world(|it| it.faults.armed.clear());
    one_goes(&mut stage, "both can be read").await;
}

#[tokio::test]
async fn the_last_backend_of_a_rule_stays() {
    let mut stage = behind(false, Setting::default()).await;
    let node = first(&stage);
    let mail = |stage: &Stage, keep: &dyn Fn(&str) -> bool| {
        stage.fake.world(|it| {
            let mut rules = it.rules().filter(|it| it.0.starts_with("mail"));
            rules.next().expect("a rule").1.retain(|it| keep(&it.ip));
        });
    };
    mail(&stage, &|ip| node.addresses.iter().any(|it| **it == *ip));
    stage.wanted = 1;
    let waits = |it: &Stage| it.snapshot().machines.values().any(|it| it.hold == Some(Hold::LastBackend));
    stage.until("it waits", waits).await;
    stage.pass(120).await;
    assert!(waits(&stage), "{:?}", stage.snapshot().machines);
    assert!(stage.snapshot().machines.values().all(|it| it.stage <= At::Detaching));
    assert_eq!(stage.heard("DELETE", DETACH), 0);
    assert_eq!(stage.servers().len(), 2);
    // Somebody else stands behind the rule now.
    stage.balances = true;
    stage.settle("another has come").await;
    stage.agrees("another has come");
    assert_eq!(stage.named(&node), Vec::<String>::new());
}

/// A backend without an identifier cannot be taken out by us, and its server stays until somebody else has.
#[tokio::test]
async fn a_backend_that_cannot_be_named_is_waited_for() {
    let mut stage = behind(false, Setting::default()).await;
    let node = first(&stage);
    stage.fake.world(|it| it.rules().for_each(|it| it.1.iter_mut().for_each(|it| it.identifier.clear())));
    stage.wanted = 1;
    stage.pass(150).await;
    assert_eq!(stage.servers().len(), 2);
    assert_eq!(stage.heard("DELETE", DETACH), 0);
    assert!(stage.snapshot().machines.values().any(|it| it.trouble.is_some()), "it is said");
    stage.balances = true;
    stage.settle("the cloud controller has").await;
    assert_eq!(stage.named(&node), Vec::<String>::new());
}

#[tokio::test]
async fn plain_servers_leave_too() {
    let mut stage = Stage::new(Setting { plain: true, balancers: true, ..Setting::default() }).await;
    stage.fake.world(|it| it.add_balancer("web", &[("192.0.2.1", "s-1")]));
    stage.wanted = 2;
    stage.settle("two come").await;
    stage.pass(3).await;
    stage.balances = false;
    let node = first(&stage);
    assert_eq!(stage.named(&node).len(), 1);
    stage.wanted = 1;
    stage.settle("one goes").await;
    assert_eq!(stage.heard("DELETE", DETACH), 1);
    assert_eq!(stage.named(&node), Vec::<String>::new());
}
