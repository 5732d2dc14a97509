//! A group that is made for pods that no group takes: of the cheapest size that is sufficient and
//! that no other group has. One at a time, as the next plan sees what became of it.

use super::Yard;
use super::template::Template;
use crate::facts::{Facts, is_ours};
use crate::plan::Creation;
use crate::select::Labels;
use crate::world::{Effect, GroupId, Name, Offer, PodId, Shape, Taint};
use std::collections::BTreeSet;

impl Yard<'_, '_> {
    /// `lost`: pods that no group takes, the largest first.
    pub(super) fn create(&mut self, facts: &Facts<'_>, lost: &[PodId]) -> Option<Creation> {
        let world = self.world;
        let name = |offer: &Offer| Name::from(format!("auto-{}", offer.size));
        let is_free = |it: &&Offer| world.groups.iter().all(|group| group.name != name(it));
        let mut offers: Vec<&Offer> = world.offers.iter().filter(is_free).collect();
        if !world.settings.global.dynamic_groups
            || offers.is_empty()
            || self.bounds.cluster_is_full(world).is_some()
            || self.knows_too_little(facts)
        {
            return None;
        }
        offers.sort_by_key(|it| {
            (it.price_per_hour.is_none(), it.price_per_hour, it.room.cpu, it.room.memory, it.size)
        });
        let mut asked = BTreeSet::new();
        for pod in lost {
            let shape = world.pod(*pod).shape;
            if !asked.insert(shape.at()) {
                continue;
            }
            let (labels, taints) = wanted(&world.shapes[shape.at()]);
            for offer in &offers {
                let mut creation = Creation {
                    group: name(offer),
                    size: offer.size,
                    labels: labels.clone(),
                    taints: taints.clone(),
                    pods: Vec::new(),
                };
                let template = Template::of_new(world, &creation, &offer.room);
                let site = self.floor.add(template.node(self.floor.site_count()));
                if self.floor.admits(*pod, site) {
                    let takes = lost.iter().filter(|it| self.floor.admits(**it, site));
                    creation.pods = takes.map(|it| world.name_of(*it)).collect();
                    creation.pods.sort();
                }
                self.floor.remove_last();
                if !creation.pods.is_empty() {
                    return Some(creation);
                }
            }
        }
        None
    }

    /// Nobody can tell what a group takes of whose nodes nothing is known.
    fn knows_too_little(&self, facts: &Facts<'_>) -> bool {
        let mut groups = self.templates.iter().enumerate();
        groups.any(|(at, template)| {
            template.is_none() && is_ours(facts.world, GroupId::new(at)) && !facts.world.groups[at].leaving
        })
    }
}

/// What its nodes bear, so that the pod finds them. A pod that both asks for a label and tolerates
/// the taint of the same name and value wants nodes of its own.
fn wanted(shape: &Shape) -> (Labels, Vec<Taint>) {
    let own = shape.node_selector.iter().filter(|it| !is_reserved(&it.0));
    let labels = Labels::of(own.cloned().collect());
    let dedicated = shape.tolerations.iter().filter(|it| {
        let bars = matches!(it.effect, None | Some(Effect::NoSchedule | Effect::NoExecute));
        bars && !it.exists && labels.is(&it.key, &it.value)
    });
    let mut taints = Vec::new();
    for it in dedicated {
        let (key, value) = (it.key.clone(), it.value.clone());
        let effect = it.effect.unwrap_or(Effect::NoSchedule);
        let taint = Taint { key, value, effect, since: None };
        // A node with one of them twice would be refused.
        if !taints.contains(&taint) {
            taints.push(taint);
        }
    }
    (labels, taints)
}

/// Labels that others set: a group cannot promise them.
fn is_reserved(key: &str) -> bool {
    let domain = key.split_once('/').map_or("", |it| it.0);
    let of = |it: &str| domain == it || domain.strip_suffix(it).is_some_and(|rest| rest.ends_with('.'));
    of("kubernetes.io") || of("k8s.io") || of("autoscaler.vpsie.com")
}
