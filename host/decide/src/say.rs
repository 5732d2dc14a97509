//! How what was decided is said in words: names, codes, details that a person can act on, and the
//! smallest change that would flip a verdict.

use crate::plan::{Block, Reason};

/// Hundredths of a percent as a person reads them: `62.0 %`, `49.99 %`.
#[must_use]
pub fn percent(hundredths: u32) -> String {
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    if rest.is_multiple_of(10) { format!("{whole}.{} %", rest / 10) } else { format!("{whole}.{rest:02} %") }
}

impl Reason {
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Reason::ControlPlane { .. } => "ControlPlane",
            Reason::NotManaged(_) => "NotManaged",
            Reason::InventoryFrozen { .. } => "InventoryFrozen",
            Reason::ClusterUnhealthy { .. } => "ClusterUnhealthy",
            Reason::Protected(_) => "Protected",
            Reason::ScaleDownDisabled(_) => "ScaleDownDisabled",
            Reason::Cordoned(_) => "Cordoned",
            Reason::NotReadyYet(_) => "NotReadyYet",
            Reason::Unready { .. } => "Unready",
            Reason::Nominated { .. } => "Nominated",
            Reason::NoMetrics { .. } => "NoMetrics",
            Reason::StaleMetrics { .. } => "StaleMetrics",
            Reason::TooFewSamples { .. } => "TooFewSamples",
            Reason::Busy(_) => "Busy",
            Reason::NotIdleLongEnough { .. } => "NotIdleLongEnough",
            Reason::PodBlocks { .. } => "PodBlocks",
            Reason::NoPlaceToMovePods { .. } => "NoPlaceToMovePods",
            Reason::OutsideWindow { .. } => "OutsideWindow",
            Reason::Vetoed(_) => "Vetoed",
            Reason::PolicyFault { .. } => "PolicyFault",
            Reason::Cooldown(_) => "Cooldown",
            Reason::MinSize { .. } => "MinSize",
            Reason::ClusterMinimum { .. } => "ClusterMinimum",
            Reason::BudgetSpent(_) => "BudgetSpent",
            Reason::NotEvaluated => "NotEvaluated",
        }
    }

    /// Which rule said so, where a reason has several.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Reason::PodBlocks { block, .. } => Some(block.code()),
            Reason::Vetoed(veto) => Some(&veto.code),
            _ => None,
        }
    }
}

impl Block {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Block::NotSafeToEvict => "not-safe-to-evict",
            Block::DoNotDisrupt(_) => "do-not-disrupt",
            Block::WaitsForCompletion => "waits-for-completion",
            Block::PdbInvalid { .. } => "pdb-invalid",
            Block::PdbMultiple { .. } => "pdb-multiple",
            Block::PdbStale { .. } => "pdb-stale",
            Block::PdbExhausted { .. } => "pdb-exhausted",
            Block::LocalVolume { .. } => "local-volume",
            Block::VolumeUnknown { .. } => "volume-unknown",
        }
    }

    /// Its place in the order of the rules; lower decides first.
    #[must_use]
    pub fn order(&self) -> u8 {
        match self {
            Block::NotSafeToEvict => 0,
            Block::DoNotDisrupt(_) => 1,
            Block::WaitsForCompletion => 2,
            Block::PdbInvalid { .. } => 3,
            Block::PdbMultiple { .. } => 4,
            Block::PdbStale { .. } => 5,
            Block::PdbExhausted { .. } => 6,
            Block::LocalVolume { .. } => 7,
            Block::VolumeUnknown { .. } => 8,
        }
    }
}
