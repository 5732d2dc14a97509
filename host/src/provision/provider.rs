//! What the engine asks of the provider, said in the words of its API.

use super::groups::{Facts, Table};
use super::{Cloud, Ended, Reading, outcome, plain};
use decide::provision::{Backend, Listing, Machine, Mark, Operation, Outcome, Rule, Server, Target};
use decide::world::Name;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use vpsie::{
    BackendId, Cause, Client, ClusterId, ClusterNode, Error, Group, GroupNumber, Role, Secret, ServerId,
    SizeId,
};

const REASON: &str = "the cluster does not need it any more";

#[derive(Debug)]
pub struct Provider {
    client: Client,
    table: watch::Receiver<Arc<Table>>,
    /// Tells our plain servers from those of other clusters.
    owner: String,
    /// Of the account: without it no plain server can be deleted.
    password: watch::Receiver<Option<Secret>>,
    known: Mutex<Known>,
}

/// What was found out and is asked for only once.
#[derive(Debug, Default)]
struct Known {
    numbers: BTreeMap<Name, GroupNumber>,
    /// Of clusters.
    groups: BTreeMap<ClusterId, Vec<Group>>,
    /// Where servers were seen last, by id.
    places: BTreeMap<ServerId, ClusterId>,
}

/// What is read for a list.
#[derive(Debug, Default)]
struct Scope {
    clusters: BTreeSet<ClusterId>,
    plain: bool,
}

impl Provider {
    /// `client` should be guarded: a request may wait long for its turn.
    #[must_use]
    pub fn new(
        client: Client,
        owner: &str,
        table: watch::Receiver<Arc<Table>>,
        password: watch::Receiver<Option<Secret>>,
    ) -> Provider {
        Provider { client, table, owner: owner.to_string(), password, known: Mutex::default() }
    }

    fn table(&self) -> Arc<Table> {
        self.table.borrow().clone()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn parts(&self) -> Scope {
        let mut scope = Scope::default();
        for facts in self.table().values() {
            match facts {
                Facts::Managed { cluster, .. } => drop(scope.clusters.insert(cluster.clone())),
                Facts::Plain(_) => scope.plain = true,
                Facts::Incomplete { .. } => {}
            }
        }
        scope
    }

    async fn create(&self, group: &Name, host: &Name) -> Ended {
        let table = self.table();
        match table.get(group) {
            None => refused(format!("nobody has said what group {group} is made of")),
            Some(Facts::Incomplete { why }) => refused(why.to_string()),
            Some(Facts::Plain(order)) => {
                let order = plain::order(order, &self.owner, group, host);
                accepted(self.client.order_server(&order).await)
            }
            Some(Facts::Managed { cluster, name, size, number }) => {
                let number = match self.number(group, cluster, name, *size, *number).await {
                    Ok(number) => number,
                    // Nothing was bought, whatever became of the group: the next try looks for it.
                    Err(error) => {
                        let ended = outcome::ended(&error);
                        let unknown = ended.outcome == Outcome::Unknown;
                        return if unknown { Ended { outcome: Outcome::Failed, ..ended } } else { ended };
                    }
                };
                let added = self.client.add_worker(cluster, number).await;
                if added.as_ref().is_err_and(|it| it.cause == Cause::NotFound) {
                    // Somebody deleted it since it was found.
                    self.known().numbers.remove(group);
                    self.known().groups.remove(cluster);
                }
                accepted(added)
            }
        }
    }

    /// The number of the provider's group, which is made if there is none of this name.
    async fn number(
        &self,
        group: &Name,
        cluster: &ClusterId,
        name: &str,
        size: SizeId,
        told: Option<GroupNumber>,
    ) -> Result<GroupNumber, Error> {
        let known = self.known().numbers.get(group).copied();
        if let Some(number) = known {
            return Ok(number);
        }
        let find = |groups: &[Group]| {
            let found = groups.iter().find(|it| Some(it.number) == told || it.name == name);
            found.map(|it| it.number)
        };
        let found = match find(&self.list_groups(cluster).await?) {
            Some(number) => Some(number),
            None => {
                self.client.add_group(cluster, name, size).await?;
                find(&self.list_groups(cluster).await?)
            }
        };
        match found {
            Some(number) => {
                self.known().numbers.insert(group.clone(), number);
                Ok(number)
            }
            None => Err(Error {
                what: format!("find group {name} of cluster {cluster}, which was just made"),
                request: "k8s/node/groups/byClusterId".to_string(),
                cause: Cause::Partial,
                said: String::new(),
                request_id: String::new(),
                outcome: vpsie::Outcome::Transient,
            }),
        }
    }

    async fn list_groups(&self, cluster: &ClusterId) -> Result<Vec<Group>, Error> {
        let groups = self.client.groups(cluster).await?;
        self.known().groups.insert(cluster.clone(), groups.clone());
        Ok(groups)
    }

    /// Exactly this server, and only if it is still called so.
    async fn delete_worker(&self, group: &Name, id: &ServerId, host: &Name) -> Ended {
        let seen = self.known().places.get(id).cloned();
        let cluster = seen.or_else(|| match self.table().get(group) {
            Some(Facts::Managed { cluster, .. }) => Some(cluster.clone()),
            _ => None,
        });
        let Some(cluster) = cluster else {
            return failed(format!("nobody knows of which cluster server {id} is"));
        };
        let nodes = match self.client.cluster(&cluster).await {
            Ok(Some(it)) => it.nodes,
            Ok(None) => return failed(format!("there is no cluster {cluster}")),
            Err(error) => return outcome::ended(&error),
        };
        let anonymous = |it: &&ClusterNode| it.id.is_none() && it.hostname.eq_ignore_ascii_case(host);
        match nodes.iter().find(|it| is(it, id)).or_else(|| nodes.iter().find(anonymous)) {
            None => Outcome::Absent.into(),
            Some(node) if node.id.is_none() => {
                failed(format!("the id of server {host} is not told just now"))
            }
            Some(node) if node.role == Role::ControlPlane => {
                failed(format!("server {id} is of the control plane"))
            }
            Some(node) if !node.hostname.eq_ignore_ascii_case(host) => {
                failed(format!("server {id} is {} now, not {host}", node.hostname))
            }
            Some(_) => outcome::deleted(self.client.delete_worker(&cluster, id).await),
        }
    }

    async fn delete_plain(&self, id: &ServerId, host: &Name) -> Ended {
        let Some(password) = self.password.borrow().clone() else {
            return failed(format!(
                "server {id} can only be deleted with the password of the account; none is given"
            ));
        };
        match self.client.server(id).await {
            Err(error) => outcome::ended(&error),
            Ok(None) => Outcome::Absent.into(),
            Ok(Some(server)) if !server.hostname.eq_ignore_ascii_case(host) => {
                failed(format!("server {id} is {} now, not {host}", server.hostname))
            }
            Ok(Some(_)) => outcome::deleted(self.client.delete_server(id, &password, REASON).await),
        }
    }

    /// All workers of a cluster, each with the group it is of.
    async fn workers(&self, cluster: &ClusterId) -> Result<Vec<Server>, Trouble> {
        let read = self.client.cluster(cluster).await?;
        let nodes = read.ok_or_else(|| Trouble::new(format!("there is no cluster {cluster}")))?.nodes;
        let table = self.table();
        let known = self.known().groups.get(cluster).cloned();
        let groups = match known.filter(|it| explains(it, &nodes, cluster, &table)) {
            Some(groups) => groups,
            None => self.list_groups(cluster).await?,
        };
        let numbers = self.known().numbers.clone();
        let name = |group: &Group| {
            let found = table.iter().find(|(key, facts)| match facts {
                Facts::Managed { cluster: of, name, number, .. } => {
                    let number = numbers.get(*key).copied().or(*number);
                    of == cluster && number.map_or(*name == group.name, |it| it == group.number)
                }
                _ => false,
            });
            found.map(|it| it.0.clone())
        };
        let mut known = self.known();
        known.places.retain(|_, place| place != cluster);
        known.places.extend(nodes.iter().filter_map(|it| Some((it.id.clone()?, cluster.clone()))));
        drop(known);
        let server = |node: &ClusterNode| Server {
            id: node.id.as_ref().map_or_else(Name::default, |it| it.as_str().into()),
            host: node.hostname.as_str().into(),
            group: of_size(node, &groups).and_then(name).unwrap_or_default(),
            mark: if node.role == Role::Worker { Mark::Unmarked } else { Mark::Foreign },
        };
        Ok(nodes.iter().map(server).collect())
    }

    /// All plain servers, those on order too. These are read first: one that comes meanwhile is seen twice, and
    /// not missed.
    async fn plain_servers(&self) -> Result<Vec<Server>, Trouble> {
        let pending = self.client.pending_servers().await?;
        let listed = self.client.servers().await?;
        let there = |host: &str| listed.iter().any(|it| it.hostname.eq_ignore_ascii_case(host));
        let pending = pending.iter().filter(|it| !there(&it.hostname));
        let pending = pending.map(|it| plain::server("", &it.hostname, &it.notes, &self.owner));
        let there = listed.iter().filter(|it| !it.deleted);
        let there = there.map(|it| plain::server(it.id.as_str(), &it.hostname, &it.notes, &self.owner));
        Ok(there.chain(pending).collect())
    }

    async fn rules(&self) -> Result<Vec<Rule>, Trouble> {
        let mut rules = Vec::new();
        for balancer in self.client.balancers().await? {
            let gone =
                || Trouble::new(format!("load balancer {} is gone since it was listed", balancer.name));
            let read = self.client.balancer(&balancer.id).await?.ok_or_else(gone)?;
            for rule in read.rules {
                let name = format!("{}/{}:{}", balancer.name, rule.scheme, rule.front_port);
                rules.extend(rule.domains.iter().map(|it| Rule {
                    name: format!("{name}/{}", it.name).into(),
                    backends: it.backends.iter().map(target).collect(),
                }));
                rules.push(Rule { name: name.into(), backends: rule.backends.iter().map(target).collect() });
            }
        }
        Ok(rules)
    }
}

impl Cloud for Provider {
    async fn run(&self, machine: &Machine, operation: Operation) -> Ended {
        match operation {
            Operation::Create { group, host, .. } => self.create(&group, &host).await,
            Operation::Delete { backend, id, host } => match (ServerId::parse(&id), backend) {
                (Ok(id), Backend::Managed) => self.delete_worker(&machine.group, &id, &host).await,
                (Ok(id), Backend::Plain) => self.delete_plain(&id, &host).await,
                (Err(error), _) => failed(format!("server {id}: {error}")),
            },
            Operation::Detach { target } => match BackendId::parse(&target) {
                Ok(target) => outcome::deleted(self.client.delete_backend(&target).await),
                Err(error) => failed(format!("backend {target}: {error}")),
            },
            other => unreachable!("{other:?} does not concern the provider"),
        }
    }

    async fn servers(&self, groups: BTreeSet<Name>) -> Reading {
        let (parts, table) = (self.parts(), self.table());
        let mut servers = Vec::new();
        let mut troubles: Vec<Trouble> = Vec::new();
        let mut whole = 0;
        let mut add = |read: Result<Vec<Server>, Trouble>| match read {
            Ok(read) => {
                whole += 1;
                servers.extend(read);
            }
            Err(trouble) => troubles.push(trouble),
        };
        for cluster in &parts.clusters {
            add(self.workers(cluster).await);
        }
        if parts.plain {
            add(self.plain_servers().await);
        }
        // Where machines of a group have their servers nobody knows who does not know the group.
        let nowhere =
            groups.iter().find(|it| matches!(table.get(*it), None | Some(Facts::Incomplete { .. })));
        if let Some(group) = nowhere {
            troubles.push(Trouble::new(format!("where group {group} has its servers is not known")));
        }
        // Where there is no machine either, there is nothing to know.
        if whole == 0 && troubles.is_empty() && !groups.is_empty() {
            troubles.push(Trouble::new("there is no group whose servers could be read".to_string()));
        }
        let said = troubles.first().map(|it| it.said.clone());
        let listing = match (troubles.is_empty(), whole) {
            (true, _) => Listing::Complete(servers),
            (false, 0) => Listing::Failed { wait_secs: troubles.iter().find_map(|it| it.wait_secs) },
            (false, _) => Listing::Partial(servers),
        };
        Reading { listing, said }
    }

    async fn balancers(&self) -> Result<Vec<Rule>, Name> {
        self.rules().await.map_err(|it| it.said)
    }

    fn scope(&self) -> BTreeSet<Name> {
        let parts = self.parts();
        let clusters = parts.clusters.iter().map(|it| it.as_str().into());
        clusters.chain(parts.plain.then(|| "plain servers".into())).collect()
    }

    fn numbers(&self) -> BTreeMap<Name, u64> {
        self.known().numbers.iter().map(|it| (it.0.clone(), it.1.0)).collect()
    }
}

/// Why something could not be read.
#[derive(Debug)]
struct Trouble {
    said: Name,
    wait_secs: Option<u32>,
}

impl Trouble {
    fn new(said: String) -> Trouble {
        Trouble { said: said.into(), wait_secs: None }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble { wait_secs: outcome::wait_secs(error.cause), said: error.to_string().into() }
    }
}

/// Every worker has a size of these groups, and every group of ours is among them.
fn explains(groups: &[Group], nodes: &[ClusterNode], cluster: &ClusterId, table: &Table) -> bool {
    let mut workers = nodes.iter().filter(|it| it.role == Role::Worker);
    let ours = table.values().all(|facts| match facts {
        Facts::Managed { cluster: of, name, number, .. } => {
            of != cluster || groups.iter().any(|it| Some(it.number) == *number || it.name == *name)
        }
        _ => true,
    });
    ours && workers.all(|it| of_size(it, groups).is_some())
}

/// The API does not tell to which group a worker belongs; its size does, since a cluster has one group of each.
/// Where that is not told either, a single group is the one.
fn of_size<'g>(node: &ClusterNode, groups: &'g [Group]) -> Option<&'g Group> {
    let mut fitting = groups.iter().filter(|it| node.shape.is_none_or(|shape| shape == it.shape()));
    let only = fitting.next()?;
    fitting.next().is_none().then_some(only)
}

fn is(node: &ClusterNode, id: &ServerId) -> bool {
    node.id.as_ref().is_some_and(|it| it.as_str().eq_ignore_ascii_case(id.as_str()))
}

fn target(backend: &vpsie::Backend) -> Target {
    let id = backend.id.as_ref().map_or_else(Name::default, |it| it.as_str().into());
    Target { id, ip: backend.ip.to_string().into() }
}

fn accepted(answer: Result<(), Error>) -> Ended {
    match answer {
        Ok(()) => Outcome::Done.into(),
        Err(error) => outcome::ended(&error),
    }
}

fn failed(said: String) -> Ended {
    Ended { outcome: Outcome::Failed, said: Some(said.into()) }
}

/// It would not be different another time, until somebody changes the group.
fn refused(why: String) -> Ended {
    let why: Name = why.into();
    Ended { outcome: Outcome::Refused { why: why.clone() }, said: Some(why) }
}
