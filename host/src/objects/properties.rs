//! What holds for every input, also for those that nobody meant.

use super::tests::{NOW, good_inputs};
use super::{Input, Read, document, read};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

/// The objects of each good input, one by one.
fn objects() -> Vec<Vec<Value>> {
    let value = |it: &document::Item<'_>| -> Value { serde_json::from_str(it.json).expect("it was read") };
    good_inputs()
        .iter()
        .map(|inputs| {
            let documents: Vec<_> =
                inputs.iter().flat_map(|it| document::split(it).expect("it was read")).collect();
            let mut items = Vec::new();
            documents.iter().for_each(|it| it.items(&mut items).expect("it was read"));
            items
                .iter()
                .map(|it| {
                    let mut object = value(it);
                    object["kind"] = it.kind.as_ref().into();
                    object["apiVersion"] = it.api_version.as_ref().into();
                    object
                })
                .collect()
        })
        .filter(|it: &Vec<Value>| !it.is_empty())
        .collect()
}

fn named(text: impl Into<Vec<u8>>) -> Input {
    Input { name: "x".into(), bytes: text.into() }
}

fn list(objects: &[Value]) -> Value {
    json!({ "apiVersion": "v1", "kind": "List", "items": objects })
}

fn json_list(objects: &[Value]) -> Input {
    named(list(objects).to_string())
}

/// Whatever comes in, a world or an error comes out, and the error names the input.
fn is_answered(input: Input) {
    match read(&[input], NOW) {
        Ok(Read { .. }) => {}
        Err(error) => assert!(error.to_string().starts_with("x: "), "{error}"),
    }
}

/// Something else than what stood there.
fn junk() -> impl Strategy<Value = Value> {
    let texts = vec![
        "",
        "x",
        "-1",
        "1e99999",
        "12Q",
        "9999-99-99T99:99:99Z",
        "2026-11-20T10:00:00Z",
        "Always",
        "é\u{0}\n",
    ];
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        Just(json!(1.5)),
        Just(json!(1e300)),
        select(texts).prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null])),
        Just(json!({ "": [{}] })),
    ]
}

/// Every place in a value at which something stands.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_string());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, it)| places(it, &format!("{at}/{index}"), all));
        }
        Value::Object(fields) => {
            for (name, it) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(it, &format!("{at}/{name}"), all);
            }
        }
        _ => {}
    }
}

#[derive(Debug, Clone)]
enum Edit {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, u8),
    Repeat(Index, u8, u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    let marks: &[&str] = &[
        "{", "}", "[", "]", "\"", ":", ",", "-", "\n", " ", "&a ", "*a", "<<: ", "|\n", "!!str ", "---\n",
        "# ", "\\u0000", "null", "'",
    ];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (any::<Index>(), select(marks)).prop_map(|(at, text)| Edit::Insert(at, text.as_bytes().to_vec())),
        (any::<Index>(), any::<u8>()).prop_map(|(at, count)| Edit::Remove(at, count)),
        (any::<Index>(), any::<u8>(), 1..20_u8).prop_map(|(at, count, times)| Edit::Repeat(at, count, times)),
    ]
}

fn edited(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let length = bytes.len();
        let piece = |at: &Index, count: u8| {
            let from = at.index(length + 1);
            from..(from + usize::from(count)).min(length)
        };
        match edit {
            Edit::Set(at, byte) if length > 0 => bytes[at.index(length)] = *byte,
            Edit::Set(..) => {}
            Edit::Insert(at, more) => {
                let at = at.index(length + 1);
                bytes.splice(at..at, more.iter().copied());
            }
            Edit::Remove(at, count) => drop(bytes.drain(piece(at, *count))),
            Edit::Repeat(at, count, times) => {
                let piece = piece(at, *count);
                let more = bytes[piece.clone()].repeat(usize::from(*times));
                bytes.splice(piece.end..piece.end, more);
            }
        }
    }
    bytes
}

#[test]
fn the_order_of_objects_leaves_no_trace() {
    let shuffled = |it: Vec<Value>| (Just(it.clone()), Just(it).prop_shuffle(), any::<Index>());
    let case = select(objects()).prop_flat_map(shuffled);
    proptest!(|((straight, shuffled, cut) in case)| {
        let whole = read(&[json_list(&straight)], NOW).expect("a good input");
        let again = read(&[json_list(&shuffled)], NOW).expect("a good input");
        prop_assert_eq!(&whole.world, &again.world);
        prop_assert_eq!(&whole.fields_without_effect, &again.fields_without_effect);

        let (first, second) = shuffled.split_at(cut.index(shuffled.len() + 1));
        let documents: Vec<String> =
            first.iter().map(|it| serde_yaml_ng::to_string(it).expect("objects are YAML")).collect();
        let yaml = named(documents.join("---\n"));
        let apart = read(&[json_list(second), yaml], NOW).expect("a good input");
        prop_assert_eq!(&whole.world, &apart.world);

        let yaml = serde_yaml_ng::to_string(&list(&straight)).expect("objects are YAML");
        let yaml = read(&[named(yaml)], NOW).expect("a good input");
        prop_assert_eq!(&whole.world, &yaml.world);
    });
}

#[test]
fn a_field_of_any_other_content_is_answered() {
    let cases = objects();
    proptest!(ProptestConfig::with_cases(4_000), |(
        mut objects in select(cases),
        changes in proptest::collection::vec((any::<Index>(), junk()), 1..4),
    )| {
        for (at, other) in changes {
            let mut all = Vec::new();
            let mut value = Value::from(objects);
            places(&value, "", &mut all);
            if let Some(place) = value.pointer_mut(&all[at.index(all.len())]) {
                *place = other;
            }
            objects = match value {
                Value::Array(objects) => objects,
                other => vec![other],
            };
        }
        is_answered(json_list(&objects));
    });
}

#[test]
fn bytes_of_any_kind_are_answered() {
    let texts: Vec<Vec<u8>> = objects()
        .iter()
        .flat_map(|it| {
            let yaml = serde_yaml_ng::to_string(&list(it)).expect("objects are YAML");
            [list(it).to_string().into_bytes(), yaml.into_bytes()]
        })
        .chain(good_inputs().into_iter().flatten().map(|it| it.bytes))
        .collect();
    proptest!(ProptestConfig::with_cases(4_000), |(
        text in select(texts),
        edits in proptest::collection::vec(edit(), 1..12),
    )| {
        is_answered(named(edited(text, &edits)));
    });
}

#[test]
fn noise_is_answered() {
    proptest!(ProptestConfig::with_cases(2_000), |(
        text in "([-?:,\\[\\]{}#&*!|>'\"%@ \n\t]|[a-c]|<<|---|apiVersion: v1\n|kind: Pod\n|metadata:|\\PC){0,60}",
    )| {
        is_answered(named(text));
    });
}
