//! Plain servers: as they are listed, and as one is ordered.

use super::{Loose, Wire, Wrong, addresses, id, id_if_told, time};
use crate::id::{DatacenterId, ServerId};
use crate::model::{PendingServer, Server, ServerName, ServerOrder};
use serde::{Deserialize, Serialize};

/// Its `initial_password` is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WireServer {
    identifier: Loose,
    hostname: Loose,
    default_ip: Loose,
    default_ipv6: Loose,
    private_ip: Loose,
    #[serde(rename = "publicIp")]
    public_ip: Loose,
    project_id: Loose,
    #[serde(rename = "projectId")]
    project: Loose,
    #[serde(rename = "dcIdentifier")]
    datacenter: Loose,
    cpu: Loose,
    ram: Loose,
    ssd: Loose,
    is_active: Loose,
    power: Loose,
    is_locked: Loose,
    is_suspended: Loose,
    is_terminated: Loose,
    is_deleted: Loose,
    notes: Loose,
    created_on: Loose,
}

impl Wire for WireServer {
    type Noun = Server;

    fn read(self) -> Result<Server, Wrong> {
        let project = if self.project_id.as_str().is_empty() { &self.project } else { &self.project_id };
        Ok(Server {
            id: id("identifier", &self.identifier, ServerId::parse)?,
            hostname: self.hostname.to_string(),
            addresses: addresses(&[
                ("default_ip", &self.default_ip),
                ("publicIp", &self.public_ip),
                ("private_ip", &self.private_ip),
                ("default_ipv6", &self.default_ipv6),
            ])?,
            project: project.to_string(),
            datacenter: id_if_told("dcIdentifier", &self.datacenter, DatacenterId::parse)?,
            cpu: self.cpu.whole("cpu")?,
            ram_mb: self.ram.whole("ram")?,
            disk_gb: self.ssd.whole("ssd")?,
            active: self.is_active.is_true(),
            powered: self.power.is_true(),
            locked: self.is_locked.is_true(),
            suspended: self.is_suspended.is_true(),
            deleted: self.is_deleted.is_true() || self.is_terminated.is_true(),
            notes: self.notes.to_string(),
            created: time(&self.created_on),
        })
    }
}

/// A single one comes with what surrounds it.
#[derive(Debug, Deserialize)]
pub struct WireSingle {
    #[serde(rename = "vmData")]
    server: WireServer,
}

impl Wire for WireSingle {
    type Noun = Server;

    fn read(self) -> Result<Server, Wrong> {
        self.server.read().map_err(|it| format!("vmData.{it}"))
    }
}

#[derive(Debug, Deserialize)]
pub struct WirePending {
    data: WireOrdered,
}

#[derive(Debug, Deserialize)]
struct WireOrdered {
    hostname: Loose,
    #[serde(default)]
    notes: Loose,
}

impl Wire for WirePending {
    type Noun = PendingServer;

    fn read(self) -> Result<PendingServer, Wrong> {
        Ok(PendingServer { hostname: self.data.hostname.to_string(), notes: self.data.notes.to_string() })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WireServerName {
    identifier: Loose,
    hostname: Loose,
    #[serde(rename = "type")]
    kind: Loose,
    default_ip: Loose,
    default_ipv6: Loose,
    private_ip: Loose,
    #[serde(rename = "dcIdentifier")]
    datacenter: Loose,
}

impl Wire for WireServerName {
    type Noun = ServerName;

    fn read(self) -> Result<ServerName, Wrong> {
        Ok(ServerName {
            id: id("identifier", &self.identifier, ServerId::parse)?,
            hostname: self.hostname.to_string(),
            kind: self.kind.to_string(),
            addresses: addresses(&[
                ("default_ip", &self.default_ip),
                ("private_ip", &self.private_ip),
                ("default_ipv6", &self.default_ipv6),
            ])?,
            datacenter: id_if_told("dcIdentifier", &self.datacenter, DatacenterId::parse)?,
        })
    }
}

/// Flags are texts: numbers were seen to be passed over in silence.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WireOrder<'a> {
    resource_identifier: &'a str,
    os_identifier: &'a str,
    dc_identifier: &'a str,
    hostname: &'a str,
    project_id: &'a str,
    #[serde(rename = "addPublicIpV4")]
    public_ipv4: &'static str,
    #[serde(rename = "addPublicIpV6")]
    public_ipv6: &'static str,
    add_private_ip: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssh_key_identifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_identifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_data: Option<&'a str>,
    tags: &'a [String],
    notes: &'a str,
}

impl<'a> WireOrder<'a> {
    pub fn of(order: &'a ServerOrder) -> WireOrder<'a> {
        let ServerOrder {
            hostname,
            plan,
            image,
            datacenter,
            project,
            public_ipv4,
            public_ipv6,
            private_ip,
            ssh_key,
            script,
            user_data,
            tags,
            notes,
        } = order;
        let flag = |it: &bool| if *it { "1" } else { "0" };
        WireOrder {
            resource_identifier: plan.as_str(),
            os_identifier: image.as_str(),
            dc_identifier: datacenter.as_str(),
            hostname,
            project_id: project.as_str(),
            public_ipv4: flag(public_ipv4),
            public_ipv6: flag(public_ipv6),
            add_private_ip: flag(private_ip),
            ssh_key_identifier: ssh_key.as_ref().map(crate::id::SshKeyId::as_str),
            script_identifier: script.as_ref().map(crate::id::ScriptId::as_str),
            user_data: user_data.as_ref().map(crate::credentials::Secret::expose),
            tags,
            notes,
        }
    }
}
