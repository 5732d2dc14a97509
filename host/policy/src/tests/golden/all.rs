//! A policy that looks at everything there is and answers with a number of it: what comes over another
//! way, or in another place, gives another number. It has every hook and asks every question.

use policy_sdk::Paper;
use policy_sdk::prelude::*;
use policy_sdk::records::{NodeColumns, PodColumns, Remainder};

const KEYS: [&str; 2] = ["autoscaler.vpsie.com/scale-down-zone", "topology.kubernetes.io/zone"];

/// One setting of each kind.
#[derive(Clone, Debug, Settings)]
pub struct All {
    #[setting(default = 7, range = -1_000..=1_000)]
    number: i32,
    #[setting(default = true)]
    flag: bool,
    #[setting(default = "Europe/Berlin")]
    zone: String,
    keys: Vec<String>,
}

policy_sdk::policy!(All: windows, vetoer with paper, scorer);

/// FNV-1a.
struct Sum(u64);

impl Windows for All {
    fn paces(
        &self,
        tick: &Tick,
        symbols: &Table,
        groups: &[Group],
        host: &Host<'_>,
    ) -> Result<Vec<Pace>, Fault> {
        let mut sum = self.start(host, tick.now);
        sum.tick(tick).table(symbols);
        let paces = (0..).zip(groups).map(|(index, group)| {
            sum.group(group);
            Pace {
                group: index,
                mode: "all".to_owned(),
                disabled: sum.0.is_multiple_of(2),
                at_once: Some(group.at_once),
                cpu_threshold: None,
                memory_threshold: Some(index),
                window_seconds: Some(sum.0 as u32),
                why: sum.0.to_string(),
                until: Some(tick.now),
            }
        });
        Ok(paces.collect())
    }
}

impl Vetoer for All {
    fn veto(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        let mut sum = self.start(host, batch.tick.now);
        sum.batch(batch).view(batch, host).paper(batch, host.paper);
        host.log.write(2, "looked at everything");
        if batch.nodes().len() == 0 {
            return Err(Fault { code: "nobody".to_owned(), text: sum.0.to_string() });
        }
        let kept = batch.nodes().filter(|node| !node.index().is_multiple_of(3)).map(|node| {
            let kept = node.vetoed("all", sum.number(node.index().into()).0.to_string()).flips("nothing");
            Vetoed { pod: (node.pods_listed() > 0).then_some(0), ..kept.until(batch.tick.now) }
        });
        Ok(kept.collect())
    }
}

impl Scorer for All {
    fn score(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Scored>, Fault> {
        let mut sum = self.start(host, batch.tick.now);
        sum.batch(batch).view(batch, host);
        let scored = batch.nodes().map(|node| node.scored(i64::from(self.number)).because(sum.0.to_string()));
        Ok(scored.collect())
    }
}

impl All {
    fn start(&self, host: &Host<'_>, now: i64) -> Sum {
        let mut sum = Sum(0xcbf2_9ce4_8422_2325);
        sum.number(self.number.into()).number(self.flag.into()).text(&self.zone);
        self.keys.iter().for_each(|key| {
            sum.text(key);
        });
        let year = 365 * 86_400;
        for offset in host.zones.offsets(&self.zone, now, now.saturating_add(year)).unwrap_or_default() {
            sum.number(offset.at).number(offset.seconds.into());
        }
        sum
    }
}

impl Sum {
    fn number(&mut self, number: i64) -> &mut Self {
        self.0 = (self.0 ^ number as u64).wrapping_mul(0x0000_0100_0000_01b3);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        text.bytes().for_each(|byte| {
            self.number(byte.into());
        });
        self.number(-1)
    }

    fn some(&mut self, text: &Option<String>) -> &mut Self {
        self.text(text.as_deref().unwrap_or("none"))
    }

    fn table(&mut self, table: &Table) -> &mut Self {
        self.text(&table.text).small(&table.ends)
    }

    fn small(&mut self, column: &[u32]) -> &mut Self {
        column.iter().for_each(|number| {
            self.number((*number).into());
        });
        self.number(-2)
    }

    fn large(&mut self, column: &[u64]) -> &mut Self {
        column.iter().for_each(|number| {
            self.number(*number as i64);
        });
        self.number(-3)
    }

    fn signed(&mut self, column: &[i64]) -> &mut Self {
        column.iter().for_each(|number| {
            self.number(*number);
        });
        self.number(-4)
    }

    fn counts(&mut self, column: &[i32]) -> &mut Self {
        column.iter().for_each(|number| {
            self.number((*number).into());
        });
        self.number(-5)
    }

    fn tick(&mut self, it: &Tick) -> &mut Self {
        self.number(it.id as i64).number(it.now).number(it.seed as i64);
        self.small(&[it.system_namespace, it.candidates, it.nodes, it.ready, it.at_once, it.leaving])
    }

    fn group(&mut self, it: &Group) -> &mut Self {
        self.number(it.last_change).small(&[it.name, it.namespace, it.bits, it.ready, it.leaving]);
        self.small(&[it.on_the_way, it.min, it.max, it.desired, it.cpu_threshold, it.memory_threshold]);
        self.small(&[it.window_seconds, it.cooldown_seconds, it.at_once])
    }

    fn batch(&mut self, it: &Batch) -> &mut Self {
        it.groups.iter().for_each(|group| {
            self.group(group);
        });
        self.tick(&it.tick).table(&it.symbols).nodes(&it.nodes)
    }

    fn nodes(&mut self, it: &NodeColumns) -> &mut Self {
        let small =
            [&it.name, &it.group, &it.zone, &it.size, &it.bits, &it.cpu_use, &it.memory_use, &it.pods];
        let more = [&it.system_pods, &it.pods_listed, &it.pods_moving, &it.pods_daemon];
        small.into_iter().chain(more).for_each(|column| {
            self.small(column);
        });
        let large = [&it.cpu_alloc, &it.memory_alloc, &it.cpu_requested, &it.memory_requested];
        large.into_iter().chain([&it.cpu_moves, &it.memory_moves]).for_each(|column| {
            self.large(column);
        });
        self.signed(&it.created).signed(&it.idle_since).signed(&it.price_per_hour)
    }

    fn pods(&mut self, it: &PodColumns) -> &mut Self {
        self.signed(&it.started).large(&it.cpu).large(&it.memory).counts(&it.replicas);
        let small =
            [&it.namespace, &it.bits, &it.owner, &it.owner_kind, &it.owner_api_group, &it.owner_found];
        let more = [&it.owner_number, &it.empty_dirs, &it.host_paths, &it.volumes, &it.pdbs];
        small.into_iter().chain(more).for_each(|column| {
            self.small(column);
        });
        self.counts(&it.priority).counts(&it.deletion_cost)
    }

    fn view(&mut self, batch: &Batch, host: &Host<'_>) -> &mut Self {
        let view = host.view;
        for hits in [view.labels(&KEYS, 8), view.annotations(&KEYS, 4)] {
            self.table(&hits.values);
            for found in hits.found {
                self.small(&[found.node, found.key, found.whole]);
            }
        }
        let nodes = batch.nodes().len() as u32;
        self.pods(&view.pods(0, nodes)).table(&view.pod_names(0, nodes));
        for node in batch.nodes() {
            for pod in 0..node.pods_listed() {
                for volume in view.volumes(node.index(), pod) {
                    self.small(&[volume.kind, volume.bits]);
                }
                self.table(&view.volume_names(node.index(), pod));
                self.some(&view.pod_label(node.index(), pod, "app"));
                self.some(&view.pod_annotation(node.index(), pod, KEYS[0]));
            }
            for taint in view.taints(node.index()) {
                self.number(taint.effect.into()).number(taint.since);
            }
            self.table(&view.taint_texts(node.index()));
        }
        for group in 0..batch.groups.len() as u32 {
            self.some(&view.group_label(group, "app")).some(&view.group_annotation(group, KEYS[0]));
        }
        let (values, counts) = view.tally(KEYS[1]);
        for count in counts {
            self.small(&[count.nodes, count.ready, count.candidates]);
        }
        self.table(&values)
    }

    fn paper(&mut self, batch: &Batch, paper: &dyn Paper) -> &mut Self {
        self.small(&paper.room_short(12_000))
            .small(&paper.use_above(8_500))
            .small(&paper.fewer_than(KEYS[1], 2));
        for node in batch.nodes() {
            self.remainder(&paper.remains(node.index()));
        }
        self
    }

    fn remainder(&mut self, it: &Remainder) -> &mut Self {
        self.large(&[it.cpu_alloc, it.memory_alloc, it.cpu_requested, it.memory_requested]);
        self.large(&[it.cpu_free, it.memory_free, it.cpu_moves, it.memory_moves]);
        self.small(&[it.destinations, it.removed])
    }
}
