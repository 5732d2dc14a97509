//! Tier 2: plain servers, and what is needed to order one.

use crate::clock::stamp;
use crate::fault::Fault;
use crate::reply::Reply;
use crate::request::{Area, Request, flag, number};
use crate::world::{Script, Server, Stage, World};
use serde_json::{Value, json};

const PROJECT: &str = "6f100000-0000-11f0-8000-0242ac110004";
const PROJECT_NUMBER: u64 = 11;

/// None: not a route of this tier.
pub fn answer(world: &mut World, request: &Request) -> Option<Reply> {
    if request.area != Area::Main {
        return None;
    }
    let late = |world: &mut World| world.hit(Fault::StaleLists, &request.said()).unwrap_or(0);
    let seen = world.now_ms.saturating_sub(late(world));
    Some(match (request.method.as_str(), &*request.segments()) {
        ("GET", ["vm"]) => Reply::list(listed(world, seen).map(|it| server(world, it, seen)).collect()),
        ("GET", ["vm", "pending"]) => pending(world, seen),
        ("GET", ["vm", "status", id]) => status(world, request, id, seen),
        ("GET", ["vm", id]) => one(world, request, id, seen),
        ("POST", ["vm"]) => create(world, request),
        ("POST", ["vm", action @ ("start" | "stop" | "restart")]) => power(world, request, action),
        ("DELETE", ["vm"]) => delete(world, request, request.text("vmIdentifier")),
        ("DELETE", ["vm", id]) => delete(world, request, id),
        ("GET", ["storages", "vms"]) => names(world, seen),
        ("GET", ["datacenter"]) => Reply::list(vec![json!({
            "dc_name": "Helsinki", "dc_image": "hel.png", "state": "FI", "country": "Finland", "identifier": world.datacenter,
            "is_active": 1, "is_deleted": 0, "default_selected": 1, "is_fip_available": 1, "is_bucket_available": 1,
            "is_private": 0,
        })]),
        ("GET", ["plans", "category"]) => Reply::list(vec![json!({"identifier": "cat-a", "name": "A"})]),
        ("POST", ["resources"]) => plans(world, request),
        ("GET", ["scripts"]) => Reply::list(
            world
                .scripts
                .iter()
                .map(|it| json!({"identifier": it.identifier, "script_name": it.name, "script": it.content}))
                .collect(),
        ),
        ("POST", ["script", "add"]) => {
            let (identifier, name) = (world.identifier(), format!("{}.sh", request.text("name")));
            world.scripts.push(Script { identifier, name, content: request.text("scriptContent").into() });
            Reply::done()
        }
        ("GET", ["sshkeys"]) => Reply::list(vec![json!({"identifier": "key-1", "name": "team"})]),
        ("GET", ["projects"]) => Reply::data(json!({
            "rows": [{"id": PROJECT_NUMBER, "identifier": PROJECT, "name": "Default", "description": "", "is_default": 1, "created_by": "Ada L"}],
            "count": 1,
        })),
        ("GET", ["tags"]) => Reply::data(json!([])),
        _ => return None,
    })
}

fn listed(world: &World, seen: u64) -> impl Iterator<Item = &Server> {
    world.servers.iter().filter(move |it| it.is_listed(seen))
}

fn server(world: &World, it: &Server, seen: u64) -> Value {
    let size = world.sizes.first().expect("there are sizes");
    let asked = |name: &str| flag(&it.asked[name]);
    json!({
        "id": it.id, "identifier": it.identifier, "user_id": 7, "hostname": it.hostname, "fullname": "Helsinki",
        "state": "FI", "category": "Debian", "vmDescription": "Debian 12", "boxsize_id": size.id, "boximage_id": 120,
        "datacenter_id": 4, "node_id": 31, "project_id": PROJECT_NUMBER, "projectId": PROJECT_NUMBER,
        "dcIdentifier": world.datacenter, "cpu": size.cpu, "ram": size.ram_mb, "ssd": size.disk_gb, "traffic": 3000,
        "default_ip": if asked("addPublicIpV4") { &it.ip } else { "" }, "default_ipv6": "",
        "private_ip": if asked("addPrivateIp") { &it.private_ip } else { "" },
        "publicIp": null, "added_ip_addresses": null, "initial_password": "initial-secret", "notes": it.asked["notes"],
        "created_on": stamp(it.accepted_ms), "last_updated": stamp(it.listed_ms), "dropped_on": null,
        "is_active": i32::from(it.running_ms <= seen), "is_deleted": 0, "power": i32::from(it.is_on(seen)),
        "is_locked": 0, "is_suspended": 0, "is_terminated": 0, "is_custom": 0, "is_autobackup": 0, "vmType": "vm",
        "script_id": null, "sshkey_id": null, "box_virtualization_id": "1", "boxdiscount_id": null,
        "custom_price": null, "firstname": "Ada", "lastname": "L", "username": "ada",
    })
}

fn pending(world: &World, seen: u64) -> Reply {
    let waits = world.servers.iter().filter(|it| it.accepted_ms <= seen && it.listed_ms > seen);
    Reply::list(
        waits
            .map(|it| {
                let mut asked = it.asked.clone();
                let names = ["addPublicIpV4", "addPublicIpV6", "addPrivateIp", "backupEnabled"];
                let fields = asked.as_object_mut().expect("orders are objects");
                for name in names {
                    if let Some(value) = fields.get_mut(name) {
                        *value = json!(flag(value));
                    }
                }
                fields.insert("projectId".into(), json!(PROJECT_NUMBER));
                fields.insert("requestIp".into(), json!("198.51.100.7"));
                fields.insert("isCreateFromLibrary".into(), json!(false));
                json!({
                    "id": it.id.to_string(), "user": {"id": 7}, "user_id": 7, "data": asked, "resourceData": {},
                    "datacenter": [], "osData": {}, "running": 1, "type": "vm",
                })
            })
            .collect(),
    )
}

/// By UUID with what surrounds it; by number flat, as the scaler expects it.
fn one(world: &mut World, request: &Request, id: &str, seen: u64) -> Reply {
    let by_number = id.parse::<u64>().ok();
    let found = listed(world, seen).find(|it| it.identifier == id || Some(it.id) == by_number);
    let Some(found) = found else { return unknown(world, request) };
    let data = server(world, found, seen);
    if by_number.is_some() {
        return Reply::data(data);
    }
    let tags = found.asked["tags"].as_array().cloned().unwrap_or_default();
    Reply::data(json!({
        "vmData": data, "imageCategories": [], "vmTags": tags, "privateIpData": [], "floatingIpData": [],
    }))
}

fn status(world: &mut World, request: &Request, id: &str, seen: u64) -> Reply {
    let Some(found) = listed(world, seen).find(|it| it.identifier == id) else {
        return unknown(world, request);
    };
    let status = if found.is_on(seen) { "running" } else { "stopped" };
    Reply::data(json!({
        "cpu": 1, "ballon": 0, "uptime": 60, "pid": "1", "disk": 0, "running-machine": "", "running-qemu": "",
        "status": status, "diskread": "0", "diskwrite": "0", "fullname": "Helsinki",
    }))
}

fn create(world: &mut World, request: &Request) -> Reply {
    for name in ["resourceIdentifier", "osIdentifier", "dcIdentifier", "hostname", "projectId"] {
        if request.text(name).is_empty() {
            return Reply::refused(200, &format!("{name} is required"));
        }
    }
    if request.text("dcIdentifier") != world.datacenter {
        return Reply::refused(500, "The datacenter is not valid");
    }
    let (id, identifier) = (world.next_id(), world.identifier());
    let listed_ms = world.now_ms + world.timing.alloc_ms;
    world.servers.push(Server {
        id,
        identifier,
        hostname: request.text("hostname").into(),
        ip: format!("198.19.{}.{}", id / 250, id % 250 + 1),
        private_ip: format!("10.2.{}.{}", id / 250, id % 250 + 1),
        asked: request.body.clone(),
        accepted_ms: world.now_ms,
        listed_ms,
        running_ms: listed_ms + world.timing.server_boot_ms,
        power: (true, 0),
        going_ms: None,
    });
    Reply::done()
}

fn power(world: &mut World, request: &Request, action: &str) -> Reply {
    let wanted = request.text("vmIdentifier");
    world.watch.write(&request.said(), wanted);
    let (now, since) = (world.now_ms, world.now_ms + world.timing.power_ms);
    let found = world.servers.iter_mut().find(|it| it.identifier == wanted && it.is_listed(now));
    let Some(found) = found else { return unknown(world, request) };
    found.power = (action != "stop", since);
    Reply::done()
}

/// The account's password is asked for, and a wrong one is told with a 200.
fn delete(world: &mut World, request: &Request, id: &str) -> Reply {
    let said = request.said();
    let by_number = id.parse::<u64>().ok();
    let now = world.now_ms;
    let found = world
        .servers
        .iter()
        .position(|it| (it.identifier == id || Some(it.id) == by_number) && it.is_listed(now));
    let Some(at) = found else { return unknown(world, request) };
    let (identifier, hostname) = (world.servers[at].identifier.clone(), world.servers[at].hostname.clone());
    world.watch.write(&said, &identifier);
    let wrong = request.text("password") != world.access.account_password;
    if wrong || world.hit(Fault::WrongPassword, &said).is_some() {
        return Reply::json(200, json!({"error": true, "message": "You entered the wrong password"}));
    }
    world.watch.delete(&said, &hostname);
    let ips = [world.servers[at].ip.clone(), world.servers[at].private_ip.clone()];
    if let Some(rule) = world.leads_to(&identifier, &ips) {
        world.watch.delete_behind(&said, &hostname, &rule);
    }
    if world.hit(Fault::DeleteIgnored, &said).is_none() {
        let gone = now + world.timing.delete_ms;
        world.servers[at].going_ms.get_or_insert((now, gone));
    }
    Reply::done()
}

/// The map from hostnames to servers; those of managed clusters stand here too.
fn names(world: &World, seen: u64) -> Reply {
    let row = |hostname: &str, identifier: &str, ip: &str, private: &str, kind: &str| {
        json!({
            "hostname": hostname, "identifier": identifier, "datacenter_id": 4, "default_ip": ip, "default_ipv6": "",
            "private_ip": private, "ssd": 80, "state": "FI", "is_fip_available": 1, "is_bucket_available": 1,
            "dcIdentifier": world.datacenter, "fullname": "Helsinki", "category": "Debian", "type": kind,
        })
    };
    let shown = |it: &crate::world::Worker| it.is_listed(seen) && it.stage(seen) != Stage::Gone;
    let workers = world.workers.iter().filter(|it| shown(it));
    let workers = workers.map(|it| row(&it.hostname, &it.identifier, &it.ip, &it.private_ip, "k8s"));
    let servers =
        listed(world, seen).map(|it| row(&it.hostname, &it.identifier, &it.ip, &it.private_ip, "vm"));
    Reply::list(workers.chain(servers).collect())
}

fn plans(world: &mut World, request: &Request) -> Reply {
    if request.text("dcIdentifier") != world.datacenter || number(&request.body["isCustom"]).is_none() {
        return Reply::list(Vec::new());
    }
    let missing = world.hit(Fault::OfferMissing, &request.said());
    let offered = world.sizes.iter().filter(|it| Some(it.id) != missing);
    let price =
        |cents: u64| -> Value { format!("{}.{:02}", cents / 100, cents % 100).parse().expect("a number") };
    Reply::list(
        offered
            .map(|it| {
                json!({
                    "identifier": format!("plan-{}", it.id), "nickname": it.name, "cpu": it.cpu, "ram": it.ram_mb,
                    "ssd": it.disk_gb, "traffic": 4000, "price": price(it.cents), "net_speed": 1000,
                })
            })
            .collect(),
    )
}

fn unknown(world: &mut World, request: &Request) -> Reply {
    match world.hit(Fault::UnknownSaysFalse, &request.said()) {
        Some(_) => Reply::data(Value::Bool(false)),
        None => Reply::not_found(),
    }
}
