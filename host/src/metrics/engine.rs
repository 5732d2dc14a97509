//! The engine's own figures, worked out by the engine from its state when somebody asks, as text.

use super::family::About;
use decide::provision::metrics::{Kind, Metric, PREFIX, Sample, Value};
use std::fmt::Write;

pub fn write(metrics: &[Metric], out: &mut String) {
    for metric in metrics {
        let name = format!("{PREFIX}{}", metric.name);
        let _ = writeln!(out, "# HELP {name} {}", escaped(&metric.help));
        let _ = writeln!(out, "# TYPE {name} {}", word(metric.kind));
        for sample in &metric.samples {
            match &sample.value {
                Value::Number(value) => {
                    let _ = writeln!(out, "{name}{} {value}", labels(sample, None));
                }
                Value::Histogram(bounds, counted) => {
                    let mut below = 0;
                    for (at, bound) in bounds.iter().enumerate() {
                        below += counted.counts.get(at).copied().unwrap_or_default();
                        let labels = labels(sample, Some(&bound.to_string()));
                        let _ = writeln!(out, "{name}_bucket{labels} {below}");
                    }
                    let _ = writeln!(out, "{name}_bucket{} {}", labels(sample, Some("+Inf")), counted.count);
                    let _ = writeln!(out, "{name}_sum{} {}", labels(sample, None), counted.sum);
                    let _ = writeln!(out, "{name}_count{} {}", labels(sample, None), counted.count);
                }
            }
        }
    }
}

pub fn about(metrics: &[Metric]) -> Vec<About> {
    let about = |it: &Metric| About {
        name: format!("{PREFIX}{}", it.name),
        kind: word(it.kind),
        labels: it
            .samples
            .first()
            .map_or_else(Vec::new, |it| it.labels.iter().map(|label| label.0.clone()).collect()),
        help: it.help.clone(),
    };
    metrics.iter().map(about).collect()
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    }
}

fn labels(sample: &Sample, bound: Option<&str>) -> String {
    let own = sample.labels.iter().map(|(name, value)| (&**name, &**value));
    let all: Vec<String> = own
        .chain(bound.map(|it| ("le", it)))
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect();
    if all.is_empty() { String::new() } else { format!("{{{}}}", all.join(",")) }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}
