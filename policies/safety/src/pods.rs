//! The pod that keeps a node, and what a person is told of it.

use std::cell::OnceCell;

use policy_sdk::records::{Reason, Table, Vetoed, volume_bits, volume_kinds};
use policy_sdk::rows::{Node, Owner, Page, Pod, Pods};

use crate::rules::{Rule, unique_name};
use crate::veto::Question;

/// The pods of a page and, once they are needed, their names.
struct Named<'p> {
    page: &'p Page<'p>,
    names: OnceCell<Table>,
}

impl<'p> Named<'p> {
    fn new(page: &'p Page<'p>) -> Self {
        Self { page, names: OnceCell::new() }
    }

    fn unique(&self, pod: Pod<'_>) -> bool {
        let names = self.names.get_or_init(|| self.page.names());
        names.get(pod.position()).is_some_and(unique_name)
    }
}

impl Question<'_> {
    pub(crate) fn by_pods(self) -> Vec<Vetoed> {
        let mut vetoed = Vec::new();
        for page in self.batch.pages(self.host) {
            let named = Named::new(&page);
            vetoed.extend(page.nodes().filter_map(|(node, pods)| self.by_pods_of(node, &pods, &named)));
        }
        vetoed
    }

    /// The veto of the first rule that any pod of the node meets, by the first pod that does.
    fn by_pods_of(self, node: Node<'_>, pods: &Pods<'_>, named: &Named<'_>) -> Option<Vetoed> {
        let tick = &self.batch.tick;
        let mut first: Option<(Rule, Pod<'_>)> = None;
        for pod in pods.iter() {
            let before = |rule| first.is_none_or(|(known, _)| rule < known);
            let system = pod.namespace() == tick.system_namespace;
            let unique = || before(Rule::UniqueSystemPod) && named.unique(pod);
            let rule = self.safety.first_rule(pod, system, tick.now, unique);
            if let Some(rule) = rule.filter(|rule| before(*rule)) {
                first = Some((rule, pod));
            }
            if first.is_some_and(|(rule, _)| rule == Rule::ControllerNotFound) {
                break;
            }
        }
        let (rule, pod) = first?;
        let (text, flips) = self.told(rule, node, pod);
        let until = match rule {
            Rule::SystemPod => pod
                .started()
                .map(|started| started.saturating_add(self.safety.system_pod_min_age_seconds.into())),
            _ => None,
        };
        Some(Vetoed {
            node: node.index(),
            pod: Some(pod.index()),
            why: Reason { code: rule.code().to_owned(), text, flips: Some(flips) },
            until,
        })
    }

    /// The text, and what would have changed the answer.
    fn told(self, rule: Rule, node: Node<'_>, pod: Pod<'_>) -> (String, String) {
        let kind = self.batch.symbols.get(pod.owner_kind()).unwrap_or("controller");
        let lifted = |setting: &str| format!("the pod gone or marked safe to evict, or {setting}: allow");
        match rule {
            Rule::ControllerNotFound => (
                format!(
                    "the {kind} that controls pod {{pod}} does not exist: nothing would bring the pod back"
                ),
                lifted("missingController"),
            ),
            Rule::NotReplicated if pod.owner() == Owner::None => {
                ("pod {pod} has no controller: nothing would bring it back".to_owned(), lifted("bare"))
            }
            Rule::NotReplicated => (
                format!("pod {{pod}} has a controller of a kind that is not known: {kind}"),
                lifted("customControllers"),
            ),
            Rule::MinReplicas => {
                let (replicas, least) = (pod.replicas().unwrap_or_default(), self.safety.min_replicas);
                (
                    format!("the {kind} of pod {{pod}} keeps {replicas} replicas, fewer than {least}"),
                    format!("at least {least} replicas, or minReplicas of at most {replicas}"),
                )
            }
            Rule::SystemPod => {
                let age_min = self.safety.system_pod_min_age_seconds;
                let age = pod.started().map(|started| self.batch.tick.now.saturating_sub(started));
                let age =
                    age.map_or("has not started".to_owned(), |age| format!("started {} s ago", age.max(0)));
                (
                    format!("system pod {{pod}} {age} and has no disruption budget; kept for {age_min} s"),
                    "a disruption budget for the pod, its age, or the mark that it is safe to evict"
                        .to_owned(),
                )
            }
            Rule::UniqueSystemPod => (
                "system pod {pod} belongs to this node".to_owned(),
                "the pod gone, or uniqueSystemPods: allow".to_owned(),
            ),
            Rule::LocalStorage => {
                let volume = self.local_volume(node, pod);
                (format!("pod {{pod}} keeps data in {volume}"), lifted("localStorage"))
            }
        }
    }

    /// The first volume of a pod that counts as local.
    fn local_volume(self, node: Node<'_>, pod: Pod<'_>) -> String {
        let volumes = self.host.view.volumes(node.index(), pod.index());
        let local = volumes.iter().enumerate().find_map(|(position, volume)| {
            let counts = volume.bits & volume_bits::SAFE_TO_EVICT == 0;
            match volume.kind {
                volume_kinds::EMPTY_DIR if counts => Some(("emptyDir", position)),
                volume_kinds::HOST_PATH if counts => Some(("hostPath", position)),
                _ => None,
            }
        });
        local.map_or("a local volume".to_owned(), |(kind, position)| {
            format!("{kind} volume {{volume:{position}}}")
        })
    }
}
