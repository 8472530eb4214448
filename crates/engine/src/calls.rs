//! Tool calls of one session.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use topside_model::{CallId, Origin, Outcome, Presence, Timestamp, ToolCall, ToolCounts, ToolStart, Work, elapsed};

use crate::mark::mark;

/// Calls kept: so many that are done, and so many that are not. Older ones are still counted.
const KEPT: usize = 64;

/// The system tells a process' start in coarse ticks, so that it may seem to come before the call.
pub(crate) const TICKS: Duration = Duration::from_millis(100);

/// Tool calls of one session: all of them counted, the latest kept.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    kept: BTreeMap<CallId, Call>,
    /// Kept calls that are done, by where their first result stands.
    done: BTreeSet<(Origin, CallId)>,
    /// Kept calls that are not, by where they were asked for.
    open: BTreeSet<(Origin, CallId)>,
    /// Results read before their calls: the files of a session may be read in any order.
    early: BTreeMap<CallId, Finish>,
    /// Where the result of the call that was let go of last stands. Nothing up to there comes back.
    horizon: Option<Origin>,
    /// Eight bytes for each call ever asked for, and for each result.
    asked: BTreeSet<u64>,
    delivered: BTreeSet<u64>,
    /// How many are in both.
    answered: u64,
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) origin: Origin,
    pub(crate) start: ToolStart,
    pub(crate) started_at: Option<Timestamp>,
    finished: Option<Finish>,
    /// When the process of a command was last seen. A script has no single process, so of it nothing is noted.
    pub(crate) seen_at: Option<Timestamp>,
}

/// How a call went, as one or several records tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finish {
    pub(crate) origin: Origin,
    pub(crate) at: Option<Timestamp>,
    pub(crate) outcome: Outcome,
    pub(crate) exit_code: Option<i32>,
    pub(crate) took: Option<Duration>,
}

impl Calls {
    pub(crate) fn started(&mut self, origin: Origin, at: Option<Timestamp>, start: ToolStart) {
        if start.counted {
            let mark = mark(&start.call);
            self.answered += u64::from(self.asked.insert(mark) && self.delivered.contains(&mark));
        }
        if self.kept.contains_key(&start.call) || self.horizon >= Some(origin) {
            return;
        }
        let id = start.call.clone();
        let finished = self.early.remove(&id);
        match &finished {
            Some(finish) => self.done.insert((finish.origin, id.clone())),
            None => self.open.insert((origin, id.clone())),
        };
        self.kept.insert(id, Call { origin, start, started_at: at, finished, seen_at: None });
        self.let_go();
    }

    /// Takes a result. `delivered` is one that the model sees.
    pub(crate) fn finished(&mut self, id: &CallId, finish: Finish, delivered: bool) {
        if delivered {
            let mark = mark(id);
            self.answered += u64::from(self.delivered.insert(mark) && self.asked.contains(&mark));
        }
        if let Some(call) = self.kept.get_mut(id) {
            let known = call.finished;
            let finish = known.map_or(finish, |known| known.with(finish));
            call.finished = Some(finish);
            match known {
                Some(known) => self.done.remove(&(known.origin, id.clone())),
                None => self.open.remove(&(call.origin, id.clone())),
            };
            self.done.insert((finish.origin, id.clone()));
        } else {
            let known = self.early.get(id).map_or(finish, |known| known.with(finish));
            self.early.insert(id.clone(), known);
        }
        self.let_go();
    }

    /// Notes which commands have a process at `at`.
    pub(crate) fn look(&mut self, presence: &Presence, at: Timestamp) {
        for (_, id) in &self.open {
            let command = self.kept.get_mut(id).filter(|call| call.start.work == Work::Command);
            if let Some(call) = command.filter(|call| call.has_process(presence)) {
                call.seen_at = Some(at);
            }
        }
    }

    /// Calls asked for after `since` that nothing finished, oldest first.
    pub(crate) fn open(&self, since: Origin) -> Vec<&Call> {
        let latest = self.open.iter().rev().take_while(|(origin, _)| *origin >= since);
        let mut open: Vec<&Call> = latest.filter_map(|(_, id)| self.kept.get(id)).collect();
        open.reverse();
        open
    }

    /// A call that is kept.
    pub(crate) fn get(&self, id: &CallId) -> Option<&Call> {
        self.kept.get(id)
    }

    /// When the latest result after `since` came.
    pub(crate) fn last_finish(&self, since: Origin) -> Option<Timestamp> {
        let (origin, id) = self.done.last()?;
        self.kept.get(id).filter(|_| *origin > since)?.finished?.at
    }

    /// How long kept calls of `tool` took that came back.
    pub(crate) fn runs(&self, tool: &str) -> impl Iterator<Item = Duration> {
        self.kept.values().filter(move |call| call.start.name.raw() == tool).filter_map(Call::took)
    }

    pub(crate) fn counts(&self, web_searches: u64) -> ToolCounts {
        ToolCounts { started: self.asked.len() as u64, finished: self.answered, web_searches }
    }

    /// The latest calls, oldest first.
    pub(crate) fn timeline(&self) -> Vec<ToolCall> {
        let mut calls: Vec<&Call> = self.kept.values().collect();
        calls.sort_by_key(|call| call.origin);
        calls[calls.len().saturating_sub(KEPT)..].iter().map(|call| call.view()).collect()
    }

    fn let_go(&mut self) {
        while self.done.len() > KEPT
            && let Some((origin, id)) = self.done.pop_first()
        {
            self.kept.remove(&id);
            self.horizon = self.horizon.max(Some(origin));
        }
        if self.open.len() > KEPT {
            let oldest = self.open.pop_first();
            oldest.and_then(|(_, id)| self.kept.remove(&id));
        }
        if self.early.len() > KEPT {
            let oldest = self.early.iter().min_by_key(|(_, finish)| finish.origin).map(|(id, _)| id.clone());
            oldest.and_then(|id| self.early.remove(&id));
        }
    }
}

impl Call {
    /// True when a process of the call is there: one that names it, or, where processes name no calls, one that is
    /// younger than it.
    pub(crate) fn has_process(&self, presence: &Presence) -> bool {
        if presence.calls.contains(&self.start.call) {
            return true;
        }
        let younger = presence.youngest_child.zip(self.started_at).is_some_and(|(child, start)| child + TICKS >= start);
        // Commands inside a script carry ids of their own.
        let named = !presence.calls.is_empty() && self.start.work != Work::Script;
        younger && !named
    }

    /// How long it took: as the tool says, else from one record to the other. `None` while it is unresolved.
    fn took(&self) -> Option<Duration> {
        let finish = self.finished?;
        let between = || self.started_at.zip(finish.at).map(|(start, end)| elapsed(start, end));
        finish.took.or_else(between)
    }

    /// True once it has a result.
    pub(crate) fn is_finished(&self) -> bool {
        self.finished.is_some()
    }

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

impl Finish {
    /// Both in one. The agent's own note comes first and knows more; the result for the model only fills what it left
    /// open. Only work that went on in the background is told of later.
    fn with(self, other: Self) -> Self {
        let (first, second) = if self.origin <= other.origin { (self, other) } else { (other, self) };
        let open = matches!(first.outcome, Outcome::Unknown | Outcome::Background);
        Self {
            origin: first.origin,
            at: first.at.or(second.at),
            outcome: if open && second.outcome != Outcome::Unknown { second.outcome } else { first.outcome },
            exit_code: first.exit_code.or(second.exit_code),
            took: first.took.or(second.took),
        }
    }
}
