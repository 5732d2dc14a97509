//! `use NODE 8*40%/30% 2*60%/30%`: samples of the metrics API, the newest first, CPU and memory in
//! percent of what the node has (cut to whole millicores and bytes) or as amounts. `-` leaves one out.

use super::Making;
use crate::scenario::script::Item;
use crate::scenario::{Mistake, quantity, time};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

impl Making {
    pub(super) fn usage(&self, item: &mut Item) -> Result<Vec<Value>, Mistake> {
        let line = item.line;
        let newest = item.words.text_or("newest", "now")?;
        let newest = time::shifted(&newest, self.now, line)?;
        let every = item.words.text_or("every", "60s")?;
        let every = time::seconds(&every).ok_or_else(|| Mistake::at(line, "every= is a length of time"))?;
        let mut words = std::mem::take(&mut item.words.0).into_iter().map(|it| it.key);
        let node = words.next().ok_or_else(|| Mistake::at(line, "use of which node?"))?;
        let mut objects = Vec::new();
        let mut number = 0;
        for word in words {
            let (count, figures) = word.split_once('*').unwrap_or(("1", &word));
            let count: i64 = count.parse().map_err(|_| Mistake::at(line, format!("{word:?}: how many?")))?;
            for _ in 0..count {
                let at = newest - SignedDuration::from_secs(every * number);
                number += 1;
                if figures != "-" {
                    objects.push(self.sample(&node, at, figures, line)?);
                }
            }
        }
        Ok(objects)
    }

    fn sample(&self, node: &str, at: Timestamp, figures: &str, line: usize) -> Result<Value, Mistake> {
        let wrong = || Mistake::at(line, format!("{figures:?} is no CPU/memory"));
        let (cpu, memory) = figures.split_once('/').ok_or_else(wrong)?;
        let (millis, bytes) = self.sizes.get(node).copied().unwrap_or_default();
        let cpu = match quantity::hundredths(cpu) {
            Some(share) => format!("{}m", millis * share / 10_000),
            None => cpu.to_string(),
        };
        let memory = match quantity::hundredths(memory) {
            Some(share) => (u128::from(bytes) * u128::from(share) / 10_000).to_string(),
            None => memory.to_string(),
        };
        Ok(json!({
            "apiVersion": "metrics.k8s.io/v1beta1",
            "kind": "NodeMetrics",
            "metadata": { "name": node, "creationTimestamp": at.to_string() },
            "timestamp": at.to_string(),
            "window": "20s",
            "usage": { "cpu": cpu, "memory": memory },
        }))
    }
}
