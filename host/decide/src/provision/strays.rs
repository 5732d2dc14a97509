//! Servers and Nodes without a machine: reported first, and dealt with when they stay so. Whatever
//! does not bear our mark is left alone, and so is a server whose Node is there: pods may run on it, and
//! without a machine nobody can say whether they may go.

use super::event::Finding;
use super::objects::{Backend, Claim, Machine, Mark, Node, Papers, Server, Wish, lower};
use super::row::Row;
use super::settings::later;
use super::state::State;
use crate::time::Time;
use crate::world::Name;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stray {
    pub finding: Finding,
    pub since: Time,
    /// Believed lists in a row that said the same.
    pub reads: u32,
}

/// After a believed list: what is new to report, and those whose time is over.
pub(super) fn look(state: &mut State, now: Time) -> (Vec<Finding>, Vec<Row>) {
    // Without the Nodes nobody knows what still runs on a server.
    if !state.cluster.watching || state.inventory.frozen.is_some() {
        return (Vec::new(), Vec::new());
    }
    let found = found(state);
    let mut before = std::mem::take(&mut state.strays);
    let mut news = Vec::new();
    let mut over = Vec::new();
    for (key, (finding, claim)) in found {
        let mut stray = before.remove(&key).filter(|it| it.finding == finding).unwrap_or_else(|| {
            news.push(finding.clone());
            Stray { finding, since: now, reads: 0 }
        });
        stray.reads += 1;
        // A Node that is ready has a server, whatever the list says.
        let orphan = matches!(stray.finding, Finding::Orphan { .. });
        let runs = state.cluster.of(&claim).is_some_and(|it| orphan || it.ready);
        let ripe = !runs
            && now >= later(stray.since, state.settings.stray_secs)
            && stray.reads >= state.settings.stray_reads
            && !matches!(stray.finding, Finding::Stranger { .. });
        if ripe {
            over.push(ghost(&key, claim, now));
        } else {
            state.strays.insert(key, stray);
        }
    }
    (news, over)
}

fn found(state: &State) -> BTreeMap<Name, (Finding, Claim)> {
    let mut found = BTreeMap::new();
    let claimed = |server: &Server| {
        let owner = [&server.id, &server.host].into_iter().find_map(|it| state.owners.get(&*lower(it)));
        owner.and_then(|it| state.machines.get(it)?.claim()).is_some_and(|it| it.is(server))
    };
    for (key, it) in state.inventory.servers.iter().filter(|it| it.1.missed == 0) {
        let server = &it.server;
        // While one is awaited in its group, it may be that one.
        let group = state.groups.get(&server.group);
        if claimed(server) || group.is_some_and(|it| !it.open.is_empty()) {
            continue;
        }
        let finding = match server.mark {
            Mark::Foreign => continue,
            Mark::Ours => Finding::Orphan { server: key.clone() },
            Mark::Unmarked if group.is_some() => Finding::Stranger { server: key.clone() },
            Mark::Unmarked => continue,
        };
        let at = it.last;
        found.insert(key.clone(), (finding, Claim { id: server.id.clone(), host: server.host.clone(), at }));
    }
    let read = state.inventory.read_twice_since(state.inventory.begun);
    // One that never came into use has no other mark than those of its leaving.
    let alone = |node: &Node| (node.ours || node.excluded) && state.owner_of(node).is_none();
    for (name, node) in state.cluster.nodes.iter().filter(|it| read && alone(it.1)) {
        let id = if node.provider_id.is_empty() { "".into() } else { node.server_id() };
        let claim = Claim { id, host: node.name.clone(), at: state.inventory.begun };
        if state.inventory.find(&claim).is_none() {
            found.insert(name.clone(), (Finding::Zombie { node: name.clone() }, claim));
        }
    }
    found
}

/// A machine without an object, on its way out: it goes through the same gates as all others.
fn ghost(key: &Name, claim: Claim, now: Time) -> Row {
    // What was read since then tells of it, and not only what is read from now on.
    let listed = claim.at;
    let machine = Machine {
        uid: format!("stray/{key}").into(),
        name: key.clone(),
        group: "".into(),
        backend: Backend::Managed,
        version: 0,
        deleted: true,
        papers: Papers { server: Some(claim), ..Papers::default() },
    };
    Row { gone: true, wish: Wish::Leave, listed, ..Row::new(machine, now) }
}
