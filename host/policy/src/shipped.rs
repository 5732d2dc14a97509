//! The policies that are built in, so that an empty directory still decides safely.

use crate::hooks::Hooks;
use crate::zones::Zones;
use policy_sdk::Policy;
use policy_sdk::records::{Diagnostic, Metadata, Settings};
use policy_sdk::settings::Tree;
use policy_sdk::{Scorer, Vetoer, Windows};
use priority::Priority;
use safety::Safety;
use schedule::Schedule;

/// A policy that is built in, before it has its settings.
pub(crate) struct Shipped {
    pub name: &'static str,
    pub describe: fn() -> Metadata,
    pub configure: fn(&Settings) -> Result<Box<dyn Hooks>, Vec<Diagnostic>>,
}

/// In the order of asking, where no directory says otherwise.
pub(crate) const SHIPPED: [Shipped; 3] =
    [shipped::<Schedule>("schedule"), shipped::<Safety>("safety"), shipped::<Priority>("priority")];

const fn shipped<P: Policy + Hooks + 'static>(name: &'static str) -> Shipped {
    Shipped { name, describe: P::describe, configure: configure::<P> }
}

fn configure<P: Policy + Hooks + 'static>(settings: &Settings) -> Result<Box<dyn Hooks>, Vec<Diagnostic>> {
    P::configure(&Tree::new(settings), &Zones).map(|it| Box::new(it) as Box<dyn Hooks>)
}

impl Hooks for Schedule {
    fn windows(&self) -> Option<&dyn Windows> {
        Some(self)
    }

    fn vetoer(&self) -> Option<&dyn Vetoer> {
        Some(self)
    }
}

impl Hooks for Safety {
    fn vetoer(&self) -> Option<&dyn Vetoer> {
        Some(self)
    }
}

impl Hooks for Priority {
    fn scorer(&self) -> Option<&dyn Scorer> {
        Some(self)
    }
}
