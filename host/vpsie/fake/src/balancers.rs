//! Tier 3: load balancers.

use crate::clock::stamp;
use crate::fault::Fault;
use crate::reply::Reply;
use crate::request::{Area, Request};
use crate::world::{Backend, Balancer, Domain, Rule, World};
use serde_json::{Value, json};

/// None: not a route of this tier.
pub fn answer(world: &mut World, request: &Request) -> Option<Reply> {
    let segments = request.segments();
    if request.area == Area::Main {
        return (request.method == http::Method::GET && *segments == ["lbs", "pending"])
            .then(|| pending(world));
    }
    if request.area != Area::Balancers {
        return None;
    }
    Some(match (request.method.as_str(), &*segments) {
        ("GET", ["all"]) => all(world, request),
        ("GET", [id]) => one(world, request, id),
        ("POST", ["offers"]) => Reply::json(
            200,
            json!({"error": false, "Data": [{
                "identifier": "lb-basic", "nickname": "Basic", "cpu": 1, "ram": 1024, "ssd": 20, "traffic": 1000,
                "price": "12.50", "net_speed": 1000, "color": "#1b6", "category": "lb", "description": "",
            }]}),
        ),
        ("POST", ["create"]) => create(world, request),
        ("POST", ["rule", "add"]) => add_rule(world, request),
        ("POST", ["rule", "update"]) => update_rule(world, request),
        ("POST", ["backend", "update"]) => update_backends(world, request),
        ("DELETE", ["delete", "rule"]) => delete_rule(world, request),
        ("DELETE", ["delete", "backend"]) => delete_backend(world, request),
        ("DELETE", [id]) => delete(world, request, id),
        _ => return None,
    })
}

impl World {
    /// A load balancer that stands, with a rule and a backend for each address. Returns its identifier.
    pub fn add_balancer(&mut self, name: &str, backends: &[(&str, &str)]) -> String {
        let identifier = self.identifier();
        let backends = backends.iter().map(|(ip, server)| Backend {
            identifier: self.identifier(),
            ip: (*ip).into(),
            server: (*server).into(),
            kind: "k8s".into(),
        });
        let backends = backends.collect();
        let rule = Rule {
            identifier: self.identifier(),
            scheme: "tcp".into(),
            front_port: 443,
            back_port: 30443,
            proxy_mode: 0,
            backends,
            domains: Vec::new(),
        };
        let (listed_ms, accepted_ms) = (self.now_ms, self.now_ms);
        self.balancers.push(Balancer {
            identifier: identifier.clone(),
            name: name.into(),
            listed_ms,
            accepted_ms,
            rules: vec![rule],
        });
        identifier
    }

    /// Every rule and domain, by what it is called, with its backends.
    pub fn rules(&mut self) -> impl Iterator<Item = (String, &mut Vec<Backend>)> {
        self.balancers.iter_mut().flat_map(|balancer| {
            let name = balancer.name.clone();
            balancer.rules.iter_mut().flat_map(move |rule| {
                let name = format!("{name}/{}:{}", rule.scheme, rule.front_port);
                let domains = rule.domains.iter_mut();
                let domains = domains.map({
                    let name = name.clone();
                    move |it| (format!("{name}/{}", it.name), &mut it.backends)
                });
                domains.chain([(name, &mut rule.backends)])
            })
        })
    }

    /// A rule that names this server, by its identifier or by one of its addresses.
    pub fn leads_to(&mut self, identifier: &str, ips: &[String]) -> Option<String> {
        let is = |it: &Backend| it.server == identifier || ips.contains(&it.ip);
        self.rules().find(|it| it.1.iter().any(is)).map(|it| it.0)
    }
}

fn pending(world: &World) -> Reply {
    let waits = world.balancers.iter().filter(|it| it.listed_ms > world.now_ms);
    let rows: Vec<Value> = waits
        .map(|it| json!({"id": it.identifier, "data": {"lbName": it.name}, "running": 1, "type": "lb"}))
        .collect();
    Reply::data(json!([rows]))
}

fn all(world: &mut World, request: &Request) -> Reply {
    let late = world.hit(Fault::StaleLists, &request.said()).unwrap_or(0);
    let seen = world.now_ms.saturating_sub(late);
    Reply::list(world.balancers.iter().filter(|it| it.listed_ms <= seen).map(summary).collect())
}

fn summary(it: &Balancer) -> Value {
    json!({
        "lbName": it.name, "identifier": it.identifier, "default_ip": "198.51.100.20", "dc_name": "Helsinki", "cpu": 1,
        "ram": 1024, "ssd": 20, "traffic": 1000, "boxsize_id": 3, "package": "Basic", "created_on": stamp(it.accepted_ms),
        "updated_at": stamp(it.accepted_ms), "created_by": "Ada L", "user_id": 7,
    })
}

/// One that is not there has an empty answer, not a 404.
fn one(world: &World, _request: &Request, id: &str) -> Reply {
    let found = world.balancers.iter().find(|it| it.identifier == id && it.listed_ms <= world.now_ms);
    let Some(it) = found else { return Reply::data(json!({})) };
    Reply::data(json!({
        "lbName": it.name, "identifier": it.identifier, "default_ip": "198.51.100.20", "dc_name": "Helsinki",
        "dcId": world.datacenter, "traffic": 1000, "boxsize_id": 3, "created_by": "Ada L", "user_id": 7,
        "rules": it.rules.iter().map(|it| rule(world, it)).collect::<Vec<_>>(),
    }))
}

fn rule(world: &World, it: &Rule) -> Value {
    let domain = |it: &Domain| {
        json!({
            "domainId": it.identifier, "domainName": it.name, "algorithm": "roundrobin", "redirectHTTP": 0,
            "cookieCheck": 0, "cookieName": "", "healthCheckPath": "/", "checkInterval": 5, "fastInterval": 2,
            "rise": 2, "fall": 3, "backPort": 0, "backends": it.backends.iter().map(|it| backend(world, it)).collect::<Vec<_>>(),
        })
    };
    json!({
        "scheme": it.scheme, "frontPort": it.front_port, "backPort": it.back_port, "ruleId": it.identifier,
        "proxy_mode": it.proxy_mode, "created_on": world.stamp(), "domains": it.domains.iter().map(domain).collect::<Vec<_>>(),
        "backends": it.backends.iter().map(|it| backend(world, it)).collect::<Vec<_>>(),
    })
}

fn backend(world: &World, it: &Backend) -> Value {
    json!({
        "ip": it.ip, "identifier": it.identifier, "vmIdentifier": it.server, "type": it.kind, "created_on": world.stamp(),
    })
}

fn create(world: &mut World, request: &Request) -> Reply {
    let name = request.text("lbName").to_string();
    if name.is_empty() {
        return Reply::refused(500, "lbName is required");
    }
    let dropped = world.hit(Fault::RulesDropped, &request.said()).is_some();
    let asked = request.body["rules"].as_array().cloned().unwrap_or_default();
    let rules: Vec<Rule> = asked.iter().filter(|_| !dropped).map(|it| read_rule(world, it)).collect();
    let identifier = world.identifier();
    let (accepted_ms, listed_ms) = (world.now_ms, world.now_ms + world.timing.balancer_ms);
    world.balancers.push(Balancer { identifier, name, listed_ms, accepted_ms, rules });
    Reply::done()
}

fn read_rule(world: &mut World, asked: &Value) -> Rule {
    let number = |name: &str| crate::request::number(&asked[name]).unwrap_or(0);
    let domains = asked["domains"].as_array().cloned().unwrap_or_default();
    Rule {
        identifier: world.identifier(),
        scheme: asked["scheme"].as_str().unwrap_or("tcp").into(),
        front_port: number("frontPort"),
        back_port: number("backPort"),
        proxy_mode: number("proxyMode"),
        backends: read_backends(world, &asked["backends"]),
        domains: domains
            .iter()
            .map(|it| Domain {
                identifier: world.identifier(),
                name: it["domainName"].as_str().unwrap_or_default().into(),
                backends: read_backends(world, &it["backends"]),
            })
            .collect(),
    }
}

fn read_backends(world: &mut World, asked: &Value) -> Vec<Backend> {
    let asked = asked.as_array().cloned().unwrap_or_default();
    let text = |it: &Value, name: &str| it[name].as_str().unwrap_or_default().to_string();
    asked
        .iter()
        .map(|it| Backend {
            identifier: world.identifier(),
            ip: text(it, "ip"),
            server: text(it, "vmIdentifier"),
            kind: text(it, "type"),
        })
        .collect()
}

fn add_rule(world: &mut World, request: &Request) -> Reply {
    let wanted = request.text("lbId");
    world.watch.write(&request.said(), wanted);
    let rule = read_rule(world, &request.body);
    match world.balancers.iter_mut().find(|it| it.identifier == wanted) {
        Some(found) => {
            found.rules.push(rule);
            Reply::done()
        }
        None => Reply::not_found(),
    }
}

/// Without `proxy_mode` the server fails.
fn update_rule(world: &mut World, request: &Request) -> Reply {
    let Some(proxy_mode) = request.number("proxy_mode") else { return Reply::exception() };
    let wanted = request.text("ruleId");
    let backends = read_backends(world, &request.body["backends"]);
    let (scheme, front, back) =
        (request.text("scheme"), request.number("frontPort"), request.number("backPort"));
    let Some(balancer) = owner(world, |it| it.rules.iter().any(|it| it.identifier == wanted)) else {
        return Reply::not_found();
    };
    world.watch.write(&request.said(), &balancer);
    let rules = world.balancers.iter_mut().flat_map(|it| &mut it.rules);
    for rule in rules.filter(|it| it.identifier == wanted) {
        rule.backends.clone_from(&backends);
        rule.proxy_mode = proxy_mode;
        rule.scheme = scheme.into();
        rule.front_port = front.unwrap_or(rule.front_port);
        rule.back_port = back.unwrap_or(rule.back_port);
    }
    Reply::done()
}

fn update_backends(world: &mut World, request: &Request) -> Reply {
    let wanted = request.text("domainId");
    let backends = read_backends(world, &request.body["backends"]);
    let has = |it: &Rule| it.domains.iter().any(|it| it.identifier == wanted);
    let Some(balancer) = owner(world, |it| it.rules.iter().any(has)) else { return Reply::not_found() };
    world.watch.write(&request.said(), &balancer);
    let rules = world.balancers.iter_mut().flat_map(|it| &mut it.rules);
    for domain in rules.flat_map(|it| &mut it.domains).filter(|it| it.identifier == wanted) {
        domain.backends.clone_from(&backends);
    }
    Reply::done()
}

fn delete_rule(world: &mut World, request: &Request) -> Reply {
    let wanted = request.text("ruleId");
    let Some(balancer) = owner(world, |it| it.rules.iter().any(|it| it.identifier == wanted)) else {
        return Reply::not_found();
    };
    world.watch.write(&request.said(), &balancer);
    world.balancers.iter_mut().for_each(|it| it.rules.retain(|it| it.identifier != wanted));
    Reply::done()
}

fn delete_backend(world: &mut World, request: &Request) -> Reply {
    let wanted = request.text("backendId");
    let is_it = |it: &Backend| it.identifier == wanted;
    let has = |it: &Rule| {
        it.backends.iter().any(is_it) || it.domains.iter().any(|it| it.backends.iter().any(is_it))
    };
    let Some(balancer) = owner(world, |it| it.rules.iter().any(has)) else { return Reply::not_found() };
    let said = request.said();
    world.watch.write(&said, &balancer);
    let emptied = world.rules().find(|it| it.1.len() == 1 && it.1.iter().any(is_it)).map(|it| it.0);
    if let Some(rule) = emptied {
        world.watch.empty(&said, &rule);
    }
    if world.hit(Fault::DeleteIgnored, &said).is_none() {
        world.rules().for_each(|it| it.1.retain(|it| !is_it(it)));
    }
    Reply::done()
}

fn delete(world: &mut World, request: &Request, id: &str) -> Reply {
    world.watch.write(&request.said(), id);
    let before = world.balancers.len();
    world.balancers.retain(|it| it.identifier != id);
    if world.balancers.len() == before { Reply::not_found() } else { Reply::done() }
}

fn owner(world: &World, has: impl Fn(&Balancer) -> bool) -> Option<String> {
    world.balancers.iter().find(|it| has(it)).map(|it| it.identifier.clone())
}
