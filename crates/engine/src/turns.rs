//! Turns of one session.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use topside_model::{Origin, Timestamp, TurnCounts, TurnEnd, TurnId, TurnView};

use crate::latest::{Latest, Tally};

/// Turns kept for the timeline. Older ones are still counted.
const KEPT: usize = 100;

/// Turns of one session: all of them counted, the latest kept.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    starts: BTreeMap<Origin, Start>,
    /// True once one may have begun of which nothing tells.
    unmarked: bool,
    rests: BTreeMap<Origin, Rest>,
    started: Tally,
    completed: Tally,
    aborted: Tally,
    rolled_back: Tally,
    latest: Latest<Lifecycle>,
}

/// The latest step in the life of a turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Lifecycle {
    Started { at: Option<Timestamp>, automatic: bool },
    Ended { at: Option<Timestamp>, how: TurnEnd },
}

#[derive(Debug)]
struct Start {
    id: TurnId,
    at: Option<Timestamp>,
}

#[derive(Debug)]
struct Rest {
    id: Option<TurnId>,
    at: Option<Timestamp>,
    how: TurnEnd,
}

impl Turns {
    pub(crate) fn started(&mut self, origin: Origin, at: Option<Timestamp>, id: TurnId, automatic: bool) {
        self.started.add(origin);
        self.latest.set(origin, Lifecycle::Started { at, automatic });
        self.starts.insert(origin, Start { id, at });
        keep_latest(&mut self.starts);
    }

    pub(crate) fn ended(&mut self, origin: Origin, at: Option<Timestamp>, id: Option<TurnId>, how: TurnEnd) {
        match how {
            TurnEnd::Completed | TurnEnd::Failed => self.completed.add(origin),
            TurnEnd::Interrupted => self.aborted.add(origin),
        }
        self.latest.set(origin, Lifecycle::Ended { at, how });
        self.rests.insert(origin, Rest { id, at, how });
        keep_latest(&mut self.rests);
    }

    pub(crate) fn unmarked(&mut self) {
        self.unmarked = true;
    }

    /// True once one is known to have begun.
    pub(crate) fn have_begun(&self) -> bool {
        self.started.count() > 0
    }

    pub(crate) fn rolled_back(&mut self, origin: Origin) {
        self.rolled_back.add(origin);
    }

    /// The latest step and where it was read.
    pub(crate) fn latest(&self) -> Option<(Origin, Lifecycle)> {
        self.latest.origin().zip(self.latest.value().copied())
    }

    pub(crate) fn counts(&self) -> TurnCounts {
        TurnCounts {
            started: (!self.unmarked).then(|| self.started.count()),
            completed: self.completed.count(),
            aborted: self.aborted.count(),
            rolled_back: self.rolled_back.count(),
        }
    }

    /// The latest turns, oldest first.
    pub(crate) fn timeline(&self) -> Vec<TurnView> {
        let view = |(origin, start): (&Origin, &Start)| TurnView {
            id: start.id.clone(),
            started_at: start.at,
            ended: self.rest_of(*origin, &start.id).map(|rest| (rest.at, rest.how)),
        };
        self.starts.iter().map(view).collect()
    }

    /// How a turn came to rest: by an end of its own id, else by the first end before the next turn. In a review the
    /// end carries another id than the start.
    fn rest_of(&self, origin: Origin, id: &TurnId) -> Option<&Rest> {
        let next = self.starts.range((Excluded(origin), Unbounded)).next().map(|(origin, _)| *origin);
        let mut later = self.rests.range(origin..).peekable();
        let first = later.peek().filter(|(end, _)| next.is_none_or(|next| **end < next)).map(|(_, rest)| *rest);
        later.map(|(_, rest)| rest).find(|rest| rest.id.as_ref() == Some(id)).or(first)
    }
}

fn keep_latest<T>(kept: &mut BTreeMap<Origin, T>) {
    while kept.len() > KEPT {
        kept.pop_first();
    }
}

#[cfg(test)]
mod tests {
    use topside_model::SourceId;

    use super::*;

    #[test]
    fn how_many_began_is_not_known_once_one_may_have_begun_unmarked() {
        let mut turns = Turns::default();
        assert_eq!(turns.counts().started, Some(0));
        turns.started(Origin { rank: 0, offset: 0, source: SourceId(0) }, None, TurnId::new("t"), false);
        assert_eq!(turns.counts().started, Some(1));
        turns.unmarked();
        assert_eq!((turns.counts().started, turns.have_begun()), (None, true));
    }
}
