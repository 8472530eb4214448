//! What a session does now, from facts, live processes and the time alone.

use std::time::Duration;

use topside_model::{
    ErrorClass, Evidence, Origin, Owner, Place, Presence, Settings, Status, Strength, Timestamp, TurnEnd, Untrusted,
    Work, elapsed,
};

use crate::calls::Call;
use crate::session::{Facts, Lifecycle};

/// A call that starts a program does so at once. One that after this long has none is held back by somebody.
const START_GRACE: Duration = Duration::from_millis(1200);
/// An edit has no process, but takes no longer than this.
const EDIT_GRACE: Duration = Duration::from_secs(3);
/// Silence after which a version that records no turns is taken to rest.
const QUIET: Duration = Duration::from_secs(30);

/// Everything a status follows from.
pub(crate) struct Situation<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) presence: Option<&'a Presence>,
    /// When processes were last looked at.
    pub(crate) looked_at: Option<Timestamp>,
    /// False where the system does not tell who has a session loaded.
    pub(crate) owners_known: bool,
    /// Children that work now.
    pub(crate) busy_children: u32,
    /// Until when the exhausted limit holds, if the session saw one.
    pub(crate) limited_until: Option<Timestamp>,
    pub(crate) now: Timestamp,
    /// Gives a record's place a name.
    pub(crate) place: &'a dyn Fn(Origin) -> Place,
}

/// A status and why it is believed.
pub(crate) type Verdict = (Status, Vec<Evidence>);

/// What the session does now.
pub(crate) fn status(of: &Situation<'_>) -> Verdict {
    match of.presence.and_then(|presence| presence.owner.as_ref()) {
        Some(owner) => of.loaded(owner),
        None if !of.owners_known => of.unwatched(),
        None => of.over(),
    }
}

impl Situation<'_> {
    /// Nobody has it loaded.
    fn over(&self) -> Verdict {
        let mut evidence = vec![Evidence {
            about: "status",
            signal: "no process has it loaded".to_owned(),
            place: Place::Nowhere,
            at: self.looked_at,
            strength: Strength::Live,
        }];
        let last_at = self.facts.last_at();
        evidence.extend(self.lifecycle_evidence());
        let status = match self.facts.lifecycle.value() {
            _ if self.facts.is_empty() => Status::Unknown { why: "its file holds no readable record" },
            None => Status::Ended { at: last_at },
            Some(Lifecycle::Started { .. }) => Status::Crashed { at: last_at },
            Some(Lifecycle::Ended { at, how: TurnEnd::Completed }) => Status::Ended { at: last_at.or(*at) },
            Some(Lifecycle::Ended { at, how: TurnEnd::Interrupted }) => Status::Interrupted { at: last_at.or(*at) },
            Some(Lifecycle::Ended { at, how: TurnEnd::Failed }) => self.failed(*at),
        };
        (status, evidence)
    }

    /// The system does not tell who has it loaded: what the records say, with what they cannot say left open.
    fn unwatched(&self) -> Verdict {
        let evidence = self.lifecycle_evidence().into_iter().collect();
        let status = match self.facts.lifecycle.value() {
            Some(Lifecycle::Ended { at, how: TurnEnd::Failed }) => self.failed(*at),
            Some(Lifecycle::Ended { at, .. }) => Status::TurnDone { since: *at },
            _ => Status::Unknown { why: "this system does not tell whether a process has it loaded" },
        };
        (status, evidence)
    }

    fn loaded(&self, owner: &Owner) -> Verdict {
        let mut evidence = vec![Evidence {
            about: "status",
            signal: format!("process {} has it loaded", owner.process.pid),
            place: owner.proof.clone(),
            at: self.looked_at,
            strength: Strength::Live,
        }];
        evidence.extend(self.lifecycle_evidence());
        let status = match self.facts.lifecycle.value() {
            Some(Lifecycle::Started { at, automatic: true }) => Status::Compacting { since: *at },
            Some(Lifecycle::Started { at, automatic: false }) => self.in_turn(*at, owner, &mut evidence),
            Some(Lifecycle::Ended { at, how: TurnEnd::Failed }) => self.failed(*at),
            Some(Lifecycle::Ended { at, how: TurnEnd::Completed | TurnEnd::Interrupted }) => {
                Status::TurnDone { since: *at }
            }
            None if self.facts.prompts() == 0 => Status::New { since: self.facts.first_at() },
            None => self.without_turns(owner, &mut evidence),
        };
        (status, evidence)
    }

    /// A turn is open: what holds it?
    fn in_turn(&self, began: Option<Timestamp>, owner: &Owner, evidence: &mut Vec<Evidence>) -> Status {
        let since = self.facts.lifecycle.origin().unwrap_or(BEGINNING);
        self.working(since, began, owner, evidence)
    }

    /// Versions before 0.100 record prompts and calls, not turns: silence is the only sign of rest.
    fn without_turns(&self, owner: &Owner, evidence: &mut Vec<Evidence>) -> Status {
        let since = self.facts.last_prompt.origin().unwrap_or(BEGINNING);
        let last_at = self.facts.last_at();
        let quiet = last_at.is_none_or(|last| elapsed(last, self.now) > QUIET);
        if quiet && self.facts.calls.open(since).is_empty() {
            evidence.push(Evidence {
                about: "status",
                signal: "its version records no turns, and it has been quiet".to_owned(),
                place: Place::Nowhere,
                at: last_at,
                strength: Strength::Hint,
            });
            return Status::TurnDone { since: last_at };
        }
        self.working(since, self.facts.last_prompt.value().copied().flatten(), owner, evidence)
    }

    fn working(&self, since: Origin, began: Option<Timestamp>, owner: &Owner, evidence: &mut Vec<Evidence>) -> Status {
        let open = self.facts.calls.open(since);
        let Some(first) = open.first() else {
            let since = began.max(self.facts.calls.last_finish()).or(self.facts.last_at());
            return Status::Thinking { since };
        };
        evidence.extend(open.iter().map(|call| self.call_evidence(call)));
        if let Some(question) = open.iter().find(|call| call.start.work == Work::Question) {
            let text = self.facts.question(&question.start.call);
            return Status::Question { text, since: question.started_at };
        }
        if let Some(held) = open.iter().find(|call| self.held_back(call, &open, owner)) {
            let (tool, summary) = (held.start.name.clone(), held.start.summary.clone());
            return Status::Approval { tool, summary, since: held.started_at };
        }
        let waits = |call: &&&Call| matches!(call.start.work, Work::Agent | Work::AgentWait);
        if open.iter().all(|call| waits(&call)) {
            let linked = self.facts.subagents.values().filter(|done| !**done).count() as u32;
            let n = if self.busy_children > 0 { self.busy_children } else { linked };
            return Status::WaitingOnSubagents { n, since: first.started_at };
        }
        let runs = open.iter().find(|call| self.has_process(call)).or_else(|| open.iter().find(|call| !waits(call)));
        let call = runs.unwrap_or(first);
        Status::RunningTool {
            call: call.start.call.clone(),
            name: call.start.name.clone(),
            summary: call.start.summary.clone(),
            parallel: open.len() as u32,
            since: call.started_at,
        }
    }

    /// True for a call that waits for a person's leave.
    ///
    /// Nothing on disk says so. What shows it: the call is unresolved, its policy lets it ask, and the program it should
    /// have started is not there, now or before, although it had the time to start.
    fn held_back(&self, call: &Call, open: &[&Call], owner: &Owner) -> bool {
        if self.facts.asked_for(&call.start.call) {
            return true;
        }
        let settings = self.facts.settings.now();
        if !may_ask(&settings, owner) || call.ran || self.has_process(call) {
            return false;
        }
        let waited = call.started_at.zip(self.looked_at).map(|(start, look)| elapsed(start, look));
        let longer_than = |grace: Duration| waited.is_some_and(|waited| waited > grace);
        match call.start.work {
            Work::Permission => true,
            Work::Command | Work::Script | Work::Edit if call.start.escalated => true,
            // While a sibling runs, a call without a process may as well be finished: its result is written with the
            // slowest one's.
            Work::Command | Work::Script if open.iter().any(|other| self.has_process(other)) => false,
            Work::Command => longer_than(START_GRACE),
            Work::Edit => longer_than(EDIT_GRACE),
            // A script without a process thinks, or talks to a server, or waits: only its own request tells.
            Work::Script
            | Work::Terminal
            | Work::Read
            | Work::Question
            | Work::Agent
            | Work::AgentWait
            | Work::Other => false,
        }
    }

    /// True when a process of the call is there: one that names it, or, where processes name no calls, one that is
    /// younger than it.
    fn has_process(&self, call: &Call) -> bool {
        let Some(presence) = self.presence else { return false };
        if presence.calls.contains(&call.start.call) {
            return true;
        }
        let younger = presence.youngest_child.zip(call.started_at).is_some_and(|(child, start)| child >= start);
        // Commands inside a script carry ids of their own.
        let named = !presence.calls.is_empty() && call.start.work != Work::Script;
        younger && !named
    }

    fn failed(&self, since: Option<Timestamp>) -> Status {
        let error = self.facts.error.value();
        let class = error.map_or(ErrorClass::Other, |error| error.class);
        match class {
            ErrorClass::UsageLimit | ErrorClass::RateLimit => Status::RateLimited { until: self.limited_until, since },
            error_class => {
                Status::Failed { error: error_class, message: error.and_then(|error| error.message.clone()), since }
            }
        }
    }

    fn lifecycle_evidence(&self) -> Option<Evidence> {
        let (signal, at) = match self.facts.lifecycle.value()? {
            Lifecycle::Started { at, automatic: false } => ("a turn began and did not end", at),
            Lifecycle::Started { at, automatic: true } => ("a compaction began and did not end", at),
            Lifecycle::Ended { at, how: TurnEnd::Completed } => ("the last turn is complete", at),
            Lifecycle::Ended { at, how: TurnEnd::Interrupted } => ("the last turn was interrupted", at),
            Lifecycle::Ended { at, how: TurnEnd::Failed } => ("the last turn failed", at),
        };
        let place = self.facts.lifecycle.origin().map_or(Place::Nowhere, self.place);
        Some(Evidence { about: "status", signal: signal.to_owned(), place, at: *at, strength: Strength::Record })
    }

    fn call_evidence(&self, call: &Call) -> Evidence {
        let process = match (self.has_process(call), call.ran) {
            (true, _) => "its process is there",
            (false, true) => "its process was there",
            (false, false) if call.start.escalated => "it asks for more than the sandbox grants, and has no process",
            (false, false) => "it has no process",
        };
        let tool: &Untrusted = &call.start.name;
        Evidence {
            about: "status",
            signal: format!("call of {} has no result; {process}", tool.raw()),
            place: (self.place)(call.origin),
            at: call.started_at,
            strength: Strength::Joined,
        }
    }
}

/// Before every record.
const BEGINNING: Origin = Origin { rank: 0, offset: 0, source: topside_model::SourceId(0) };

/// True when a call of the session can stop and ask a person.
fn may_ask(settings: &Settings, owner: &Owner) -> bool {
    let never = settings.approval.as_ref().is_some_and(|policy| policy.raw() == "never");
    let somebody_else_answers = settings.reviewer.value().is_some();
    !never && !somebody_else_answers && !owner.headless
}
