//! What must survive a restart, as it stands in `status.record` of a VPSieNode.

use super::adopt::Unreadable;
use super::parts::When;
use decide::provision::{Claim, Failure, Intent, Papers, Why};
use decide::world::Name;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The only format there is. Another one is of a later version, which may know better.
const FORMAT: i64 = 1;

/// All of it, also what we do not understand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Record(pub Map<String, Value>);

/// What there is none of is written as null, so that a merge patch takes away what was there before.
#[derive(Serialize, Deserialize)]
struct Written {
    format: i64,
    intent: Option<WrittenIntent>,
    server: Option<WrittenClaim>,
    condemned: Option<When>,
    failed: Option<WrittenFailure>,
}

#[derive(Serialize, Deserialize)]
struct WrittenIntent {
    at: When,
    seen: Vec<Name>,
}

#[derive(Serialize, Deserialize)]
struct WrittenClaim {
    id: Name,
    host: Name,
    at: When,
}

#[derive(Serialize, Deserialize)]
struct WrittenFailure {
    at: When,
    why: Why,
}

impl From<&Papers> for Record {
    fn from(papers: &Papers) -> Record {
        let Papers { intent, server, condemned, failed } = papers;
        let written = Written {
            format: FORMAT,
            intent: intent.as_ref().map(|it| WrittenIntent { at: When(it.at), seen: it.seen.to_vec() }),
            server: server.as_ref().map(|it| WrittenClaim {
                id: it.id.clone(),
                host: it.host.clone(),
                at: When(it.at),
            }),
            condemned: condemned.map(When),
            failed: failed.map(|it| WrittenFailure { at: When(it.at), why: it.why }),
        };
        match serde_json::to_value(written) {
            Ok(Value::Object(fields)) => Record(fields),
            other => unreachable!("texts and numbers always serialise: {other:?}"),
        }
    }
}

impl TryFrom<&Record> for Papers {
    type Error = Unreadable;

    fn try_from(record: &Record) -> Result<Papers, Unreadable> {
        let record = &record.0;
        match record.get("format") {
            Some(format) if *format == FORMAT => {}
            Some(format) => return Err(Unreadable::Format(format.to_string())),
            None => return Err(Unreadable::Record("it has no format".to_string())),
        }
        let written = Written::deserialize(record).map_err(|it| Unreadable::Record(it.to_string()))?;
        Ok(Papers {
            intent: written.intent.map(|it| Intent { at: it.at.0, seen: names(it.seen).into() }),
            server: written.server.map(|it| Claim { id: it.id, host: it.host, at: it.at.0 }),
            condemned: written.condemned.map(|it| it.0),
            failed: written.failed.map(|it| Failure { at: it.at.0, why: it.why }),
        })
    }
}

/// They are searched by halves, so the order must not hang on who wrote them.
fn names(mut names: Vec<Name>) -> Vec<Name> {
    names.sort_unstable();
    names.dedup();
    names
}

impl JsonSchema for Record {
    fn schema_name() -> Cow<'static, str> {
        "Record".into()
    }

    fn inline_schema() -> bool {
        true
    }

    /// Nothing but the format is laid down: an old definition must not cut what a new version writes.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "What must survive a restart of the controller. Not for people to change.",
            "required": ["format"],
            "properties": {"format": {"type": "integer", "format": "int64", "minimum": 1}},
            "x-kubernetes-preserve-unknown-fields": true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use decide::time::Time;
    use proptest::prelude::*;
    use serde_json::json;

    fn time() -> impl Strategy<Value = Time> {
        (0..4_000_000_000_i64).prop_map(Time)
    }

    fn name() -> impl Strategy<Value = Name> {
        "[a-z0-9-]{0,8}".prop_map(Name::from)
    }

    fn papers() -> impl Strategy<Value = Papers> {
        let intent = (time(), prop::collection::btree_set(name(), 0..5))
            .prop_map(|(at, seen)| Intent { at, seen: seen.into_iter().collect() });
        let server = (name(), name(), time()).prop_map(|(id, host, at)| Claim { id, host, at });
        let why = prop::sample::select(vec![Why::ProvisioningTimeout, Why::JoiningTimeout, Why::ServerGone]);
        let failed = (time(), why).prop_map(|(at, why)| Failure { at, why });
        let all = (
            prop::option::of(intent),
            prop::option::of(server),
            prop::option::of(time()),
            prop::option::of(failed),
        );
        all.prop_map(|(intent, server, condemned, failed)| Papers { intent, server, condemned, failed })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(papers in papers()) {
            prop_assert_eq!(Papers::try_from(&Record::from(&papers)), Ok(papers));
        }

        /// Without the nulls an earlier intent would survive.
        #[test]
        fn a_merge_patch_leaves_nothing_of_what_was_before(one in papers(), other in papers()) {
            let Record(mut stored) = Record::from(&one);
            stored.extend(Record::from(&other).0);
            stored.retain(|_, it| !it.is_null());
            prop_assert_eq!(Papers::try_from(&Record(stored)), Ok(other));
        }
    }

    #[test]
    fn reads_what_this_format_is_documented_to_be() {
        let text = json!({
            "format": 1,
            "intent": {"at": "2026-11-20T10:00:00Z", "seen": ["b", "a", "b"]},
            "server": {"id": "u-1", "host": "web-1", "at": "2026-11-20T10:01:00Z"},
            "condemned": "2026-11-20T11:00:00Z",
            "failed": {"at": "2026-11-20T10:30:00Z", "why": "JoiningTimeout"},
            "of another time": {},
        });
        let at = |text| Time::parse(text).expect("a time");
        let papers = Papers {
            intent: Some(Intent { at: at("2026-11-20T10:00:00Z"), seen: ["a".into(), "b".into()].into() }),
            server: Some(Claim { id: "u-1".into(), host: "web-1".into(), at: at("2026-11-20T10:01:00Z") }),
            condemned: Some(at("2026-11-20T11:00:00Z")),
            failed: Some(Failure { at: at("2026-11-20T10:30:00Z"), why: Why::JoiningTimeout }),
        };
        let record: Record = serde_json::from_value(text).expect("an object");
        assert_eq!(Papers::try_from(&record), Ok(papers));
    }

    #[test]
    fn what_is_no_record_of_ours_is_an_error() {
        let format = |it: &str| Unreadable::Format(it.into());
        for (text, expect) in [
            (json!({"format": 2}), format("2")),
            (json!({"format": "1"}), format("\"1\"")),
            (json!({"format": 1.5}), format("1.5")),
            (json!({}), Unreadable::Record("it has no format".into())),
        ] {
            let record: Record = serde_json::from_value(text).expect("an object");
            assert_eq!(Papers::try_from(&record), Err(expect));
        }
        for text in [
            json!({"format": 1, "intent": 3}),
            json!({"format": 1, "condemned": "yesterday"}),
            json!({"format": 1, "failed": {"at": "2026-11-20T10:30:00Z", "why": "Tired"}}),
            json!({"format": 1, "server": {"id": "u-1"}}),
        ] {
            let record: Record = serde_json::from_value(text.clone()).expect("an object");
            let read = Papers::try_from(&record);
            assert!(matches!(read, Err(Unreadable::Record(_))), "{text}: {read:?}");
        }
    }
}
