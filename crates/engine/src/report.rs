//! What a session does now, where its agent says so itself.

use topside_model::{
    Activity, CallId, Evidence, Owner, Presence, Report, Status, Strength, Timestamp, Untrusted, Work,
};

use crate::calls::{Call, TICKS};
use crate::hold::likeliest;
use crate::status::{Situation, running};
use crate::turns::Lifecycle;
use crate::view::Ask;

/// Stands for the tool where the agent waits for leave before its transcript shows the call.
pub(crate) const UNSEEN: &str = "a tool";
/// The same for a command that runs.
const COMMAND: &str = "a command";

impl Situation<'_> {
    /// The agent's word decides whether it works, waits or rests; records and processes tell the details.
    pub(crate) fn reported(
        &self,
        report: &Report,
        presence: &Presence,
        owner: &Owner,
        evidence: &mut Vec<Evidence>,
    ) -> Status {
        let open = self.open_calls();
        match &report.activity {
            Activity::Compacting if !owner.guest && !self.has_open_turn() => Status::Compacting { since: report.since },
            Activity::Busy | Activity::Compacting => self.busy(report, presence, &open),
            Activity::Approval(_) if owner.guest => {
                let signalled = self.signalled(Some(presence), evidence);
                signalled.unwrap_or_else(|| self.guest_asks(report, presence, &open))
            }
            // What a person is to answer in the parent does not stop its helpers.
            Activity::Question(_) | Activity::Dialog if owner.guest => self.busy(report, presence, &open),
            Activity::Approval(what) => {
                let signalled = self.signalled_ask(Some(presence), evidence);
                self.asks((what.as_ref(), signalled), report, presence, &open)
            }
            Activity::Question(text) => self.question_of(text.clone(), report, &open),
            Activity::Starting => Status::Question { text: Some(Untrusted::new(START_UP)), since: report.since },
            Activity::Dialog | Activity::Idle => self.rests(report),
            Activity::Background => Status::Background { n: self.facts.background_tasks().max(1), since: report.since },
            Activity::Other(_) => {
                Status::Unknown { why: "its agent gives a state that topside does not know", over: false }
            }
        }
    }

    /// True for a word heard before the turn's latest step was recorded: what would have followed it did not come.
    pub(crate) fn is_outdated(&self, report: &Report) -> bool {
        let Some((_, step)) = self.facts.lifecycle().filter(|_| report.is_heard()) else { return false };
        let rests = report.activity == Activity::Idle;
        match step {
            Lifecycle::Started { at, .. } => rests && at > report.since,
            Lifecycle::Ended { at, .. } => !rests && at > report.since,
        }
    }

    /// True for a helper that came to rest, or whose parent did: nothing of it runs any more.
    pub(crate) fn has_left(&self) -> bool {
        let owner = self.presence.and_then(|presence| presence.owner.as_ref());
        let report = owner.and_then(|owner| owner.report.as_ref());
        let parent_rests =
            report.is_some_and(|report| matches!(report.activity, Activity::Idle | Activity::Background));
        let ended = matches!(self.facts.lifecycle(), Some((_, Lifecycle::Ended { .. })));
        self.dismissed || parent_rests || ended
    }

    fn busy(&self, report: &Report, presence: &Presence, open: &[&Call]) -> Status {
        let began = self.open_turn();
        let waits = |call: &&Call| matches!(call.start.work, Work::Agent | Work::AgentWait);
        if !open.is_empty() && began.is_some() {
            if open.iter().all(waits) {
                let since = open.first().and_then(|call| call.started_at);
                return Status::WaitingOnSubagents { n: self.children_at_work().max(1), since };
            }
            return running(open, presence);
        }
        if let Some(running) = self.unrecorded(report, presence) {
            return running;
        }
        match began {
            None if self.helpers_at_work() > 0 => {
                Status::WaitingOnSubagents { n: self.helpers_at_work(), since: report.since }
            }
            None => Status::Thinking { since: report.since },
            Some((at, true)) => Status::Compacting { since: at },
            Some((at, false)) => self.retrying().unwrap_or_else(|| Status::Thinking { since: self.thinks_since(at) }),
        }
    }

    /// Since when the present turn is open, and whether nobody asked for it.
    fn open_turn(&self) -> Option<(Option<Timestamp>, bool)> {
        match self.facts.lifecycle()?.1 {
            Lifecycle::Started { at, automatic } => Some((at, automatic)),
            Lifecycle::Ended { .. } => None,
        }
    }

    /// False also for a turn that came to rest without a word of it in the transcript.
    fn has_open_turn(&self) -> bool {
        self.open_turn().is_some_and(|(at, _)| at.is_none() || self.facts.rested < at)
    }

    /// A command that runs and is not in the transcript yet: it is younger than all that is. With helpers at work it may
    /// be one of theirs.
    fn unrecorded(&self, report: &Report, presence: &Presence) -> Option<Status> {
        let command = presence.command.as_ref().filter(|_| self.helpers_at_work() == 0)?;
        let turn = self.facts.turn_origin();
        let recorded = turn.and_then(|turn| self.facts.calls.last_finish(turn));
        let recorded = recorded.max(self.open_turn().and_then(|(at, _)| at)).max(report.since)?;
        (command.started_at? + TICKS >= recorded).then(|| Status::RunningTool {
            call: CallId::new(format!("process {}", command.process.pid)),
            name: Untrusted::new(COMMAND),
            summary: Some(command.line.clone()),
            parallel: 1,
            since: command.started_at,
        })
    }

    fn helpers_at_work(&self) -> u32 {
        self.children_at_work().max(self.facts.background_runs())
    }

    /// Since the prompt or the latest result.
    fn thinks_since(&self, began: Option<Timestamp>) -> Option<Timestamp> {
        let finish = self.facts.turn_origin().and_then(|turn| self.facts.calls.last_finish(turn));
        began.max(finish).or(self.facts.last_at())
    }

    /// A request failed after the last that came of the model.
    fn retrying(&self) -> Option<Status> {
        let (error, until) = *self.facts.retried.value()?;
        let latest = self.facts.retried.origin() > self.facts.worked.origin();
        let in_turn = self.facts.retried.origin() > self.facts.turn_origin();
        (latest && in_turn).then_some(Status::Retrying { error, until })
    }

    /// A call waits for leave: its own, or a helper's. A hook that spoke names it, else what is open and runs not.
    fn asks(
        &self,
        (what, signalled): (Option<&Untrusted>, Option<Ask>),
        report: &Report,
        presence: &Presence,
        open: &[&Call],
    ) -> Status {
        if open.iter().any(|call| call.start.work == Work::Question) {
            return self.question_of(None, report, open);
        }
        let ask = |call: &Call| (call.start.name.clone(), call.start.summary.clone());
        let held = self.held(open, presence);
        let (tool, summary) = signalled
            .or_else(|| held.map(ask))
            .or_else(|| self.children.asks.clone())
            .or_else(|| own(open).next().map(ask))
            .unwrap_or_else(|| (Untrusted::new(UNSEEN), what.cloned()));
        Status::Approval { tool, summary, since: self.asked_since(report, held) }
    }

    /// Since when a person is asked. When something was heard is of little worth, as it is heard anew by who connects
    /// anew: the records of the call, or of the one before it that held it up, tell the same within milliseconds.
    fn asked_since(&self, report: &Report, call: Option<&Call>) -> Option<Timestamp> {
        let recorded = || {
            let call = call?;
            Some(call.started_at?.max(self.facts.calls.last_finish(call.origin)?))
        };
        let started = || call.and_then(|call| call.started_at);
        let recorded = recorded().or_else(started).filter(|_| report.is_heard());
        recorded.or(report.since)
    }

    /// The parent's process waits for leave: it is this helper that asks, if it has a call without a process.
    fn guest_asks(&self, report: &Report, presence: &Presence, open: &[&Call]) -> Status {
        match self.held(open, presence) {
            Some(call) => Status::Approval {
                tool: call.start.name.clone(),
                summary: call.start.summary.clone(),
                since: call.started_at,
            },
            None => self.busy(report, presence, open),
        }
    }

    /// The call that waits for leave: one that has no process.
    fn held<'a>(&self, open: &[&'a Call], presence: &Presence) -> Option<&'a Call> {
        likeliest(self.facts, own(open).filter(|call| !call.has_process(presence)))
    }

    fn question_of(&self, text: Option<Untrusted>, report: &Report, open: &[&Call]) -> Status {
        let asked = open.iter().copied().find(|call| call.start.work == Work::Question);
        let text = asked.and_then(|call| self.facts.question(&call.start.call)).or(text);
        Status::Question { text, since: self.asked_since(report, asked) }
    }

    fn rests(&self, report: &Report) -> Status {
        let since = report.since;
        match self.facts.lifecycle().map(|(_, step)| step) {
            Some(Lifecycle::Ended { at, how: topside_model::TurnEnd::Failed }) => self.failed(at),
            Some(Lifecycle::Ended { at, .. }) if report.is_heard() => Status::TurnDone { since: at.or(since) },
            None if self.facts.prompts() == 0 => Status::New { since: self.facts.first_at().or(since) },
            _ => Status::TurnDone { since },
        }
    }
}

/// What a person is asked for before the first prompt.
const START_UP: &str = "asks before its start: whether to trust the folder, or to sign in";

/// Calls that do something themselves; the rest only wait for a helper.
fn own<'a>(open: &[&'a Call]) -> impl Iterator<Item = &'a Call> {
    open.iter().copied().filter(|call| !matches!(call.start.work, Work::Agent | Work::AgentWait))
}

/// The agent's word as evidence.
pub(crate) fn told(report: &Report) -> Evidence {
    let (signal, place) = (signal(report), report.place.clone());
    Evidence { about: "status", signal, place, at: report.since, strength: Strength::Live }
}

fn signal(report: &Report) -> String {
    let word = match &report.activity {
        Activity::Busy => "that it works",
        Activity::Compacting => "that it works, a person having asked it to shorten its context",
        Activity::Idle => "that it rests",
        Activity::Background => "that it rests while commands of its own run",
        Activity::Approval(_) => "that a person must allow something",
        Activity::Question(_) => "that a person must answer something",
        Activity::Dialog => "that a person has a menu open",
        Activity::Starting => "nothing yet: it runs and is not registered",
        Activity::Other(word) => return format!("the agent says {:?}", word.raw()),
    };
    format!("the agent says {word}")
}
