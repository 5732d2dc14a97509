//! Objects as nobody should write them: fields dropped, doubled, renamed, of other types, with
//! values far outside of what is sensible.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// One change to the objects. Where it points to is found by counting, so that every number points
/// somewhere.
#[derive(Debug, Clone)]
pub enum Oddity {
    /// Of an object: down these turnings, and there something happens.
    Anywhere { object: usize, path: Vec<usize>, how: How },
    /// A field that matters, of an object of the kind, with a value from the edge.
    Edge { edge: usize, object: usize, value: usize },
    /// The same object once more, with another name or not.
    Again { object: usize, renamed: bool },
}

#[derive(Debug, Clone)]
pub enum How {
    Drop,
    /// Another value stands there, as text.
    Put(usize),
    /// The field stands there twice.
    Twice(usize),
    Rename(usize),
    Nest {
        depth: usize,
        list: bool,
    },
}

/// Texts of JSON values that are odd nearly everywhere.
const ODD: [&str; 62] = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1",
    "2147483647",
    "2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551616",
    "123456789012345678901234567890",
    "1e308",
    "1e999",
    "0.1",
    "-0.0",
    "\"\"",
    "\"x\"",
    "\" \"",
    "\"\u{e4}\u{338}\u{1f600}\u{202e}\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"9223372036854775807\"",
    "\"9Ei\"",
    "\"999999999999999Ei\"",
    "\"-1\"",
    "\"-5Gi\"",
    "\"1e18\"",
    "\"1e-18\"",
    "\"1e400\"",
    "\"0.000000001\"",
    "\"100500u\"",
    "\"NaN\"",
    "\"+5\"",
    "\"\u{663}\"",
    "\"2026-11-20T10:00:00Z\"",
    "\"0001-01-01T00:00:00Z\"",
    "\"9999-12-31T23:59:59Z\"",
    "\"0000-00-00T00:00:00Z\"",
    "\"2026-11-20T10:00:00.999999999+23:59\"",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "[{}]",
    "[{},{}]",
    "{\"\":\"\"}",
    "{\"a\":{\"b\":{}}}",
    "\"true\"",
    "\"false\"",
    "\"Exists\"",
    "\"In\"",
    "\"NoSchedule\"",
    "\"Always\"",
    "\"Requests\"",
    "\"Running\"",
    "\"default\"",
    "\"autoscaler.vpsie.com/leaving\"",
];

/// Fields that numbers are made of, by kind and path.
const EDGES: [(&str, &str); 62] = [
    ("Node", "/status/allocatable/cpu"),
    ("Node", "/status/allocatable/memory"),
    ("Node", "/status/allocatable/pods"),
    ("Node", "/status/allocatable/example.com~1gpu"),
    ("Node", "/metadata/creationTimestamp"),
    ("Node", "/metadata/annotations/autoscaler.vpsie.com~1idle-since"),
    ("Node", "/metadata/annotations/autoscaler.vpsie.com~1leaving-since"),
    ("Node", "/metadata/annotations/autoscaler.vpsie.com~1draining-since"),
    ("Node", "/metadata/annotations/autoscaler.vpsie.com~1not-before"),
    ("Node", "/metadata/annotations/autoscaler.vpsie.com~1scale-down-allowed-hours"),
    ("Node", "/metadata/annotations/autoscaler.vpsie.com~1scale-down-allowed-days"),
    ("Node", "/metadata/annotations/autoscaler.vpsie.com~1scale-down-zone"),
    ("Node", "/status/conditions/0/lastTransitionTime"),
    ("Node", "/metadata/name"),
    ("Pod", "/spec/containers/0/resources/requests/cpu"),
    ("Pod", "/spec/containers/0/resources/requests/memory"),
    ("Pod", "/spec/containers/0/resources/requests/example.com~1gpu"),
    ("Pod", "/spec/containers/0/resources/limits/memory"),
    ("Pod", "/spec/overhead/memory"),
    ("Pod", "/spec/priority"),
    ("Pod", "/spec/topologySpreadConstraints/0/maxSkew"),
    ("Pod", "/spec/topologySpreadConstraints/0/minDomains"),
    ("Pod", "/spec/topologySpreadConstraints/0/matchLabelKeys"),
    ("Pod", "/spec/containers/0/ports/0/hostPort"),
    ("Pod", "/metadata/deletionTimestamp"),
    ("Pod", "/metadata/creationTimestamp"),
    ("Pod", "/status/startTime"),
    ("Pod", "/metadata/annotations/karpenter.sh~1do-not-disrupt"),
    ("Pod", "/metadata/annotations/controller.kubernetes.io~1pod-deletion-cost"),
    ("Pod", "/metadata/annotations/cluster-autoscaler.kubernetes.io~1safe-to-evict-local-volumes"),
    ("NodeGroup", "/spec/minNodes"),
    ("NodeGroup", "/spec/maxNodes"),
    ("NodeGroup", "/spec/scaleDownPolicy/cpuThreshold"),
    ("NodeGroup", "/spec/scaleDownPolicy/stabilizationWindowSeconds"),
    ("NodeGroup", "/spec/scaleDownPolicy/cooldownSeconds"),
    ("NodeGroup", "/status/lastScaleUpTime"),
    ("NodeGroup", "/status/lastScaleDownTime"),
    ("NodeGroup", "/status/backOffUntil"),
    ("NodeGroup", "/metadata/annotations/autoscaler.vpsie.com~1cpu"),
    ("NodeGroup", "/metadata/annotations/autoscaler.vpsie.com~1memory"),
    ("NodeGroup", "/metadata/annotations/autoscaler.vpsie.com~1hourly-price"),
    ("PodDisruptionBudget", "/status/disruptionsAllowed"),
    ("PodDisruptionBudget", "/status/currentHealthy"),
    ("PodDisruptionBudget", "/status/observedGeneration"),
    ("PodDisruptionBudget", "/metadata/generation"),
    ("NodeMetrics", "/usage/cpu"),
    ("NodeMetrics", "/usage/memory"),
    ("NodeMetrics", "/timestamp"),
    ("CSINode", "/spec/drivers/0/allocatable/count"),
    ("ReplicaSet", "/spec/replicas"),
    ("PriorityClass", "/value"),
    ("VPSieNode", "/status/nodeName"),
    ("AutoscalerConfig", "/spec/globalSettings/maxConcurrentScaleDowns"),
    ("AutoscalerConfig", "/spec/globalSettings/maxConcurrentScaleUps"),
    ("AutoscalerConfig", "/spec/globalSettings/scaleDownCooldownSeconds"),
    ("AutoscalerConfig", "/spec/globalSettings/unschedulablePodGracePeriodSeconds"),
    ("AutoscalerConfig", "/spec/scaleDown/minCores"),
    ("AutoscalerConfig", "/spec/scaleDown/minMemoryBytes"),
    ("AutoscalerConfig", "/spec/scaleDown/minAgeSeconds"),
    ("AutoscalerConfig", "/spec/scaleDown/expendablePriorityBelow"),
    ("AutoscalerConfig", "/spec/scaleDown/sampleMaxAgeSeconds"),
    ("AutoscalerConfig", "/spec/scaleDown/paceBounds/windowSecondsMin"),
];

/// Values from the edge of what can be read; which of them fits the field is left to chance.
const EXTREMES: [&str; 34] = [
    "0",
    "-1",
    "1",
    "2147483647",
    "-2147483648",
    "4294967295",
    "9223372036854775807",
    "100",
    "\"0\"",
    "\"1\"",
    "\"1n\"",
    "\"9223372036854775807\"",
    "\"9223372036854775807m\"",
    "\"8Ei\"",
    "\"7Ei\"",
    "\"1E\"",
    "\"-8Ei\"",
    "\"1e18\"",
    "\"0.1\"",
    "\"0.9999\"",
    "\"2147483647\"",
    "\"-2147483648\"",
    "\"9223372035.999999999\"",
    "\"0001-01-01T00:00:00Z\"",
    "\"9999-12-31T23:59:59Z\"",
    "\"1970-01-01T00:00:00Z\"",
    "\"2026-11-20T09:59:59Z\"",
    "\"2562047h47m16s\"",
    "\"1ns\"",
    "\"00:00-23:59\"",
    "\"Mon-Fri\"",
    "\"Europe/Berlin\"",
    "[\"app\"]",
    "\"n00\"",
];

pub fn oddities(most: usize) -> impl Strategy<Value = Vec<Oddity>> {
    let how = prop_oneof![
        2 => Just(How::Drop),
        6 => (0..ODD.len()).prop_map(How::Put),
        1 => (0..ODD.len()).prop_map(How::Twice),
        1 => (0..ODD.len()).prop_map(How::Rename),
        1 => (prop::sample::select(&[1_usize, 100, 127, 128, 2000, 100_000][..]), prop::bool::ANY)
            .prop_map(|(depth, list)| How::Nest { depth, list }),
    ];
    let oddity = prop_oneof![
        3 => (0..1000_usize, vec(0..40_usize, 1..=9), how)
            .prop_map(|(object, path, how)| Oddity::Anywhere { object, path, how }),
        4 => (0..EDGES.len(), 0..100_usize, 0..EXTREMES.len())
            .prop_map(|(edge, object, value)| Oddity::Edge { edge, object, value }),
        1 => (0..1000_usize, prop::bool::ANY).prop_map(|(object, renamed)| Oddity::Again { object, renamed }),
    ];
    vec(oddity, 1..=most)
}

/// Oddities that can be read: numbers from the edge, nothing else.
pub fn edges(most: usize) -> impl Strategy<Value = Vec<Oddity>> {
    let edge = (0..EDGES.len(), 0..100_usize, 0..EXTREMES.len());
    vec(edge.prop_map(|(edge, object, value)| Oddity::Edge { edge, object, value }), 1..=most)
}

/// The objects with all that is odd about them, as one `List`.
#[must_use]
pub fn text(objects: &[Value], oddities: &[Oddity]) -> String {
    let mut objects = objects.to_vec();
    let mut raw: Vec<String> = Vec::new();
    for oddity in oddities {
        if !objects.is_empty() {
            apply(&mut objects, oddity, &mut raw);
        }
    }
    let mut text = json!({ "apiVersion": "v1", "kind": "List", "items": objects }).to_string();
    // Backwards: a later text may hold the place of an earlier one.
    for (at, it) in raw.iter().enumerate().rev() {
        text = text.replace(&place(at).to_string(), it);
    }
    text
}

/// Holds the place of a text that is no value of ours.
fn place(at: usize) -> Value {
    json!(format!("@@{at}@@"))
}

fn apply(objects: &mut Vec<Value>, oddity: &Oddity, raw: &mut Vec<String>) {
    match oddity {
        Oddity::Again { object, renamed } => {
            let mut again = objects[object % objects.len()].clone();
            if *renamed && again["metadata"].is_object() {
                again["metadata"]["name"] = json!("again");
            }
            objects.push(again);
        }
        Oddity::Edge { edge, object, value } => {
            let (kind, path) = EDGES[*edge];
            let mut of_kind: Vec<&mut Value> = objects.iter_mut().filter(|it| it["kind"] == kind).collect();
            if of_kind.is_empty() {
                return;
            }
            let count = of_kind.len();
            let parsed = serde_json::from_str(EXTREMES[*value]).expect("extremes are values");
            put(of_kind[object % count], path, parsed);
        }
        Oddity::Anywhere { object, path, how } => {
            let count = objects.len();
            let mut at = &mut objects[object % count];
            let mut turnings = path.iter();
            let last = loop {
                let Some(turning) = turnings.next() else { break 0 };
                let size = match at {
                    Value::Object(map) => map.len(),
                    Value::Array(list) => list.len(),
                    _ => 0,
                };
                // A leaf, or an empty thing: what was turned to last is what it happens to.
                if size == 0 || turnings.len() == 0 {
                    break *turning;
                }
                let next = turning % size;
                let ends_here = match &*at {
                    Value::Object(map) => {
                        map.values().nth(next).is_none_or(|it| !(it.is_object() || it.is_array()))
                    }
                    Value::Array(list) => !(list[next].is_object() || list[next].is_array()),
                    _ => true,
                };
                if ends_here {
                    break next;
                }
                at = match at {
                    Value::Object(map) => map.values_mut().nth(next).expect("within its size"),
                    Value::Array(list) => &mut list[next],
                    _ => break next,
                };
            };
            happen(at, last, how, raw);
        }
    }
}

fn happen(parent: &mut Value, child: usize, how: &How, raw: &mut Vec<String>) {
    let mut keep = |text: String| {
        raw.push(text);
        place(raw.len() - 1)
    };
    let nested = |depth: usize, list: bool| {
        let (open, close) = if list { ("[", "]") } else { ("{\"a\":", "}") };
        format!("{}1{}", open.repeat(depth), close.repeat(depth))
    };
    match parent {
        Value::Object(map) if !map.is_empty() => {
            let key = map.keys().nth(child % map.len()).expect("within its size").clone();
            match how {
                How::Drop => {
                    map.remove(&key);
                }
                How::Put(odd) => map[&key] = keep(ODD[*odd].into()),
                How::Twice(odd) => {
                    let held = map[&key].to_string();
                    map[&key] = keep(format!("{held},{}:{}", json!(key), ODD[*odd]));
                }
                How::Rename(odd) => {
                    let held = map.remove(&key).expect("it was there");
                    map.insert(ODD[*odd].trim_matches('"').to_string(), held);
                }
                How::Nest { depth, list } => map[&key] = keep(nested(*depth, *list)),
            }
        }
        Value::Array(list) if !list.is_empty() => {
            let at = child % list.len();
            match how {
                How::Drop => {
                    list.remove(at);
                }
                How::Twice(_) | How::Rename(_) => {
                    let held = list[at].clone();
                    list.push(held);
                }
                How::Put(odd) => list[at] = keep(ODD[*odd].into()),
                How::Nest { depth, list: is_list } => list[at] = keep(nested(*depth, *is_list)),
            }
        }
        other => {
            if let How::Put(odd) = how {
                *other = keep(ODD[*odd].into());
            }
        }
    }
}

/// Sets a value, and makes what is missing on the way to it.
fn put(object: &mut Value, path: &str, value: Value) {
    let parts: Vec<String> = path.split('/').skip(1).map(|it| it.replace("~1", "/")).collect();
    let mut at = object;
    for (depth, part) in parts.iter().enumerate() {
        let is_index = |it: &String| it.parse::<usize>().is_ok();
        let missing = if parts.get(depth + 1).is_some_and(is_index) { json!([]) } else { json!({}) };
        if !(at.is_object() || at.is_array()) {
            *at = json!({});
        }
        at = match at {
            Value::Array(list) => {
                if list.is_empty() {
                    list.push(json!({}));
                }
                &mut list[0]
            }
            Value::Object(map) => map.entry(part.clone()).or_insert(missing),
            _ => return,
        };
    }
    *at = value;
}
