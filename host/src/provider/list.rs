//! Servers, machines and nodes side by side. All three should tell the same story; where they do not, this says
//! how.

use super::side::{ClusterSide, Side};
use decide::marks;
use decide::world::{Machine, Node, Ready, World};
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use vpsie::Role;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    pub url: String,
    /// Whether nodes and machines were there to compare with.
    pub compared: bool,
    pub clusters: Vec<ClusterRow>,
    pub groups: Vec<GroupRow>,
    pub rows: Vec<Row>,
    /// What could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterRow {
    pub name: String,
    pub identifier: String,
    pub version: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub out_of_step: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupRow {
    pub name: String,
    pub cluster: String,
    pub number: u64,
    pub size: u64,
    pub nodes: u64,
    pub cpu: u64,
    pub memory_mb: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_per_month: Option<String>,
}

/// One name, and who knows it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Worker, ControlPlane or Server; none where the provider does not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<MachineRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub out_of_step: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct MachineRow {
    pub name: String,
    pub group: String,
    pub phase: String,
}

impl Listing {
    #[must_use]
    pub fn out_of_step(&self) -> usize {
        let rows = self.rows.iter().filter(|it| !it.out_of_step.is_empty()).count();
        rows + self.clusters.iter().filter(|it| !it.out_of_step.is_empty()).count()
    }
}

/// `world`: what Kubernetes shows; none: there is nothing to compare with.
#[must_use]
pub fn list(url: &str, side: &Side, world: Option<&World>) -> Listing {
    let mut rows = Rows::default();
    for cluster in &side.clusters {
        rows.workers(cluster);
    }
    rows.servers(side);
    rows.names(side);
    if let Some(world) = world {
        rows.nodes(world);
        rows.machines(world);
        rows.compare(world, side.problems.is_empty());
    }
    let mut rows = rows.0;
    rows.sort_by(|a, b| (&a.name, &a.server).cmp(&(&b.name, &b.server)));
    Listing {
        url: url.to_string(),
        compared: world.is_some(),
        clusters: side.clusters.iter().map(cluster).collect(),
        groups: side.clusters.iter().flat_map(groups).collect(),
        rows,
        problems: side.problems.clone(),
    }
}

fn cluster(side: &ClusterSide) -> ClusterRow {
    let workers = side.nodes.iter().filter(|it| it.role != Role::ControlPlane).count() as u64;
    let grouped: u64 = side.groups.iter().map(|it| it.nodes).sum();
    let mut out_of_step = Vec::new();
    if grouped != workers {
        out_of_step.push(format!("its groups count {grouped} workers, and it shows {workers}"));
    }
    ClusterRow {
        name: side.cluster.name.clone(),
        identifier: side.cluster.id.to_string(),
        version: side.cluster.version.clone(),
        out_of_step,
    }
}

fn groups(side: &ClusterSide) -> impl Iterator<Item = GroupRow> {
    side.groups.iter().map(|it| GroupRow {
        name: it.name.clone(),
        cluster: side.cluster.name.clone(),
        number: it.number.0,
        size: it.size.0,
        nodes: it.nodes,
        cpu: it.cpu,
        memory_mb: it.ram_mb,
        price_per_month: side
            .sizes
            .iter()
            .find(|size| size.id == it.size)
            .map(|size| size.price_per_month.to_string()),
    })
}

#[derive(Debug, Default)]
struct Rows(Vec<Row>);

impl Rows {
    fn workers(&mut self, side: &ClusterSide) {
        for node in &side.nodes {
            let mut row = Row {
                name: node.node_name(),
                cluster: Some(side.cluster.name.clone()),
                kind: Some(match node.role {
                    Role::Worker => "Worker",
                    Role::ControlPlane => "ControlPlane",
                    Role::Unknown => "Unknown",
                }),
                server: node.id.as_ref().map(ToString::to_string),
                status: node.status.clone(),
                addresses: node.addresses.clone(),
                ..Row::default()
            };
            if node.role == Role::Worker && node.id.is_none() {
                row.out_of_step.push("the API tells no identifier: it cannot be deleted".into());
            }
            self.push(row);
        }
    }

    fn servers(&mut self, side: &Side) {
        for server in &side.servers {
            let state = match (server.deleted, server.suspended, server.active, server.powered) {
                (true, ..) => "deleted",
                (_, true, ..) => "suspended",
                (_, _, false, _) => "provisioning",
                (_, _, _, true) => "running",
                _ => "stopped",
            };
            self.push(Row {
                name: server.hostname.to_lowercase(),
                kind: Some("Server"),
                server: Some(server.id.to_string()),
                status: state.into(),
                addresses: server.addresses.clone(),
                ..Row::default()
            });
        }
    }

    fn push(&mut self, mut row: Row) {
        if let Some(other) = self.0.iter_mut().find(|it| it.name == row.name) {
            let same = "another server has the same name".to_string();
            if !other.out_of_step.contains(&same) {
                other.out_of_step.push(same.clone());
            }
            row.out_of_step.push(same);
        }
        self.0.push(row);
    }

    /// The provider's second list of names should say the same as the first.
    fn names(&mut self, side: &Side) {
        let names: BTreeMap<String, &str> =
            side.names.iter().map(|it| (it.hostname.to_lowercase(), it.id.as_str())).collect();
        for row in &mut self.0 {
            match (names.get(&row.name), &row.server) {
                (Some(other), Some(server)) if other != server => {
                    row.out_of_step.push(format!("the list of names knows it as server {other}"));
                }
                _ => {}
            }
        }
    }

    fn nodes(&mut self, world: &World) {
        for node in &world.nodes {
            let told = server_of(&node.provider_id);
            let by_server = |it: &Row| told.is_some() && it.server.as_deref() == told;
            let at = self
                .0
                .iter()
                .position(by_server)
                .or_else(|| self.0.iter().position(|it| *it.name == *node.name));
            let row = match at {
                Some(at) => &mut self.0[at],
                None => self.add(&node.name),
            };
            row.node = Some(ready(node));
            match (told, &row.server) {
                (Some(told), Some(server)) if told != server => {
                    row.out_of_step.push(format!("its node says that it is server {told}"));
                }
                _ => {}
            }
        }
    }

    fn machines(&mut self, world: &World) {
        for machine in &world.machines {
            let name = if machine.node.is_empty() { &machine.name } else { &machine.node };
            let at = self.0.iter().position(|it| *it.name == **name);
            let row = match at {
                Some(at) => &mut self.0[at],
                None => self.add(name),
            };
            if row.machine.is_some() {
                row.out_of_step.push(format!("machine {} claims it too", machine.name));
                continue;
            }
            row.machine = Some(MachineRow {
                name: machine.name.to_string(),
                group: machine.group.to_string(),
                phase: machine.phase.to_string(),
            });
        }
    }

    fn add(&mut self, name: &str) -> &mut Row {
        self.0.push(Row { name: name.to_string(), ..Row::default() });
        self.0.last_mut().expect("it was pushed")
    }

    /// `whole`: the provider showed all that it has; what is missing elsewise may just not have been read.
    fn compare(&mut self, world: &World, whole: bool) {
        // An account may have several clusters, and this is one of them: that which shows its nodes.
        let mut ours: Vec<String> =
            self.0.iter().filter(|it| it.node.is_some()).filter_map(|it| it.cluster.clone()).collect();
        ours.sort_unstable();
        ours.dedup();
        let machines: BTreeMap<&str, &Machine> = world.machines.iter().map(|it| (&*it.name, it)).collect();
        for row in &mut self.0 {
            let foreign = row.cluster.as_ref().is_some_and(|it| !ours.is_empty() && !ours.contains(it));
            if foreign {
                continue;
            }
            let phase = row.machine.as_ref().map(|it| Phase::of(&it.phase));
            let node = world.find_node(&row.name).map(|it| world.node(it));
            let label = node.and_then(|it| it.labels.get(marks::GROUP)).filter(|it| !it.is_empty());
            let wrong = match (row.kind, phase, row.node) {
                (Some("Worker"), None, None) => Some("no machine and no node knows this server".into()),
                (Some(_), Some(Phase::Here), None) => {
                    Some("its machine is done, and there is no node".into())
                }
                (Some(_), Some(Phase::Failed), _) => {
                    Some("its machine failed, and the server is still there".into())
                }
                (None, ..) if !whole => None,
                (None, Some(Phase::Here | Phase::Coming { seen: true }), _) => {
                    Some("its machine has no server".into())
                }
                (None, _, Some(_)) => Some("its node has no server".into()),
                (_, None, Some(_)) => {
                    label.map(|it| format!("its node is of group {it}, and there is no machine"))
                }
                _ => None,
            };
            row.out_of_step.extend(wrong);
            if let Some(machine) = row.machine.as_ref().and_then(|it| machines.get(&*it.name))
                && let Some(label) = label.filter(|it| **it != machine.group)
            {
                let wrong =
                    format!("its node is of group {label}, and its machine of group {}", machine.group);
                row.out_of_step.push(wrong);
            }
        }
    }
}

/// What a machine's phase means for what should be there.
enum Phase {
    /// `seen`: its server should show.
    Coming {
        seen: bool,
    },
    Here,
    Leaving,
    Failed,
}

impl Phase {
    fn of(phase: &str) -> Phase {
        match phase {
            "Ready" => Phase::Here,
            "Failed" => Phase::Failed,
            "Terminating" | "Deleting" => Phase::Leaving,
            "Provisioned" | "Joining" => Phase::Coming { seen: true },
            _ => Phase::Coming { seen: false },
        }
    }
}

fn ready(node: &Node) -> &'static str {
    match node.ready {
        Ready::Yes { .. } => "Ready",
        Ready::No { .. } | Ready::Absent => "NotReady",
    }
}

/// `vpsie://ID`, `vpsie://DATACENTER/CLUSTER/ID` or `ID`; mostly it is empty.
fn server_of(provider_id: &str) -> Option<&str> {
    let rest = provider_id.strip_prefix("vpsie://").unwrap_or(provider_id);
    let id = rest.rsplit('/').next().unwrap_or(rest);
    (!id.is_empty() && !rest.contains("://")).then_some(id)
}
