//! A module with settings and limits: what is asked. Every call has an instance of its own, which
//! knows nothing of any other call and is gone afterwards.

use super::imports::Call;
use super::limits::{LIFTED_BYTES_MAX, Limits};
use super::module::{Module, Refusal};
use super::scope::{self, InHook, Lent, Starting};
use super::wire;
use crate::hooks::Hooks;
use crate::stage::Stage;
use policy_sdk::records::{
    Batch, Diagnostic, Fault, Group, Metadata, Pace, Scored, Settings, Table, Tick, Vetoed,
};
use policy_sdk::{Host, Log, Scorer, Vetoer, Windows, Zones};
use std::sync::Arc;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower};
use wasmtime::{Error, Store, Trap};

#[derive(Debug)]
pub(crate) struct Guest {
    pub module: Arc<Module>,
    pub limits: Limits,
    pub metadata: Metadata,
    settings: wire::Settings,
}

/// What one call used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    pub fuel: u64,
    pub memory_bytes: usize,
}

/// A hook takes or gives something else than the contract says, which shows only when it is called.
#[derive(Debug)]
struct Mismatch;

impl std::fmt::Display for Mismatch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("not the hook of the contract")
    }
}

/// Why there is no guest: it is no policy, or it does not take the settings.
#[derive(Debug)]
pub(crate) enum Unfit {
    Refused(Refusal),
    Settings(Vec<Diagnostic>),
}

impl Guest {
    /// # Errors
    ///
    /// Where it cannot be started, or does not take its settings.
    pub fn start(
        module: Arc<Module>,
        settings: &Settings,
        limits: Limits,
        zones: &dyn Zones,
        log: &dyn Log,
    ) -> Result<Guest, Unfit> {
        let settings = wire::settings(settings);
        let mut store = Module::store(&limits, limits.fuel(0, 0));
        let mut lent = Starting { zones, log };
        let started = scope::lend(&mut lent, || {
            let instance = module.pre().instantiate(&mut store)?;
            let it =
                instance.get_typed_func::<(), (wire::Metadata,)>(&mut store, &module.exports.describe)?;
            let (metadata,) = it.call(&mut store, ())?;
            Ok((wire::metadata(metadata), configure(&module, &instance, &mut store, &settings)?))
        });
        let (metadata, taken) = started.map_err(|it| {
            let fault = fault(&it, &mut store, &limits);
            Unfit::Refused(Refusal {
                stage: Stage::Probed,
                why: format!("it cannot be started: {}", said(&fault)),
            })
        })?;
        taken.map_err(Unfit::Settings)?;
        Ok(Guest { module, limits, metadata, settings })
    }

    /// An instance that is gone again.
    ///
    /// # Errors
    ///
    /// Where it cannot be made.
    pub fn instantiate(&self) -> wasmtime::Result<()> {
        let mut store = Module::store(&self.limits, self.limits.fuel(0, 0));
        self.module.pre().instantiate(&mut store).map(drop)
    }

    /// One hook, in an instance of its own.
    fn call<P, R>(
        &self,
        hook: Option<&ComponentExportIndex>,
        fuel: u64,
        lent: &mut dyn Lent,
        parameters: P,
    ) -> (Result<R, Fault>, Spent)
    where
        P: ComponentNamedList + Lower,
        R: Lift + 'static,
        (Result<R, wire::Fault>,): ComponentNamedList + Lift,
    {
        let mut store = Module::store(&self.limits, fuel);
        let answer = scope::lend(lent, || {
            let hook = hook.ok_or_else(|| Error::msg("it has no such hook"))?;
            let instance = self.module.pre().instantiate(&mut store)?;
            if configure(&self.module, &instance, &mut store, &self.settings)?.is_err() {
                return Err(Error::msg("it no longer takes the settings that it took when it was loaded"));
            }
            let it = instance
                .get_typed_func::<P, (Result<R, wire::Fault>,)>(&mut store, hook)
                .map_err(|it| it.context(Mismatch))?;
            Ok(it.call(&mut store, parameters)?.0)
        });
        let left = store.get_fuel().unwrap_or(0);
        let spent = Spent { fuel: fuel - left, memory_bytes: store.data().guard.memory_bytes };
        let answer = match answer {
            Ok(answer) => answer.map_err(wire::fault),
            Err(error) => Err(fault(&error, &mut store, &self.limits)),
        };
        (answer, spent)
    }

    /// What a call about a batch may use.
    pub fn fuel(&self, batch: &Batch) -> u64 {
        let pods = batch.nodes.pods_listed.iter().map(|it| u64::from(*it)).sum();
        self.limits.fuel(batch.nodes.name.len(), pods)
    }

    pub fn paces_spending(
        &self,
        (tick, symbols, groups): (&Tick, &Table, &[Group]),
        host: &Host<'_>,
    ) -> (Result<Vec<Pace>, Fault>, Spent) {
        let parameters = (wire::tick(tick), wire::table(symbols.clone()), wire::groups(groups));
        let fuel = self.limits.fuel(groups.len(), 0);
        let (said, spent): (Result<Vec<wire::Pace>, Fault>, Spent) = self.call(
            self.module.exports.paces.as_ref(),
            fuel,
            &mut InHook { host, vetoer: false },
            parameters,
        );
        (said.map(|it| it.into_iter().map(wire::pace).collect()), spent)
    }

    pub fn vetoes_spending(&self, batch: &Batch, host: &Host<'_>) -> (Result<Vec<Vetoed>, Fault>, Spent) {
        let (said, spent): (Result<Vec<wire::Vetoed>, Fault>, Spent) = self.call(
            self.module.exports.veto.as_ref(),
            self.fuel(batch),
            &mut InHook { host, vetoer: true },
            (wire::batch(batch),),
        );
        (said.map(|it| it.into_iter().map(wire::vetoed).collect()), spent)
    }

    pub fn scores_spending(&self, batch: &Batch, host: &Host<'_>) -> (Result<Vec<Scored>, Fault>, Spent) {
        let (said, spent): (Result<Vec<wire::Scored>, Fault>, Spent) = self.call(
            self.module.exports.score.as_ref(),
            self.fuel(batch),
            &mut InHook { host, vetoer: false },
            (wire::batch(batch),),
        );
        (said.map(|it| it.into_iter().map(wire::scored).collect()), spent)
    }
}

fn configure(
    module: &Module,
    instance: &Instance,
    store: &mut Store<Call>,
    settings: &wire::Settings,
) -> wasmtime::Result<Result<(), Vec<Diagnostic>>> {
    let it = instance.get_typed_func::<(&wire::Settings,), (Result<(), Vec<wire::Diagnostic>>,)>(
        &mut *store,
        &module.exports.configure,
    )?;
    let (answer,) = it.call(store, (settings,))?;
    Ok(answer.map_err(|it| it.into_iter().map(wire::diagnostic).collect()))
}

/// What went wrong, by what the engine says and what the guest wrote last.
fn fault(error: &Error, store: &mut Store<Call>, limits: &Limits) -> Fault {
    let guard = &store.data().guard;
    let (code, text) = match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => (
            "out-of-fuel",
            "it used up the fuel of the call; it does too much for each node, or limits.fuelPerNode is too low"
                .to_owned(),
        ),
        Some(Trap::Interrupt) => ("out-of-time", format!("it ran for longer than {} ms (limits.millis)", limits.millis)),
        Some(Trap::MemoryOutOfBounds) => (
            "out-of-bounds",
            "it reached beyond its memory; where it calls itself deep, its stack ran over".to_owned(),
        ),
        Some(Trap::StackOverflow) => ("stack-overflow", "it calls itself too deep for its stack".to_owned()),
        _ if guard.refused => (
            "out-of-memory",
            format!("it wanted more than its {} MiB of memory (limits.memoryMiB)", limits.memory_mib),
        ),
        Some(Trap::UnreachableCodeReached) => match store.data_mut().last_error.take() {
            Some(line) => ("panicked", line),
            None => ("trapped", "it stopped itself and did not say why".to_owned()),
        },
        _ if error.is::<Mismatch>() => (
            "mismatch",
            format!("its hook is not that of the contract: {}; build it with the SDK of this release", error.root_cause()),
        ),
        _ if is_too_long(error) => {
            ("too-long", format!("its answer has more than {} MiB", LIFTED_BYTES_MAX >> 20))
        }
        _ => ("trapped", format!("{error:#}")),
    };
    Fault { code: code.to_owned(), text }
}

/// The engine's own type for this is not for others, so its words have to do.
fn is_too_long(error: &Error) -> bool {
    error.root_cause().to_string().contains("fuel allocated for hostcalls")
}

fn said(fault: &Fault) -> String {
    format!("{}: {}", fault.code, fault.text)
}

impl Hooks for Guest {
    fn guest(&self) -> Option<&Guest> {
        Some(self)
    }

    fn windows(&self) -> Option<&dyn Windows> {
        self.module.exports.paces.is_some().then_some(self)
    }

    fn vetoer(&self) -> Option<&dyn Vetoer> {
        self.module.exports.veto.is_some().then_some(self)
    }

    fn scorer(&self) -> Option<&dyn Scorer> {
        self.module.exports.score.is_some().then_some(self)
    }
}

impl Windows for Guest {
    fn paces(
        &self,
        tick: &Tick,
        symbols: &Table,
        groups: &[Group],
        host: &Host<'_>,
    ) -> Result<Vec<Pace>, Fault> {
        self.paces_spending((tick, symbols, groups), host).0
    }
}

impl Vetoer for Guest {
    fn veto(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        self.vetoes_spending(batch, host).0
    }
}

impl Scorer for Guest {
    fn score(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Scored>, Fault> {
        self.scores_spending(batch, host).0
    }
}
