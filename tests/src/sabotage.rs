//! Proof that the checker looks: plans and objects spoilt in one place each, and the check that
//! must notice.

use crate::checker::Asked;
use crate::clusters::instant;
use crate::decision::Record;
use decide::ask::VetoAnswer;
use decide::plan::{Addition, Cordon, How, Move, PendingReason, Plan, Reason, Spent, Step, Verdict};
use decide::world::{NodeId, PodName};
use serde_json::{Value, json};

pub struct Sabotage {
    pub what: &'static str,
    /// The check that must notice; of several, separated by `|`, one of them.
    pub check: &'static str,
    /// False where there is nothing to spoil in this way.
    pub spoil: fn(&mut Spoilt) -> bool,
}

/// What is spoilt.
pub struct Spoilt {
    pub objects: Vec<Value>,
    pub record: Record,
    pub asked: Vec<Asked>,
}

macro_rules! table {
    ($($what:literal => $check:literal: $spoil:expr,)+) => {
        &[$(Sabotage { what: $what, check: $check, spoil: $spoil }),+]
    };
}

pub const SABOTAGES: &[Sabotage] = table! {
    "an entry is missing" => "entries": |it| it.record.plan.nodes.pop().is_some(),
    "an entry stands there twice" => "entries": |it| twice(&mut it.record.plan.nodes),
    "entries are out of order" => "entries": |it| swap(&mut it.record.plan.nodes),
    "a removal is not listed" => "entries": |it| it.record.plan.removals.pop().is_some(),
    "a removal is listed twice" => "entries": |it| twice(&mut it.record.plan.removals),
    "a node is of another group" => "entries": |it| {
        it.record.plan.nodes[0].group = Some("omega".into());
        true
    },
    "a node that was judged is in the cursor" => "entries": |it| {
        let name = it.record.plan.nodes[0].name.clone();
        it.record.plan.cursor.push(name);
        true
    },
    "a pod that may stay is not listed" => "stays": |it| {
        let entry = it.record.plan.nodes.iter_mut().find(|it| !it.stays.is_empty());
        entry.is_some_and(|it| it.stays.pop().is_some())
    },
    "a group has one more" => "groups": |it| {
        it.record.plan.groups.first_mut().is_some_and(|it| {
            it.ready += 1;
            true
        })
    },
    "more go than a group may give up" => "groups": |it| {
        let group = it.record.plan.nodes.iter().find(|it| matches!(it.verdict, Verdict::Remove { .. }));
        let Some(group) = group.and_then(|it| it.group.clone()) else { return false };
        let of_group = it.record.plan.groups.iter_mut().find(|it| it.name == group);
        of_group.is_some_and(|it| std::mem::take(&mut it.may_remove) > 0)
    },
    "figures are another's" => "figures": |it| {
        let figure = it.record.plan.nodes.iter_mut().find_map(|it| it.cpu.as_mut());
        figure.is_some_and(|it| {
            *it += 1;
            true
        })
    },
    "a control-plane node goes" => "reasons": |it| it.goes(|it| matches!(it, Reason::ControlPlane { .. })),
    "a node of no managed group goes" => "reasons": |it| it.goes(|it| matches!(it, Reason::NotManaged(_))),
    "a node goes by a frozen inventory" => "reasons": |it| it.goes(|it| matches!(it, Reason::InventoryFrozen { .. })),
    "a node goes while many are unwell" => "reasons": |it| it.goes(|it| matches!(it, Reason::ClusterUnhealthy { .. })),
    "a protected node goes" => "reasons": |it| it.goes(|it| matches!(it, Reason::Protected(_))),
    "a node goes where scale-down is off" => "reasons": |it| it.goes(|it| matches!(it, Reason::ScaleDownDisabled(_))),
    "a cordoned node goes" => "reasons": |it| it.goes(|it| matches!(it, Reason::Cordoned(_))),
    "a node goes that is only coming" => "reasons": |it| it.goes(|it| matches!(it, Reason::NotReadyYet(_))),
    "an unready node goes" => "reasons": |it| it.goes(|it| matches!(it, Reason::Unready { .. })),
    "a node goes that a pending pod is for" => "reasons": |it| it.goes(|it| matches!(it, Reason::Nominated { .. })),
    "a node goes that nobody measured" => "reasons": |it| it.goes(|it| matches!(it, Reason::NoMetrics { .. })),
    "a node goes by old samples" => "reasons": |it| it.goes(|it| matches!(it, Reason::StaleMetrics { .. })),
    "a node goes by few samples" => "reasons": |it| it.goes(|it| matches!(it, Reason::TooFewSamples { .. })),
    "a busy node goes" => "reasons": |it| it.goes(|it| matches!(it, Reason::Busy(_))),
    "a node goes too early" => "reasons": |it| it.goes(|it| matches!(it, Reason::NotIdleLongEnough { .. })),
    "a node goes though a pod blocks" => "reasons": |it| {
        it.goes(|it| matches!(it, Reason::PodBlocks { block, .. } if !block.code().starts_with("pdb-exhausted")))
    },
    "a node is busy that is not" => "reasons": |it| it.stays(Reason::NotIdleLongEnough {
        since: decide::time::Stamp::Absent,
        window_secs: 600,
    }),
    "a node blocks that does not" => "reasons": |it| {
        let block = decide::plan::Block::WaitsForCompletion;
        it.stays(Reason::PodBlocks { pod: PodName { namespace: "web".into(), name: "x".into() }, block })
    },
    "a node was not judged, without a time box" => "reasons": |it| it.stays(Reason::NotEvaluated),
    "a node goes though its budgets are spent" => "ledger|reasons": |it| {
        let spent = |it: &Reason| {
            matches!(it, Reason::PodBlocks { block: decide::plan::Block::PdbExhausted { spent_here: true, .. }, .. })
        };
        it.goes(spent)
    },
    "a budget allows nothing" => "reasons": |it| it.with_budget(1, 0),
    "two nodes share what a budget allows once" => "ledger|reasons": |it| it.with_budget(2, 1),
    "a node goes outside its window" => "limits": |it| it.goes(|it| matches!(it, Reason::OutsideWindow { .. })),
    "a vetoed node goes" => "limits": |it| it.goes(|it| matches!(it, Reason::Vetoed(veto) if &*veto.code == "odd")),
    "a node goes by a policy that failed" => "limits": |it| it.goes(|it| matches!(it, Reason::PolicyFault { .. })),
    "a node goes too soon after the last" => "limits": |it| it.goes(|it| matches!(it, Reason::Cooldown(_))),
    "a group goes below its minimum" => "limits": |it| it.goes(|it| matches!(it, Reason::MinSize { .. })),
    "the cluster goes below its floor" => "limits": |it| it.goes(|it| matches!(it, Reason::ClusterMinimum { .. })),
    "more go at once than may" => "limits": |it| it.goes(|it| matches!(it, Reason::BudgetSpent(Spent::Cluster { .. }))),
    "more of a group go at once than may" => "limits": |it| it.goes(|it| matches!(it, Reason::BudgetSpent(Spent::Group { .. }))),
    "more are drained at once than may" => "limits": |it| it.goes(|it| matches!(it, Reason::BudgetSpent(Spent::Drains { .. }))),
    "a node goes that takes pods" => "limits": |it| it.goes(|it| matches!(it, Reason::BudgetSpent(Spent::TakesPods { .. }))),
    "a node is held back by nothing" => "limits": |it| it.stays(Reason::BudgetSpent(Spent::Cluster { at_once: 1 })),
    "two removals change places" => "order": |it| swap(&mut it.record.plan.removals),
    "a node that is drained counts as empty" => "how": |it| it.how(How::Drain, How::Empty),
    "an empty node counts as drained" => "how": |it| it.how(How::Empty, How::Drain),
    "a pod is left behind" => "moves": |it| it.moves(|moves| moves.pop().is_some()),
    "a pod moves that need not" => "moves": |it| it.moves(|moves| {
        let mut more = moves[0].clone();
        more.pod.name = format!("{}-x", more.pod.name).into();
        moves.push(more);
        true
    }),
    "a pod goes to a node that is not there" => "moves": |it| it.moves(|moves| {
        moves[0].to = "nowhere".into();
        true
    }),
    "a pod goes back to where it is from" => "destinations": |it| {
        let Some((at, _)) = it.first_move() else { return false };
        let name = it.record.plan.nodes[at].name.to_string();
        it.send_to(&name)
    },
    "a pod goes to a leaving node" => "destinations": |it| it.send_to_one(|it| matches!(it, Verdict::Leaving { .. })),
    "a pod goes to a cordoned node" => "destinations": |it| {
        it.send_to_one(|it| matches!(it, Verdict::Keep(Reason::Cordoned(Cordon::Unschedulable))))
    },
    "a pod goes to an unready node" => "destinations": |it| {
        it.send_to_one(|it| matches!(it, Verdict::Keep(Reason::Unready { .. })))
    },
    "a pod goes to a node that is starting" => "destinations": |it| it.send_to_one(|it| {
        matches!(it, Verdict::Keep(Reason::NotReadyYet(decide::plan::NotYet::Starting { .. } | decide::plan::NotYet::NeverReady)))
    }),
    "a pod goes to a node that went before" => "destinations": |it| {
        let Some(first) = it.record.plan.removals.first().map(ToString::to_string) else { return false };
        let later = it.record.plan.removals[1..].to_vec();
        let moves = it.record.plan.nodes.iter_mut().filter(|it| later.contains(&it.name)).find_map(moves_of);
        moves.is_some_and(|moves| {
            moves[0].to = first.as_str().into();
            true
        })
    },
    "its node has too little CPU" => "fits": |it| it.destination(|node| {
        node["status"]["allocatable"]["cpu"] = json!("0");
    }) && it.moved_asks("cpu"),
    "its node has too little memory" => "fits": |it| it.destination(|node| {
        node["status"]["allocatable"]["memory"] = json!("0");
    }) && it.moved_asks("memory"),
    "its node takes no more pods" => "fits": |it| it.destination(|node| {
        node["status"]["allocatable"]["pods"] = json!("0");
    }),
    "its node has no such device" => "fits": |it| it.moved(|pod| {
        pod["spec"]["containers"][0]["resources"]["requests"]["example.com/gpu"] = json!("9");
    }),
    "its node is tainted" => "fits": |it| it.destination(|node| {
        node["spec"]["taints"] = json!([{ "key": "odd", "effect": "NoExecute" }]);
    }) && it.moved_says("/spec/tolerations").is_null(),
    "its node selector holds nowhere" => "fits": |it| it.moved(|pod| {
        pod["spec"]["nodeSelector"] = json!({ "disk": "floppy" });
    }),
    "its node affinity holds nowhere" => "fits": |it| it.moved(|pod| {
        pod["spec"]["affinity"]["nodeAffinity"] =
            json!({ "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": [{}] } });
    }),
    "its port is taken" => "fits": |it| {
        let ports = json!([{ "containerPort": 7, "hostPort": 7 }]);
        let neighbour = it.neighbour(|pod| pod["spec"]["containers"][0]["ports"] = ports.clone());
        neighbour && it.moved(|pod| pod["spec"]["containers"][0]["ports"] = ports.clone())
    },
    "it wants to be apart" => "fits": |it| {
        let neighbour = it.neighbour(|_| {});
        neighbour && it.moved(|pod| pod["spec"]["affinity"]["podAntiAffinity"] = apart("neighbour"))
    },
    "it is not wanted" => "fits": |it| {
        let Some((_, it_moves)) = it.first_move() else { return false };
        let app = it.pod(&it_moves.pod)["metadata"]["labels"]["app"].as_str().unwrap_or_default().to_string();
        it.neighbour(|pod| pod["spec"]["affinity"] = json!({ "podAntiAffinity": apart(&app) }))
    },
    "it wants company that is not there" => "fits": |it| it.moved(|pod| {
        pod["spec"]["affinity"]["podAffinity"] = apart("nobody");
    }),
    "it makes things uneven" => "fits": |it| {
        let neighbour = it.neighbour(|_| {});
        neighbour && it.moved(|pod| {
            pod["spec"]["topologySpreadConstraints"] = json!([{
                "maxSkew": 1, "minDomains": 100, "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": { "matchExpressions": [{ "key": "app", "operator": "Exists" }] },
            }]);
        })
    },
    "its volume is elsewhere" => "fits": |it| it.with_volume(&json!({
        "csi": { "driver": "other.example.com", "volumeHandle": "x" },
        "nodeAffinity": { "required": { "nodeSelectorTerms": [
            { "matchExpressions": [{ "key": "disk", "operator": "In", "values": ["floppy"] }] }
        ] } },
    })),
    "its volume cannot be attached" => "fits": |it| {
        let Some((_, moves)) = it.first_move() else { return false };
        it.objects.push(json!({
            "kind": "CSINode", "metadata": { "name": &*moves.to },
            "spec": { "drivers": [{ "name": "other.example.com", "allocatable": { "count": 0 } }] },
        }));
        it.with_volume(&json!({ "csi": { "driver": "other.example.com", "volumeHandle": "x" } }))
    },
    "its claim is not there" => "reasons": |it| it.moved(|pod| {
        pod["spec"]["volumes"] = json!([{ "name": "x", "persistentVolumeClaim": { "claimName": "nothing" } }]);
    }),
    "it asks for devices by claim" => "fits": |it| it.moved(|pod| {
        pod["spec"]["resourceClaims"] = json!([{ "name": "x" }]);
    }),
    "there is a place, but it is not seen" => "packing": |it| {
        let stuck = |pod: PodName| Reason::NoPlaceToMovePods { pod, alone: true, nearest: None };
        it.stays(stuck(PodName { namespace: "web".into(), name: "x".into() }))
    },
    "a pending pod has its room elsewhere" => "seats": |it| {
        let pending = it.record.plan.pending.iter().find(|it| matches!(it.reason, Some(PendingReason::NotOurs { .. })));
        let Some(path) = pending.map(|it| it.pod.to_string()) else { return false };
        it.record.seats.before.remove(&path).is_some()
    },
    "a leaving node has the verdict of a candidate" => "leaving": |it| {
        let entry = it.record.plan.nodes.iter_mut().find(|it| matches!(it.verdict, Verdict::Leaving { .. }));
        entry.is_some_and(|it| {
            it.verdict = Verdict::Keep(Reason::NotEvaluated);
            it.name.len() == 3
        }) && cursor(&mut it.record.plan)
    },
    "a removal goes on in spite of a reason" => "leaving": |it| it.leaver(|step, why, _| {
        let stopped = why.take().is_some();
        *step = Step::Evicting;
        stopped
    }),
    "a removal is held for nothing" => "leaving": |it| it.leaver(|step, why, _| {
        let stopped = why.is_some();
        (*step, *why) = (Step::Held, Some(Reason::NotEvaluated));
        !stopped
    }),
    "a removal is taken back after the first eviction" => "leaving": |it| it.leaver(|step, _, _| {
        *step == Step::Held && {
            *step = Step::TakeBack;
            true
        }
    }),
    "a pod that is left on a leaving node is forgotten" => "leaving": |it| it.leaver(|_, _, left| {
        *left > 0 && {
            *left -= 1;
            true
        }
    }),
    "a pending pod is not listed" => "pending": |it| it.record.plan.pending.pop().is_some(),
    "a pending pod fits no group, though it fits a node" => "pending": |it| {
        let pending = it.record.plan.pending.iter_mut().find(|it| matches!(it.reason, Some(PendingReason::NotOurs { .. })));
        pending.is_some_and(|it| {
            it.reason = Some(PendingReason::NoGroupFits { nearest: None });
            true
        })
    },
    "a pod brings a node too early" => "pending": |it| {
        let pending = it.record.plan.pending.iter_mut().find(|it| matches!(it.reason, Some(PendingReason::TooYoung { .. })));
        pending.is_some_and(|it| {
            it.reason = Some(PendingReason::NoGroupFits { nearest: None });
            true
        })
    },
    "a pod that brings a node is not part of it" => "pending": |it| {
        it.record.plan.additions.iter_mut().any(|it| it.pods.pop().is_some())
    },
    "a pod is held back by another bound" => "pending": |it| {
        let bound = it.record.plan.pending.iter_mut().find(|it| matches!(it.reason, Some(PendingReason::AtMaximum { .. })));
        bound.is_some_and(|it| {
            it.reason = Some(PendingReason::BudgetSpent { max: 1 });
            true
        })
    },
    "a group goes above its maximum" => "additions": |it| {
        it.record.plan.additions.first_mut().is_some_and(|it| {
            it.count += 50;
            true
        })
    },
    "a group grows that must not" => "additions": |it| {
        let held = it.record.plan.pending.iter().find_map(|it| match &it.reason {
            Some(PendingReason::ScaleUpDisabled { group } | PendingReason::BackOff { group, .. } | PendingReason::Cooldown { group, .. }) => Some(group.clone()),
            _ => None,
        });
        held.is_some_and(|group| {
            it.record.plan.additions.push(Addition { group, count: 1, pods: Vec::new() });
            true
        })
    },
    "a group grows that is not there" => "additions": |it| {
        it.record.plan.additions.push(Addition { group: "omega".into(), count: 1, pods: Vec::new() });
        true
    },
    "a group stays below its minimum" => "additions": |it| {
        let empty = it.record.plan.additions.iter().position(|it| it.pods.is_empty());
        empty.is_some_and(|at| {
            it.record.plan.additions.remove(at);
            true
        })
    },
    "pods do not fit on what is added" => "additions": |it| {
        let Some(path) = it.record.plan.additions.iter().find_map(|it| it.pods.first().cloned()) else { return false };
        it.change(&path, |pod| {
            pod["spec"]["containers"][0]["resources"]["requests"]["memory"] = json!("9000Gi");
        });
        true
    },
    "a pod gets no node, though one could come" => "additions": |it| {
        let Some(at) = it.record.plan.additions.iter().position(|it| it.pods.len() == 1 && it.count == 1) else { return false };
        let addition = it.record.plan.additions.remove(at);
        let pending = it.record.plan.pending.iter_mut().find(|it| it.pod == addition.pods[0]);
        pending.is_some_and(|it| {
            (it.placed, it.reason) = (None, Some(PendingReason::NoGroupFits { nearest: None }));
            true
        })
    },
    "nobody was asked again" => "asked": |it| {
        it.asked.first().is_some_and(|first| first.answer == Ok(false)) && {
            it.asked.clear();
            true
        }
    },
    "somebody was asked again for nothing" => "asked": |it| {
        let last = it.record.plan.removals.len() > 1 && it.asked.is_empty();
        let node = it.record.plan.removals.last().map(ToString::to_string);
        last && node.is_some_and(|node| {
            it.asked.push(Asked { policy: "vetoer-9".into(), node, answer: Ok(false) });
            true
        })
    },
    "the second answer was a veto" => "limits": |it| {
        let late = it.asked.iter_mut().find(|it| it.answer == Ok(false));
        late.is_some_and(|it| {
            it.answer = Ok(true);
            true
        })
    },
    "a node goes that was vetoed after all" => "limits": |it| {
        let Some(last) = it.record.plan.removals.last() else { return false };
        let at = it.record.plan.nodes.iter().position(|entry| entry.name == *last);
        let veto = |node| VetoAnswer {
            node,
            pod: None,
            code: "odd".into(),
            text: "no".into(),
            flips: None,
            until: None,
        };
        let vetoes = it.record.answers.vetoes.iter_mut().find_map(|it| it.answer.as_mut().ok());
        at.zip(vetoes).is_some_and(|(at, vetoes)| {
            vetoes.push(veto(NodeId::new(at)));
            true
        })
    },
    "a group changed a moment ago" => "limits": |it| {
        let Some(group) = it.record.plan.nodes.iter().find(|it| matches!(it.verdict, Verdict::Remove { .. })) else { return false };
        let group = group.group.clone();
        let object = it.objects.iter_mut().find(|it| it["kind"] == "NodeGroup" && it["metadata"]["name"] == group.as_deref().unwrap_or_default());
        object.is_some_and(|it| {
            it["status"]["lastScaleUpTime"] = json!(instant(-1));
            it["spec"]["scaleDownPolicy"]["cooldownSeconds"] = json!(600);
            true
        })
    },
};

/// What holds for the sums of the whole cluster is looked at only where somebody stands up for it.
pub const SUMS: Sabotage =
    Sabotage { what: "too little is left", check: "sums", spoil: |it| it.moved_asks("cpu") };

fn twice<T: Clone>(list: &mut Vec<T>) -> bool {
    let last = list.last().cloned();
    list.extend(last.clone());
    last.is_some()
}

fn swap<T>(list: &mut [T]) -> bool {
    list.len() > 1 && {
        list.swap(0, 1);
        true
    }
}

fn cursor(plan: &mut Plan) -> bool {
    plan.cursor = plan
        .nodes
        .iter()
        .filter(|it| it.verdict == Verdict::Keep(Reason::NotEvaluated))
        .map(|it| it.name.clone())
        .collect();
    true
}

fn apart(app: &str) -> Value {
    json!({ "requiredDuringSchedulingIgnoredDuringExecution": [
        { "labelSelector": { "matchLabels": { "app": app } }, "topologyKey": "kubernetes.io/hostname", "namespaceSelector": {} }
    ] })
}

fn moves_of(entry: &mut decide::plan::Entry) -> Option<&mut Vec<Move>> {
    match &mut entry.verdict {
        Verdict::Remove { moves, .. } if !moves.is_empty() => Some(moves),
        _ => None,
    }
}

impl Spoilt {
    /// A node that is kept for such a reason goes all the same, as if it were empty.
    fn goes(&mut self, kept: fn(&Reason) -> bool) -> bool {
        let plan = &mut self.record.plan;
        let entry =
            plan.nodes.iter_mut().find(|it| matches!(&it.verdict, Verdict::Keep(reason) if kept(reason)));
        let Some(entry) = entry else { return false };
        entry.verdict = Verdict::Remove { how: How::Empty, moves: Vec::new() };
        plan.removals.push(entry.name.clone());
        true
    }

    /// A node that would go is kept.
    fn stays(&mut self, reason: Reason) -> bool {
        let plan = &mut self.record.plan;
        let Some(entry) = plan.nodes.iter_mut().find(|it| matches!(it.verdict, Verdict::Remove { .. }))
        else {
            return false;
        };
        plan.removals.retain(|it| *it != entry.name);
        entry.verdict = Verdict::Keep(reason);
        cursor(plan)
    }

    fn how(&mut self, from: How, to: How) -> bool {
        self.record.plan.nodes.iter_mut().any(|it| match &mut it.verdict {
            Verdict::Remove { how, .. } if *how == from => {
                *how = to;
                true
            }
            _ => false,
        })
    }

    fn moves(&mut self, spoil: fn(&mut Vec<Move>) -> bool) -> bool {
        self.record.plan.nodes.iter_mut().find_map(moves_of).is_some_and(spoil)
    }

    fn leaver(&mut self, spoil: fn(&mut Step, &mut Option<Reason>, &mut u32) -> bool) -> bool {
        self.record.plan.nodes.iter_mut().any(|it| match &mut it.verdict {
            Verdict::Leaving { step, why, left, .. } => spoil(step, why, left),
            _ => false,
        })
    }

    /// The first move of the first removal that has any; the position of the node it is from.
    fn first_move(&self) -> Option<(usize, Move)> {
        let order = self.record.plan.removals.iter();
        let at = |name: &decide::world::Name| {
            self.record.plan.nodes.iter().position(|it| it.name == *name).expect("it has an entry")
        };
        order.map(at).find_map(|at| match &self.record.plan.nodes[at].verdict {
            Verdict::Remove { moves, .. } => Some((at, moves.first()?.clone())),
            _ => None,
        })
    }

    fn send_to(&mut self, node: &str) -> bool {
        let Some((at, _)) = self.first_move() else { return false };
        moves_of(&mut self.record.plan.nodes[at]).is_some_and(|it| {
            it[0].to = node.into();
            true
        })
    }

    fn send_to_one(&mut self, like: fn(&Verdict) -> bool) -> bool {
        let to = self.record.plan.nodes.iter().find(|it| like(&it.verdict)).map(|it| it.name.to_string());
        to.is_some_and(|it| self.send_to(&it))
    }

    fn pod(&self, name: &PodName) -> &Value {
        let is = |it: &&Value| {
            it["kind"] == "Pod"
                && it["metadata"]["name"] == *name.name
                && it["metadata"]["namespace"] == *name.namespace
        };
        self.objects.iter().find(is).expect("a pod that moves is there")
    }

    fn change(&mut self, name: &PodName, how: impl Fn(&mut Value)) {
        let is = |it: &&mut Value| {
            it["kind"] == "Pod"
                && it["metadata"]["name"] == *name.name
                && it["metadata"]["namespace"] == *name.namespace
        };
        how(self.objects.iter_mut().find(is).expect("a pod that moves is there"));
    }

    /// The pod that moves first is another than it was.
    fn moved(&mut self, how: impl Fn(&mut Value)) -> bool {
        let Some((_, moves)) = self.first_move() else { return false };
        self.change(&moves.pod, how);
        true
    }

    fn moved_says(&self, path: &str) -> Value {
        let moves = self.first_move().map(|it| it.1);
        moves.and_then(|it| self.pod(&it.pod).pointer(path).cloned()).unwrap_or(Value::Null)
    }

    fn moved_asks(&self, resource: &str) -> bool {
        let asked = self.moved_says(&format!("/spec/containers/0/resources/requests/{resource}"));
        asked.as_str().is_some_and(|it| !it.starts_with('0'))
    }

    /// The node to which a pod moves first is another than it was.
    fn destination(&mut self, how: impl Fn(&mut Value)) -> bool {
        let Some((_, moves)) = self.first_move() else { return false };
        let is = |it: &&mut Value| it["kind"] == "Node" && it["metadata"]["name"] == *moves.to;
        how(self.objects.iter_mut().find(is).expect("a destination is there"));
        true
    }

    /// One more pod on the node to which a pod moves first.
    fn neighbour(&mut self, how: impl Fn(&mut Value)) -> bool {
        let Some((_, moves)) = self.first_move() else { return false };
        let mut pod = json!({
            "kind": "Pod",
            "metadata": { "name": "neighbour", "namespace": &*moves.pod.namespace, "labels": { "app": "neighbour" },
                "creationTimestamp": instant(-60) },
            "spec": { "nodeName": &*moves.to, "containers": [{ "name": "main" }] },
            "status": { "phase": "Running" },
        });
        how(&mut pod);
        self.objects.push(pod);
        true
    }

    /// One budget over the pods that move first from so many nodes, where there is no other.
    fn with_budget(&mut self, nodes: usize, allowed: u32) -> bool {
        let mut pods = Vec::new();
        for name in &self.record.plan.removals {
            let entry = self.record.plan.nodes.iter().find(|it| it.name == *name).expect("it has an entry");
            if let Verdict::Remove { moves, .. } = &entry.verdict {
                pods.extend(moves.first().map(|it| it.pod.clone()));
            }
        }
        pods.truncate(nodes);
        let is_fit = |it: &PodName| {
            let pod = self.pod(it);
            let ready = pod["status"]["conditions"][0]["status"] == "True";
            ready && it.namespace == pods[0].namespace && pod["metadata"].get("deletionTimestamp").is_none()
        };
        let has_budgets = self.objects.iter().any(|it| it["kind"] == "PodDisruptionBudget");
        if pods.len() < nodes || has_budgets || !pods.iter().all(is_fit) {
            return false;
        }
        let apps: Vec<&Value> = pods.iter().map(|it| &self.pod(it)["metadata"]["labels"]["app"]).collect();
        let expression = json!({ "key": "app", "operator": "In", "values": apps });
        self.objects.push(json!({
            "kind": "PodDisruptionBudget", "metadata": { "name": "new", "namespace": &*pods[0].namespace },
            "spec": { "selector": { "matchExpressions": [expression] } }, "status": { "disruptionsAllowed": allowed },
        }));
        true
    }

    fn with_volume(&mut self, spec: &Value) -> bool {
        let Some((_, moves)) = self.first_move() else { return false };
        let metadata = json!({ "name": "new", "namespace": &*moves.pod.namespace });
        self.objects.push(json!({ "kind": "PersistentVolume", "metadata": { "name": "new" }, "spec": spec }));
        self.objects.push(json!({
            "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": { "volumeName": "new" },
        }));
        self.moved(|pod| {
            pod["spec"]["volumes"] =
                json!([{ "name": "x", "persistentVolumeClaim": { "claimName": "new" } }]);
        })
    }
}
