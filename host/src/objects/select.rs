//! Selectors and affinities, from the wire into `decide`'s.
//!
//! What Kubernetes would refuse becomes "unreadable" here and not an error: it has a rule.

use super::wire::{List, Pairs, Positive, Text, wire};
use decide::build::Builder;
use decide::select::{NodeSelector, NodeTerm, Operator, Requirement, Selector};
use decide::world::{Name, PodTerm, Spread};

wire! {
    pub struct LabelSelector<'a> {
        match_labels "matchLabels": Pairs<'a>,
        match_expressions "matchExpressions": List<Expression<'a>>,
    }
}

wire! {
    pub struct Expression<'a> {
        key: Text<'a>,
        operator: Text<'a>,
        values: List<Text<'a>>,
    }
}

impl Expression<'_> {
    fn values(&self, builder: &mut Builder) -> Vec<Name> {
        self.values.iter().map(|it| builder.name(it)).collect()
    }
}

pub fn selector(wire: Option<&LabelSelector<'_>>, builder: &mut Builder) -> Selector {
    let Some(wire) = wire else { return Selector::Nothing };
    let labels: Vec<_> =
        wire.match_labels.0.iter().map(|(key, value)| (builder.name(key), builder.name(value))).collect();
    let expressions: Vec<_> = wire
        .match_expressions
        .iter()
        .map(|it| (builder.name(&it.key), builder.name(&it.operator), it.values(builder)))
        .collect();
    Selector::read(labels, expressions)
}

wire! {
    /// A node selector of node affinity, of pods and of volumes.
    pub struct NodeTerms<'a> {
        node_selector_terms "nodeSelectorTerms": List<WireNodeTerm<'a>>,
    }
}

wire! {
    struct WireNodeTerm<'a> {
        match_expressions "matchExpressions": List<Expression<'a>>,
        match_fields "matchFields": List<Expression<'a>>,
    }
}

impl NodeTerms<'_> {
    pub fn read(&self, builder: &mut Builder) -> NodeSelector {
        NodeSelector(self.node_selector_terms.iter().map(|it| node_term(it, builder)).collect())
    }
}

/// One requirement that cannot be read makes the whole term select nothing.
fn node_term(wire: &WireNodeTerm<'_>, builder: &mut Builder) -> NodeTerm {
    let unreadable = NodeTerm { unreadable: true, ..NodeTerm::default() };
    let mut term = NodeTerm::default();
    for it in wire.match_expressions.iter() {
        let Some(operator) = operator(&it.operator) else { return unreadable };
        let requirement = Requirement { key: builder.name(&it.key), operator, values: it.values(builder) };
        if requirement.fault().is_some() {
            return unreadable;
        }
        term.labels.push(requirement);
    }
    for it in wire.match_fields.iter() {
        match operator(&it.operator) {
            Some(operator @ (Operator::In | Operator::NotIn))
                if &*it.key == "metadata.name" && it.values.len() == 1 =>
            {
                let values = it.values(builder);
                term.names.push(Requirement { key: builder.name(&it.key), operator, values });
            }
            _ => return unreadable,
        }
    }
    term
}

fn operator(name: &str) -> Option<Operator> {
    Some(match name {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        "Gt" => Operator::Gt,
        "Lt" => Operator::Lt,
        _ => return None,
    })
}

wire! {
    /// `spec.affinity`; what is only preferred is not read.
    pub struct Affinity<'a> {
        node_affinity "nodeAffinity": NodeAffinity<'a>,
        pod_affinity "podAffinity": PodAffinity<'a>,
        pod_anti_affinity "podAntiAffinity": PodAffinity<'a>,
    }
}

wire! {
    struct NodeAffinity<'a> {
        required "requiredDuringSchedulingIgnoredDuringExecution": Option<NodeTerms<'a>>,
    }
}

wire! {
    struct PodAffinity<'a> {
        required "requiredDuringSchedulingIgnoredDuringExecution": List<WirePodTerm<'a>>,
    }
}

wire! {
    /// `matchLabelKeys` and `mismatchLabelKeys` are not read: the API server has merged them into the
    /// selector when the pod was made.
    struct WirePodTerm<'a> {
        label_selector "labelSelector": Option<LabelSelector<'a>>,
        namespaces: List<Text<'a>>,
        namespace_selector "namespaceSelector": Option<LabelSelector<'a>>,
        topology_key "topologyKey": Text<'a>,
    }
}

impl Affinity<'_> {
    pub fn node(&self, builder: &mut Builder) -> Option<NodeSelector> {
        self.node_affinity.required.as_ref().map(|it| it.read(builder))
    }

    pub fn near(&self, builder: &mut Builder) -> Vec<PodTerm> {
        self.pod_affinity.required.iter().map(|it| pod_term(it, builder)).collect()
    }

    pub fn apart(&self, builder: &mut Builder) -> Vec<PodTerm> {
        self.pod_anti_affinity.required.iter().map(|it| pod_term(it, builder)).collect()
    }
}

fn pod_term(wire: &WirePodTerm<'_>, builder: &mut Builder) -> PodTerm {
    let mut namespaces: Vec<Name> = wire.namespaces.iter().map(|it| builder.name(it)).collect();
    namespaces.sort();
    namespaces.dedup();
    PodTerm {
        selector: selector(wire.label_selector.as_ref(), builder),
        namespaces,
        namespace_selector: selector(wire.namespace_selector.as_ref(), builder),
        topology_key: builder.name(&wire.topology_key),
    }
}

wire! {
    pub struct WireSpread<'a> {
        max_skew "maxSkew": Option<Positive>,
        topology_key "topologyKey": Text<'a>,
        when_unsatisfiable "whenUnsatisfiable": Text<'a>,
        label_selector "labelSelector": Option<LabelSelector<'a>>,
        min_domains "minDomains": Option<Positive>,
        node_affinity_policy "nodeAffinityPolicy": Text<'a>,
        node_taints_policy "nodeTaintsPolicy": Text<'a>,
        match_label_keys "matchLabelKeys": List<Text<'a>>,
    }
}

/// Only hard constraints can keep a pod away.
pub fn spread(wire: &[WireSpread<'_>], builder: &mut Builder) -> Vec<Spread> {
    let hard = wire.iter().filter(|it| &*it.when_unsatisfiable == "DoNotSchedule");
    hard.map(|it| Spread {
        selector: selector(it.label_selector.as_ref(), builder),
        match_label_keys: it.match_label_keys.iter().map(|it| builder.name(it)).collect(),
        topology_key: builder.name(&it.topology_key),
        max_skew: it.max_skew.map_or(1, Positive::i32),
        min_domains: it.min_domains.map_or(1, Positive::i32),
        honor_affinity: &*it.node_affinity_policy != "Ignore",
        honor_taints: &*it.node_taints_policy == "Honor",
    })
    .collect()
}
