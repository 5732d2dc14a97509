//! VPSieNode: one machine, from the wish for it to its clean end.

use super::fields::fields;
use super::parts::{Condition, When};
use super::record::Record;
use super::rules;
use kube::CustomResource;

const BOUGHT: &str = "the server may have been bought already; delete this machine, and another one is made";

fields! {
    #[derive(CustomResource)]
    #[kube(
        group = "autoscaler.vpsie.com",
        version = "v1alpha1",
        kind = "VPSieNode",
        root = "VpsieNode",
        plural = "vpsienodes",
        singular = "vpsienode",
        namespaced,
        status = "VpsieNodeStatus",
        derive = "PartialEq",
        doc = "One machine of a NodeGroup, from the wish for it to its clean end.",
        shortname = "vn",
        shortname = "vns",
        printcolumn(name = "VPS ID", type_ = "integer", json_path = ".spec.vpsieInstanceID"),
        printcolumn(name = "Node", type_ = "string", json_path = ".status.nodeName"),
        printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
        printcolumn(name = "Instance Type", type_ = "string", json_path = ".spec.instanceType"),
        printcolumn(name = "NodeGroup", type_ = "string", json_path = ".spec.nodeGroupName"),
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
    )]
    #[x_kube(
        validation = rules::fixed("nodeGroupName", "''", BOUGHT),
        validation = rules::fixed("datacenterID", "''", BOUGHT),
        validation = rules::fixed("resourceIdentifier", "''", BOUGHT),
    )]
    pub struct VpsieNodeSpec {
        /// The NodeGroup that it belongs to.
        #[schemars(length(min = 1))]
        node_group_name: String,
        ;
        /// The provider's number of a plain server; 0 for a worker of the provider's own cluster.
        #[serde(rename = "vpsieInstanceID")]
        #[schemars(range(min = 0))]
        vpsie_instance_id: i64,
        /// The size.
        instance_type: String,
        #[serde(rename = "datacenterID")]
        datacenter_id: String,
        /// The provider's identifier of the cluster. Empty: a plain server.
        resource_identifier: String,
        project: String,
        #[schemars(length(max = rules::VERSION_LENGTH_MAX))]
        #[x_kube(validation = rules::version(""))]
        kubernetes_version: String,
        #[serde(rename = "osImageID")]
        os_image_id: String,
        #[serde(rename = "sshKeyIDs")]
        ssh_key_ids: Vec<String>,
        node_name: String,
        ip_address: String,
        #[serde(rename = "ipv6Address")]
        ipv6_address: String,
        /// The provider's number of the group.
        #[serde(rename = "vpsieGroupID")]
        #[schemars(range(min = 0))]
        vpsie_group_id: i64,
        /// The provider's identifier of the server.
        vpsie_node_identifier: String,
    }
}

fields! {
    #[derive(Default)]
    pub struct VpsieNodeStatus {
        ;
        /// Pending, Provisioning, Provisioned, Joining, Ready, Terminating, Deleting or Failed.
        phase: String,
        /// The Node that the machine has become.
        node_name: String,
        vpsie_status: String,
        /// The server's host name.
        hostname: String,
        resources: MachineResources,
        created_at: When,
        provisioned_at: When,
        joined_at: When,
        ready_at: When,
        terminating_at: When,
        deleted_at: When,
        #[x_kube(merge_strategy = ListMerge::Map(vec!["type".to_string()]))]
        conditions: Vec<Condition>,
        last_error: String,
        observed_generation: i64,
        record: Record,
    }
}

fields! {
    pub struct MachineResources {
        #[schemars(range(min = 0))]
        cpu: i64,
        #[serde(rename = "memoryMB")]
        #[schemars(range(min = 0))]
        memory_mb: i64,
        #[serde(rename = "diskGB")]
        #[schemars(range(min = 0))]
        disk_gb: i64,
        ;
        #[serde(rename = "bandwidthGB")]
        #[schemars(range(min = 0))]
        bandwidth_gb: i64,
    }
}
