//! What tests and people turn from outside: `/_mock/state`, `/_mock/log`, `/_mock/faults`, `/_mock/clock`,
//! `/_mock/watch`.

use crate::fault::{Armed, Fault};
use crate::reply::Reply;
use crate::request::{Request, number};
use crate::world::World;
use serde_json::{Value, json};

pub fn answer(world: &mut World, request: &Request) -> Reply {
    match (request.method.as_str(), &*request.segments()) {
        ("GET", ["state"]) => Reply::data(state(world)),
        ("GET", ["log"]) => Reply::list(
            world
                .log
                .iter()
                .map(|it| json!({"at_ms": it.at_ms, "method": it.method, "path": it.path, "body": it.body, "status": it.status}))
                .collect(),
        ),
        ("DELETE", ["log"]) => {
            world.log.clear();
            Reply::done()
        }
        ("GET", ["faults"]) => Reply::data(json!({
            "known": Fault::ALL.iter().map(|it| json!({"fault": it.name(), "about": it.about()})).collect::<Vec<_>>(),
            "armed": world.faults.armed.iter().map(said).collect::<Vec<_>>(),
        })),
        ("POST", ["faults"]) => match armed(&request.body) {
            Ok(armed) => {
                world.faults.armed.push(armed);
                Reply::done()
            }
            Err(wrong) => Reply::refused(400, &wrong),
        },
        ("DELETE", ["faults"]) => {
            world.faults.armed.clear();
            Reply::done()
        }
        ("POST", ["watch"]) => watch(world, request),
        _ => Reply::refused(404, "there is state, log, faults (GET, POST, DELETE), clock (POST) and watch (POST)"),
    }
}

fn state(world: &World) -> Value {
    let stage = |it: &crate::world::Worker| format!("{:?}", it.stage(world.now_ms));
    json!({
        "now_ms": world.now_ms,
        "now": world.stamp(),
        "clusters": world.clusters.iter().map(|it| json!({"identifier": it.identifier, "name": it.name})).collect::<Vec<_>>(),
        "groups": world.groups.iter().map(|it| json!({"number": it.id, "identifier": it.identifier, "name": it.name, "size": it.size})).collect::<Vec<_>>(),
        "workers": world.workers.iter().map(|it| json!({
            "identifier": it.identifier, "hostname": it.hostname, "group": it.group, "stage": stage(it), "ip": it.ip,
        })).collect::<Vec<_>>(),
        "servers": world.servers.iter().map(|it| json!({
            "identifier": it.identifier, "hostname": it.hostname, "listed": it.is_listed(world.now_ms),
            "on": it.is_on(world.now_ms), "gone": it.is_gone(world.now_ms),
        })).collect::<Vec<_>>(),
        "balancers": world.balancers.iter().map(|it| json!({
            "identifier": it.identifier, "name": it.name,
            "backends": it.rules.iter().flat_map(|it| &it.backends).map(|it| &it.ip).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "joined": world.joined(),
        "breaches": world.watch.breaches(),
    })
}

/// `{"fault": "cut-after", "on": "POST /k8s", "skip": 0, "times": 1, "per_mille": 1000, "amount": 0}`, all but
/// the first at will.
fn armed(body: &Value) -> Result<Armed, String> {
    let name = body["fault"].as_str().unwrap_or_default();
    let fault =
        Fault::of(name).ok_or_else(|| format!("fault: {name:?} is none; GET /_mock/faults names them"))?;
    let small = |name: &str| match &body[name] {
        Value::Null => Ok(None),
        given => match number(given).and_then(|it| u32::try_from(it).ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(format!("{name}: expected a whole number, found {given}")),
        },
    };
    Ok(Armed {
        fault,
        on: body["on"].as_str().unwrap_or_default().into(),
        skip: small("skip")?.unwrap_or(0),
        times: small("times")?,
        per_mille: small("per_mille")?.unwrap_or(1000),
        amount: small("amount")?.unwrap_or(0).into(),
    })
}

fn said(armed: &Armed) -> Value {
    json!({
        "fault": armed.fault.name(), "on": armed.on, "skip": armed.skip, "times": armed.times,
        "per_mille": armed.per_mille, "amount": armed.amount,
    })
}

/// `{"holding_pods": ["name"], "not_ours": ["identifier"], "workers_max": {"512": 3}}`: each given one replaces
/// what was set.
fn watch(world: &mut World, request: &Request) -> Reply {
    let texts = |name: &str| {
        let list = request.body[name].as_array()?;
        Some(list.iter().filter_map(Value::as_str).map(str::to_string).collect::<Vec<_>>())
    };
    if let Some(names) = texts("holding_pods") {
        world.watch.holding_pods = names.iter().map(|it| it.to_lowercase()).collect();
    }
    if let Some(identifiers) = texts("not_ours") {
        world.watch.not_ours = identifiers.into_iter().collect();
    }
    if let Some(limits) = request.body["workers_max"].as_object() {
        let limit = |(group, most): (&String, &Value)| {
            Some((group.parse().ok()?, usize::try_from(number(most)?).ok()?))
        };
        world.watch.workers_max = limits.iter().filter_map(limit).collect();
    }
    Reply::done()
}
