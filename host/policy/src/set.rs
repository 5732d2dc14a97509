//! One generation of policies: who is asked what, and whose answers count.

use crate::directory::{self, LoadError};
use crate::frame::Frame;
use crate::member::{self, Manner, Member, Mode, OnFault, Outcome};
use crate::paper::Sheet;
use crate::probe;
use crate::remark::{Kind, Remark};
use crate::shadow;
use crate::shipped::{self, SHIPPED};
use crate::tally::{Calls, Tally};
use decide::ask::{Answers, Fault, Paces, Scores, VetoAnswer, Vetoes};
use decide::question::Question;
use decide::settle::{Again, Settle};
use decide::tick::Tick;
use decide::world::Name;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

type Listener = Box<dyn Fn(&Remark) + Send + Sync>;

/// Policies with their settings, in the order in which they are asked. It never changes: other
/// settings are another set. It only counts how its policies do.
pub struct Set {
    members: Arc<[Member]>,
    listener: Option<Listener>,
    /// Some time ago that never jumps; without it nobody knows how long anything takes.
    running: Option<fn() -> Duration>,
    tally: Tally,
}

/// What `plan` and the console show of a policy.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Line {
    pub name: Name,
    pub version: String,
    pub digest: String,
    pub hooks: Vec<Name>,
    pub source: String,
}

impl Set {
    /// The built-in policies with their defaults.
    #[must_use]
    pub fn shipped() -> Set {
        shipped::compile();
        Set::of(SHIPPED.iter().map(Member::shipped).collect())
    }

    /// A policy directory as the controller mounts it.
    ///
    /// # Errors
    ///
    /// Where anything in it cannot be used: all of it is, or nothing.
    pub fn load(dir: &Path) -> Result<Set, LoadError> {
        let members = directory::load(&directory::read(dir)?, &[], &mut |_| true)?;
        Ok(Set::of(members.unwrap_or_default()))
    }

    pub(crate) fn of(members: Vec<Member>) -> Set {
        Set::sharing(members.into())
    }

    fn sharing(members: Arc<[Member]>) -> Set {
        Set { members, listener: None, running: None, tally: Tally::default() }
    }

    /// The very same policies with nobody who listens, and whose faults nobody counts: for asking again
    /// what was heard before.
    #[must_use]
    pub fn quiet(&self) -> Set {
        Set::sharing(Arc::clone(&self.members))
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Gives it a clock, which this crate has none of: for how long something has been running.
    pub fn measure(&mut self, running: fn() -> Duration) {
        self.running = Some(running);
    }

    /// How each policy did since this was asked last; those in shadow cannot fail.
    pub(crate) fn take_calls(&self) -> Vec<Calls> {
        self.tally.take()
    }

    /// Who hears what no answer holds: faults that are ignored, what policies in shadow would have
    /// changed, lines that policies write.
    pub fn listen(&mut self, listener: impl Fn(&Remark) + Send + Sync + 'static) {
        self.listener = Some(Box::new(listener));
    }

    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let line = |it: &Member| Line {
            name: it.name.clone(),
            version: it.version.clone(),
            digest: it.digest.clone(),
            hooks: it.hook_names().into_iter().map(Name::from).collect(),
            source: it.source.clone(),
        };
        self.members.iter().map(line).collect()
    }

    /// The last stage before policies are trusted, where `nodes` is the size of the cluster that they
    /// are for: each hook of each is really called.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with each policy.
    pub fn probe(&self, nodes: usize) -> Result<(), Vec<String>> {
        let worlds = probe::worlds(nodes);
        let guests = self.members.iter().filter_map(|it| Some((&it.name, it.hooks.guest()?)));
        let wrong = guests.filter_map(|(name, guest)| {
            let why = probe::probe(guest, &worlds).err()?;
            Some(format!("policy {name}: {why}"))
        });
        let wrong: Vec<String> = wrong.collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// What the windows policies say about the groups now.
    #[must_use]
    pub fn paces(&self, tick: &Tick<'_>) -> Vec<Paces> {
        let frame = Frame::of_groups(tick);
        let mut round = Round::new(self);
        for member in self.members.iter() {
            let ask = || member::paces(&*member.hooks, &frame);
            round.ask(member, "windows", ask, |policy, answer, _| Paces { policy, answer });
        }
        round.compare(|enforced, it| shadow::paces(tick.world, enforced, it))
    }

    /// What vetoers say about all nodes of a question, and scorers about its candidates.
    #[must_use]
    pub fn answers(&self, question: &Question<'_>) -> Answers {
        let all = Frame::of(question, &question.nodes);
        let some = (question.candidates.len() < question.nodes.len())
            .then(|| Frame::of(question, &question.candidates));
        let candidates = some.as_ref().unwrap_or(&all);
        let mut vetoes = Round::new(self);
        let mut scores = Round::new(self);
        for member in self.members.iter() {
            let ask = || member::vetoes(&*member.hooks, &all, Sheet::First(question));
            vetoes.ask(member, "vetoer", ask, |policy, answer, rested_on| Vetoes {
                policy,
                answer,
                rested_on,
            });
            let (weight, ask) = (member.manner.weight, || member::scores(&*member.hooks, candidates));
            scores.ask(member, "scorer", ask, |policy, answer, _| Scores { policy, weight, answer });
        }
        Answers {
            vetoes: vetoes.compare(|enforced, it| shadow::vetoes(question, enforced, it)),
            scores: scores.compare(|enforced, it| shadow::scores(question, enforced, it)),
        }
    }

    /// One vetoer about one node, on the paper of now.
    ///
    /// # Errors
    ///
    /// The policy's fault.
    pub fn again(&self, settle: &Settle<'_>, again: &Again) -> Result<Option<VetoAnswer>, Fault> {
        let member = self.members.iter().find(|it| it.name == again.policy);
        let Some(member) = member.filter(|it| it.hooks.vetoer().is_some()) else {
            return Err(format!("no vetoer {} is loaded", again.policy).into());
        };
        let frame = Frame::of(settle.question(), std::slice::from_ref(&again.node));
        let mut round = Round::new(self);
        let ask = || member::vetoes(&*member.hooks, &frame, Sheet::Again(settle, again));
        round.ask(member, "vetoer", ask, |_, answer, _| answer);
        let answer = round.enforced.pop().unwrap_or(Ok(Vec::new()))?;
        Ok(answer.into_iter().next())
    }

    fn remark(&self, policy: &Name, kind: Kind, text: String) {
        if let Some(listener) = &self.listener {
            listener(&Remark { policy: policy.clone(), kind, text });
        }
    }
}

/// The answers of one hook: those that count, and those in shadow.
struct Round<'s, A> {
    set: &'s Set,
    enforced: Vec<A>,
    shadows: Vec<(Name, A)>,
}

impl<'s, A> Round<'s, A> {
    fn new(set: &'s Set) -> Round<'s, A> {
        Round { set, enforced: Vec::new(), shadows: Vec::new() }
    }

    /// Nothing comes of a hook that the policy has not.
    fn ask<T>(
        &mut self,
        member: &Member,
        hook: &'static str,
        ask: impl FnOnce() -> Option<Outcome<T>>,
        answer: impl FnOnce(Name, Result<Vec<T>, Fault>, Vec<decide::ask::PaperAsk>) -> A,
    ) {
        let running = || self.set.running.map_or(Duration::ZERO, |running| running());
        let began = running();
        let Some(outcome) = ask() else { return };
        let used = (outcome.spent, running().saturating_sub(began));
        let name = &member.name;
        for (level, line) in outcome.said {
            self.set.remark(name, Kind::Said { level }, line);
        }
        let fault = outcome.answer.as_ref().err().filter(|_| member.manner.mode == Mode::Enforce);
        self.set.tally.add(name, hook, used, fault.map(String::as_str));
        let said = match (outcome.answer, member.manner) {
            (Err(fault), Manner { mode: Mode::Shadow, .. }) => {
                return self.set.remark(name, Kind::Shadow, format!("{hook} failed: {fault}"));
            }
            (Err(fault), Manner { on_fault: OnFault::Ignore, .. }) => {
                self.set.remark(name, Kind::FaultIgnored, format!("{hook}: {fault}"));
                Ok(Vec::new())
            }
            (said, _) => said.map_err(Fault::from),
        };
        let it = answer(name.clone(), said, outcome.rested_on);
        match member.manner.mode {
            Mode::Enforce => self.enforced.push(it),
            Mode::Shadow => self.shadows.push((name.clone(), it)),
        }
    }

    /// Tells what each shadow would have changed; what counts is what is enforced.
    fn compare(self, difference: impl Fn(&[A], &A) -> Option<String>) -> Vec<A> {
        for (name, it) in self.shadows {
            if let Some(text) = difference(&self.enforced, &it) {
                self.set.remark(&name, Kind::Shadow, text);
            }
        }
        self.enforced
    }
}

impl std::fmt::Debug for Set {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list().entries(self.members.iter()).finish()
    }
}
