//! Keeps what the screen sees.

use std::time::Duration;

use topside_engine::Chronicle;
use topside_model::{Snapshot, Timestamp, elapsed};
use topside_store::{Store, StoreError};

/// How often it is noted that somebody watched, while nothing happens.
const PULSE: Duration = Duration::from_mins(1);

/// Writes to history what each snapshot adds to those before.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    /// `None` at the start, and after a failure: what could not be written is then found anew.
    chronicle: Option<Chronicle>,
    /// When something was last written.
    written_at: Option<Timestamp>,
}

impl Recorder {
    /// Takes the next snapshot. Of a simulated fleet nothing is kept.
    pub(crate) fn record(&mut self, snapshot: &Snapshot, store: &mut Store) -> Result<(), StoreError> {
        if snapshot.demo {
            return Ok(());
        }
        let mut chronicle = match self.chronicle.take() {
            Some(chronicle) => chronicle,
            None => Chronicle::new(store.bookmark()?),
        };
        let facts = chronicle.observe(snapshot);
        let rested = self.written_at.is_none_or(|at| elapsed(at, snapshot.taken_at) >= PULSE);
        if rested || !facts.is_empty() {
            store.record(&facts, snapshot.taken_at)?;
            self.written_at = Some(snapshot.taken_at);
        }
        self.chronicle = Some(chronicle);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
