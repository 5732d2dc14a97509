//! The one file of this room that reads a clock: tokio's, which tests can pause.

use tokio::time::Instant;

pub fn now() -> Instant {
    Instant::now()
}
