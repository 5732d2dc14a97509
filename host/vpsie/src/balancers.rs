//! Load balancers, as far as a node that leaves must leave them too.

use crate::base::Area;
use crate::call::Call;
use crate::client::Client;
use crate::error::Error;
use crate::id::{BackendId, BalancerId, DomainId};
use crate::model::{Backend, Balancer, BalancerRules, Deletion, Rule};
use crate::wire::{WireBackend, WireBalancer, WireBalancerRules};
use serde_json::json;

impl Client {
    /// # Errors
    ///
    /// Where they cannot be listed whole.
    pub async fn balancers(&self) -> Result<Vec<Balancer>, Error> {
        let path = "all?sortField=created_on&sortDirection=DESC";
        self.list::<WireBalancer>(Call::get("list the load balancers", path).area(Area::Balancers)).await
    }

    /// None: there is no such load balancer.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub async fn balancer(&self, id: &BalancerId) -> Result<Option<BalancerRules>, Error> {
        let call = Call::get(format!("read load balancer {id}"), id.to_string());
        self.one::<WireBalancerRules>(call.area(Area::Balancers)).await
    }

    /// # Errors
    ///
    /// Where it was refused, or its outcome is unknown.
    pub async fn delete_backend(&self, id: &BackendId) -> Result<Deletion, Error> {
        let call = Call::delete(format!("delete backend {id} of a load balancer"), "delete/backend");
        self.deletion(call.area(Area::Balancers).json(&json!({"backendId": id.as_str()}))).await
    }

    /// Gives a domain these backends and no others.
    ///
    /// # Errors
    ///
    /// Where it was refused, or its outcome is unknown.
    pub async fn set_domain_backends(&self, domain: &DomainId, backends: &[Backend]) -> Result<(), Error> {
        let body = json!({"domainId": domain.as_str(), "backends": wired(backends)});
        let what = format!("set the backends of domain {domain} of a load balancer");
        self.order(Call::post(what, "backend/update").area(Area::Balancers).json(&body)).await
    }

    /// Gives a rule the backends that stand in it, and no others.
    ///
    /// # Errors
    ///
    /// Where it was refused, or its outcome is unknown.
    pub async fn set_rule(&self, rule: &Rule) -> Result<(), Error> {
        let Rule { id, scheme, front_port, back_port, proxy_mode, backends, domains: _ } = rule;
        // Without proxy_mode the server fails.
        let body = json!({
            "ruleId": id.as_str(), "scheme": scheme, "frontPort": front_port, "backPort": back_port,
            "proxy_mode": proxy_mode, "backends": wired(backends),
        });
        let what = format!("set the backends of rule {id} of a load balancer");
        self.order(Call::post(what, "rule/update").area(Area::Balancers).json(&body)).await
    }
}

fn wired(backends: &[Backend]) -> Vec<WireBackend<'_>> {
    backends.iter().map(WireBackend::of).collect()
}
