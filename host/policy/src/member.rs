//! One policy of a generation, and how it is called.

use crate::answers;
use crate::frame::Frame;
use crate::hooks::Hooks;
use crate::log::Log;
use crate::paper::{Notepad, Sheet};
use crate::shipped::Shipped;
use crate::wasm::{Guest, Limits, Module, Spent, Unfit};
use crate::zones::Zones;
use decide::ask::{PaceAnswer, PaperAsk, ScoreAnswer, VetoAnswer};
use decide::world::Name;
use policy_sdk::Host;
use policy_sdk::records::{Fault, Settings};
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
    /// Nothing where no component was called.
    pub spent: Spent,
}

/// None where it has no such hook, like those that follow.
pub(crate) fn paces(hooks: &dyn Hooks, frame: &Frame<'_, '_>) -> Option<Outcome<PaceAnswer>> {
    let (windows, batch) = (hooks.windows()?, &frame.batch);
    let call = |host: &Host<'_>| match hooks.guest() {
        Some(guest) => guest.paces_spending((&batch.tick, &batch.symbols, &batch.groups), host),
        None => unmeasured(windows.paces(&batch.tick, &batch.symbols, &batch.groups, host)),
    };
    Some(ask(frame, Sheet::Withheld, call, answers::paces))
}

pub(crate) fn vetoes(
    hooks: &dyn Hooks,
    frame: &Frame<'_, '_>,
    sheet: Sheet<'_, '_>,
) -> Option<Outcome<VetoAnswer>> {
    let vetoer = hooks.vetoer()?;
    let call = |host: &Host<'_>| match hooks.guest() {
        Some(guest) => guest.vetoes_spending(&frame.batch, host),
        None => unmeasured(vetoer.veto(&frame.batch, host)),
    };
    Some(ask(frame, sheet, call, answers::vetoes))
}

pub(crate) fn scores(hooks: &dyn Hooks, frame: &Frame<'_, '_>) -> Option<Outcome<ScoreAnswer>> {
    let scorer = hooks.scorer()?;
    let call = |host: &Host<'_>| match hooks.guest() {
        Some(guest) => guest.scores_spending(&frame.batch, host),
        None => unmeasured(scorer.score(&frame.batch, host)),
    };
    Some(ask(frame, Sheet::Withheld, call, answers::scores))
}

type Called<T> = (Result<Vec<T>, Fault>, Spent);

fn unmeasured<T>(answer: Result<Vec<T>, Fault>) -> Called<T> {
    (answer, Spent::default())
}

/// One call. Whatever the policy does in it, what comes out is an answer that was checked or a
/// fault in words.
fn ask<Said, Checked>(
    frame: &Frame<'_, '_>,
    sheet: Sheet<'_, '_>,
    call: impl FnOnce(&Host<'_>) -> Called<Said>,
    check: fn(&Frame<'_, '_>, Vec<Said>) -> Result<Vec<Checked>, String>,
) -> Outcome<Checked> {
    let notepad = Notepad::new(frame.nodes, sheet);
    let log = Log::default();
    let host = Host { zones: &Zones, view: frame, paper: &notepad, log: &log };
    let said = catch_unwind(AssertUnwindSafe(|| call(&host)));
    let (answer, spent) = match said {
        Ok((Ok(said), spent)) => (check(frame, said), spent),
        Ok((Err(fault), spent)) => (Err(answers::fault(&fault)), spent),
        Err(panic) => (Err(format!("panicked: {}", message(&*panic))), Spent::default()),
    };
    Outcome { answer, rested_on: notepad.rested_on(), said: log.into_lines(), spent }
}

pub(crate) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    answers::cut(text.unwrap_or("with something that is no text"))
}
