//! The engine as it runs: from the object of a machine to a Node that can be used and to its clean end, whatever
//! the provider does meanwhile.

mod balancers;
mod faults;
mod sabotage;
mod stage;

use decide::provision::{Phase, Stage as At};
use stage::{LOGIN, Setting, Stage, TOKEN};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use vpsie::Credentials;
use vpsie_autoscaler::provision::Facts;

/// Two come, one goes.
async fn up_and_down(stage: &mut Stage, what: &str) {
    stage.wanted = 2;
    stage.settle(&format!("{what}: two come")).await;
    stage.agrees(what);
    stage.wanted = 1;
    stage.settle(&format!("{what}: one goes")).await;
    stage.agrees(what);
}

#[tokio::test]
async fn machines_come_and_go() {
    for setting in [
        Setting::default(),
        Setting { no_group: true, login: true, ..Setting::default() },
        Setting { plain: true, ..Setting::default() },
    ] {
        let mut stage = Stage::new(setting).await;
        let what = format!("{setting:?}");
        up_and_down(&mut stage, &what).await;
        assert_eq!(stage.bought(), 2, "{what}: nothing is bought twice");
        stage.wanted = 0;
        stage.settle(&what).await;
        stage.agrees(&what);
        assert_eq!(stage.heard("POST", "add/group"), usize::from(setting.no_group), "{what}");
        let engine = stage.engine.take().expect("it runs");
        assert!(engine.stop(Duration::from_secs(10)).await, "{what}: it ends");
    }
}

#[tokio::test]
async fn user_data_and_keys_reach_the_provider() {
    let mut stage = Stage::new(Setting { plain: true, ..Setting::default() }).await;
    stage.wanted = 1;
    stage.settle("one").await;
    let asked = stage.fake.world(|it| it.servers[0].asked.clone());
    let text = "I2Nsb3VkLWNvbmZpZwpob3N0bmFtZTogd29ya2Vycy0wMDAwMDAwMQpydW5jbWQ6IFtqb2luLCB3b3JrZXJzLCBzZWNyZXRdCg==";
    assert_eq!(asked["userData"], text);
    assert_eq!(asked["sshKeyIdentifier"], "key-1");
    assert_eq!(asked["notes"], "vpsie-autoscaler blue workers");
    assert_eq!(asked["hostname"], "workers-00000001");
}

#[tokio::test]
async fn an_end_at_every_boundary_changes_nothing_in_the_end() {
    let whole = {
        let mut stage = Stage::new(Setting::default()).await;
        up_and_down(&mut stage, "whole").await;
        stage.boundaries.count.load(Ordering::Relaxed)
    };
    assert!(whole > 20, "{whole} boundaries");
    // Others have their turn too: all of them together take long.
    let step = if std::env::var_os("ALL_BOUNDARIES").is_some() { 1 } else { 3 };
    for at in (1..=whole).step_by(step) {
        let mut stage = Stage::new(Setting::default()).await;
        stage.boundaries.stop_at.store(at, Ordering::Relaxed);
        let what = format!("ended at boundary {at} of {whole}");
        up_and_down(&mut stage, &what).await;
        assert_eq!(stage.bought(), 2, "{what}");
    }
}

#[tokio::test]
async fn who_may_not_write_does_not() {
    let mut stage = Stage::new(Setting::default()).await;
    stage.leads.store(false, Ordering::Relaxed);
    stage.wanted = 2;
    stage.until("tried", |it| it.snapshot().machines.values().any(|it| it.trouble.is_some())).await;
    assert_eq!(stage.heard("POST", ""), 0);
    assert!(stage.kube.machines().iter().all(|it| it.papers == Default::default()));
    stage.leads.store(true, Ordering::Relaxed);
    stage.settle("it leads again").await;
    stage.agrees("it leads again");
    assert_eq!(stage.bought(), 2);
}

#[tokio::test]
async fn credentials_change_while_operations_run() {
    let mut stage = Stage::new(Setting::default()).await;
    stage.wanted = 3;
    let pairs =
        [Credentials::login(LOGIN.0, LOGIN.1), Credentials::token(TOKEN), Credentials::token("wrong")];
    let pairs: Vec<Credentials> = pairs.into_iter().map(|it| it.expect("they fit")).collect();
    let client = stage.client.clone();
    let rotating = tokio::spawn(async move {
        let mut refused = 0;
        for at in 0..60 {
            refused += u32::from(client.rotate(pairs[at % 3].clone()).await.is_err());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        refused
    });
    stage.settle("three come").await;
    stage.wanted = 1;
    stage.settle("two go").await;
    stage.agrees("credentials change");
    assert_eq!(stage.bought(), 3);
    assert_eq!(
        rotating.await.expect("no panic"),
        20,
        "every bad one is refused, and the one before it stays"
    );
}

#[tokio::test]
async fn what_breaks_down_is_unknown_and_others_go_on() {
    let mut stage = Stage::new(Setting::default()).await;
    stage.kube.break_down();
    up_and_down(&mut stage, "an operation breaks down").await;
    assert_eq!(stage.bought(), 2);
}

/// Servers that are there already are nobody's news, however the engine comes to know of them.
#[tokio::test]
async fn what_was_there_before_is_not_adopted() {
    let mut stage = Stage::new(Setting { no_group: true, ..Setting::default() }).await;
    let table = stage.table.borrow().clone();
    stage.table.send_replace(Arc::default());
    stage.until("it has found nothing to look at", |it| it.snapshot().listed.is_some()).await;
    let before = stage.fake.world(|it| {
        let cluster = it.clusters[0].identifier.clone();
        it.add_group(&cluster, "workers", 55, 2);
        it.joined()
    });
    stage.table.send_replace(table);
    stage.wanted = 2;
    stage
        .until("two come", |it| {
            let seen = it.snapshot();
            seen.machines.values().filter(|it| it.phase == Phase::Ready).count() == 2
        })
        .await;
    assert_eq!(stage.servers().len(), 4);
    for machine in stage.kube.machines() {
        let host = machine.papers.server.expect("a claim").host;
        assert!(!before.contains(&host.to_lowercase()), "{host} was there before");
    }
}

#[tokio::test]
async fn a_group_that_nobody_knows_freezes_removals() {
    let mut stage = Stage::new(Setting::default()).await;
    stage.wanted = 2;
    stage.settle("two").await;
    let table = stage.table.borrow().clone();
    let why = || Facts::Incomplete { why: "spec.kubeSizeID is missing".into() };
    let other = std::collections::BTreeMap::from([
        ("workers".into(), why()),
        ("others".into(), table["workers"].clone()),
    ]);
    stage.table.send_replace(Arc::new(other));
    stage.until("frozen", |it| it.snapshot().distrust.is_some()).await;
    stage.wanted = 1;
    stage.until("it leaves", |it| it.snapshot().machines.values().any(|it| it.stage == At::Detaching)).await;
    stage.pass(80).await;
    assert_eq!(stage.servers().len(), 2, "nothing was removed");
    stage.table.send_replace(table);
    stage.settle("it goes on").await;
    stage.agrees("it goes on");
}
