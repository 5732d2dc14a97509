//! What the call that is under way may reach. A store cannot hold what is borrowed, and a call lends
//! nothing for longer than it runs: so the lenders stand here, for this thread, for this call.

use policy_sdk::{Host, Log, Zones};

/// What is lent: zones and log always, the rest inside a hook.
pub(super) trait Lent {
    fn zones(&self) -> &dyn Zones;
    fn log(&self) -> &dyn Log;
    fn hook(&self) -> Option<&Host<'_>>;
    /// Only a vetoer may look at the paper.
    fn is_vetoer(&self) -> bool {
        false
    }
}

environmental::environmental!(call: trait Lent);

/// Runs `run` with what is lent.
pub(super) fn lend<R>(lent: &mut dyn Lent, run: impl FnOnce() -> R) -> R {
    call::using(lent, run)
}

/// `None` outside a call, which no guest function is.
pub(super) fn lent<R>(ask: impl FnOnce(&dyn Lent) -> R) -> Option<R> {
    let mut ask = Some(ask);
    call::with(|it| ask.take().map(|ask| ask(it)))?
}

/// Inside a hook.
pub(super) struct InHook<'h> {
    pub host: &'h Host<'h>,
    pub vetoer: bool,
}

impl Lent for InHook<'_> {
    fn zones(&self) -> &dyn Zones {
        self.host.zones
    }

    fn log(&self) -> &dyn Log {
        self.host.log
    }

    fn hook(&self) -> Option<&Host<'_>> {
        Some(self.host)
    }

    fn is_vetoer(&self) -> bool {
        self.vetoer
    }
}

/// While it is described and configured.
pub(super) struct Starting<'h> {
    pub zones: &'h dyn Zones,
    pub log: &'h dyn Log,
}

impl Lent for Starting<'_> {
    fn zones(&self) -> &dyn Zones {
        self.zones
    }

    fn log(&self) -> &dyn Log {
        self.log
    }

    fn hook(&self) -> Option<&Host<'_>> {
        None
    }
}
