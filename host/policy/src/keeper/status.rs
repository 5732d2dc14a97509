//! What is active, what is on its way and what was sent back: the value behind `/policies`.

use super::{Inner, KeeperSettings};
use crate::life::{Origin, Quarantined, Record, Replayed};
use crate::member::{Member, Mode, OnFault};
use crate::stage::Stage;
use crate::wasm::Limits;
use crate::zones;
use decide::time::Time;
use serde::{Serialize, Serializer};
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    pub active: Active,
    /// On its way to being active.
    pub candidate: Option<Candidate>,
    /// The last that was refused.
    pub rejected: Option<Rejected>,
    /// Generations that worked and to which a fault leads back, the last one last.
    pub earlier: Vec<Earlier>,
    /// Content that failed and is not taken again.
    pub quarantine: Vec<Quarantined>,
    /// The digest of what survives a restart.
    pub last_good: Option<String>,
    /// None without a policy directory.
    pub directory: Option<Directory>,
    /// The release of the zone database that policies are told from.
    pub zone_data: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Active {
    pub number: u64,
    pub origin: Origin,
    pub digest: String,
    #[serde(serialize_with = "text")]
    pub since: Time,
    /// It went through a tick without a fault.
    pub proved: bool,
    pub policies: Vec<Policy>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    pub name: String,
    pub version: String,
    pub digest: String,
    pub hooks: Vec<&'static str>,
    pub source: String,
    pub weight: i64,
    pub mode: Mode,
    pub on_fault: OnFault,
    pub limits: Option<Limits>,
    /// Since the generation became active; those of a policy in shadow are not counted.
    pub calls: u64,
    pub faults: u64,
    pub last_fault: Option<LastFault>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastFault {
    #[serde(serialize_with = "text")]
    pub at: Time,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    pub number: u64,
    pub digest: String,
    pub stage: Stage,
    #[serde(serialize_with = "text")]
    pub since: Time,
    pub replayed: Option<Replayed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    pub number: u64,
    pub digest: String,
    /// The one that it did not reach.
    pub stage: Stage,
    pub reason: String,
    #[serde(serialize_with = "text")]
    pub at: Time,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Earlier {
    pub number: u64,
    pub digest: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Directory {
    pub path: PathBuf,
    /// Something moved in it and was not read yet.
    pub moving: bool,
    pub trouble: Option<String>,
}

pub(super) fn of(inner: &Inner, settings: &KeeperSettings) -> Status {
    let life = &inner.life;
    let member = |it: &Member| {
        let of_it = life.records.iter().filter(|((policy, _), _)| *policy == it.name);
        policy(it, &of_it.map(|it| it.1).collect::<Vec<_>>())
    };
    Status {
        active: Active {
            number: life.active.number,
            origin: life.active.origin,
            digest: life.active.digest.clone(),
            since: life.active.since,
            proved: life.proved,
            policies: inner.current.members().iter().map(member).collect(),
        },
        candidate: life.candidate.as_ref().map(|it| Candidate {
            number: it.number,
            digest: it.digest.clone(),
            stage: it.stage,
            since: it.since,
            replayed: it.ready,
        }),
        rejected: life.rejected.as_ref().map(|it| Rejected {
            number: it.number,
            digest: it.digest.clone(),
            stage: it.stage,
            reason: it.reason.clone(),
            at: it.at,
        }),
        earlier: life
            .earlier
            .iter()
            .map(|it| Earlier { number: it.number, digest: it.digest.clone() })
            .collect(),
        quarantine: life.quarantine.clone(),
        last_good: inner.last_good.clone(),
        directory: settings.dir.as_ref().map(|it| Directory {
            path: it.clone(),
            moving: life.stirred,
            trouble: life.trouble.clone(),
        }),
        zone_data: zones::release(),
    }
}

fn policy(it: &Member, records: &[&Record]) -> Policy {
    let fault = |(at, text): &(Time, String)| LastFault { at: *at, text: text.clone() };
    Policy {
        name: it.name.to_string(),
        version: it.version.clone(),
        digest: it.digest.clone(),
        hooks: it.hook_names(),
        source: it.source.clone(),
        weight: it.manner.weight,
        mode: it.manner.mode,
        on_fault: it.manner.on_fault,
        limits: it.hooks.guest().map(|it| it.limits),
        calls: records.iter().map(|it| it.calls).sum(),
        faults: records.iter().map(|it| it.faults).sum(),
        last_fault: records.iter().filter_map(|it| it.last_fault.as_ref()).max_by_key(|it| it.0).map(fault),
    }
}

fn text<S: Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(time)
}
