//! A candidate by hand, with its pods and with what the world on paper says of it.

use super::Pod;
use super::pairs::Pairs;
use crate::records::{self, NONE, NONE_PRICE, NONE_TIME, Remainder, Table, Taint, node_bits};

/// A ready candidate without use, pods and group, until a test says otherwise.
#[derive(Clone)]
pub struct Node {
    pub(super) name: String,
    group: String,
    zone: String,
    bits: u32,
    created: i64,
    cpu_alloc: u64,
    cpu_requested: u64,
    memory_alloc: u64,
    memory_requested: u64,
    usage: (u32, u32),
    price: i64,
    pub(super) labels: Pairs,
    pub(super) annotations: Pairs,
    pub(super) taints: Vec<(Taint, [String; 2])>,
    pub(super) pods: Vec<Pod>,
    pub(super) room_short: u32,
    pub(super) use_above: u32,
    pub(super) remains: Remainder,
}

impl Node {
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            group: String::new(),
            zone: String::new(),
            bits: node_bits::READY | node_bits::USE_KNOWN,
            created: NONE_TIME,
            cpu_alloc: 0,
            cpu_requested: 0,
            memory_alloc: 0,
            memory_requested: 0,
            usage: (0, 0),
            price: NONE_PRICE,
            labels: Pairs::default(),
            annotations: Pairs::default(),
            taints: Vec::new(),
            pods: Vec::new(),
            room_short: 0,
            use_above: 0,
            remains: Remainder::default(),
        }
    }

    /// A group that the world has.
    pub fn group(mut self, name: &str) -> Self {
        self.group = name.to_owned();
        self
    }

    pub fn zone(mut self, name: &str) -> Self {
        self.zone = name.to_owned();
        self.label("topology.kubernetes.io/zone", name)
    }

    /// RFC 3339.
    pub fn created(mut self, instant: &str) -> Self {
        self.created = super::instant(instant);
        self
    }

    /// Allocatable and requested, milli-cores.
    pub fn cpu(mut self, alloc: u64, requested: u64) -> Self {
        (self.cpu_alloc, self.cpu_requested) = (alloc, requested);
        self
    }

    /// Allocatable and requested, bytes.
    pub fn memory(mut self, alloc: u64, requested: u64) -> Self {
        (self.memory_alloc, self.memory_requested) = (alloc, requested);
        self
    }

    /// Hundredths of a percent.
    pub fn usage(mut self, cpu: u32, memory: u32) -> Self {
        self.usage = (cpu, memory);
        self
    }

    pub fn usage_unknown(mut self) -> Self {
        self.bits &= !node_bits::USE_KNOWN;
        self.usage = (NONE, NONE);
        self
    }

    /// In 10^-9 of the currency.
    pub fn price_per_hour(mut self, price: i64) -> Self {
        self.price = price;
        self
    }

    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.put(key, value);
        self
    }

    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.annotations.put(key, value);
        self
    }

    /// One of [`effects`](crate::records::effects), since ever.
    pub fn taint(mut self, key: &str, value: &str, effect: u32) -> Self {
        let taint = Taint { effect, since: NONE_TIME };
        self.taints.push((taint, [key.to_owned(), value.to_owned()]));
        self
    }

    /// Pods are handed over by namespace and name, whatever their order here.
    pub fn pod(mut self, pod: Pod) -> Self {
        self.pods.push(pod);
        self.pods.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        self
    }

    /// What [`Paper::room_short`](crate::Paper::room_short) answers, whatever the percentage.
    pub fn room_short(mut self, bits: u32) -> Self {
        self.room_short = bits;
        self
    }

    /// What [`Paper::use_above`](crate::Paper::use_above) answers, whatever the percentage.
    pub fn use_above(mut self, bits: u32) -> Self {
        self.use_above = bits;
        self
    }

    pub fn remains(mut self, remains: Remainder) -> Self {
        self.remains = remains;
        self
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let own = [&self.name, &self.zone].into_iter().filter(|text| !text.is_empty());
        own.chain(self.pods.iter().map(|pod| &pod.namespace)).map(String::as_str)
    }

    pub(super) fn push(
        &self,
        columns: &mut records::NodeColumns,
        symbols: &Table,
        groups: &[super::Group],
        system_namespace: &str,
    ) {
        let symbol = |text: &str| symbols.find(text).unwrap_or(NONE);
        let group = groups.iter().position(|group| group.name == self.group);
        let system = self.pods.iter().filter(|pod| pod.namespace == system_namespace).count();
        let pods = self.pods.len() as u32;
        columns.name.push(symbol(&self.name));
        columns.group.push(group.map_or(NONE, |group| group as u32));
        columns.zone.push(symbol(&self.zone));
        columns.size.push(NONE);
        columns.bits.push(self.bits);
        columns.created.push(self.created);
        columns.idle_since.push(NONE_TIME);
        columns.cpu_alloc.push(self.cpu_alloc);
        columns.memory_alloc.push(self.memory_alloc);
        columns.cpu_requested.push(self.cpu_requested);
        columns.memory_requested.push(self.memory_requested);
        columns.cpu_moves.push(0);
        columns.memory_moves.push(0);
        columns.cpu_use.push(self.usage.0);
        columns.memory_use.push(self.usage.1);
        columns.pods.push(pods);
        columns.system_pods.push(system as u32);
        columns.pods_listed.push(pods);
        columns.pods_moving.push(pods);
        columns.pods_daemon.push(0);
        columns.price_per_hour.push(self.price);
    }
}
