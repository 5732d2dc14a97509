//! AutoscalerConfig: all settings of the cluster, in one object named `default`.

use super::fields::fields;
use super::parts::{Condition, CostOptimization, ScaleDownPolicy, ScaleUpPolicy, SpotConfig, Taint, When};
use super::rules;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

fields! {
    #[derive(CustomResource, Default)]
    #[kube(
        group = "autoscaler.vpsie.com",
        version = "v1alpha1",
        kind = "AutoscalerConfig",
        status = "AutoscalerConfigStatus",
        derive = "PartialEq",
        doc = "All settings of the autoscaler. There is one, named default; changes take effect at once.",
        shortname = "asc",
        validation = Rule::new("self.metadata.name == 'default'")
            .message("there is one AutoscalerConfig, and its name is default"),
        printcolumn(name = "MaxWorkers", type_ = "integer", json_path = ".spec.globalSettings.maxClusterWorkers"),
        printcolumn(name = "MinNodes", type_ = "integer", json_path = ".spec.nodeGroupDefaults.minNodes"),
        printcolumn(name = "MaxNodes", type_ = "integer", json_path = ".spec.nodeGroupDefaults.maxNodes"),
        printcolumn(
            name = "DynamicCreation",
            type_ = "boolean",
            json_path = ".spec.globalSettings.enableDynamicNodeGroupCreation"
        ),
        printcolumn(name = "Active", type_ = "boolean", json_path = ".status.active"),
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
    )]
    pub struct AutoscalerConfigSpec {
        ;
        node_group_defaults: NodeGroupDefaults,
        global_settings: GlobalSettings,
        scale_down: ScaleDown,
    }
}

fields! {
    #[derive(Default)]
    /// What a NodeGroup leaves out.
    #[x_kube(
        validation = Rule::new("!has(self.minNodes) || !has(self.maxNodes) || self.minNodes <= self.maxNodes")
            .message("minNodes is above maxNodes: lower the one or raise the other")
            .field_path(".minNodes"),
    )]
    pub struct NodeGroupDefaults {
        ;
        /// Of groups that are made for pods that no group fits. Default: 1.
        #[schemars(range(min = 0))]
        min_nodes: i32,
        /// Of groups that are made for pods that no group fits. Default: 10.
        #[schemars(range(min = 1))]
        max_nodes: i32,
        /// Where groups are made.
        namespace: String,
        #[serde(rename = "datacenterID")]
        datacenter_id: String,
        #[serde(rename = "offeringIDs")]
        offering_ids: Vec<String>,
        resource_identifier: String,
        project: String,
        #[serde(rename = "osImageID")]
        os_image_id: String,
        #[schemars(length(max = rules::VERSION_LENGTH_MAX))]
        #[x_kube(validation = rules::version("self == '' || "))]
        kubernetes_version: String,
        #[serde(rename = "kubeSizeID")]
        #[schemars(range(min = 1))]
        kube_size_id: i32,
        #[x_kube(validation = rules::label_keys(), validation = rules::label_values())]
        #[schemars(extend("maxProperties" = rules::LABELS_MAX, "additionalProperties" = rules::short_text()))]
        labels: BTreeMap<String, String>,
        #[schemars(length(max = 64))]
        taints: Vec<Taint>,
        scale_up_policy: ScaleUpPolicy,
        scale_down_policy: ScaleDownPolicy,
        cost_optimization: CostOptimization,
        #[serde(rename = "sshKeyIDs")]
        ssh_key_ids: Vec<String>,
        tags: Vec<String>,
        notes: String,
        spot_config: SpotConfig,
    }
}

fields! {
    #[derive(Default)]
    /// Limits of the whole cluster.
    pub struct GlobalSettings {
        ;
        /// The least time between two additions to one group. Default: 60.
        #[schemars(range(min = 0))]
        scale_up_cooldown_seconds: i32,
        /// The least time between two removals anywhere. Default: 0.
        #[schemars(range(min = 0))]
        scale_down_cooldown_seconds: i32,
        /// How many machines may be on their way at once. Default: 10.
        #[schemars(range(min = 1))]
        max_concurrent_scale_ups: i32,
        /// How many nodes may be leaving at once. Default: 1.
        #[schemars(range(min = 1))]
        max_concurrent_scale_downs: i32,
        /// No node is added beyond so many, control-plane nodes aside; 0: no limit. Default: 0.
        #[schemars(range(min = 0))]
        max_cluster_workers: i32,
        /// How old a pod must be that nothing has looked at before nodes are added for it. Default: 30.
        #[schemars(range(min = 0))]
        unschedulable_pod_grace_period_seconds: i32,
        /// Whether groups are made for pods that no group fits. Default: true.
        enable_dynamic_node_group_creation: bool,
        /// Accepted, without effect. Default: false.
        enable_rebalancing: bool,
        /// Default: 600.
        #[schemars(range(min = 60))]
        node_ready_timeout_seconds: i32,
        /// How long the eviction of one pod is tried. Default: 120.
        #[schemars(range(min = 0))]
        pod_eviction_timeout_seconds: i32,
    }
}

fields! {
    #[derive(Default)]
    /// How nodes are found that may go, and how they go.
    pub struct ScaleDown {
        ;
        /// Whether any node may be removed. Default: true.
        enabled: bool,
        /// Stops all removals, those under way too. Default: false.
        paused: bool,
        /// What says how used a node is: measured use, requests of its pods, or the higher of both. Default: Usage.
        utilization_source: UtilizationSource,
        /// So many of the window's samples must be below both thresholds. Default: 80.
        #[schemars(range(min = 0, max = 100))]
        quorum_percent: i32,
        /// A node whose newest sample is older stays. Default: 300.
        #[schemars(range(min = 0))]
        sample_max_age_seconds: i32,
        /// Whether requests of DaemonSet pods count, where requests are what is looked at. Default: true.
        count_daemon_set_pods: bool,
        /// How many of the nodes that are leaving may have pods to evict; 0: none. Default: as many as may leave.
        #[schemars(range(min = 0))]
        max_drains: i32,
        /// Whether nodes go that have not been Ready for unreadySeconds. Default: Keep.
        unready_nodes: UnreadyNodes,
        /// Default: 1200.
        #[schemars(range(min = 0))]
        unready_seconds: i32,
        /// Younger nodes stay. Default: 600.
        #[schemars(range(min = 0))]
        min_age_seconds: i32,
        /// Pods of a lower priority need no other place. Default: -10.
        expendable_priority_below: i32,
        /// Nothing is removed while more of the nodes are unhealthy, and unhealthyNodesMin of them. Default: 45.
        #[schemars(range(min = 0, max = 100))]
        unhealthy_percent_max: i32,
        /// Default: 3.
        #[schemars(range(min = 0))]
        unhealthy_nodes_min: i32,
        /// The cluster keeps at least so many cores; 0: no limit. Default: 0.
        #[schemars(range(min = 0))]
        min_cores: i64,
        /// The cluster keeps at least so much memory; 0: no limit. Default: 0.
        #[schemars(range(min = 0))]
        min_memory_bytes: i64,
        /// Whether disruption budgets over DaemonSet pods are passed over. Default: true.
        spare_daemon_set_pdbs: bool,
        /// The longest grace that a pod gets. Default: 600.
        #[schemars(range(min = 0))]
        max_grace_seconds: i32,
        /// A node whose pods have not gone by then is taken back. Default: 300.
        #[schemars(range(min = 0))]
        drain_timeout_seconds: i32,
        pace_bounds: PaceBounds,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UtilizationSource {
    Usage,
    Requests,
    Highest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UnreadyNodes {
    Keep,
    Remove,
}

fields! {
    #[derive(Default)]
    /// How far a policy may go beyond a group's own setting.
    pub struct PaceBounds {
        ;
        /// Default: 80.
        #[schemars(range(min = 0, max = 100))]
        cpu_threshold_max: i32,
        /// Default: 80.
        #[schemars(range(min = 0, max = 100))]
        memory_threshold_max: i32,
        /// Default: 300.
        #[schemars(range(min = 0))]
        window_seconds_min: i32,
        /// Default: 10.
        #[schemars(range(min = 0))]
        removals_max: i32,
    }
}

fields! {
    #[derive(Default)]
    pub struct AutoscalerConfigStatus {
        ;
        #[x_kube(merge_strategy = ListMerge::Map(vec!["type".to_string()]))]
        conditions: Vec<Condition>,
        observed_generation: i64,
        last_updated: When,
        /// Whether this is what the controller works with.
        active: bool,
        message: String,
    }
}
