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
