//! Where everything stands, for those who look on: a value that costs nothing to hand on.

use decide::provision::metrics::{Metric, metrics};
use decide::provision::{BackOff, Claim, Hold, Phase, Row, Server, Stage, State, Stray, Wish};
use decide::time::Time;
use decide::world::Name;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// None: nothing has happened yet.
    pub at: Option<Time>,
    /// By uid. Servers and Nodes without a machine that are being cleaned up are among them, as `stray/...`.
    pub machines: BTreeMap<Name, Seen>,
    /// Groups that buy nothing for now.
    pub back_offs: BTreeMap<Name, BackOff>,
    /// The provider's number of each group that was found or made.
    pub numbers: BTreeMap<Name, u64>,
    /// When the last complete list of servers was begun; none where there was none yet.
    pub listed: Option<Time>,
    /// Every server of it.
    pub servers: Arc<[Server]>,
    /// Why nothing is removed by what the provider says.
    pub distrust: Option<Name>,
    /// Why the last reading of the servers was not whole.
    pub list_trouble: Option<Name>,
    pub balancer_trouble: Option<Name>,
    /// Servers and Nodes without a machine, by key or name.
    pub strays: BTreeMap<Name, Stray>,
    pub metrics: Vec<Metric>,
    pub in_flight: usize,
    pub stopped: bool,
}

/// A machine, as far as others need to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub name: Name,
    pub group: Name,
    pub stage: Stage,
    pub phase: Phase,
    pub since: Time,
    pub wish: Wish,
    /// What it waits for.
    pub hold: Option<Hold>,
    /// From here there is no way back.
    pub condemned: bool,
    pub server: Option<Claim>,
    /// What the last operation that failed was answered; none once one went well.
    pub trouble: Option<Name>,
}

impl Snapshot {
    pub(super) fn of(
        state: &State,
        now: Time,
        troubles: &BTreeMap<Name, Name>,
        list_trouble: Option<&Name>,
    ) -> Snapshot {
        let seen = |row: &Row| Seen {
            name: row.machine.name.clone(),
            group: row.machine.group.clone(),
            stage: row.stage,
            phase: row.phase(&state.settings, now),
            since: row.since,
            wish: row.wish,
            hold: row.hold,
            condemned: row.machine.papers.condemned.is_some(),
            server: row.claim().cloned(),
            trouble: troubles.get(&row.machine.uid).cloned(),
        };
        let back_offs = state.groups.iter().filter_map(|(name, group)| {
            let back_off = group.back_off.as_ref().filter(|it| it.until > now)?;
            Some((name.clone(), back_off.clone()))
        });
        Snapshot {
            at: Some(now),
            machines: state.machines.iter().map(|(uid, row)| (uid.clone(), seen(row))).collect(),
            back_offs: back_offs.collect(),
            listed: state.inventory.good[0],
            servers: servers(state),
            distrust: state.inventory.distrust(&state.settings, now, list_trouble.map(|it| &**it)),
            list_trouble: list_trouble.cloned(),
            strays: state.strays.clone(),
            metrics: metrics(state),
            in_flight: state.in_flight(),
            stopped: state.stopped,
            ..Snapshot::default()
        }
    }
}

fn servers(state: &State) -> Arc<[Server]> {
    let seen = state.inventory.servers.values().filter(|it| it.missed == 0);
    seen.map(|it| it.server.clone()).collect()
}
