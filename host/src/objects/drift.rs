//! What the API server lets pass is what is read here: the definitions of our kinds know the same
//! fields, with the same types and bounds. One that this reader refuses would stop every decision.

use super::config::WireConfig;
use super::group::{WireGroup, WireMachine};
use super::{Input, read};
use decide::time::Time;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

type FieldsAt = fn(&Value) -> BTreeSet<String>;

/// Kind, the least that it must say, and what the reader knows.
fn kinds() -> [(&'static str, Value, FieldsAt); 3] {
    [
        ("AutoscalerConfig", json!({"metadata": {"name": "default"}}), known::<WireConfig<'_>>),
        (
            "NodeGroup",
            json!({"metadata": {"name": "a"}, "spec": {"minNodes": 0, "maxNodes": i32::MAX}}),
            known::<WireGroup<'_>>,
        ),
        (
            "VPSieNode",
            json!({"metadata": {"name": "a"}, "spec": {"nodeGroupName": "g"}}),
            known::<WireMachine<'_>>,
        ),
    ]
}

fn schema(kind: &str) -> Value {
    let mut definitions = crate::kinds::definitions().into_iter().map(|it| it.1);
    let mut found = definitions.find(|it| it["spec"]["names"]["kind"] == kind).expect("it is defined");
    found["spec"]["versions"][0]["schema"]["openAPIV3Schema"].take()
}

/// A step of a way into an object: a field, or the only item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(String),
    Item,
}

fn each<'a>(schema: &'a Value, path: &[Step], see: &mut impl FnMut(&[Step], &'a Value)) {
    see(path, schema);
    let mut below = |step, schema| each(schema, &[path, &[step]].concat(), see);
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        below(Step::Field(name.clone()), field);
    }
    if schema["items"].is_object() {
        below(Step::Item, &schema["items"]);
    }
    if schema["additionalProperties"].is_object() {
        below(Step::Field("key".into()), &schema["additionalProperties"]);
    }
}

/// Puts a value into an object; items of a list get what the schema requires.
fn put(object: &mut Value, schema: &Value, path: &[Step], value: &Value) {
    let Some((step, rest)) = path.split_first() else {
        *object = value.clone();
        return;
    };
    match step {
        Step::Field(name) => {
            if !object.is_object() {
                *object = Map::new().into();
            }
            let below = if schema["properties"].is_object() {
                &schema["properties"][name]
            } else {
                &schema["additionalProperties"]
            };
            put(&mut object[name], below, rest, value);
        }
        Step::Item => {
            if !object.is_array() {
                *object = json!([least(&schema["items"])]);
            }
            put(&mut object[0], &schema["items"], rest, value);
        }
    }
}

/// The least that fits a schema.
fn least(schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            required
                .map(|it| (it.to_string(), least(&schema["properties"][it])))
                .collect::<Map<_, _>>()
                .into()
        }
        _ => values(schema).0.remove(0),
    }
}

/// Values that the schema lets pass, and values that it does not.
fn values(schema: &Value) -> (Vec<Value>, Vec<Value>) {
    let text = |it: &str| Value::from(it);
    let kind = schema["type"].as_str().unwrap_or_else(|| panic!("no type: {schema}"));
    match (kind, schema["format"].as_str()) {
        ("boolean", None) => (vec![json!(false), json!(true)], vec![json!(0), text("true")]),
        ("number", Some("double")) => (vec![json!(0), json!(1.5), json!(-3)], vec![text("1")]),
        ("integer", Some(format)) => {
            let (lowest, highest) = match format {
                "int32" => (i64::from(i32::MIN), i64::from(i32::MAX)),
                "int64" => (i64::MIN, i64::MAX),
                other => panic!("{other} is no format of Kubernetes"),
            };
            let least = schema["minimum"].as_i64().unwrap_or(lowest);
            let most = schema["maximum"].as_i64().unwrap_or(highest);
            let beyond = |it: i128| serde_json::from_str(&it.to_string()).expect("a number");
            let outside =
                vec![beyond(i128::from(least) - 1), beyond(i128::from(most) + 1), text("1"), json!(1.5)];
            (vec![json!(least), json!(most)], outside)
        }
        ("string", None) => match schema["enum"].as_array() {
            Some(words) => (words.clone(), vec![text("Sometimes"), json!(1)]),
            None => (vec![text("v1.34.1")], vec![json!(1), json!(true)]),
        },
        ("string", Some("date-time")) => {
            let good = ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00.123456+02:00"];
            (good.map(text).to_vec(), ["2026-11-20t10:00:00z", "today"].map(text).to_vec())
        }
        ("array", None) => (vec![json!([])], vec![text("a"), json!({})]),
        ("object", None) => (vec![least(schema)], vec![text("a"), json!([])]),
        other => panic!("{other:?} is a type of no field of ours"),
    }
}

fn can_be_read(object: &Value) -> Result<(), String> {
    let input = Input { name: "test".into(), bytes: object.to_string().into_bytes() };
    read(&[input], Time(0)).map(drop).map_err(|it| it.to_string())
}

#[test]
fn what_a_definition_lets_pass_can_be_read() {
    for (kind, mut base, _) in kinds() {
        base["apiVersion"] = "autoscaler.vpsie.com/v1alpha1".into();
        base["kind"] = kind.into();
        let root = schema(kind);
        let mut seen = 0;
        each(&root, &[], &mut |path, schema| {
            // Nothing at the top; and what we keep to ourselves is read by somebody else.
            let own = path.contains(&Step::Field("record".into()));
            if path.len() < 2 || own {
                return;
            }
            let (good, bad) = values(schema);
            let with = |value: &Value| {
                let mut object = base.clone();
                put(&mut object, &root, path, value);
                can_be_read(&object)
            };
            // A whole list or object is judged with what must be in it, which `put` adds further in.
            for value in &good {
                assert_eq!(with(value), Ok(()), "{kind} {path:?} {value}");
            }
            for value in &bad {
                assert!(
                    with(value).is_err(),
                    "{kind} {path:?} {value} is read, and no definition lets it pass"
                );
            }
            seen += 1;
        });
        assert!(seen > 20, "{kind}: {seen} fields");
    }
}

/// The names that the reader would have taken where it found one that is none.
fn known<'a, T: Deserialize<'a>>(object: &Value) -> BTreeSet<String> {
    let text: &'static str = Box::leak(object.to_string().into_boxed_str());
    let Err(error) = serde_json::from_str::<T>(text) else {
        panic!("{object} has no field that nobody knows")
    };
    let said = error.to_string();
    let list =
        said.strip_prefix("unknown field `?`, expected ").unwrap_or_else(|| panic!("{object}: {said}"));
    list.split('`').skip(1).step_by(2).map(str::to_string).collect()
}

#[test]
fn definitions_and_the_reader_know_the_same_fields() {
    for (kind, _, known) in kinds() {
        let root = schema(kind);
        each(&root, &[], &mut |path, schema| {
            let Some(properties) = schema["properties"].as_object() else { return };
            if schema["x-kubernetes-preserve-unknown-fields"] == true {
                return;
            }
            let mut object = json!({});
            put(&mut object, &root, &[path, &[Step::Field("?".into())]].concat(), &json!(1));
            let mut reader = known(&object);
            if path.is_empty() {
                for every in ["apiVersion", "kind", "metadata"] {
                    assert!(reader.remove(every), "{kind} has {every}");
                }
            }
            let defined: BTreeSet<String> = properties.keys().cloned().collect();
            assert_eq!(reader, defined, "{kind} {path:?}: the reader's fields, and those of the definition");
        });
    }
}
