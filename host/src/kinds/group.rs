//! NodeGroup: nodes of one kind, and between how many of them there may be.

use super::fields::fields;
use super::parts::{Condition, CostOptimization, ScaleDownPolicy, ScaleUpPolicy, SpotConfig, Taint, When};
use super::rules;
use kube::CustomResource;
use std::collections::BTreeMap;

const MOVED: &str = "the group's machines are there already; make another NodeGroup";
const RESIZED: &str = "the provider's group has that size; make another NodeGroup";

fields! {
    #[derive(CustomResource)]
    #[kube(
        group = "autoscaler.vpsie.com",
        version = "v1alpha1",
        kind = "NodeGroup",
        namespaced,
        status = "NodeGroupStatus",
        derive = "PartialEq",
        validation = Rule::new("size(self.metadata.name) <= 63")
            .message("the name is too long: nodes bear it as a label, which has at most 63 characters"),
        doc = "Nodes of one kind, and between how many of them there may be.",
        shortname = "ng",
        shortname = "ngs",
        scale(spec_replicas_path = ".spec.desiredNodes", status_replicas_path = ".status.currentNodes"),
        printcolumn(name = "Min", type_ = "integer", json_path = ".spec.minNodes"),
        printcolumn(name = "Max", type_ = "integer", json_path = ".spec.maxNodes"),
        printcolumn(name = "Desired", type_ = "integer", json_path = ".status.desiredNodes"),
        printcolumn(name = "Current", type_ = "integer", json_path = ".status.currentNodes"),
        printcolumn(name = "Ready", type_ = "integer", json_path = ".status.readyNodes"),
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
    )]
    #[x_kube(
        validation = Rule::new("self.minNodes <= self.maxNodes")
            .message("minNodes is above maxNodes: lower the one or raise the other")
            .field_path(".minNodes"),
        validation = Rule::new("!has(self.desiredNodes) || self.desiredNodes <= self.maxNodes")
            .message("desiredNodes is above maxNodes: raise maxNodes, or scale to fewer nodes")
            .field_path(".desiredNodes"),
        validation = rules::fixed("datacenterID", "''", MOVED),
        validation = rules::fixed("resourceIdentifier", "''", MOVED),
        validation = rules::fixed("kubeSizeID", "0", RESIZED),
    )]
    pub struct NodeGroupSpec {
        /// The group is never made smaller than this.
        #[schemars(range(min = 0))]
        min_nodes: i32,
        /// The group is never made larger than this.
        #[schemars(range(min = 1))]
        max_nodes: i32,
        ;
        /// At least so many nodes for now, as set by `kubectl scale`; minNodes and maxNodes hold all the same.
        /// 0 or absent: as many as are needed.
        #[schemars(range(min = 0))]
        desired_nodes: i32,
        /// Where the nodes are. It cannot be changed.
        #[serde(rename = "datacenterID")]
        datacenter_id: String,
        /// The provider's identifier of the cluster. It cannot be changed.
        resource_identifier: String,
        /// The provider's project.
        project: String,
        /// The sizes that nodes may have; the first is taken unless preferredInstanceType says otherwise.
        #[serde(rename = "offeringIDs")]
        #[schemars(length(min = 1))]
        offering_ids: Vec<String>,
        /// The version of Kubernetes on the nodes, such as v1.33.1.
        #[schemars(length(max = rules::VERSION_LENGTH_MAX))]
        #[x_kube(validation = rules::version(""))]
        kubernetes_version: String,
        #[serde(rename = "osImageID")]
        os_image_id: String,
        /// The size of new nodes, before the first of offeringIDs.
        preferred_instance_type: String,
        /// Accepted, without effect.
        allow_mixed_instances: bool,
        /// Labels that every node of the group gets.
        #[x_kube(validation = rules::label_keys(), validation = rules::label_values())]
        #[schemars(extend("maxProperties" = rules::LABELS_MAX, "additionalProperties" = rules::short_text()))]
        labels: BTreeMap<String, String>,
        /// Taints that every node of the group gets.
        #[schemars(length(max = 64))]
        taints: Vec<Taint>,
        scale_up_policy: ScaleUpPolicy,
        scale_down_policy: ScaleDownPolicy,
        /// Of plain servers: the provider takes one key, and the first of these is given to it.
        #[serde(rename = "sshKeyIDs")]
        ssh_key_ids: Vec<String>,
        tags: Vec<String>,
        notes: String,
        /// The provider's number of the size of the group's nodes. It cannot be changed.
        #[serde(rename = "kubeSizeID")]
        #[schemars(range(min = 1))]
        kube_size_id: i32,
        spot_config: SpotConfig,
        multi_region: MultiRegion,
        cost_optimization: CostOptimization,
    }
}

fields! {
    #[derive(Default)]
    /// Accepted, without effect.
    pub struct MultiRegion {
        ;
        enabled: bool,
        #[serde(rename = "datacenterIDs")]
        datacenter_ids: Vec<String>,
        distribution_strategy: String,
        weighted_distribution: BTreeMap<String, i32>,
        primary_datacenter: String,
        #[schemars(range(min = 0))]
        min_nodes_per_region: i32,
    }
}

fields! {
    #[derive(Default)]
    pub struct NodeGroupStatus {
        ;
        /// Machines that are there or on their way.
        #[schemars(range(min = 0))]
        current_nodes: i32,
        /// How many there should be now.
        #[schemars(range(min = 0))]
        desired_nodes: i32,
        /// Nodes that are Ready.
        #[schemars(range(min = 0))]
        ready_nodes: i32,
        /// The provider's number of the group.
        #[serde(rename = "vpsieGroupID")]
        #[schemars(range(min = 0))]
        vpsie_group_id: i64,
        nodes: Vec<GroupNode>,
        #[x_kube(merge_strategy = ListMerge::Map(vec!["type".to_string()]))]
        conditions: Vec<Condition>,
        last_scale_time: When,
        last_scale_up_time: When,
        last_scale_down_time: When,
        /// Nothing is bought before: the provider refused. A condition says why.
        back_off_until: When,
        observed_generation: i64,
    }
}

fields! {
    pub struct GroupNode {
        node_name: String,
        #[serde(rename = "vpsID")]
        #[schemars(range(min = 0))]
        vps_id: i64,
        instance_type: String,
        status: String,
        ;
        created_at: When,
        ready_at: When,
        ip_address: String,
    }
}
