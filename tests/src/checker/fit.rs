//! Whether a pod fits a node, by looking at everything each time: the scheduler's filters on the
//! world as a paper has it.

use super::objects::{Cluster, Node, Pod, list, text};
use super::pods::{LEAVING, tolerates};
use super::select::{any_term, selects};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const ZONE_LABELS: [&str; 4] = [
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// Who is where. Nodes beyond those of the cluster are new ones.
#[derive(Debug, Clone)]
pub struct Paper<'c> {
    pub cluster: &'c Cluster,
    pub nodes: Vec<Node>,
    /// By pod: the node on which it takes room.
    pub at: Vec<Option<usize>>,
    /// Nodes that go in this plan: they carry our taint from now on.
    pub gone: Vec<bool>,
}

impl<'c> Paper<'c> {
    /// The world as it is: pods that run, on their nodes.
    #[must_use]
    pub fn of(cluster: &'c Cluster) -> Paper<'c> {
        let home = |pod: &Pod| match &pod.bound_to {
            Some(node) if cluster.takes_room(pod) => cluster.node_at(node),
            _ => None,
        };
        Paper {
            cluster,
            nodes: cluster.nodes.clone(),
            at: cluster.pods.iter().map(home).collect(),
            gone: vec![false; cluster.nodes.len()],
        }
    }

    /// One more node; its position.
    pub fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.gone.push(false);
        self.nodes.len() - 1
    }

    pub fn pods_on(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.at.len()).filter(move |it| self.at[*it] == Some(node))
    }

    /// What everybody on the node asks for.
    #[must_use]
    pub fn used(&self, node: usize, resource: &str) -> i128 {
        self.pods_on(node).map(|it| self.cluster.pods[it].asks(resource)).sum()
    }

    fn taints(&self, node: usize) -> Vec<(String, String, String)> {
        let mut taints = self.nodes[node].taints.clone();
        if self.gone[node] {
            taints.push((LEAVING.into(), String::new(), "NoSchedule".into()));
        }
        taints
    }

    /// Whether the pod, which is nowhere, would find its place on the node; if not, why.
    pub fn fits(&self, pod: usize, node: usize) -> Result<(), &'static str> {
        let it = &self.cluster.pods[pod];
        assert!(self.at[pod].is_none(), "{} is somewhere", it.path());
        let checks = [
            ("devices", !list(&it.spec, "/resourceClaims").is_empty()),
            ("taint", self.refused_by_taint(it, node)),
            ("node affinity", !wants(it, &self.nodes[node])),
            ("volume", self.volume_out_of_reach(it, node)),
            ("attachments", self.too_many_attachments(pod, node)),
            ("port", self.port_taken(it, node)),
            ("anti-affinity", self.unwelcome(it, node)),
            ("affinity", self.lonely(it, node)),
            ("spread", self.uneven(it, node)),
            ("room", self.too_little_room(it, node)),
        ];
        checks.iter().find(|it| it.1).map_or(Ok(()), |it| Err(it.0))
    }

    fn refused_by_taint(&self, pod: &Pod, node: usize) -> bool {
        let repels = |it: &(String, String, String)| it.2 == "NoSchedule" || it.2 == "NoExecute";
        self.taints(node).iter().any(|it| repels(it) && !tolerates(&pod.spec, it))
    }

    fn too_little_room(&self, pod: &Pod, node: usize) -> bool {
        let gives = |name: &str| self.nodes[node].gives(name);
        let short =
            |(name, asked): (&String, &i128)| *asked > 0 && *asked > gives(name) - self.used(node, name);
        let pods = i128::try_from(self.pods_on(node).count()).expect("few pods");
        pods + 1 > gives("pods") || pod.requests.iter().any(short)
    }

    fn port_taken(&self, pod: &Pod, node: usize) -> bool {
        let wanted = ports(&pod.spec);
        self.pods_on(node).any(|it| {
            ports(&self.cluster.pods[it].spec).iter().any(|(port, protocol, ip)| {
                let clash = |it: &str| ip == "0.0.0.0" || it == "0.0.0.0" || ip == it;
                wanted.iter().any(|it| it.0 == *port && it.1 == *protocol && clash(&it.2))
            })
        })
    }

    fn volume_out_of_reach(&self, pod: &Pod, node: usize) -> bool {
        let node = &self.nodes[node];
        self.cluster.claims_of(pod).into_iter().any(|(_, claim)| {
            let Some(claim) = claim else { return true };
            if claim.volume.is_empty() {
                return !self.cluster.classes.get(&claim.class).is_some_and(|it| class_admits(it, node));
            }
            !self.cluster.volumes.get(&claim.volume).is_some_and(|it| volume_admits(it, node))
        })
    }

    /// Volumes that this pod would attach: driver and identity.
    fn attached(&self, pod: usize) -> BTreeSet<(String, String)> {
        let pod = &self.cluster.pods[pod];
        let claims = self.cluster.claims_of(pod).into_iter();
        let attached = claims.filter_map(|(name, claim)| {
            let claim = claim?;
            match self.cluster.volumes.get(&claim.volume) {
                Some(volume) => csi(volume),
                None => {
                    let class = self.cluster.classes.get(&claim.class)?;
                    Some((text(class, "/provisioner"), format!("{}/{name}", pod.namespace)))
                }
            }
        });
        attached.collect()
    }

    fn too_many_attachments(&self, pod: usize, node: usize) -> bool {
        let mut new = self.attached(pod);
        let by_pods: BTreeSet<(String, String)> =
            self.pods_on(node).flat_map(|it| self.attached(it)).collect();
        new.retain(|it| !by_pods.contains(it));
        let name = &self.nodes[node].name;
        let attachments = self.cluster.attachments.iter().filter(|it| it.0 == *name);
        let known = attachments.filter_map(|it| csi(self.cluster.volumes.get(&it.1)?));
        let there: BTreeSet<(String, String)> = by_pods.into_iter().chain(known).collect();
        self.cluster.limits.iter().filter(|it| it.0.0 == *name).any(|((_, driver), limit)| {
            let of =
                |set: &BTreeSet<(String, String)>| set.iter().filter(|it| it.0 == *driver).count() as i128;
            of(&new) > 0 && of(&there) + of(&new) > *limit
        })
    }

    fn namespace_labels(&self, name: &str) -> BTreeMap<String, String> {
        self.cluster.namespaces.get(name).cloned().unwrap_or_default()
    }

    /// Whether a term of `of` speaks of `pod`.
    fn term_matches(&self, term: &Value, of: &Pod, pod: &Pod) -> bool {
        let named: Vec<&str> = list(term, "/namespaces").iter().filter_map(Value::as_str).collect();
        let selector = &term["namespaceSelector"];
        let own_alone = named.is_empty() && selector.is_null();
        let in_namespace = named.contains(&pod.namespace.as_str())
            || (own_alone && pod.namespace == of.namespace)
            || selects(selector, &self.namespace_labels(&pod.namespace));
        in_namespace && selects(&term["labelSelector"], &pod.labels)
    }

    /// Required anti-affinity, of the pod itself and of those that are there.
    fn unwelcome(&self, pod: &Pod, node: usize) -> bool {
        let same_place = |term: &Value, other: usize| {
            let key = text(term, "/topologyKey");
            let (here, there) = (self.nodes[node].labels.get(&key), self.nodes[other].labels.get(&key));
            here.is_some() && here == there
        };
        self.at.iter().enumerate().filter_map(|(at, home)| Some((&self.cluster.pods[at], (*home)?))).any(
            |(other, home)| {
                let minds = |term: &Value| same_place(term, home) && self.term_matches(term, pod, other);
                let is_minded = |term: &Value| same_place(term, home) && self.term_matches(term, other, pod);
                terms(pod, "podAntiAffinity").iter().any(minds)
                    || terms(other, "podAntiAffinity").iter().any(is_minded)
            },
        )
    }

    /// Required affinity: pods that match all terms at once, near in the sense of each term.
    fn lonely(&self, pod: &Pod, node: usize) -> bool {
        let terms = terms(pod, "podAffinity");
        if terms.is_empty() {
            return false;
        }
        let keys: Vec<String> = terms.iter().map(|it| text(it, "/topologyKey")).collect();
        let mut counted: BTreeSet<(String, String)> = BTreeSet::new();
        for (at, home) in self.at.iter().enumerate() {
            let (other, Some(home)) = (&self.cluster.pods[at], home) else { continue };
            if terms.iter().all(|it| self.term_matches(it, pod, other)) {
                for key in &keys {
                    if let Some(value) = self.nodes[*home].labels.get(key) {
                        counted.insert((key.clone(), value.clone()));
                    }
                }
            }
        }
        let labels = &self.nodes[node].labels;
        if !keys.iter().all(|it| labels.contains_key(it)) {
            return true;
        }
        let first_of_its_kind = counted.is_empty() && terms.iter().all(|it| self.term_matches(it, pod, pod));
        let near = keys.iter().all(|it| counted.contains(&(it.clone(), labels[it].clone())));
        !first_of_its_kind && !near
    }

    fn uneven(&self, pod: &Pod, node: usize) -> bool {
        let constraints: Vec<&Value> = list(&pod.spec, "/topologySpreadConstraints")
            .iter()
            .filter(|it| it["whenUnsatisfiable"] == "DoNotSchedule")
            .collect();
        let keys: Vec<String> = constraints.iter().map(|it| text(it, "/topologyKey")).collect();
        constraints.iter().any(|constraint| {
            let key = text(constraint, "/topologyKey");
            let Some(here) = self.nodes[node].labels.get(&key) else { return true };
            let selector = &constraint["labelSelector"];
            let counts_none = *selector == serde_json::json!({});
            let mut domains: BTreeMap<String, i64> = BTreeMap::new();
            for (at, it) in self.nodes.iter().enumerate() {
                let all_keys = keys.iter().all(|key| it.labels.contains_key(key));
                let by_affinity = constraint["nodeAffinityPolicy"] == "Ignore" || wants(pod, it);
                let by_taints = constraint["nodeTaintsPolicy"] != "Honor" || !self.refused_by_taint(pod, at);
                if !(all_keys && by_affinity && by_taints) {
                    continue;
                }
                let counted = self.pods_on(at).filter(|other| {
                    let other_pod = &self.cluster.pods[*other];
                    other_pod.namespace == pod.namespace
                        && !self.is_being_deleted_here(*other)
                        && !counts_none
                        && selects(selector, &other_pod.labels)
                });
                *domains.entry(it.labels[&key].clone()).or_insert(0) += counted.count() as i64;
            }
            let least = domains.values().min().copied().unwrap_or(0);
            let wanted = constraint["minDomains"].as_i64().unwrap_or(1);
            let least = if (domains.len() as i64) < wanted { 0 } else { least };
            let own = i64::from(selects(selector, &pod.labels));
            domains.get(here).copied().unwrap_or(0) + own - least
                > constraint["maxSkew"].as_i64().unwrap_or(1)
        })
    }

    /// A pod that has been placed elsewhere stands for the one that will take its place.
    fn is_being_deleted_here(&self, pod: usize) -> bool {
        let it = &self.cluster.pods[pod];
        let own = it.bound_to.as_ref().and_then(|it| self.cluster.node_at(it));
        it.deleting.is_some() && self.at[pod] == own
    }
}

/// `nodeSelector` and required node affinity.
fn wants(pod: &Pod, node: &Node) -> bool {
    let selector = pod.spec.get("nodeSelector").and_then(Value::as_object).into_iter().flatten();
    let selected =
        { selector }.all(|(key, value)| node.labels.get(key).map(String::as_str) == value.as_str());
    let required = pod
        .spec
        .pointer("/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms");
    let terms = required.and_then(Value::as_array);
    selected && terms.is_none_or(|it| any_term(it, &node.name, &node.labels))
}

fn terms<'p>(pod: &'p Pod, kind: &str) -> &'p [Value] {
    list(&pod.spec, &format!("/affinity/{kind}/requiredDuringSchedulingIgnoredDuringExecution"))
}

/// Host ports of containers and sidecars.
fn ports(spec: &Value) -> Vec<(i64, String, String)> {
    let sidecars = list(spec, "/initContainers").iter().filter(|it| it["restartPolicy"] == "Always");
    let containers = list(spec, "/containers").iter().chain(sidecars);
    let or = |text: String, default: &str| if text.is_empty() { default.to_string() } else { text };
    let ports = containers.flat_map(|it| list(it, "/ports")).filter_map(|it| {
        let port = it["hostPort"].as_i64().filter(|it| *it > 0)?;
        Some((port, or(text(it, "/protocol"), "TCP"), or(text(it, "/hostIP"), "0.0.0.0")))
    });
    ports.collect()
}

fn class_admits(class: &Value, node: &Node) -> bool {
    let allowed = list(class, "/allowedTopologies");
    let term_holds = |term: &Value| {
        let expressions = list(term, "/matchLabelExpressions");
        !expressions.is_empty()
            && expressions.iter().all(|it| {
                let held = node.labels.get(&text(it, "/key"));
                held.is_some_and(|held| list(it, "/values").iter().any(|it| it == held.as_str()))
            })
    };
    class["volumeBindingMode"] == "WaitForFirstConsumer"
        && (allowed.is_empty() || allowed.iter().any(term_holds))
}

fn volume_admits(volume: &Value, node: &Node) -> bool {
    let required = volume.pointer("/spec/nodeAffinity/required/nodeSelectorTerms").and_then(Value::as_array);
    let by_affinity = required.is_none_or(|it| any_term(it, "", &node.labels));
    let zoned = ZONE_LABELS.iter().any(|it| node.labels.contains_key(*it));
    let by_zone = !zoned
        || ZONE_LABELS.iter().all(|key| {
            let label = text(volume, &format!("/metadata/labels/{}", key.replace('/', "~1")));
            label.is_empty()
                || node.labels.get(*key).is_some_and(|it| label.split("__").any(|zone| zone == it))
        });
    by_affinity && by_zone
}

fn csi(volume: &Value) -> Option<(String, String)> {
    volume["spec"].get("csi").map(|it| (text(it, "/driver"), text(it, "/volumeHandle")))
}

/// What would be left for everybody, were a node gone: CPU first, then memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Remains {
    pub gives: i128,
    pub asked: i128,
    pub free: i128,
    /// What must move from the node.
    pub moves: i128,
}

impl Remains {
    /// Free room in sum against so many hundredths of a percent of what must move.
    #[must_use]
    pub fn is_short(&self, hundredths: u32) -> bool {
        self.gives <= 0 || self.free * 10_000 < self.moves * i128::from(hundredths)
    }

    #[must_use]
    pub fn is_used_above(&self, hundredths: u32) -> bool {
        self.gives <= 0 || (self.asked + self.moves) * 10_000 > self.gives * i128::from(hundredths)
    }
}

impl Paper<'_> {
    /// `movers`: the pods that must move from the node. Counted are all other nodes that can be
    /// destinations, control-plane nodes with a NoSchedule taint left out.
    #[must_use]
    pub fn remains(&self, node: usize, movers: &[usize]) -> [Remains; 2] {
        let is_counted = |it: &usize| {
            let other = &self.nodes[*it];
            let closed = other.is_control_plane() && other.taints.iter().any(|it| it.2 == "NoSchedule");
            *it != node && !self.gone[*it] && !closed && self.cluster.can_be_destination(other)
        };
        ["cpu", "memory"].map(|resource| {
            let mut remains = Remains::default();
            for it in (0..self.nodes.len()).filter(is_counted) {
                let (gives, asked) = (self.nodes[it].gives(resource), self.used(it, resource));
                remains.gives += gives;
                remains.asked += asked;
                remains.free += (gives - asked).max(0);
            }
            remains.moves = movers.iter().map(|it| self.cluster.pods[*it].asks(resource)).sum();
            remains
        })
    }
}
