//! What a machine needs next, from what is known now. It is worked out anew each time: a stage is
//! where a machine stands, not what it was told last.

use super::event::Operation;
use super::inventory::Inventory;
use super::objects::{Backend, Claim, Intent, Mark, Node, Papers, Server, Why, Wish, alike, lower};
use super::row::{Asked, Hold, Row};
use super::settings::later;
use super::stage::Stage;
use super::state::State;
use crate::time::Time;
use crate::world::Name;

/// The stage in which a machine is, and what to do there.
pub(super) struct Next {
    pub stage: Stage,
    pub need: Need,
    pub hold: Option<Hold>,
}

pub(super) enum Need {
    Do(Operation),
    /// Something to note, after which it is asked again.
    Conclude(Conclusion),
    /// Until something is heard, or until then.
    Wait(Option<Time>),
}

pub(super) enum Conclusion {
    /// The server that was asked for will not come.
    Absent,
    /// The same, and it has taken too long.
    TimedOut,
    Fail(Why),
    /// Balancers no longer name it; or do again.
    Detached(bool),
    /// Would be written if there were an object.
    Papers(Papers),
    /// Nothing is left of it.
    Drop,
}

pub(super) fn next(state: &State, row: &Row, now: Time) -> Next {
    let leaves = row.leaves(&state.settings, now);
    if row.is_open() || row.found.is_some() {
        return asked(state, row, leaves, now);
    }
    let waits = row.wish == Wish::Wait || is_unjudged(state, row);
    let next = match recovered(state, row) {
        Some(next) => next,
        None if leaves || (waits && is_marked(state, row)) => leaving(state, row, now),
        None => staying(state, row, now),
    };
    if waits { kept(row, next) } else { next }
}

/// Its removal was begun, by us or by an earlier leader.
fn is_marked(state: &State, row: &Row) -> bool {
    let node = row.machine.papers.server.as_ref().and_then(|it| state.cluster.of(it));
    row.stage.is_going() || node.is_some_and(|it| it.marked)
}

/// A person deleted it while it was to stay, and its Node may be in use: the next plan judges it.
fn is_unjudged(state: &State, row: &Row) -> bool {
    let papers = &row.machine.papers;
    let has_node = || papers.server.as_ref().is_some_and(|it| state.cluster.of(it).is_some());
    row.machine.deleted && row.wish == Wish::Stay && papers.condemned.is_none() && has_node()
}

/// It was given up, and is a Node in use all the same: only a plan says that such a one goes.
fn recovered(state: &State, row: &Row) -> Option<Next> {
    let papers = &row.machine.papers;
    let claim = papers.server.as_ref().filter(|_| papers.failed.is_some())?;
    let goes = row.wish == Wish::Leave || row.machine.deleted || row.gone || row.condemning;
    let node = state.cluster.of(claim).filter(|it| it.ready)?;
    let is_listed = state.inventory.find(claim).is_some_and(|it| it.missed == 0);
    let stage = if node.dressed { Stage::Ready } else { Stage::Joining };
    let of_use = is_listed && !goes && papers.condemned.is_none();
    of_use.then(|| write(row, stage, Papers { failed: None, ..papers.clone() }))
}

/// The same, but nothing is begun. That does not hold for what is left of a server that is gone.
fn kept(row: &Row, next: Next) -> Next {
    match &next.need {
        Need::Do(Operation::Forget { .. }) => next,
        Need::Do(Operation::Finish { .. }) if row.machine.deleted || row.machine.papers.server.is_some() => {
            next
        }
        Need::Do(_) => next_wait(next.stage, None, Some(Hold::Kept)),
        _ => next,
    }
}

/// Is to stay, or to come.
fn staying(state: &State, row: &Row, now: Time) -> Next {
    match &row.machine.papers {
        Papers { failed: Some(failed), .. } => {
            let end = later(failed.at, state.settings.failed_kept_secs);
            next_wait(Stage::Failed, Some(end), None)
        }
        papers if row.failing.is_some() => {
            write(row, Stage::Failed, Papers { intent: None, failed: row.failing, ..papers.clone() })
        }
        Papers { server: Some(claim), .. } => living(state, row, claim, now),
        Papers { server: None, .. } => wanting(state, row, now),
    }
}

/// Has no server, and wants one.
fn wanting(state: &State, row: &Row, now: Time) -> Next {
    let machine = &row.machine;
    let create = || Operation::Create {
        backend: machine.backend,
        group: machine.group.clone(),
        host: match machine.backend {
            Backend::Managed => "".into(),
            Backend::Plain => machine.name.clone(),
        },
    };
    let group = state.groups.get(&machine.group);
    let stage = if row.asked == Asked::Written { Stage::Asking } else { Stage::Queued };
    if let Some(back_off) = group.and_then(|it| it.back_off.as_ref()).filter(|it| it.until > now) {
        return next_wait(stage, Some(back_off.until), Some(Hold::BackOff));
    }
    if row.asked == Asked::Written {
        return next_do(stage, create(), None);
    }
    if row.retry.until > now {
        return next_wait(stage, Some(row.retry.until), Some(Hold::Retry));
    }
    // Plain servers are told apart by name, so they need not wait for each other.
    let taken = group.is_some_and(|it| !it.open.is_empty() && !it.open.contains(&machine.uid));
    if taken && machine.backend == Backend::Managed {
        return next_wait(stage, None, Some(Hold::Line));
    }
    if state.inventory.frozen.is_some() || !state.inventory.is_fresh(&state.settings, now) {
        return next_wait(stage, None, Some(Hold::List));
    }
    if machine.backend == Backend::Plain {
        if !state.cluster.watching {
            return next_wait(stage, None, Some(Hold::Watch));
        }
        // A server had that name and is gone: its Node would be taken for that of the next one, for ever.
        if state.cluster.nodes.contains_key(&*lower(&machine.name)) {
            return next_conclude(Stage::Failed, Conclusion::Fail(Why::ServerGone));
        }
    }
    let intent = Some(Intent { at: now, seen: state.inventory.seen.clone() });
    write(row, stage, Papers { intent, ..Papers::default() })
}

/// A server was asked for and may come: it must be found, or proven absent, whatever else is wanted.
fn asked(state: &State, row: &Row, leaves: bool, now: Time) -> Next {
    let settings = &state.settings;
    if let Some(found) = &row.found {
        let papers = Papers { intent: None, server: Some(found.clone()), ..row.machine.papers.clone() };
        return write(row, Stage::Claiming, papers);
    }
    // Listed under its name and without an id, which cannot be claimed yet: on order, and surely not absent.
    let ordered = (row.machine.backend == Backend::Plain)
        .then(|| state.inventory.servers.get(&*lower(&row.machine.name)))
        .flatten()
        .is_some_and(|it| it.server.id.is_empty() && it.missed == 0);
    if ordered {
        return next_wait(Stage::Looking, None, Some(Hold::List));
    }
    let intended = row.machine.papers.intent.as_ref().map_or(row.born, |it| it.at);
    match row.asked {
        Asked::No | Asked::Written | Asked::Sent => next_wait(Stage::Asking, None, None),
        Asked::Unknown { since } => {
            let proof = later(since, settings.absent_secs);
            match state.inventory.read_twice_since(proof) && !is_frozen(&state.inventory) {
                true => next_conclude(Stage::Looking, Conclusion::Absent),
                false => next_wait(Stage::Looking, None, None),
            }
        }
        Asked::Accepted { since } => {
            let proof = later(intended, settings.provisioning_secs).max(later(since, settings.absent_secs));
            let proven = state.inventory.read_twice_since(proof) && !is_frozen(&state.inventory);
            match (proven && now >= proof, leaves) {
                (true, false) => next_conclude(Stage::Looking, Conclusion::TimedOut),
                (true, true) => next_conclude(Stage::Looking, Conclusion::Absent),
                (false, _) => next_wait(Stage::Looking, None, None),
            }
        }
    }
}

/// Has a server, and is to stay.
fn living(state: &State, row: &Row, claim: &Claim, now: Time) -> Next {
    let settings = &state.settings;
    let node = state.cluster.of(claim);
    let stage = match node {
        None => Stage::Booting,
        Some(node) if node.dressed => Stage::Ready,
        Some(_) => Stage::Joining,
    };
    if state.inventory.is_gone(settings, claim, row.listed) && !is_frozen(&state.inventory) {
        // Where a kubelet still reports, the list is that of something else.
        if node.is_some_and(|it| it.ready) {
            return next_wait(stage, None, Some(Hold::Mismatch));
        }
        return next_conclude(Stage::Failed, Conclusion::Fail(Why::ServerGone));
    }
    let late = match node {
        // What is of use, or has once been, is not given up because it is unwell now or lacks a label.
        Some(node) if node.dressed || node.ever_ready => None,
        _ => Some(later(row.nodeless.max(claim.at), settings.joining_secs)),
    };
    if late.is_some_and(|it| it <= now) && state.cluster.watching {
        return next_conclude(Stage::Failed, Conclusion::Fail(Why::JoiningTimeout));
    }
    if let Some(server) = completed(state, claim) {
        return write(row, stage, Papers { server: Some(server), ..row.machine.papers.clone() });
    }
    match node {
        // Leaving marks that are left over from a removal that was taken back, or was cut off.
        Some(node) if node.marked || (node.ready && !node.dressed) => {
            let dress = Operation::Dress { node: node.name.clone(), uid: node.uid.clone() };
            next_do(stage, dress, None)
        }
        _ => next_wait(stage, late.filter(|it| *it > now), None),
    }
}

/// The claim with what the list tells and it lacks, where there is such a thing.
fn completed(state: &State, claim: &Claim) -> Option<Claim> {
    let server = &state.inventory.find(claim)?.server;
    let or = |known: &Name, told: &Name| if known.is_empty() { told.clone() } else { known.clone() };
    let full = Claim { id: or(&claim.id, &server.id), host: or(&claim.host, &server.host), at: claim.at };
    (full != *claim).then_some(full)
}

/// Is to go, and no request is open that could still bring it a server.
fn leaving(state: &State, row: &Row, now: Time) -> Next {
    let papers = &row.machine.papers;
    let Some(claim) = &papers.server else { return finishing(row) };
    let node = state.cluster.of(claim);
    let frozen = is_frozen(&state.inventory);
    let gone = state.inventory.is_gone(&state.settings, claim, row.listed);
    if row.gone && !gone && papers.condemned.is_none() && node.is_some() {
        // Nobody can be asked any more whether it may go. A new machine is made for a Node that has none.
        return next_conclude(row.stage, Conclusion::Drop);
    }
    if gone && frozen {
        return next_wait(row.stage.max(Stage::Detaching), None, Some(Hold::Frozen));
    }
    if gone && papers.condemned.is_none() && node.is_some_and(|it| it.ready) {
        return next_wait(row.stage.max(Stage::Detaching), None, Some(Hold::Mismatch));
    }
    if gone {
        return match node {
            Some(_) if !state.cluster.watching => next_wait(Stage::Forgetting, None, Some(Hold::Watch)),
            Some(node) => {
                let forget = Operation::Forget { node: node.name.clone(), uid: node.uid.clone() };
                next_do(Stage::Forgetting, forget, None)
            }
            None if !state.cluster.watching => next_wait(Stage::Finishing, None, Some(Hold::Watch)),
            None => finishing(row),
        };
    }
    // Without its name nobody knows which Node it is, and so whether pods run on it.
    if claim.host.is_empty() && node.is_none() {
        let stage = row.stage.max(Stage::Detaching);
        return match completed(state, claim) {
            Some(server) => write(row, stage, Papers { server: Some(server), ..papers.clone() }),
            None => next_wait(stage, None, Some(Hold::List)),
        };
    }
    // Nothing is taken from a Node whose server could not be deleted then.
    let listed = state.inventory.find(claim).filter(|it| it.missed == 0);
    if papers.condemned.is_none()
        && let Some(hold) = listed.and_then(|it| obstacle(state, claim, &it.server))
    {
        return next_wait(row.stage.max(Stage::Detaching), None, Some(hold));
    }
    // Condemned or not: a Node may have come since, or have been taken back in a late write.
    if let Some(held) = holders(state, row, node, now) {
        return match held.need {
            Need::Do(_) if frozen => next_wait(held.stage, None, Some(Hold::Frozen)),
            _ => held,
        };
    }
    if frozen {
        return next_wait(Stage::Deleting, None, Some(Hold::Frozen));
    }
    if !state.cluster.watching {
        return next_wait(Stage::Deleting, None, Some(Hold::Watch));
    }
    if papers.condemned.is_none() {
        let papers = Papers { intent: None, condemned: Some(now), ..papers.clone() };
        return write(row, Stage::Deleting, papers);
    }
    delete(state, row, claim)
}

/// What must be gone before the server may be: balancers, pods, volumes, in this order.
fn holders(state: &State, row: &Row, node: Option<&Node>, now: Time) -> Option<Next> {
    let settings = &state.settings;
    let node = node?;
    let recheck = Some(later(now, settings.recheck_secs));
    if !node.excluded || row.dressing {
        let exclude = Operation::Exclude { node: node.name.clone(), uid: node.uid.clone() };
        if !settings.balancers {
            return Some(next_do(Stage::Detaching, exclude, Some(Hold::Balancers)));
        }
        if state.balancers.began.is_none_or(|it| later(it, settings.list_age_secs_max) < now) {
            return Some(next_wait(Stage::Detaching, None, Some(Hold::Balancers)));
        }
        return Some(match last_backend(state, row, node) {
            true => next_wait(Stage::Detaching, recheck, Some(Hold::LastBackend)),
            false => next_do(Stage::Detaching, exclude, Some(Hold::Balancers)),
        });
    }
    let excluded = row.excluded.unwrap_or(now);
    if settings.balancers {
        let read = state.balancers.began.is_some_and(|it| it >= excluded);
        let named = state.balancers.naming(node).next();
        if let Some((_, target)) = named.filter(|_| read) {
            if row.detached.is_some() {
                return Some(next_conclude(Stage::Detaching, Conclusion::Detached(false)));
            }
            let grace = later(excluded, settings.balancer_grace_secs);
            if last_backend(state, row, node) {
                return Some(next_wait(Stage::Detaching, recheck, Some(Hold::LastBackend)));
            }
            if now < grace {
                return Some(next_wait(Stage::Detaching, Some(grace), Some(Hold::Balancers)));
            }
            let detach = Operation::Detach { target: target.id.clone() };
            return Some(next_do(Stage::Detaching, detach, Some(Hold::Balancers)));
        }
        if !read && row.detached.is_none() {
            return Some(next_wait(Stage::Detaching, None, Some(Hold::Balancers)));
        }
    }
    let Some(detached) = row.detached else {
        return Some(next_conclude(Stage::Detaching, Conclusion::Detached(true)));
    };
    let settled = later(detached, settings.balancer_settle_secs);
    if now < settled && !is_apart(state) {
        return Some(next_wait(Stage::Detaching, Some(settled), Some(Hold::Balancers)));
    }
    if node.pods > 0 {
        let evict = Operation::Evict { node: node.name.clone(), uid: node.uid.clone() };
        return Some(next_do(Stage::Evicting, evict, Some(Hold::Pods)));
    }
    (node.volumes > 0).then(|| next_wait(Stage::Releasing, None, Some(Hold::Volumes)))
}

/// No balancer leads to any Node of this cluster: nobody can still send anything to one.
fn is_apart(state: &State) -> bool {
    let balancers = &state.balancers;
    let mut backends = balancers.rules.iter().flat_map(|it| &it.backends);
    state.settings.balancers
        && balancers.began.is_some()
        && backends.all(|it| state.cluster.with_address(&it.ip).is_none())
}

fn last_backend(state: &State, row: &Row, node: &Node) -> bool {
    let goes = |address: &Name| {
        let other = state.cluster.with_address(address);
        other.is_some_and(|it| it.marked || state.is_excluding(it, row))
    };
    state.balancers.last_of(node, goes).is_some()
}

/// Everything points the same way: list, claim and Node name one server.
fn delete(state: &State, row: &Row, claim: &Claim) -> Next {
    let Some(listed) = state.inventory.find(claim).filter(|it| it.missed == 0) else {
        return next_wait(Stage::Deleting, None, None);
    };
    let server = &listed.server;
    if let Some(hold) = obstacle(state, claim, server) {
        return next_wait(Stage::Deleting, None, Some(hold));
    }
    let (id, host) = (id_of(claim, server).clone(), server.host.clone());
    next_do(Stage::Deleting, Operation::Delete { backend: row.machine.backend, id, host }, None)
}

/// Why this server, which is listed, may not be deleted for this claim.
fn obstacle(state: &State, claim: &Claim, server: &Server) -> Option<Hold> {
    let id = id_of(claim, server);
    if id.is_empty() {
        return Some(Hold::List);
    }
    let host = claim.host.is_empty() || server.host.is_empty() || alike(&claim.host, &server.host);
    let node = state.cluster.of(claim);
    let node = node.is_none_or(|it| it.provider_id.is_empty() || alike(&it.server_id(), id));
    (!host || !node || server.mark == Mark::Foreign).then_some(Hold::Mismatch)
}

fn id_of<'a>(claim: &'a Claim, server: &'a Server) -> &'a Name {
    if claim.id.is_empty() { &server.id } else { &claim.id }
}

fn finishing(row: &Row) -> Next {
    if row.gone {
        return next_conclude(Stage::Finishing, Conclusion::Drop);
    }
    next_do(Stage::Finishing, Operation::Finish { uid: row.machine.uid.clone() }, None)
}

fn write(row: &Row, stage: Stage, papers: Papers) -> Next {
    if row.gone {
        return next_conclude(stage, Conclusion::Papers(papers));
    }
    next_do(stage, Operation::Write { version: row.machine.version, papers }, None)
}

fn is_frozen(inventory: &Inventory) -> bool {
    inventory.frozen.is_some()
}

fn next_do(stage: Stage, operation: Operation, hold: Option<Hold>) -> Next {
    Next { stage, need: Need::Do(operation), hold }
}

fn next_conclude(stage: Stage, conclusion: Conclusion) -> Next {
    Next { stage, need: Need::Conclude(conclusion), hold: None }
}

fn next_wait(stage: Stage, until: Option<Time>, hold: Option<Hold>) -> Next {
    Next { stage, need: Need::Wait(until), hold }
}
