pub mod worlds;
pub mod big;
pub mod meter;
pub mod checker;
pub mod clusters;
pub mod decision;
pub mod scenario;
pub mod voices;
