//! Load balancers, their rules, and who stands behind them.

use super::{Loose, Wire, Wrong, id, id_if_told};
use crate::id::{BackendId, BalancerId, DomainId, RuleId};
use crate::model::{Backend, Balancer, BalancerRules, Domain, Rule};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WireBalancer {
    identifier: Loose,
    #[serde(rename = "lbName")]
    name: Loose,
}

impl Wire for WireBalancer {
    type Noun = Balancer;

    fn read(self) -> Result<Balancer, Wrong> {
        Ok(Balancer {
            id: id("identifier", &self.identifier, BalancerId::parse)?,
            name: self.name.to_string(),
        })
    }
}

#[derive(Debug, Deserialize)]
pub struct WireBalancerRules {
    #[serde(flatten)]
    balancer: WireBalancer,
    rules: Option<Vec<WireRule>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireRule {
    rule_id: Loose,
    scheme: Loose,
    front_port: Loose,
    back_port: Loose,
    /// Written with an underscore where it is sent; which of the two comes back is not known.
    proxy_mode: Loose,
    #[serde(rename = "proxy_mode")]
    proxy_mode_underscore: Loose,
    backends: Option<Vec<WireBackendRead>>,
    domains: Option<Vec<WireDomain>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireDomain {
    domain_id: Loose,
    domain_name: Loose,
    backends: Option<Vec<WireBackendRead>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireBackendRead {
    identifier: Loose,
    ip: Loose,
    vm_identifier: Loose,
    #[serde(rename = "type")]
    kind: Loose,
}

impl Wire for WireBalancerRules {
    type Noun = BalancerRules;

    fn read(self) -> Result<BalancerRules, Wrong> {
        Ok(BalancerRules {
            balancer: self.balancer.read()?,
            rules: each("rules", self.rules, WireRule::read)?,
        })
    }
}

impl WireRule {
    fn read(self) -> Result<Rule, Wrong> {
        let port = |name: &str, it: &Loose| {
            let port = it.needed(name)?;
            u16::try_from(port).map_err(|_| format!("{name}: {port} is no port"))
        };
        Ok(Rule {
            id: id("ruleId", &self.rule_id, RuleId::parse)?,
            scheme: self.scheme.to_string(),
            front_port: port("frontPort", &self.front_port)?,
            back_port: port("backPort", &self.back_port)?,
            proxy_mode: self
                .proxy_mode_underscore
                .whole("proxy_mode")?
                .max(self.proxy_mode.whole("proxyMode")?),
            backends: each("backends", self.backends, WireBackendRead::read)?,
            domains: each("domains", self.domains, WireDomain::read)?,
        })
    }
}

impl WireDomain {
    fn read(self) -> Result<Domain, Wrong> {
        Ok(Domain {
            id: id("domainId", &self.domain_id, DomainId::parse)?,
            name: self.domain_name.to_string(),
            backends: each("backends", self.backends, WireBackendRead::read)?,
        })
    }
}

impl WireBackendRead {
    fn read(self) -> Result<Backend, Wrong> {
        Ok(Backend {
            id: id_if_told("identifier", &self.identifier, BackendId::parse)?,
            ip: self.ip.as_str().trim().parse().map_err(|_| "ip: an IP address was expected".to_string())?,
            server: self.vm_identifier.to_string(),
            kind: self.kind.to_string(),
        })
    }
}

fn each<W, T>(name: &str, rows: Option<Vec<W>>, read: fn(W) -> Result<T, Wrong>) -> Result<Vec<T>, Wrong> {
    let rows = rows.unwrap_or_default().into_iter().enumerate();
    rows.map(|(at, it)| read(it).map_err(|it| format!("{name}[{at}].{it}"))).collect()
}

/// A backend as it is set.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WireBackend<'a> {
    ip: String,
    vm_identifier: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

impl<'a> WireBackend<'a> {
    pub fn of(backend: &'a Backend) -> WireBackend<'a> {
        let Backend { id: _, ip, server, kind } = backend;
        // Whoever reads them does not always tell the kind; ours are workers.
        let kind = if kind.is_empty() { "k8s" } else { kind };
        WireBackend { ip: ip.to_string(), vm_identifier: server, kind }
    }
}
