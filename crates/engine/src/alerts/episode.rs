//! One cause after the other about one subject, as one rule sees them.

use std::time::Duration;

use topside_model::{Timestamp, elapsed};

use super::cause::Mark;

/// Causes that were told and are remembered.
const MARKS: usize = 32;
/// A state of which nobody knows when it began goes on after an absence shorter than this.
const BLINK: Duration = Duration::from_secs(3);

/// The latest cause about a subject.
#[derive(Debug, Default)]
pub(super) struct Episode {
    /// Which cause it is; `None` where only its being there tells.
    mark: Option<Timestamp>,
    /// Causes that were told before it, latest last.
    before: Vec<Timestamp>,
    /// True when it was told.
    pub(super) told: bool,
    /// Since when it is there without a break; `None` before it was first seen.
    seen_since: Option<Timestamp>,
    /// When it was first missed; `None` while it is there.
    pub(super) gone_at: Option<Timestamp>,
    /// The look it was last there in.
    round: u64,
}

impl Episode {
    /// One of which these causes were told, as if it had not been away.
    pub(super) fn restored(marks: &[Timestamp], gone_at: Timestamp) -> Self {
        let (mark, before) = (marks.first().copied(), marks.iter().skip(1).rev().copied().collect());
        Self { mark, before, told: true, gone_at: Some(gone_at), ..Self::default() }
    }

    /// The causes that were told, latest first.
    pub(super) fn marks(&self) -> Vec<Timestamp> {
        let latest = self.mark.filter(|_| self.told);
        latest.into_iter().chain(self.before.iter().rev().copied()).collect()
    }

    /// Takes notice that a cause is there in look `round`, at `now`.
    pub(super) fn see(&mut self, mark: Mark, now: Timestamp, round: u64) {
        if !self.goes_on(mark, now) {
            if let Some(past) = self.mark.filter(|_| self.told) {
                self.before.retain(|mark| *mark != past);
                self.before.push(past);
                self.before.drain(..self.before.len().saturating_sub(MARKS));
            }
            self.mark = None;
            (self.told, self.seen_since) = (false, None);
        } else if self.gone_at.is_some() {
            // It has to prove itself anew.
            self.seen_since = None;
        }
        if let Mark::At(at, slack) = mark {
            self.mark = Some(at);
            // One that was told may come back, and may tell only then which one it is.
            self.told |= self.before.iter().any(|past| near(*past, at, slack));
        }
        self.seen_since.get_or_insert(now);
        (self.gone_at, self.round) = (None, round);
    }

    /// True when a cause with this mark is the one seen last.
    fn goes_on(&self, mark: Mark, now: Timestamp) -> bool {
        match (mark, self.mark) {
            (Mark::Only, _) => true,
            (Mark::At(at, slack), Some(mark)) => near(mark, at, slack),
            // One that was restored has not been seen at all.
            _ => self.seen_since.is_none() || self.gone_at.is_none_or(|gone| elapsed(gone, now) < BLINK),
        }
    }

    /// Takes notice of the look `round`, whether it was there or not.
    pub(super) fn end_of_look(&mut self, now: Timestamp, round: u64) {
        if self.round != round {
            self.gone_at.get_or_insert(now);
        }
    }

    /// For how long it has been there before everybody's eyes.
    pub(super) fn seen_for(&self, now: Timestamp) -> Duration {
        self.seen_since.map_or(Duration::ZERO, |since| elapsed(since, now))
    }

    /// True when this cause was told, or one before it.
    pub(super) fn was_told(&self) -> bool {
        self.told || !self.before.is_empty()
    }

    /// True while it is there and was not told.
    pub(super) fn waits(&self) -> bool {
        !self.told && self.gone_at.is_none()
    }
}

fn near(a: Timestamp, b: Timestamp, slack: Duration) -> bool {
    elapsed(a.min(b), a.max(b)) < slack
}
