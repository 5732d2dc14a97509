//! Keeps nodes while an alert says that an objective is missed: whoever raises it writes on a node, or on its
//! group, until when nothing may go.

use policy_sdk::civil::instant;
use policy_sdk::prelude::*;
use policy_sdk::{quoted, rows};

/// The vetoer.
#[derive(Clone, Debug, Settings)]
pub struct SloGuard {
    /// annotation of nodes and groups whose value is the instant (RFC 3339) until which nothing goes
    #[setting(default = "autoscaler.vpsie.com/slo-breach-until")]
    annotation: String,
    /// what an annotation does that is no instant
    #[setting(default = Unreadable::Keep)]
    unreadable: Unreadable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Settings)]
enum Unreadable {
    Keep,
    Allow,
}

policy_sdk::policy!(SloGuard: vetoer);

impl Vetoer for SloGuard {
    fn veto(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        let marks = batch.annotation(&self.annotation, host);
        let groups =
            (0..batch.groups.len()).map(|at| host.view.group_annotation(at as u32, &self.annotation));
        let groups: Vec<Option<String>> = groups.collect();
        let kept = batch.nodes().filter_map(|node| {
            let own = marks.of(node).and_then(|value| self.kept(node, "node {node}", value, batch.tick.now));
            own.or_else(|| {
                let group = groups.get(node.group_index()? as usize)?.as_deref()?;
                self.kept(node, "group {group}", group, batch.tick.now)
            })
        });
        Ok(kept.collect())
    }
}

impl SloGuard {
    fn kept(&self, node: rows::Node<'_>, whose: &str, value: &str, now: i64) -> Option<Vetoed> {
        match instant(value) {
            Some(end) if now < end => {
                let text = format!("an objective is missed, says {whose}: nothing goes until {value}");
                Some(node.vetoed("slo-breach", text).until(end))
            }
            None if self.unreadable == Unreadable::Keep => {
                let text =
                    format!("annotation {} of {whose} is {}, no instant", self.annotation, quoted(value));
                Some(node.vetoed("slo-unreadable", text))
            }
            _ => None,
        }
    }
}
