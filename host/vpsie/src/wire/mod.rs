//! What stands on the wire, one file a family, and how it becomes our own nouns. Fields that nobody needs are
//! not read; those that clients disagree about are all taken; what cannot be read is an error that names its
//! place, for half a list is worse than none.

mod balancer;
mod cluster;
mod login;
mod loose;
mod price;
mod server;

pub use balancer::{WireBackend, WireBalancer, WireBalancerRules};
pub use cluster::{WireCluster, WireClusterNodes, WireGroup, WireKubeSize};
pub use login::login;
pub use loose::Loose;
pub use price::{WireAccount, WireCategory, WireDatacenter, WirePlan};
pub use server::{WireOrder, WirePending, WireServer, WireServerName, WireSingle};

use crate::envelope::{Answer, Data, No};
use crate::error::Cause;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::net::IpAddr;

/// What is wrong, and at which field.
pub type Wrong = String;

/// One shape on the wire, and what it means.
pub trait Wire: DeserializeOwned {
    type Noun;

    fn read(self) -> Result<Self::Noun, Wrong>;
}

/// A list, as far as it has come.
#[derive(Default)]
pub struct Pages {
    rows: Vec<Box<RawValue>>,
    total: Option<u64>,
}

/// Where a list goes on.
pub struct Next {
    pub offset: usize,
    pub limit: usize,
    total: u64,
}

/// So many rows of one list are read, and no more.
const ROWS_MAX: u64 = 100_000;

impl Next {
    pub fn partial(&self) -> No {
        No::new(Cause::Partial, format!("{} of {}", self.offset, self.total))
    }
}

impl Pages {
    /// Takes in the next page; tells where to go on if that was not the last.
    pub fn add(&mut self, answer: &Answer) -> Result<Option<Next>, No> {
        #[derive(Deserialize)]
        struct Nested {
            rows: Vec<Box<RawValue>>,
            #[serde(default)]
            count: Loose,
            #[serde(default)]
            total: Loose,
        }

        let Data::Value(raw) = &answer.data else {
            return Err(No::new(Cause::Unreadable, "a list was expected in data, and there is none"));
        };
        let (rows, told) = match raw.get().starts_with('[') {
            true => (serde_json::from_str::<Vec<Box<RawValue>>>(raw.get()), answer.total),
            false => match serde_json::from_str::<Nested>(raw.get()) {
                Ok(nested) => (Ok(nested.rows), nested.total.number().or(nested.count.number())),
                Err(error) => (Err(error), None),
            },
        };
        let rows = rows.map_err(|it| No::new(Cause::Unreadable, format!("data: {it}")))?;
        let total = told.unwrap_or(0).max((self.rows.len() + rows.len()) as u64);
        // A page that is empty, that repeats a row, or that counts otherwise does not belong to this list.
        let odd = self.total.is_some_and(|it| it != total || rows.is_empty() || self.repeats(&rows));
        let have = self.rows.len() + rows.len();
        if odd || total > ROWS_MAX || (rows.is_empty() && total > 0) {
            let total = self.total.unwrap_or(total);
            return Err(No::new(Cause::Partial, format!("{} of {total}", self.rows.len())));
        }
        let limit = rows.len();
        self.rows.extend(rows);
        self.total = Some(total);
        Ok(((have as u64) < total).then_some(Next { offset: have, limit, total }))
    }

    fn repeats(&self, rows: &[Box<RawValue>]) -> bool {
        let known: HashSet<&str> = self.rows.iter().map(|it| it.get()).collect();
        rows.iter().any(|it| known.contains(it.get()))
    }

    pub fn read<W: Wire>(&self) -> Result<Vec<W::Noun>, No> {
        self.rows.iter().enumerate().map(|(at, row)| read::<W>(row, &format!("data[{at}]"))).collect()
    }
}

/// A list that came in one answer.
#[cfg(test)]
fn list<W: Wire>(answer: &Answer) -> Result<Vec<W::Noun>, No> {
    let mut pages = Pages::default();
    match pages.add(answer)? {
        None => pages.read::<W>(),
        Some(next) => Err(next.partial()),
    }
}

/// A single thing; none where the API says that there is none, which it does in three ways.
pub fn one<W: Wire>(answer: &Answer) -> Result<Option<W::Noun>, No> {
    match &answer.data {
        Data::Nothing => Ok(None),
        Data::Value(raw) if is_empty_object(raw) => Ok(None),
        Data::Value(raw) => read::<W>(raw, "data").map(Some),
        Data::Done => Err(No::new(Cause::Unreadable, "data: an object was expected, and true came")),
    }
}

fn read<W: Wire>(raw: &RawValue, place: &str) -> Result<W::Noun, No> {
    let wrong = |it: &str| No::new(Cause::Unreadable, format!("{place}: {it}"));
    if !raw.get().starts_with('{') {
        return Err(wrong("an object was expected"));
    }
    let shape: W = serde_json::from_str(raw.get()).map_err(|it| wrong(&it.to_string()))?;
    shape.read().map_err(|it| wrong(&it))
}

fn is_empty_object(raw: &RawValue) -> bool {
    raw.get().bytes().filter(|it| !it.is_ascii_whitespace()).eq(*b"{}")
}

/// All addresses, each once. One that cannot be read is an error: whoever looks for traces of a server must
/// know them all.
fn addresses(fields: &[(&str, &Loose)]) -> Result<Vec<IpAddr>, Wrong> {
    let mut found = Vec::new();
    for (name, text) in fields {
        let text = text.as_str().trim();
        if text.is_empty() {
            continue;
        }
        // Some are told with the length of their network.
        let bare = text.split_once('/').map_or(text, |it| it.0);
        let address = bare.parse().map_err(|_| format!("{name}: an IP address was expected"))?;
        if !found.contains(&address) {
            found.push(address);
        }
    }
    Ok(found)
}

/// Times are for people and for rough ages; one that cannot be read is none.
fn time(text: &Loose) -> Option<Timestamp> {
    text.as_str().parse().ok()
}

fn id<T, E: std::fmt::Display>(
    name: &str,
    text: &Loose,
    parse: fn(&str) -> Result<T, E>,
) -> Result<T, Wrong> {
    parse(text.as_str()).map_err(|it| format!("{name}: {it}"))
}

/// None where it is missing or empty.
fn id_if_told<T, E: std::fmt::Display>(
    name: &str,
    text: &Loose,
    parse: fn(&str) -> Result<T, E>,
) -> Result<Option<T>, Wrong> {
    if text.as_str().is_empty() { Ok(None) } else { id(name, text, parse).map(Some) }
}

#[cfg(test)]
mod tests;
