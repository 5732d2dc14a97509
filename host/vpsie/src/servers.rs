//! Plain servers.

use crate::call::Call;
use crate::client::Client;
use crate::clusters::statistic;
use crate::credentials::Secret;
use crate::error::Error;
use crate::id::ServerId;
use crate::model::{Deletion, PendingServer, Server, ServerName, ServerOrder};
use crate::wire::{WireOrder, WirePending, WireServer, WireServerName, WireSingle};

impl Client {
    /// Workers of managed clusters are not among them.
    ///
    /// # Errors
    ///
    /// Where they cannot be listed whole.
    pub async fn servers(&self) -> Result<Vec<Server>, Error> {
        self.list::<WireServer>(Call::get("list the servers", "vm")).await
    }

    /// None: there is no such server.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub async fn server(&self, id: &ServerId) -> Result<Option<Server>, Error> {
        self.one::<WireSingle>(Call::get(format!("read server {id}"), format!("vm/{id}"))).await
    }

    /// Those that were ordered and are not listed yet.
    ///
    /// # Errors
    ///
    /// Where they cannot be listed whole.
    pub async fn pending_servers(&self) -> Result<Vec<PendingServer>, Error> {
        self.list::<WirePending>(Call::get("list the servers that are on order", "vm/pending")).await
    }

    /// Hostnames and who they are, workers of managed clusters included.
    ///
    /// # Errors
    ///
    /// Where they cannot be listed whole.
    pub async fn server_names(&self) -> Result<Vec<ServerName>, Error> {
        self.list::<WireServerName>(Call::get("list the names of servers", "storages/vms")).await
    }

    /// Accepted is all that is told; it is found by its hostname among the pending ones, then in the list.
    ///
    /// # Errors
    ///
    /// Where it was refused, or its outcome is unknown: then it must not be sent again before a look.
    pub async fn order_server(&self, order: &ServerOrder) -> Result<(), Error> {
        let secrets: Vec<Secret> = order.user_data.iter().cloned().collect();
        let call = Call::post(format!("order server {}", order.hostname), "vm").json(&WireOrder::of(order));
        self.order(Call { secrets: &secrets, ..call }).await
    }

    /// `password`: of the account that owns the credentials, not of the server.
    ///
    /// # Errors
    ///
    /// Where it was refused (with a wrong password it still runs and is billed), or its outcome is unknown.
    pub async fn delete_server(
        &self,
        id: &ServerId,
        password: &Secret,
        reason: &str,
    ) -> Result<Deletion, Error> {
        let mut body = statistic(reason);
        body["vmIdentifier"] = id.as_str().into();
        body["password"] = password.expose().into();
        let call = Call::delete(format!("delete server {id}"), "vm").json(&body);
        self.deletion(Call { secrets: std::slice::from_ref(password), ..call }).await
    }
}
