//! Small worlds by hand, and the sequence of a decision over them.

mod asking;
mod civil;
mod columns;
mod directory;
mod golden;
mod guests;
mod hostile;
mod large;
mod parity;
mod sizes;

pub(crate) use crate::example::labels;
pub(crate) use guests::hostile_module;

use crate::Set;
use crate::example;
use decide::ask::{Answers, Paces};
use decide::build::{Binding, Builder};
use decide::facts::Facts;
use decide::memory::Memory;
use decide::plan::{Plan, Reason, Verdict};
use decide::question::Question;
use decide::resources::Amounts;
use decide::select::{Labels, Selector};
use decide::settings::{Settings, Source};
use decide::tick::Tick;
use decide::time::Time;
use decide::world::{
    Budget, Group, Name, NamespaceId, Node, Owner, OwnerKind, OwnerRef, Phase, Place, Pod, PodVolume,
    PodVolumeKind, Ready, ScaleDownPolicy, Shape, World,
};

pub(crate) const GIB: i64 = 1 << 30;

/// 2026-11-20T10:00:00Z, a Friday.
pub(crate) const NOW: Time = Time(1_795_168_800);

/// A cluster whose nodes are judged by what is requested, all of one group, and idle for long.
pub(crate) struct Cluster {
    builder: Builder,
    settings: Settings,
    group: Group,
}

impl Cluster {
    pub fn new() -> Cluster {
        let mut settings = Settings::default();
        settings.scale_down.source = Source::Requests;
        settings.global.removals_at_once = 3;
        Cluster { builder: Builder::new(NOW, settings.clone()), settings, group: group("workers") }
    }

    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Cluster {
        change(&mut self.settings);
        self
    }

    pub fn group(mut self, change: impl FnOnce(&mut Group)) -> Cluster {
        change(&mut self.group);
        self
    }

    pub fn builder(mut self, change: impl FnOnce(&mut Builder)) -> Cluster {
        change(&mut self.builder);
        self
    }

    pub fn node(self, name: &str, cores: i64) -> Cluster {
        self.node_with(name, cores, |_| ())
    }

    pub fn node_with(mut self, name: &str, cores: i64, change: impl FnOnce(&mut Node)) -> Cluster {
        let mut it = node(name, cores);
        change(&mut it);
        self.builder.node(it);
        self
    }

    pub fn pod(self, path: &str, node: &str, cpu: i64) -> Cluster {
        self.pod_with(path, node, cpu, |_, _, _| ())
    }

    /// `path`: namespace/name. It is one of three of a ReplicaSet that is there.
    pub fn pod_with(
        mut self,
        path: &str,
        node: &str,
        cpu: i64,
        change: impl FnOnce(&mut Builder, &mut Pod, &mut Shape),
    ) -> Cluster {
        let (namespace, name) = path.split_once('/').expect("namespace/name");
        let mut shape =
            Shape { requests: Amounts { cpu, memory: GIB / 4, ..Amounts::default() }, ..Shape::default() };
        let builder = &mut self.builder;
        let owner = format!("{name}-set");
        let mut pod = Pod {
            name: name.into(),
            namespace: builder.namespace(namespace),
            uid: path.into(),
            labels: builder.labels(Labels::default()),
            annotations: builder.labels(Labels::default()),
            shape: builder.shape(Shape::default()),
            place: Place::Unbound,
            nominated: None,
            created: Time(NOW.0 - 7200),
            started: Some(Time(NOW.0 - 7200)),
            deleting: None,
            phase: Phase::Running,
            ready: true,
            unschedulable: false,
            gated: false,
            priority: 0,
            owner: Some(owner_ref(OwnerKind::ReplicaSet, "ReplicaSet", "apps", &owner)),
        };
        change(builder, &mut pod, &mut shape);
        if pod.owner.as_ref().is_some_and(|it| *it.name == *owner) {
            builder.owner(Owner {
                kind: OwnerKind::ReplicaSet,
                namespace: namespace.into(),
                name: owner.as_str().into(),
                replicas: Some(3),
            });
        }
        pod.shape = builder.shape(shape);
        builder.pod(pod, Binding { node: Some(node.into()), nominated: None });
        self
    }

    pub fn owner(mut self, kind: OwnerKind, namespace: &str, name: &str) -> Cluster {
        let (namespace, name) = (self.builder.name(namespace), self.builder.name(name));
        self.builder.owner(Owner { kind, namespace, name, replicas: Some(3) });
        self
    }

    pub fn world(mut self) -> World {
        self.builder.settings(self.settings);
        self.builder.group(self.group);
        self.builder.finish()
    }
}

pub(crate) fn owner_ref(kind: OwnerKind, kind_name: &str, api_group: &str, name: &str) -> OwnerRef {
    OwnerRef {
        kind,
        kind_name: kind_name.into(),
        api_group: api_group.into(),
        name: name.into(),
        uid: name.into(),
    }
}

pub(crate) fn volume(name: &str, kind: PodVolumeKind) -> PodVolume {
    PodVolume { name: name.into(), kind }
}

fn group(name: &str) -> Group {
    Group {
        min: 1,
        max: 20,
        desired: 5,
        scale_down: ScaleDownPolicy { cooldown_secs: 0, ..ScaleDownPolicy::default() },
        price_per_hour: Some(250_000_000),
        ..example::group(name)
    }
}

/// One disruption of the pods of an app is allowed.
pub(crate) fn budget(namespace: NamespaceId, name: Name, app: &str) -> Budget {
    Budget {
        namespace,
        name,
        selector: Selector::read([("app".into(), app.into())], []),
        allowed: 1,
        current_healthy: 3,
        desired_healthy: 2,
        unhealthy_always: false,
        generation: 1,
        observed_generation: 1,
    }
}

fn node(name: &str, cores: i64) -> Node {
    let day_ago = Time(NOW.0 - 86_400);
    Node {
        name: name.into(),
        uid: name.into(),
        provider_id: format!("vpsie://{name}").as_str().into(),
        created: day_ago,
        labels: labels(&[
            ("autoscaler.vpsie.com/managed", "true"),
            ("autoscaler.vpsie.com/nodegroup", "workers"),
            ("kubernetes.io/hostname", name),
            ("topology.kubernetes.io/zone", "z1"),
            ("node.kubernetes.io/instance-type", "m.large"),
        ]),
        annotations: labels(&[("autoscaler.vpsie.com/idle-since", "2026-11-20T09:40:00Z")]),
        taints: Vec::new(),
        unschedulable: false,
        ready: Ready::Yes { since: day_ago },
        allocatable: Amounts {
            cpu: cores * 1000,
            memory: 16 * GIB,
            ephemeral: 100 * GIB,
            pods: 110,
            other: Vec::new(),
        },
    }
}

/// What happened on the way to a plan.
pub(crate) struct Decision {
    pub paces: Vec<Paces>,
    pub answers: Answers,
    /// Nodes that were asked about again, and by whom.
    pub again: Vec<(Name, Name)>,
    pub plan: Plan,
}

pub(crate) fn decide(world: &World, set: &Set) -> Decision {
    let memory = Memory::default();
    let facts = Facts::of(world);
    let tick = Tick::open(&facts, &memory);
    let paces = set.paces(&tick);
    let shortlist = tick.shortlist(&paces);
    let answers = set.answers(&shortlist.question);
    let mut settle = shortlist.settle(answers.clone(), None);
    let mut asked_again = Vec::new();
    while let Some(again) = settle.next_question() {
        asked_again.push((again.policy.clone(), world.node(again.node).name.clone()));
        let answer = set.again(&settle, &again);
        settle.answer(answer);
    }
    Decision { paces, answers, again: asked_again, plan: settle.finish() }
}

/// Looks at the question of a world, before any answer.
pub(crate) fn question<T>(world: &World, look: impl FnOnce(&Question<'_>) -> T) -> T {
    let memory = Memory::default();
    let facts = Facts::of(world);
    let tick = Tick::open(&facts, &memory);
    look(&tick.shortlist(&[]).question)
}

/// The verdict on a node in a word or two: `Remove`, `Vetoed safety capacity`.
pub(crate) fn verdict(plan: &Plan, node: &str) -> String {
    let entry = plan.nodes.iter().find(|it| &*it.name == node).expect("a node of the world");
    match &entry.verdict {
        Verdict::Remove { .. } => "Remove".to_owned(),
        Verdict::Leaving { .. } => "Leaving".to_owned(),
        Verdict::Keep(Reason::Vetoed(it)) => format!("Vetoed {} {}", it.policy, it.code),
        Verdict::Keep(Reason::PolicyFault { policy, text }) => format!("PolicyFault {policy}: {text}"),
        Verdict::Keep(reason) => {
            let told = format!("{reason:?}");
            told.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
        }
    }
}
