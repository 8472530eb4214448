//! Tool calls of one session.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use topside_model::{CallId, Origin, Outcome, Timestamp, ToolCall, ToolCounts, ToolStart};

/// Finished calls kept for the timeline. Older ones are still counted.
const KEPT: usize = 200;

/// Tool calls of one session: all of them counted, the latest kept.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    kept: BTreeMap<CallId, Call>,
    /// Finished calls in the order they finished.
    finished: VecDeque<CallId>,
    /// Eight bytes for each call ever asked for, and for each result.
    asked: BTreeSet<u64>,
    delivered: BTreeSet<u64>,
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) origin: Origin,
    pub(crate) start: ToolStart,
    pub(crate) started_at: Option<Timestamp>,
    finished: Option<Finish>,
    /// True once a process of the call was seen: it runs or has run, so nobody holds it back.
    pub(crate) ran: bool,
}

#[derive(Debug, Clone, Copy)]
struct Finish {
    at: Option<Timestamp>,
    outcome: Outcome,
    exit_code: Option<i32>,
    took: Option<Duration>,
}

impl Calls {
    pub(crate) fn started(&mut self, origin: Origin, at: Option<Timestamp>, start: ToolStart) {
        let mark = mark(&start.call);
        if start.counted && !self.asked.insert(mark) {
            return;
        }
        if self.finished.contains(&start.call) {
            return;
        }
        let call = Call { origin, started_at: at, finished: None, ran: false, start };
        self.kept.entry(call.start.call.clone()).or_insert(call);
    }

    pub(crate) fn finished(
        &mut self,
        id: &CallId,
        at: Option<Timestamp>,
        outcome: Outcome,
        exit_code: Option<i32>,
        took: Option<Duration>,
        delivered: bool,
    ) {
        if delivered {
            self.delivered.insert(mark(id));
        }
        let Some(call) = self.kept.get_mut(id) else { return };
        // The agent's own note comes first and knows more; the result for the model only fills what it left open.
        let known = call.finished.take();
        if known.is_none() {
            self.finished.push_back(id.clone());
        }
        call.finished = Some(match known {
            None => Finish { at, outcome, exit_code, took },
            Some(known) => Finish {
                at: known.at.or(at),
                outcome: if known.outcome == Outcome::Unknown { outcome } else { known.outcome },
                exit_code: known.exit_code.or(exit_code),
                took: known.took.or(took),
            },
        });
        while self.finished.len() > KEPT {
            if let Some(oldest) = self.finished.pop_front() {
                self.kept.remove(&oldest);
            }
        }
    }

    /// Says that processes of these calls are there.
    pub(crate) fn running(&mut self, ids: &BTreeSet<CallId>) {
        for id in ids {
            if let Some(call) = self.kept.get_mut(id) {
                call.ran = true;
            }
        }
    }

    /// Calls asked for after `since` that nothing finished, oldest first.
    pub(crate) fn open(&self, since: Origin) -> Vec<&Call> {
        let mut open: Vec<&Call> =
            self.kept.values().filter(|call| call.finished.is_none() && call.origin >= since).collect();
        open.sort_by_key(|call| call.origin);
        open
    }

    /// When the latest result came.
    pub(crate) fn last_finish(&self) -> Option<Timestamp> {
        self.finished.back().and_then(|id| self.kept.get(id)?.finished?.at)
    }

    pub(crate) fn counts(&self, web_searches: u64) -> ToolCounts {
        ToolCounts {
            started: self.asked.len() as u64,
            finished: self.asked.intersection(&self.delivered).count() as u64,
            web_searches,
        }
    }

    /// The latest calls, oldest first.
    pub(crate) fn timeline(&self) -> Vec<ToolCall> {
        let mut calls: Vec<&Call> = self.kept.values().collect();
        calls.sort_by_key(|call| call.origin);
        calls.into_iter().map(Call::view).collect()
    }
}

impl Call {
    fn view(&self) -> ToolCall {
        ToolCall {
            id: self.start.call.clone(),
            name: self.start.name.clone(),
            work: self.start.work,
            summary: self.start.summary.clone(),
            started_at: self.started_at,
            finished_at: self.finished.and_then(|finish| finish.at),
            took: self.finished.and_then(|finish| finish.took),
            outcome: self.finished.map(|finish| finish.outcome),
            exit_code: self.finished.and_then(|finish| finish.exit_code),
        }
    }
}

fn mark(id: &CallId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
