//! `policy replay`: which verdicts of recorded ticks would have been others with a policy.

use super::what::{self, What};
use crate::args::PolicyReplayArgs;
use crate::commands::Failure;
use crate::commands::journal::entries;
use crate::commands::replay::{instead, load};
use crate::journal::Beside;
use crate::show;
use decide::say::count;
use std::cell::Cell;

pub fn run(typed: &PolicyReplayArgs) -> Result<(), Failure> {
    let what = What::of(&typed.path)?;
    if let What::Directory(dir) = &what {
        if typed.settings.is_some() {
            return Err(Failure::Usage("--settings are those of a module; a directory has its own".into()));
        }
        let set = load(dir)?;
        return instead(entries(&typed.journal, typed.ticks)?, |entry| entry.decide(&set));
    }
    let mut set = what::specimen(&what.module()?, typed.settings.as_deref())?.alone();
    set.listen(|it| show::complain("note", &it.to_string()));
    let unheard = Cell::new(0);
    instead(entries(&typed.journal, typed.ticks)?, |entry| {
        let voices = Beside::of(&entry.answered, &set);
        let plan = entry.decide(&voices);
        unheard.set(unheard.get() + voices.unheard());
        plan
    })?;
    if unheard.get() > 0 {
        let text = format!(
            "{} of vetoers about a cluster with other removals were not put then; \
             they are taken to have nothing against the node",
            count(unheard.get() as u64, "second question")
        );
        show::complain("note", &text);
    }
    Ok(())
}
