//! One policy of a generation, and how it is called.

use crate::answers;
use crate::frame::Frame;
use crate::hooks::Hooks;
use crate::log::Log;
use crate::paper::{Notepad, Sheet};
use crate::shipped::Shipped;
use crate::wasm::{Guest, Limits, Module, Unfit};
use crate::zones::Zones;
use decide::ask::{PaceAnswer, PaperAsk, ScoreAnswer, VetoAnswer};
use decide::world::Name;
use policy_sdk::records::{Fault, Settings};
use policy_sdk::{Host, Scorer, Vetoer, Windows};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The source of a policy that is part of the program.
pub(crate) const BUILT_IN: &str = "built-in";

#[derive(Debug)]
pub(crate) struct Member {
    pub name: Name,
    pub version: String,
    pub digest: String,
    /// Where its module came from: a file of the directory, or the program itself.
    pub source: String,
    pub hooks: Box<dyn Hooks>,
    pub manner: Manner,
}

/// How its answers are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manner {
    pub weight: i64,
    pub mode: Mode,
    pub on_fault: OnFault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Enforce,
    /// It is asked, and what it would have changed is told, but nothing is.
    Shadow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFault {
    Keep,
    Ignore,
}

impl Member {
    /// # Errors
    ///
    /// Where the module is no policy, or does not take the settings.
    pub fn of(
        (name, source): (&str, &str),
        module: Arc<Module>,
        settings: &Settings,
        limits: Limits,
        manner: Manner,
    ) -> Result<Member, Unfit> {
        let guest = Guest::start(module, settings, limits, &Zones, &Log::default())?;
        Ok(Member::with((name, source), guest, manner))
    }

    /// One that nobody has given a name or a manner.
    pub fn alone(guest: Guest) -> Member {
        let name = guest.metadata.name.clone();
        Member::with((&name, &name), guest, Manner::default())
    }

    fn with((name, source): (&str, &str), guest: Guest, manner: Manner) -> Member {
        Member {
            name: name.into(),
            version: answers::cut(&guest.metadata.version).to_owned(),
            digest: guest.module.digest.clone(),
            source: source.to_owned(),
            hooks: Box::new(guest),
            manner,
        }
    }

    /// A built-in policy with its defaults.
    pub fn shipped(it: &Shipped) -> Member {
        let defaults = Settings::default();
        Member::of((it.name, BUILT_IN), it.module(), &defaults, Limits::default(), Manner::default())
            .unwrap_or_else(|unfit| panic!("built-in policy {}: {unfit:?}", it.name))
    }

    pub fn hook_names(&self) -> Vec<&'static str> {
        let hooks = [
            ("windows", self.hooks.windows().is_some()),
            ("vetoer", self.hooks.vetoer().is_some()),
            ("scorer", self.hooks.scorer().is_some()),
        ];
        hooks.iter().filter(|it| it.1).map(|it| it.0).collect()
    }
}

impl Default for Manner {
    fn default() -> Manner {
        Manner { weight: 1, mode: Mode::Enforce, on_fault: OnFault::Keep }
    }
}

/// What came of one call.
pub(crate) struct Outcome<T> {
    pub answer: Result<Vec<T>, String>,
    pub rested_on: Vec<PaperAsk>,
    pub said: Vec<(u32, String)>,
}

pub(crate) fn paces(windows: &dyn Windows, frame: &Frame<'_, '_>) -> Outcome<PaceAnswer> {
    let batch = &frame.batch;
    let call = |host: &Host<'_>| windows.paces(&batch.tick, &batch.symbols, &batch.groups, host);
    ask(frame, Sheet::Withheld, call, answers::paces)
}

pub(crate) fn vetoes(
    vetoer: &dyn Vetoer,
    frame: &Frame<'_, '_>,
    sheet: Sheet<'_, '_>,
) -> Outcome<VetoAnswer> {
    ask(frame, sheet, |host| vetoer.veto(&frame.batch, host), answers::vetoes)
}

pub(crate) fn scores(scorer: &dyn Scorer, frame: &Frame<'_, '_>) -> Outcome<ScoreAnswer> {
    ask(frame, Sheet::Withheld, |host| scorer.score(&frame.batch, host), answers::scores)
}

/// One call. Whatever the policy does in it, what comes out is an answer that was checked or a
/// fault in words.
pub(crate) fn ask<Said, Checked>(
    frame: &Frame<'_, '_>,
    sheet: Sheet<'_, '_>,
    call: impl FnOnce(&Host<'_>) -> Result<Vec<Said>, Fault>,
    check: fn(&Frame<'_, '_>, Vec<Said>) -> Result<Vec<Checked>, String>,
) -> Outcome<Checked> {
    let notepad = Notepad::new(frame.nodes, sheet);
    let log = Log::default();
    let host = Host { zones: &Zones, view: frame, paper: &notepad, log: &log };
    let said = catch_unwind(AssertUnwindSafe(|| call(&host)));
    let answer = match said {
        Ok(Ok(said)) => check(frame, said),
        Ok(Err(fault)) => Err(answers::fault(&fault)),
        Err(panic) => Err(format!("panicked: {}", message(&*panic))),
    };
    Outcome { answer, rested_on: notepad.rested_on(), said: log.into_lines() }
}

pub(crate) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    answers::cut(text.unwrap_or("with something that is no text"))
}
