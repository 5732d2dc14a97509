//! All that a guest is given. What is not in this file does not exist for it: no clock, no random
//! number, no file, no network, no cluster.
//!
//! Each answer costs fuel by its bytes, so that asking for everything is paid for like computing.

use super::limits::Guard;
use super::scope::{self, Lent};
use super::wire;
use policy_sdk::Host;
use wasmtime::component::{Linker, LinkerInstance};
use wasmtime::{Error, Result, StoreContextMut, Trap};

/// The interfaces of the contract that a guest may import, each under its package and version.
pub(super) const INTERFACES: [&str; 5] = ["types", "zones", "view", "paper", "log"];

const FUEL_PER_CALL: usize = 200;

/// What belongs to one call of one guest.
#[derive(Debug)]
pub(super) struct Call {
    pub guard: Guard,
    /// The last line that it wrote as an error: a panic says where it was before it traps.
    pub last_error: Option<String>,
}

type Store<'s> = StoreContextMut<'s, Call>;

pub(super) fn add(linker: &mut Linker<Call>) -> Result<()> {
    linker.instance(&full("types"))?;
    zones(&mut linker.instance(&full("zones"))?)?;
    view(&mut linker.instance(&full("view"))?)?;
    paper(&mut linker.instance(&full("paper"))?)?;
    log(&mut linker.instance(&full("log"))?)
}

pub(super) fn full(interface: &str) -> String {
    format!("{}/{interface}@{}", super::read::PACKAGE, super::read::VERSION)
}

fn zones(it: &mut LinkerInstance<'_, Call>) -> Result<()> {
    it.func_wrap("offsets", |mut store: Store<'_>, (zone, start, end): (String, i64, i64)| {
        let offsets = lent(|it| Ok(it.zones().offsets(&zone, start, end)))?;
        charge(&mut store, offsets.as_ref().map_or(0, |it| it.len() * 12))?;
        Ok((offsets.map(wire::offsets),))
    })
}

fn view(it: &mut LinkerInstance<'_, Call>) -> Result<()> {
    it.func_wrap("labels", |mut store: Store<'_>, (keys, most): (Vec<String>, u32)| {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let hits = hook("labels", |host| host.view.labels(&keys, most))?;
        charge(&mut store, hits_bytes(&hits))?;
        Ok((wire::hits(hits),))
    })?;
    it.func_wrap("annotations", |mut store: Store<'_>, (keys, most): (Vec<String>, u32)| {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let hits = hook("annotations", |host| host.view.annotations(&keys, most))?;
        charge(&mut store, hits_bytes(&hits))?;
        Ok((wire::hits(hits),))
    })?;
    it.func_wrap("pods", |mut store: Store<'_>, (first, count): (u32, u32)| {
        let pods = hook("pods", |host| host.view.pods(first, count))?;
        charge(&mut store, pods.started.len() * 84)?;
        Ok((wire::pods(pods),))
    })?;
    it.func_wrap("pod-names", |mut store: Store<'_>, (first, count): (u32, u32)| {
        let names = hook("pod-names", |host| host.view.pod_names(first, count))?;
        charge(&mut store, table_bytes(&names))?;
        Ok((wire::table(names),))
    })?;
    it.func_wrap("volumes", |mut store: Store<'_>, (node, pod): (u32, u32)| {
        let volumes = hook("volumes", |host| host.view.volumes(node, pod))?;
        charge(&mut store, volumes.len() * 8)?;
        Ok((wire::volumes(volumes),))
    })?;
    it.func_wrap("volume-names", |mut store: Store<'_>, (node, pod): (u32, u32)| {
        let names = hook("volume-names", |host| host.view.volume_names(node, pod))?;
        charge(&mut store, table_bytes(&names))?;
        Ok((wire::table(names),))
    })?;
    it.func_wrap("pod-label", |mut store: Store<'_>, (node, pod, key): (u32, u32, String)| {
        let value = hook("pod-label", |host| host.view.pod_label(node, pod, &key))?;
        charge(&mut store, text_bytes(value.as_deref()))?;
        Ok((value,))
    })?;
    it.func_wrap("pod-annotation", |mut store: Store<'_>, (node, pod, key): (u32, u32, String)| {
        let value = hook("pod-annotation", |host| host.view.pod_annotation(node, pod, &key))?;
        charge(&mut store, text_bytes(value.as_deref()))?;
        Ok((value,))
    })?;
    it.func_wrap("taints", |mut store: Store<'_>, (node,): (u32,)| {
        let taints = hook("taints", |host| host.view.taints(node))?;
        charge(&mut store, taints.len() * 16)?;
        Ok((wire::taints(taints),))
    })?;
    it.func_wrap("taint-texts", |mut store: Store<'_>, (node,): (u32,)| {
        let texts = hook("taint-texts", |host| host.view.taint_texts(node))?;
        charge(&mut store, table_bytes(&texts))?;
        Ok((wire::table(texts),))
    })?;
    it.func_wrap("group-label", |mut store: Store<'_>, (group, key): (u32, String)| {
        let value = hook("group-label", |host| host.view.group_label(group, &key))?;
        charge(&mut store, text_bytes(value.as_deref()))?;
        Ok((value,))
    })?;
    it.func_wrap("group-annotation", |mut store: Store<'_>, (group, key): (u32, String)| {
        let value = hook("group-annotation", |host| host.view.group_annotation(group, &key))?;
        charge(&mut store, text_bytes(value.as_deref()))?;
        Ok((value,))
    })?;
    it.func_wrap("tally", |mut store: Store<'_>, (label,): (String,)| {
        let tally = hook("tally", |host| host.view.tally(&label))?;
        charge(&mut store, table_bytes(&tally.0) + tally.1.len() * 12)?;
        Ok((wire::tally(tally),))
    })
}

fn paper(it: &mut LinkerInstance<'_, Call>) -> Result<()> {
    it.func_wrap("room-short", |mut store: Store<'_>, (percent,): (u32,)| {
        let bits = on_paper("room-short", |host| host.paper.room_short(percent))?;
        charge(&mut store, bits.len() * 4)?;
        Ok((bits,))
    })?;
    it.func_wrap("use-above", |mut store: Store<'_>, (percent,): (u32,)| {
        let bits = on_paper("use-above", |host| host.paper.use_above(percent))?;
        charge(&mut store, bits.len() * 4)?;
        Ok((bits,))
    })?;
    it.func_wrap("fewer-than", |mut store: Store<'_>, (label, least): (String, u32)| {
        let bits = on_paper("fewer-than", |host| host.paper.fewer_than(&label, least))?;
        charge(&mut store, bits.len() * 4)?;
        Ok((bits,))
    })?;
    it.func_wrap("remains", |mut store: Store<'_>, (node,): (u32,)| {
        let remainder = on_paper("remains", |host| host.paper.remains(node))?;
        charge(&mut store, 72)?;
        Ok((wire::remainder(&remainder),))
    })
}

fn log(it: &mut LinkerInstance<'_, Call>) -> Result<()> {
    it.func_wrap("enabled", |mut store: Store<'_>, (level,): (u32,)| {
        charge(&mut store, 0)?;
        Ok((lent(|it| Ok(it.log().enabled(level)))?,))
    })?;
    it.func_wrap("write", |mut store: Store<'_>, (level, line): (u32, String)| {
        charge(&mut store, line.len())?;
        lent(|it| {
            it.log().write(level, &line);
            Ok(())
        })?;
        if level == 0 {
            store.data_mut().last_error = Some(line);
        }
        Ok(())
    })
}

fn lent<R>(ask: impl FnOnce(&dyn Lent) -> Result<R>) -> Result<R> {
    scope::lent(ask).unwrap_or_else(|| Err(Error::msg("nothing is lent outside a call")))
}

/// What is there inside a hook only.
fn hook<R>(name: &str, ask: impl FnOnce(&Host<'_>) -> R) -> Result<R> {
    lent(|it| match it.hook() {
        Some(host) => Ok(ask(host)),
        None => {
            Err(Error::msg(format!("{name} may be called inside a hook only, not in describe or configure")))
        }
    })
}

/// What is there inside a vetoer only.
fn on_paper<R>(name: &str, ask: impl FnOnce(&Host<'_>) -> R) -> Result<R> {
    lent(|it| match it.hook() {
        Some(host) if it.is_vetoer() => Ok(ask(host)),
        _ => Err(Error::msg(format!("{name} may be called by vetoers only"))),
    })
}

fn charge(store: &mut Store<'_>, bytes: usize) -> Result<()> {
    let left = store.get_fuel()?;
    let Some(rest) = left.checked_sub((FUEL_PER_CALL + bytes) as u64) else {
        return Err(Trap::OutOfFuel.into());
    };
    store.set_fuel(rest)
}

fn table_bytes(it: &policy_sdk::records::Table) -> usize {
    it.text.len() + it.ends.len() * 4
}

fn hits_bytes(it: &policy_sdk::records::Hits) -> usize {
    it.found.len() * 12 + table_bytes(&it.values)
}

fn text_bytes(it: Option<&str>) -> usize {
    it.map_or(0, str::len)
}
