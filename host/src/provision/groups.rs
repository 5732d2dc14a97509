//! What the provider must be told about a group to give it servers.

use decide::world::Name;
use std::collections::BTreeMap;
use vpsie::{
    ClusterId, DatacenterId, GroupNumber, ImageId, PlanId, ProjectId, ScriptId, Secret, SizeId, SshKeyId,
};

/// By the name that machines give their group. Whoever keeps it names a group here before he tells the engine of
/// its first machine, and keeps it while it has any.
pub type Table = BTreeMap<Name, Facts>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facts {
    /// Workers of a cluster that the provider manages.
    Managed {
        cluster: ClusterId,
        /// Of the provider's group. It is made where there is none.
        name: String,
        size: SizeId,
        /// The provider's number of it, where that was found out earlier.
        number: Option<GroupNumber>,
    },
    /// Plain servers.
    Plain(Order),
    /// Nothing can be bought: this is what is missing.
    Incomplete { why: Name },
}

/// What a plain server of the group is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub plan: PlanId,
    pub image: ImageId,
    pub datacenter: DatacenterId,
    pub project: ProjectId,
    pub ssh_key: Option<SshKeyId>,
    pub script: Option<ScriptId>,
    /// For cloud-init. `{{hostname}}` and `{{group}}` stand for those of the server; everything else is left as
    /// it is. It usually holds the token by which a node joins.
    pub user_data: Option<Secret>,
    pub public_ipv4: bool,
    pub public_ipv6: bool,
    pub private_ip: bool,
    pub tags: Vec<String>,
}
