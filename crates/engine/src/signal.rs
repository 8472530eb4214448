//! What hooks said, held against what came later.
//!
//! A hook speaks when a person is asked, and nobody takes it back: after a refusal, or a key that stops the agent, no hook
//! runs. So its word holds until a record, a process or the agent's own report is at odds with it.

use std::collections::BTreeMap;

use topside_model::{CallId, Evidence, Presence, SessionKey, Signal, SignalWord, Status, Strength, Untrusted, Work};

use crate::calls::{Call, TICKS};
use crate::report::UNSEEN;
use crate::status::Situation;
use crate::turns::Lifecycle;
use crate::view::Ask;

/// Sessions whose last signal is remembered; hooks speak of sessions that nobody looks at, too.
const KEPT: usize = 1_000;

/// The last thing that a hook said, by session.
#[derive(Debug, Default)]
pub(crate) struct Signals(BTreeMap<SessionKey, Signal>);

impl Signals {
    /// Takes a signal, unless a later one is known. True when it is news.
    pub(crate) fn take(&mut self, key: &SessionKey, signal: Signal) -> bool {
        if self.0.get(key).is_some_and(|known| known.at >= signal.at) {
            return false;
        }
        self.0.insert(key.clone(), signal);
        if self.0.len() > KEPT
            && let Some(oldest) = self.0.iter().min_by_key(|(_, signal)| signal.at).map(|(key, _)| key.clone())
        {
            self.0.remove(&oldest);
        }
        true
    }

    pub(crate) fn of(&self, key: &SessionKey) -> Option<&Signal> {
        self.0.get(key)
    }
}

impl Situation<'_> {
    /// What a hook says that still holds, and that it does.
    pub(crate) fn signalled(&self, presence: Option<&Presence>, evidence: &mut Vec<Evidence>) -> Option<Status> {
        let signal = self.standing(presence)?;
        evidence.push(signal_evidence(signal));
        let open = self.open_calls();
        let call = call_of(signal, presence, &open);
        let since = Some(signal.at);
        Some(match signal.word {
            SignalWord::Question => {
                Status::Question { text: call.and_then(|call| self.facts.question(&call.start.call)), since }
            }
            SignalWord::Approval => {
                let (tool, summary) = ask_of(signal, call);
                Status::Approval { tool, summary, since }
            }
        })
    }

    /// The tool that waits for leave, and what it is to do, by the word of a hook that still holds.
    pub(crate) fn signalled_ask(&self, presence: Option<&Presence>, evidence: &mut Vec<Evidence>) -> Option<Ask> {
        let signal = self.standing(presence).filter(|signal| signal.word == SignalWord::Approval)?;
        evidence.push(signal_evidence(signal));
        Some(ask_of(signal, call_of(signal, presence, &self.open_calls())))
    }

    /// The signal, as long as nothing later is at odds with it.
    fn standing(&self, presence: Option<&Presence>) -> Option<&Signal> {
        let signal = self.signal?;
        let turn_holds = match self.facts.lifecycle().map(|(_, step)| step) {
            // Records may be late: the turn in which it was said may not be there yet.
            Some(Lifecycle::Ended { at, .. }) => at.is_some_and(|at| at < signal.at),
            Some(Lifecycle::Started { at, .. }) => at.is_none_or(|at| at <= signal.at),
            None => true,
        };
        let rested = self.facts.rested.is_some_and(|rested| rested > signal.at);
        let known = signal.call.as_ref().and_then(|call| self.facts.calls.get(call));
        let answered = match known {
            Some(call) => call.is_finished(),
            None => self.finished_since(signal),
        };
        let runs = presence.is_some_and(|presence| has_started(signal, presence, &self.open_calls()));
        // What was taken up again after a crash asks anew, if it asks.
        let owned = presence.and_then(|presence| Some((presence, presence.owner.as_ref()?)));
        let outlived = owned.is_some_and(|(presence, owner)| Self::older_than(presence, owner, Some(signal.at)));
        (turn_holds && !rested && !answered && !runs && !outlived).then_some(signal)
    }

    /// True when a call came to its end after the signal, which is taken for the one it was about.
    fn finished_since(&self, signal: &Signal) -> bool {
        let finish = self.facts.turn_origin().and_then(|turn| self.facts.calls.last_finish(turn));
        finish.is_some_and(|finish| finish > signal.at)
    }
}

/// The call a signal is about: the one it names, else the oldest open one of that tool, else the only one that has no
/// process.
fn call_of<'a>(signal: &Signal, presence: Option<&Presence>, open: &[&'a Call]) -> Option<&'a Call> {
    let find = |is_it: &dyn Fn(&Call) -> bool| open.iter().copied().find(|call| is_it(call));
    let runs = |call: &Call| presence.is_some_and(|presence| presence.calls.contains(&call.start.call));
    let mut idle = open.iter().copied().filter(|call| !runs(call));
    let only = idle.next().filter(|_| idle.next().is_none());
    find(&|call| signal.call.as_ref() == Some(&call.start.call))
        .or_else(|| find(&|call| signal.tool.as_ref() == Some(&call.start.name)))
        .or(only)
}

/// The tool that waits for leave, and what it is to do.
fn ask_of(signal: &Signal, call: Option<&Call>) -> Ask {
    let unseen = || (signal.tool.clone().unwrap_or_else(|| Untrusted::new(UNSEEN)), None);
    call.map_or_else(unseen, |call| (call.start.name.clone(), call.start.summary.clone()))
}

/// True when what waited for leave runs. The hook itself is a process of the agent too, but an older one.
fn has_started(signal: &Signal, presence: &Presence, open: &[&Call]) -> bool {
    let runs = |call: &CallId| presence.calls.contains(call);
    let is_younger = || presence.youngest_child.is_some_and(|child| child > signal.at + TICKS);
    if presence.calls.is_empty() {
        return is_younger();
    }
    if let Some(call) = &signal.call {
        return runs(call);
    }
    // A younger process may be of a sibling, as long as a command has none. What a script starts has ids of its own.
    let waits = |call: &&Call| call.start.work == Work::Command && !runs(&call.start.call);
    is_younger() && !open.iter().any(waits)
}

fn signal_evidence(signal: &Signal) -> Evidence {
    let what = match signal.word {
        SignalWord::Approval => "allow",
        SignalWord::Question => "answer",
    };
    let tool = signal.tool.as_ref().map(|tool| format!(" for {}", tool.raw())).unwrap_or_default();
    Evidence {
        about: "status",
        signal: format!("a hook of the agent said that a person must {what} something{tool}"),
        place: signal.place.clone(),
        at: Some(signal.at),
        strength: Strength::Live,
    }
}
