//! Whether a call runs, or waits for a person's leave.

use std::cmp::Reverse;
use std::time::Duration;

use topside_model::{Evidence, Owner, Place, Presence, Strength, Timestamp, TitleWord, Work, elapsed};

use crate::calls::Call;
use crate::session::Facts;
use crate::title::Heard;

/// A call that starts a program does so at once. One that after this long has none is held back by somebody.
const START_GRACE: Duration = Duration::from_millis(900);
/// An edit has no process, but takes no longer than this.
const EDIT_GRACE: Duration = Duration::from_secs(2);

/// The open calls of a loaded session, and what runs for it.
pub(crate) struct Hold<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) presence: &'a Presence,
    pub(crate) owner: &'a Owner,
    pub(crate) looked_at: Option<Timestamp>,
    /// What was heard of the title of its terminal.
    pub(crate) heard: Option<&'a Heard>,
    pub(crate) open: &'a [&'a Call],
}

impl<'a> Hold<'a> {
    /// The open call that waits for a person's leave. A title says that a person is asked, not for what.
    pub(crate) fn held(&self) -> Option<&'a Call> {
        likeliest(self.facts, self.open.iter().copied().filter(|call| self.holds(call)))
    }

    /// True for a call that waits for a person's leave.
    ///
    /// No record says so, unless the agent asks aloud. The title of its terminal does. Else what shows it: the call is unresolved, its policy lets it ask, and
    /// the program it should have started is not there although it had the time to start.
    fn holds(&self, call: &Call) -> bool {
        if call.has_process(self.presence) {
            return false;
        }
        match self.titled(call) {
            Some(TitleWord::Asks) if self.can_ask(call) => return true,
            Some(TitleWord::Works) => return false,
            Some(TitleWord::Asks) | None => {}
        }
        if self.facts.asked_for(&call.start.call) {
            return call.seen_at.is_none();
        }
        if !self.may_ask() {
            return false;
        }
        match call.start.work {
            Work::Permission => true,
            // A script without a process thinks, or talks to a server, or waits: only its own request tells.
            Work::Script => call.start.escalated && self.looked_since(call),
            Work::Command | Work::Edit if call.start.escalated && call.seen_at.is_none() => self.looked_since(call),
            // While a sibling runs, a call without a process may as well be finished or wait its turn: its result is
            // written with the slowest one's.
            Work::Command | Work::Edit if self.open.iter().any(|other| other.has_process(self.presence)) => false,
            Work::Command if call.seen_at.is_some() && !self.may_ask_again() => false,
            Work::Command => self.idle(call) > START_GRACE,
            Work::Edit => self.idle(call) > EDIT_GRACE,
            Work::Terminal | Work::Read | Work::Question | Work::Agent | Work::AgentWait | Work::Other => false,
        }
    }

    /// True when a call of the session can stop and ask a person.
    pub(crate) fn may_ask(&self) -> bool {
        let somebody_else_answers = self.facts.settings.reviewer().is_some();
        self.facts.settings.approval() != Some("never") && !somebody_else_answers && !self.owner.headless
    }

    /// True when a command that the sandbox stopped may ask to run again without it. Codex does not under `on-request`:
    /// there the model has to ask for more rights by itself.
    fn may_ask_again(&self) -> bool {
        self.facts.settings.approval() != Some("on-request")
    }

    /// True when the last look at the machine could have shown a process of the call.
    fn looked_since(&self, call: &Call) -> bool {
        call.started_at.zip(self.looked_at).is_none_or(|(start, look)| start <= look)
    }

    /// How long, at the last look, nothing of the call was seen: since it was asked for, since its process was seen last
    /// or since the sibling that it may have waited for was done. Zero where no record tells.
    fn idle(&self, call: &Call) -> Duration {
        let sibling = self.facts.calls.last_finish(call.origin);
        let since = call.started_at.map(|start| Some(start).max(call.seen_at).max(sibling));
        since.flatten().zip(self.looked_at).map_or(Duration::ZERO, |(since, look)| elapsed(since, look))
    }

    /// What an open call shows.
    pub(crate) fn evidence(&self, call: &Call, place: Place) -> Evidence {
        let asked = self.facts.asked_for(&call.start.call);
        let process = match (call.has_process(self.presence), call.seen_at) {
            (true, _) => "its process is there",
            (false, Some(_)) => "its process was there",
            (false, None) if asked => "the agent asks for leave",
            (false, None) if call.start.escalated => "it asks for more than the sandbox grants, and has no process",
            (false, None) => "it has no process",
        };
        Evidence {
            about: "status",
            signal: format!("call of {} has no result; {process}", call.start.name.raw()),
            place,
            at: call.started_at,
            strength: if asked { Strength::Record } else { Strength::Joined },
        }
    }
}

/// Of `calls`, one of which waits for a person's leave, the oldest first: one that was not seen to run, for that one has
/// its leave; of those one of which the agent said so, else one that asks for more than the sandbox grants, else the first.
pub(crate) fn likeliest<'a>(facts: &Facts, calls: impl Iterator<Item = &'a Call>) -> Option<&'a Call> {
    calls.min_by_key(|call| Reverse((call.seen_at.is_none(), facts.asked_for(&call.start.call), call.start.escalated)))
}
