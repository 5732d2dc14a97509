//! The generated records of the contract, and the SDK's: the same fields, so moved one by one. The
//! columns themselves are copied only for a batch, which several policies are handed.

use policy_sdk::records as sdk;

wasmtime::component::bindgen!({
    path: "../../policy-sdk/wit",
    world: "policy",
});

pub(super) use vpsie::scale_down::types::{
    Batch, Diagnostic, Fault, Group, Metadata, Pace, PodColumns, Scored, Settings, Table, Tick, Vetoed,
    Volume,
};
pub(super) use vpsie::scale_down::{paper, types, view, zones};

pub(super) fn batch(it: &sdk::Batch) -> Batch {
    Batch {
        tick: tick(&it.tick),
        symbols: table(it.symbols.clone()),
        groups: groups(&it.groups),
        nodes: nodes(it.nodes.clone()),
    }
}

pub(super) fn tick(it: &sdk::Tick) -> Tick {
    Tick {
        id: it.id,
        now: it.now,
        system_namespace: it.system_namespace,
        candidates: it.candidates,
        nodes: it.nodes,
        ready: it.ready,
        at_once: it.at_once,
        leaving: it.leaving,
        seed: it.seed,
    }
}

pub(super) fn table(it: sdk::Table) -> Table {
    Table { text: it.text, ends: it.ends }
}

pub(super) fn groups(groups: &[sdk::Group]) -> Vec<Group> {
    let group = |it: &sdk::Group| Group {
        last_change: it.last_change,
        name: it.name,
        namespace: it.namespace,
        bits: it.bits,
        ready: it.ready,
        leaving: it.leaving,
        on_the_way: it.on_the_way,
        min: it.min,
        max: it.max,
        desired: it.desired,
        cpu_threshold: it.cpu_threshold,
        memory_threshold: it.memory_threshold,
        window_seconds: it.window_seconds,
        cooldown_seconds: it.cooldown_seconds,
        at_once: it.at_once,
    };
    groups.iter().map(group).collect()
}

fn nodes(it: sdk::NodeColumns) -> types::NodeColumns {
    types::NodeColumns {
        name: it.name,
        group: it.group,
        zone: it.zone,
        size: it.size,
        bits: it.bits,
        created: it.created,
        idle_since: it.idle_since,
        cpu_alloc: it.cpu_alloc,
        memory_alloc: it.memory_alloc,
        cpu_requested: it.cpu_requested,
        memory_requested: it.memory_requested,
        cpu_moves: it.cpu_moves,
        memory_moves: it.memory_moves,
        cpu_use: it.cpu_use,
        memory_use: it.memory_use,
        pods: it.pods,
        system_pods: it.system_pods,
        pods_listed: it.pods_listed,
        pods_moving: it.pods_moving,
        pods_daemon: it.pods_daemon,
        price_per_hour: it.price_per_hour,
    }
}

pub(super) fn pods(it: sdk::PodColumns) -> PodColumns {
    PodColumns {
        started: it.started,
        cpu: it.cpu,
        memory: it.memory,
        namespace: it.namespace,
        bits: it.bits,
        owner: it.owner,
        owner_kind: it.owner_kind,
        owner_api_group: it.owner_api_group,
        owner_found: it.owner_found,
        owner_number: it.owner_number,
        replicas: it.replicas,
        empty_dirs: it.empty_dirs,
        host_paths: it.host_paths,
        volumes: it.volumes,
        pdbs: it.pdbs,
        priority: it.priority,
        deletion_cost: it.deletion_cost,
    }
}

pub(super) fn volumes(volumes: Vec<sdk::Volume>) -> Vec<Volume> {
    volumes.into_iter().map(|it| Volume { kind: it.kind, bits: it.bits }).collect()
}

pub(super) fn hits(it: sdk::Hits) -> view::Hits {
    let found = it.found.into_iter().map(|it| view::Found { node: it.node, key: it.key, whole: it.whole });
    view::Hits { found: found.collect(), values: table(it.values) }
}

pub(super) fn taints(taints: Vec<sdk::Taint>) -> Vec<view::Taint> {
    taints.into_iter().map(|it| view::Taint { effect: it.effect, since: it.since }).collect()
}

pub(super) fn tally((values, counts): (sdk::Table, Vec<sdk::Count>)) -> (Table, Vec<view::Count>) {
    let count = |it: sdk::Count| view::Count { nodes: it.nodes, ready: it.ready, candidates: it.candidates };
    (table(values), counts.into_iter().map(count).collect())
}

pub(super) fn offsets(offsets: Vec<sdk::Offset>) -> Vec<zones::Offset> {
    offsets.into_iter().map(|it| zones::Offset { at: it.at, seconds: it.seconds }).collect()
}

pub(super) fn remainder(it: &sdk::Remainder) -> paper::Remainder {
    paper::Remainder {
        cpu_alloc: it.cpu_alloc,
        memory_alloc: it.memory_alloc,
        cpu_requested: it.cpu_requested,
        memory_requested: it.memory_requested,
        cpu_free: it.cpu_free,
        memory_free: it.memory_free,
        cpu_moves: it.cpu_moves,
        memory_moves: it.memory_moves,
        destinations: it.destinations,
        removed: it.removed,
    }
}

pub(super) fn settings(it: &sdk::Settings) -> Settings {
    let item = |it: &sdk::Setting| types::Setting {
        parent: it.parent,
        key: it.key,
        kind: it.kind,
        text: it.text,
        number: it.number,
    };
    Settings { symbols: table(it.symbols.clone()), items: it.items.iter().map(item).collect() }
}

pub(super) fn pace(it: Pace) -> sdk::Pace {
    sdk::Pace {
        group: it.group,
        mode: it.mode,
        disabled: it.disabled,
        at_once: it.at_once,
        cpu_threshold: it.cpu_threshold,
        memory_threshold: it.memory_threshold,
        window_seconds: it.window_seconds,
        why: it.why,
        until: it.until,
    }
}

pub(super) fn vetoed(it: Vetoed) -> sdk::Vetoed {
    let why = sdk::Reason { code: it.why.code, text: it.why.text, flips: it.why.flips };
    sdk::Vetoed { node: it.node, pod: it.pod, why, until: it.until }
}

pub(super) fn scored(it: Scored) -> sdk::Scored {
    sdk::Scored { node: it.node, score: it.score, why: it.why }
}

pub(super) fn fault(it: Fault) -> sdk::Fault {
    sdk::Fault { code: it.code, text: it.text }
}

pub(super) fn diagnostic(it: Diagnostic) -> sdk::Diagnostic {
    sdk::Diagnostic { pointer: it.pointer, text: it.text }
}

pub(super) fn metadata(it: Metadata) -> sdk::Metadata {
    let more = it.more.into_iter().map(|it| sdk::Property { key: it.key, value: it.value }).collect();
    sdk::Metadata { name: it.name, version: it.version, more }
}
