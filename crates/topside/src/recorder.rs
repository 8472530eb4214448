//! Keeps what the screen sees.

use std::time::Duration;

use topside_engine::Chronicle;
use topside_model::{Fact, Snapshot, Timestamp, elapsed};
use topside_store::{Store, StoreError};

/// How often it is noted that somebody watched, while nothing happens.
const PULSE: Duration = Duration::from_mins(1);

/// Writes to history what each snapshot adds to those before.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    /// `None` at the start, and after a failure: what could not be written is then found anew.
    chronicle: Option<Chronicle>,
    /// What was seen and is not written yet.
    facts: Vec<Fact>,
    /// How long facts may wait for others to be written with.
    rest: Duration,
    /// When something was last written.
    written_at: Option<Timestamp>,
}

impl Recorder {
    /// One that writes no more often than this.
    pub(crate) fn every(rest: Duration) -> Self {
        Self { rest, ..Self::default() }
    }

    /// Takes the next snapshot. Of a simulated fleet nothing is kept.
    pub(crate) fn record(&mut self, snapshot: &Snapshot, store: &mut Store) -> Result<(), StoreError> {
        if snapshot.demo {
            return Ok(());
        }
        let mut chronicle = match self.chronicle.take() {
            Some(chronicle) => chronicle,
            None => Chronicle::new(store.bookmark()?),
        };
        self.facts.extend(chronicle.observe(snapshot));
        let rest = if self.facts.is_empty() { PULSE } else { self.rest };
        if self.written_at.is_none_or(|at| elapsed(at, snapshot.taken_at) >= rest) {
            store.record(&std::mem::take(&mut self.facts), snapshot.taken_at)?;
            self.written_at = Some(snapshot.taken_at);
        }
        self.chronicle = Some(chronicle);
        Ok(())
    }

    /// Writes what is left, seen until `at`.
    pub(crate) fn finish(mut self, store: &mut Store, at: Timestamp) -> Result<(), StoreError> {
        let facts = std::mem::take(&mut self.facts);
        if facts.is_empty() { Ok(()) } else { store.record(&facts, at) }
    }
}

#[cfg(test)]
mod tests;
