//! What a session does now, from facts, live processes and the time of the last look alone.

use std::cmp::Reverse;
use std::time::Duration;

use topside_model::{
    ErrorClass, Evidence, LimitSample, Origin, Owner, Place, Presence, Status, Strength, Timestamp, TurnEnd, Work,
    elapsed,
};

use crate::calls::Call;
use crate::hold::Hold;
use crate::report::told;
use crate::session::Facts;
use crate::signal::Said;
use crate::title::{self, Heard};
use crate::turns::Lifecycle;
use crate::view::FromChildren;

/// Silence after which a version that records no turns is taken to rest.
const QUIET: Duration = Duration::from_secs(30);
/// How far the start of a process may be off, against the clock by which records are stamped.
const CLOCKS_DIFFER: Duration = Duration::from_secs(2);

/// Everything a status follows from.
pub(crate) struct Situation<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) presence: Option<&'a Presence>,
    /// When processes were last looked at.
    pub(crate) looked_at: Option<Timestamp>,
    /// False where the system does not tell who has a session loaded.
    pub(crate) owners_known: bool,
    /// What its children do.
    pub(crate) children: &'a FromChildren,
    /// True when its parent was told that it is done.
    pub(crate) dismissed: bool,
    /// True when it runs where its process cannot be seen.
    pub(crate) elsewhere: bool,
    /// What hooks said last, the oldest first.
    pub(crate) signals: &'a [Said],
    /// What was heard of the title of its terminal.
    pub(crate) heard: Option<&'a Heard>,
    /// Gives a record's place a name.
    pub(crate) place: &'a dyn Fn(Origin) -> Place,
}

/// A status and why it is believed, strongest first.
pub(crate) type Verdict = (Status, Vec<Evidence>);

/// What the session does now.
pub(crate) fn status(of: &Situation<'_>) -> Verdict {
    let mut evidence: Vec<Evidence> = of.lifecycle_evidence().into_iter().collect();
    let owner = of.presence.and_then(|presence| Some((presence, presence.owner.as_ref()?)));
    let status = match owner {
        Some((_, owner)) if owner.guest && of.has_left() => of.over(&mut evidence),
        Some((presence, owner)) => of.loaded(presence, owner, &mut evidence),
        None if !of.owners_known => of.unwatched(&mut evidence),
        None => of.over(&mut evidence),
    };
    evidence.sort_by_key(|one| Reverse(one.strength));
    (status, evidence)
}

impl Situation<'_> {
    /// Nobody has it loaded.
    fn over(&self, evidence: &mut Vec<Evidence>) -> Status {
        if self.elsewhere {
            evidence.push(self.looked(
                "its record is from another machine or container",
                Place::Nowhere,
                Strength::Hint,
            ));
            return Status::Unknown {
                why: "it runs in another container; its process cannot be seen from here",
                over: false,
            };
        }
        evidence.push(self.looked("no process has it loaded", Place::Nowhere, Strength::Live));
        let last_at = self.facts.last_at();
        match self.facts.lifecycle().map(|(_, step)| step) {
            _ if self.facts.is_empty() => Status::Unknown { why: "its file holds no readable record", over: true },
            None | Some(Lifecycle::Started { .. }) if self.dismissed => Status::Ended { at: last_at },
            Some(Lifecycle::Started { at, .. }) if at.is_some() && self.facts.rested >= at => {
                Status::Interrupted { at: self.facts.rested }
            }
            None if self.open_calls().is_empty() => Status::Ended { at: last_at },
            None | Some(Lifecycle::Started { .. }) => Status::Crashed { at: last_at },
            Some(Lifecycle::Ended { at, how: TurnEnd::Completed }) => Status::Ended { at: last_at.or(at) },
            Some(Lifecycle::Ended { at, how: TurnEnd::Interrupted }) => Status::Interrupted { at: last_at.or(at) },
            Some(Lifecycle::Ended { at, how: TurnEnd::Failed }) => self.failed(at),
        }
    }

    /// The system does not tell who has it loaded: what the records say, with what they cannot say left open.
    fn unwatched(&self, evidence: &mut Vec<Evidence>) -> Status {
        evidence.push(self.looked("the system does not tell who has it loaded", Place::Nowhere, Strength::Hint));
        let step = self.facts.lifecycle().map(|(_, step)| step);
        if let Some(status) = step.and_then(|_| self.signalled(self.presence, evidence)) {
            return status;
        }
        match step {
            Some(Lifecycle::Ended { at, how: TurnEnd::Failed }) => self.failed(at),
            Some(Lifecycle::Ended { at, .. }) => Status::TurnDone { since: at },
            _ => Status::Unknown { why: "this system does not tell whether a process has it loaded", over: false },
        }
    }

    fn loaded(&self, presence: &Presence, owner: &Owner, evidence: &mut Vec<Evidence>) -> Status {
        let signal = format!("process {} has it loaded", owner.process.pid);
        evidence.push(self.looked(&signal, owner.proof.clone(), Strength::Live));
        if let Some(report) = &owner.report {
            evidence.push(told(report));
            if !self.is_outdated(report) {
                if report.is_heard() {
                    evidence.extend(self.call_evidence(&self.hold(presence, owner, &self.open_calls())));
                }
                return self.reported(report, presence, owner, evidence);
            }
        }
        if let Some(status) = self.signalled(Some(presence), evidence) {
            return status;
        }
        let step = self.facts.lifecycle().map(|(_, step)| step);
        let began = match step {
            Some(Lifecycle::Started { at, .. }) => at,
            Some(Lifecycle::Ended { at, how: TurnEnd::Failed }) => return self.failed(at),
            Some(Lifecycle::Ended { at, .. }) => return Status::TurnDone { since: at },
            None if self.facts.prompts() == 0 => return Status::New { since: self.facts.first_at() },
            None => self.facts.last_prompt.value().copied().flatten(),
        };
        let worked = self.facts.worked.value().copied().flatten();
        if Self::older_than(presence, owner, began.max(worked)) {
            let signal = "the process is younger than the turn: an earlier one left it open";
            let place = Place::Process { pid: owner.process.pid };
            evidence.push(self.looked(signal, place, Strength::Joined));
            return Status::TurnDone { since: None };
        }
        match step {
            Some(Lifecycle::Started { automatic: true, .. }) => Status::Compacting { since: began },
            None if self.quiet() && self.open_calls().is_empty() => {
                let signal = "its version records no turns, and it has been quiet";
                evidence.push(self.looked(signal, Place::Nowhere, Strength::Hint));
                Status::TurnDone { since: self.facts.last_at() }
            }
            _ => self.working(presence, owner, began, evidence),
        }
    }

    /// True for a turn in which nothing happened since its session's process started: nobody works on it. A session that
    /// was taken up again after a crash is like that until its next turn.
    pub(crate) fn older_than(presence: &Presence, owner: &Owner, last: Option<Timestamp>) -> bool {
        let process = presence.processes.iter().find(|process| process.process == owner.process);
        let born = process.and_then(|process| process.started_at);
        born.zip(last).is_some_and(|(born, last)| elapsed(last, born) > CLOCKS_DIFFER)
    }

    /// Versions before 0.100 record prompts and calls, not turns: silence is the only sign of rest.
    fn quiet(&self) -> bool {
        let silence = self.facts.last_at().zip(self.looked_at).map(|(last, look)| elapsed(last, look));
        silence.is_none_or(|silence| silence > QUIET)
    }

    /// A turn is open: what holds it?
    fn working(
        &self,
        presence: &Presence,
        owner: &Owner,
        began: Option<Timestamp>,
        evidence: &mut Vec<Evidence>,
    ) -> Status {
        let open = self.open_calls();
        let Some(first) = open.first() else {
            let last_finish = self.facts.turn_origin().and_then(|turn| self.facts.calls.last_finish(turn));
            return Status::Thinking { since: began.max(last_finish).or(self.facts.last_at()) };
        };
        let hold = self.hold(presence, owner, &open);
        evidence.extend(self.call_evidence(&hold));
        evidence.extend(hold.title().map(title::evidence));
        if let Some(question) = open.iter().find(|call| call.start.work == Work::Question) {
            let text = self.facts.question(&question.start.call);
            return Status::Question { text, since: question.started_at };
        }
        if let Some(held) = hold.held() {
            let (tool, summary) = (held.start.name.clone(), held.start.summary.clone());
            return Status::Approval { tool, summary, since: hold.waits_since(held) };
        }
        let waits = |call: &Call| matches!(call.start.work, Work::Agent | Work::AgentWait);
        if open.iter().all(|call| waits(call)) {
            return Status::WaitingOnSubagents { n: self.children_at_work(), since: first.started_at };
        }
        running(&open, presence)
    }

    fn hold<'a>(&'a self, presence: &'a Presence, owner: &'a Owner, open: &'a [&'a Call]) -> Hold<'a> {
        // A title that somebody left behind says nothing.
        let heard = self.heard.filter(|heard| heard.process() == owner.process);
        Hold { facts: self.facts, presence, owner, looked_at: self.looked_at, heard, open }
    }

    /// What open calls show.
    fn call_evidence(&self, hold: &Hold<'_>) -> impl Iterator<Item = Evidence> {
        hold.open.iter().map(|call| hold.evidence(call, (self.place)(call.origin)))
    }

    /// Children that are seen to work, else those that were not reported done.
    pub(crate) fn children_at_work(&self) -> u32 {
        if self.children.busy > 0 { self.children.busy } else { self.facts.children_at_work() }
    }

    /// Calls of the present turn without a result, oldest first.
    pub(crate) fn open_calls(&self) -> Vec<&Call> {
        self.facts.open_calls()
    }

    pub(crate) fn failed(&self, since: Option<Timestamp>) -> Status {
        let error = self.facts.error.value();
        match error.map_or(ErrorClass::Other, |error| error.class) {
            ErrorClass::UsageLimit | ErrorClass::RateLimit => {
                Status::RateLimited { until: self.limited_until(since), since }
            }
            error_class => {
                Status::Failed { error: error_class, message: error.and_then(|error| error.message.clone()), since }
            }
        }
    }

    /// When the last of the limits that were exhausted at `since` starts afresh.
    fn limited_until(&self, since: Option<Timestamp>) -> Option<Timestamp> {
        let samples = self.facts.limits.values().filter_map(|latest| latest.value());
        let exhausted = |sample: &LimitSample| {
            let full = sample.windows.iter().filter(|window| window.used.0 >= 100.0);
            full.filter_map(|window| window.resets_at).filter(|resets_at| Some(*resets_at) > since).max()
        };
        samples.filter_map(exhausted).max()
    }

    fn lifecycle_evidence(&self) -> Option<Evidence> {
        let (origin, step) = self.facts.lifecycle()?;
        let (signal, at) = match step {
            Lifecycle::Started { at, automatic: false } => ("a turn began and did not end", at),
            Lifecycle::Started { at, automatic: true } => ("a compaction began and did not end", at),
            Lifecycle::Ended { at, how: TurnEnd::Completed } => ("the last turn is complete", at),
            Lifecycle::Ended { at, how: TurnEnd::Interrupted } => ("the last turn was interrupted", at),
            Lifecycle::Ended { at, how: TurnEnd::Failed } => ("the last turn failed", at),
        };
        let (signal, place) = (signal.to_owned(), (self.place)(origin));
        Some(Evidence { about: "status", signal, place, at, strength: Strength::Record })
    }

    /// What the last look at the machine showed.
    pub(crate) fn looked(&self, signal: &str, place: Place, strength: Strength) -> Evidence {
        Evidence { about: "status", signal: signal.to_owned(), place, at: self.looked_at, strength }
    }
}

/// Calls are open and nobody is waited for: the one that runs.
pub(crate) fn running(open: &[&Call], presence: &Presence) -> Status {
    let waits = |call: &Call| matches!(call.start.work, Work::Agent | Work::AgentWait);
    let Some(first) = open.first() else { return Status::Thinking { since: None } };
    let with_process = open.iter().find(|call| call.has_process(presence));
    let call = with_process.or_else(|| open.iter().find(|call| !waits(call))).unwrap_or(first);
    let running = open.iter().filter(|call| call.seen_at.is_none() || call.has_process(presence)).count();
    Status::RunningTool {
        call: call.start.call.clone(),
        name: call.start.name.clone(),
        summary: call.start.summary.clone(),
        parallel: running.max(1) as u32,
        since: call.started_at,
    }
}
