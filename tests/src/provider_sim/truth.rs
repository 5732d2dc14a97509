//! What is really there: servers and balancers of the provider, objects of the cluster.

use decide::provision::{Backend, Machine, Mark, Node, Rule, Server, Target};
use decide::time::Time;
use decide::world::Name;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Default)]
pub struct Truth {
    pub servers: Vec<RealServer>,
    pub machines: BTreeMap<Name, Machine>,
    pub nodes: BTreeMap<Name, Node>,
    pub rules: Vec<Rule>,
    pub groups: BTreeMap<Name, u64>,
    /// Of the last change of any object.
    pub version: u64,
    pub made: u32,
}

#[derive(Debug, Clone)]
pub struct RealServer {
    pub server: Server,
    /// The machine it was bought for.
    pub bought_for: Option<Name>,
    pub ip: Name,
    pub visible: Time,
    /// Its id is told from here on.
    pub named: Time,
    pub joins: Option<Time>,
    pub gone: Option<Time>,
    /// Its deletion was accepted.
    pub unwanted: bool,
    pub foreign: bool,
}

impl RealServer {
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.gone.is_none()
    }
}

impl Truth {
    pub fn next_version(&mut self) -> u64 {
        self.version += 1;
        self.version
    }

    /// What a list shows that is a picture of this time.
    #[must_use]
    pub fn listed(&self, at: Time) -> Vec<Server> {
        let shown = self.servers.iter().filter(|it| it.visible <= at && it.gone.is_none_or(|gone| gone > at));
        shown
            .map(|it| {
                let mut server = it.server.clone();
                if it.named > at {
                    server.id = "".into();
                }
                server
            })
            .collect()
    }

    #[must_use]
    pub fn with_id(&self, id: &str) -> Option<usize> {
        self.servers.iter().position(|it| it.server.id.eq_ignore_ascii_case(id) && it.is_there())
    }

    #[must_use]
    pub fn node_of(&self, server: &RealServer) -> Option<&Node> {
        self.nodes.get(&*server.server.host.to_lowercase())
    }

    pub fn buy(
        &mut self,
        backend: Backend,
        machine: &Name,
        group: &Name,
        host: &Name,
        visible: Time,
    ) -> usize {
        self.made += 1;
        let made = self.made;
        let host: Name = match backend {
            Backend::Managed => format!("HEL-Kube-{group}-SLAVE-{made:04x}").into(),
            Backend::Plain => host.clone(),
        };
        let server =
            Server { id: format!("ID-{made:06}").into(), host, group: group.clone(), mark: Mark::Unmarked };
        self.servers.push(RealServer {
            server,
            bought_for: Some(machine.clone()),
            ip: format!("10.{}.{}.{}", made / 65536, made / 256 % 256, made % 256).into(),
            visible,
            named: visible,
            joins: None,
            gone: None,
            unwanted: false,
            foreign: false,
        });
        self.servers.len() - 1
    }

    /// The cloud controller: Nodes that can serve are backends of every rule, excluded ones of none,
    /// but for a rule that it forgets.
    pub fn balance(&mut self, forgotten: Option<usize>) {
        let nodes: BTreeMap<&Name, &Node> =
            self.nodes.values().flat_map(|node| node.addresses.iter().map(move |ip| (ip, node))).collect();
        for (at, rule) in self.rules.iter_mut().enumerate() {
            if Some(at) == forgotten {
                continue;
            }
            // A Node that is gone is no backend, unless it was never ours.
            rule.backends.retain(|it| match nodes.get(&it.ip) {
                Some(node) => !node.excluded,
                None => it.ip.starts_with("192."),
            });
            let named: BTreeSet<&Name> = rule.backends.iter().map(|it| &it.ip).collect();
            let serves = |it: &Node| it.dressed && !it.excluded;
            let new = nodes.iter().filter(|it| serves(it.1) && !named.contains(*it.0));
            let new: Vec<Target> = new
                .map(|(ip, _)| Target { id: format!("{}/{ip}", rule.name).into(), ip: (*ip).clone() })
                .collect();
            rule.backends.extend(new);
        }
    }
}
