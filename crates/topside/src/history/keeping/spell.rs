//! Keeps what is dear from being done too often.

use std::time::{Duration, Instant};

/// When something dear was done last, and how long it took.
pub(super) struct Spell {
    at: Instant,
    took: Duration,
}

impl Spell {
    /// One that took no time.
    pub(super) fn none() -> Self {
        Self { at: Instant::now(), took: Duration::ZERO }
    }

    /// One that began at `start` and ends now.
    pub(super) fn since(start: Instant) -> Self {
        Self { at: Instant::now(), took: start.elapsed() }
    }

    /// True when the same again takes at most one part in `cost` of a core's time, and comes after a rest of `least`.
    pub(super) fn is_over(&self, cost: u32, least: Duration) -> bool {
        self.at.elapsed() >= least.max(self.took * cost)
    }
}
