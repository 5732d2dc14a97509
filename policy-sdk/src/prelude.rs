//! What nearly every policy uses.

pub use crate::records::{Batch, Fault, Group, Pace, Reason, Scored, Table, Tick, Vetoed};
pub use crate::settings::Settings;
pub use crate::{Host, Policy, Scorer, Settings, Vetoer, Windows, Zones};
