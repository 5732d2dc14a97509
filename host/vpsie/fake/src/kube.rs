//! Tier 1: managed Kubernetes.

use crate::clock::stamp;
use crate::fault::Fault;
use crate::reply::Reply;
use crate::request::{Area, Request};
use crate::world::{Cluster, Group, Size, Stage, Worker, World};
use serde_json::{Value, json};

/// None: not a route of this tier.
pub fn answer(world: &mut World, request: &Request) -> Option<Reply> {
    if request.area != Area::Main {
        return None;
    }
    let segments = request.segments();
    let ["k8s", rest @ ..] = &*segments else { return None };
    Some(match (request.method.as_str(), rest) {
        ("GET", ["cluster", "all"]) => {
            let seen = seen(world, request);
            let counted = counted(world, request);
            Reply::list(world.clusters.iter().map(|it| cluster(world, it, seen, counted)).collect())
        }
        ("GET", ["cluster", "byId", id]) => detail(world, request, id),
        ("GET" | "POST", ["node", "groups", "byClusterId", id]) => groups(world, request, id),
        ("POST", ["offers"]) => offers(world, request),
        ("POST", ["cluster", "add", "group"]) => add_group(world, request),
        ("DELETE", ["cluster", "delete", "group", id]) => delete_group(world, request, id),
        ("POST", ["cluster", "byId", id, "add", "slave"]) => {
            let number = world.groups.iter().find(|it| it.identifier == request.text("groupId"));
            let number = number.or_else(|| of_cluster(world, id).next()).map(|it| it.id);
            add_worker(world, request, id, number)
        }
        ("POST", ["cluster", "byId", id, "add", "slave", "group", number]) => {
            add_worker(world, request, id, number.parse().ok())
        }
        ("DELETE", ["cluster", "byId", id, "delete", "slave"]) => delete_worker(world, request, id),
        ("DELETE", ["cluster", "byId", id, "reduce"]) => reduce(world, request, id, None),
        ("DELETE", ["cluster", "byId", id, "reduce", "slave"]) => {
            reduce(world, request, id, request.number("groupId"))
        }
        _ => return None,
    })
}

/// The time that lists show.
fn seen(world: &mut World, request: &Request) -> u64 {
    let late = world.hit(Fault::StaleLists, &request.said()).unwrap_or(0);
    world.now_ms.saturating_sub(late)
}

fn counted(world: &mut World, request: &Request) -> bool {
    world.hit(Fault::CountedAtAccept, &request.said()).is_some()
}

fn counts(world: &World, worker: &Worker, seen: u64, at_accept: bool) -> bool {
    match at_accept {
        true => worker.stage(world.now_ms) != Stage::Gone,
        false => worker.is_listed(seen),
    }
}

fn cluster(world: &World, it: &Cluster, seen: u64, at_accept: bool) -> Value {
    let nodes =
        world.workers.iter().filter(|node| node.cluster == it.id && counts(world, node, seen, at_accept));
    let (masters, slaves): (Vec<_>, Vec<_>) = nodes.partition(|node| node.group.is_none());
    json!({
        "identifier": it.identifier, "cluster_name": it.name, "user_id": 7,
        "count": masters.len() + slaves.len(), "kube_version": "1.34.1", "nickname": "Advanced", "cpu": 4, "ram": 8192,
        "traffic": 4000, "color": "#1b6", "price": 32.0, "lock": 0, "created_by": "Ada L", "upgrade_version": "",
        "lb_id": null, "managerCount": masters.len(), "slaveCount": slaves.len(),
        "created_on": stamp(it.created_ms), "updated_on": stamp(it.created_ms),
    })
}

fn detail(world: &mut World, request: &Request, id: &str) -> Reply {
    let (said, seen) = (request.said(), seen(world, request));
    let counted = counted(world, request);
    let missing = world.hit(Fault::NodeIdMissing, &said).is_some();
    let empty = world.hit(Fault::NodeIdEmpty, &said).is_some();
    let upper = world.hit(Fault::HostnameUpper, &said).is_some();
    let null = world.hit(Fault::NodesNull, &said).is_some();
    let Some(found) = world.cluster(id) else { return unknown(world, request) };
    let listed = world.workers.iter().filter(|it| it.cluster == found.id && it.is_listed(seen));
    let nodes: Vec<Value> = listed
        .map(|it| {
            let mut node = node(world, it, seen);
            let fields = node.as_object_mut().expect("it is one");
            if missing {
                fields.remove("identifier");
            }
            if empty {
                fields["identifier"] = json!("");
            }
            if upper {
                fields["hostname"] = json!(it.hostname.to_uppercase());
            }
            node
        })
        .collect();
    let mut data = cluster(world, found, seen, counted);
    data["nodes"] = if null { Value::Null } else { json!(nodes) };
    Reply::data(data)
}

/// The fields of both known descriptions at once.
fn node(world: &World, it: &Worker, seen: u64) -> Value {
    let size = size(world, it.size);
    let (role, node_type) = if it.group.is_some() { ("slave", 2) } else { ("master", 1) };
    let status = match it.stage(seen) {
        Stage::Accepted | Stage::Provisioning => "provisioning",
        Stage::Running | Stage::Joined => "running",
        Stage::Deleting | Stage::Gone => "deleting",
    };
    json!({
        "id": it.id, "identifier": it.identifier, "user_id": 7, "hostname": it.hostname, "role": role,
        "node_type": node_type, "status": status, "ip": it.ip, "default_ip": it.ip, "private_ip": it.private_ip,
        "node_id": 31, "datacenter_id": 4, "cpu": size.cpu, "ram": size.ram_mb, "disk": size.disk_gb,
        "created_on": stamp(it.accepted_ms),
    })
}

fn groups(world: &mut World, request: &Request, id: &str) -> Reply {
    let seen = seen(world, request);
    let counted = counted(world, request);
    if world.cluster(id).is_none() {
        return unknown(world, request);
    }
    let shown = of_cluster(world, id).filter(|it| it.created_ms <= seen);
    Reply::list(shown.map(|it| group(world, it, seen, counted)).collect())
}

fn of_cluster<'a>(world: &'a World, id: &str) -> impl Iterator<Item = &'a Group> {
    let cluster = world.cluster(id).map(|it| it.id);
    world.groups.iter().filter(move |it| Some(it.cluster) == cluster)
}

fn group(world: &World, it: &Group, seen: u64, at_accept: bool) -> Value {
    let size = size(world, it.size);
    let members = world.workers.iter().filter(|node| node.group == Some(it.id));
    json!({
        "id": it.id, "identifier": it.identifier, "group_name": it.name, "user_id": 7, "boxsize_id": it.size,
        "datacenter_id": 4, "ram": size.ram_mb, "cpu": size.cpu, "ssd": size.disk_gb, "traffic": 4000, "notes": null,
        "created_on": stamp(it.created_ms), "last_updated": stamp(it.created_ms), "dropped_on": null, "is_active": 1,
        "is_deleted": 0, "project_id": 11, "cluster_id": it.cluster,
        "nodes_count": members.filter(|node| counts(world, node, seen, at_accept)).count(),
        "dcIdentifier": world.datacenter,
    })
}

fn offers(world: &mut World, request: &Request) -> Reply {
    if request.text("dcIdentifier") != world.datacenter {
        return Reply::list(Vec::new());
    }
    let missing = world.hit(Fault::OfferMissing, &request.said());
    let offered = world.sizes.iter().filter(|it| Some(it.id) != missing);
    let price =
        |cents: u64| -> Value { format!("{}.{:02}", cents / 100, cents % 100).parse().expect("a number") };
    Reply::list(
        offered
            .map(|it| {
                json!({"id": it.id, "name": it.name, "cpu": it.cpu, "ram": it.ram_mb, "disk": it.disk_gb, "price": price(it.cents)})
            })
            .collect(),
    )
}

fn size(world: &World, id: u64) -> &Size {
    world.size(id).expect("only known sizes are taken in")
}

fn add_group(world: &mut World, request: &Request) -> Reply {
    let (said, name) = (request.said(), request.text("groupName"));
    let identifier = request.text("clusterIdentifier");
    world.watch.write(&said, identifier);
    let Some(cluster) = world.cluster(identifier).map(|it| it.id) else { return unknown(world, request) };
    let Some(size) = request.number("KubeSizeID").filter(|it| world.size(*it).is_some()) else {
        return Reply::refused(500, "KubeSizeID is not valid");
    };
    let same = world.groups.iter().find(|it| it.cluster == cluster && it.size == size);
    let same = same.map_or("GRP-Advanced-c745", |it| &it.name).to_string();
    let forced = world.hit(Fault::SameSize, &said).is_some();
    if forced || world.groups.iter().any(|it| it.cluster == cluster && it.size == size) {
        let message = format!("Group {same} has same selected Size, please select another size");
        return Reply::refused(500, &message);
    }
    if name.is_empty() {
        return Reply::refused(500, "groupName is required");
    }
    let number = world.add_group(identifier, name, size, 0);
    let group = world.group(number).expect("it was added");
    Reply::data(json!({"groupId": group.identifier}))
}

/// Its workers go with it.
fn delete_group(world: &mut World, request: &Request, id: &str) -> Reply {
    world.watch.write(&request.said(), id);
    let Some(at) = world.groups.iter().position(|it| it.identifier == id) else {
        return unknown(world, request);
    };
    let group = world.groups.remove(at);
    if let Some(cluster) = world.clusters.iter().find(|it| it.id == group.cluster) {
        world.watch.write(&request.said(), &cluster.identifier);
    }
    for at in 0..world.workers.len() {
        if world.workers[at].group == Some(group.id) {
            let _ = remove(world, request, at);
        }
    }
    Reply::done()
}

fn add_worker(world: &mut World, request: &Request, id: &str, number: Option<u64>) -> Reply {
    let said = request.said();
    world.watch.write(&said, id);
    let Some(cluster) = world.cluster(id).map(|it| it.id) else { return unknown(world, request) };
    let group = number.and_then(|it| world.group(it)).filter(|it| it.cluster == cluster);
    let Some((number, size, identifier)) = group.map(|it| (it.id, it.size, it.identifier.clone())) else {
        return unknown(world, request);
    };
    world.watch.write(&said, &identifier);
    let owned = world.owned(cluster).count();
    if owned >= world.workers_max || world.hit(Fault::NodeLimit, &said).is_some() {
        let most = world.workers_max.min(owned);
        return Reply::refused(500, &format!("Worker nodes count exceeds the allowed limit {most}"));
    }
    let members = world.owned(cluster).filter(|it| it.group == Some(number)).count();
    world.watch.add(&said, number, members + 1);
    let at = world.push_worker(cluster, Some(number), size);
    let never_visible = world.hit(Fault::NeverVisible, &said).is_some();
    let stuck = world.hit(Fault::Stuck, &said).is_some();
    let never_joins = world.hit(Fault::NeverJoins, &said).is_some();
    let as_object = world.hit(Fault::AddSaysObject, &said).is_some();
    let worker = &mut world.workers[at];
    if never_visible {
        worker.visible_ms = None;
    }
    if never_visible || stuck {
        worker.running_ms = None;
    }
    if never_visible || stuck || never_joins {
        worker.joined_ms = None;
    }
    match as_object {
        true => Reply::data(json!({
            "id": worker.id, "identifier": worker.identifier, "status": "provisioning", "hostname": worker.hostname,
        })),
        false => Reply::done(),
    }
}

fn delete_worker(world: &mut World, request: &Request, id: &str) -> Reply {
    world.watch.write(&request.said(), id);
    let Some(cluster) = world.cluster(id).map(|it| it.id) else { return unknown(world, request) };
    let wanted = request.text("identifier");
    let now = world.now_ms;
    let found = world.workers.iter().position(|it| {
        it.cluster == cluster && it.identifier == wanted && it.group.is_some() && it.stage(now) != Stage::Gone
    });
    match found {
        Some(at) => remove(world, request, at),
        None => unknown(world, request),
    }
}

/// The server chooses who goes.
fn reduce(world: &mut World, request: &Request, id: &str, number: Option<u64>) -> Reply {
    world.watch.write(&request.said(), id);
    let Some(cluster) = world.cluster(id).map(|it| it.id) else { return unknown(world, request) };
    let now = world.now_ms;
    let of_group = |it: &Worker| number.is_none_or(|number| it.group == Some(number));
    let free = |it: &Worker| {
        it.cluster == cluster && it.group.is_some() && of_group(it) && it.stage(now) != Stage::Gone
    };
    let could: Vec<usize> = (0..world.workers.len()).filter(|it| free(&world.workers[*it])).collect();
    if could.is_empty() {
        return Reply::refused(500, "There are no worker nodes to remove");
    }
    let busy = could
        .iter()
        .copied()
        .find(|it| world.watch.holding_pods.contains(&world.workers[*it].hostname.to_lowercase()));
    let chance = world.random.below(could.len() as u64);
    let said = request.said();
    let at = match busy {
        Some(busy) if world.hit(Fault::ReduceTakesBusy, &said).is_some() => busy,
        _ if world.hit(Fault::ReduceTakesNewest, &said).is_some() => could[could.len() - 1],
        _ => could[usize::try_from(chance).unwrap_or(0)],
    };
    remove(world, request, at)
}

fn remove(world: &mut World, request: &Request, at: usize) -> Reply {
    let said = request.said();
    let (hostname, identifier) = (world.workers[at].hostname.clone(), world.workers[at].identifier.clone());
    world.watch.delete(&said, &hostname);
    let ips = [world.workers[at].ip.clone(), world.workers[at].private_ip.clone()];
    if let Some(rule) = world.leads_to(&identifier, &ips) {
        world.watch.delete_behind(&said, &hostname, &rule);
    }
    world.watch.write(&said, &identifier);
    if world.hit(Fault::DeleteIgnored, &said).is_none() {
        let (now, gone) = (world.now_ms, world.now_ms + world.timing.delete_ms);
        world.workers[at].going_ms.get_or_insert((now, gone));
    }
    Reply::json(200, json!({"error": false, "code": 200, "message": "Node deletion was started"}))
}

fn unknown(world: &mut World, request: &Request) -> Reply {
    match world.hit(Fault::UnknownSaysFalse, &request.said()) {
        Some(_) => Reply::data(Value::Bool(false)),
        None => Reply::not_found(),
    }
}
