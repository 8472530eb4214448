//! What hooks said, held against what came later.
//!
//! A hook speaks when a person is asked, and nobody takes it back: after a refusal, or a key that stops the agent, no hook
//! runs. So its word holds until a record, a process or the agent's own report is at odds with it.

use std::collections::BTreeMap;
use std::time::Duration;

use topside_model::{
    Evidence, Owner, Presence, SessionKey, Signal, SignalWord, Status, Strength, Timestamp, Untrusted, Work,
};

use crate::calls::{Call, TICKS};
use crate::report::UNSEEN;
use crate::session::Facts;
use crate::status::Situation;
use crate::turns::Lifecycle;
use crate::view::Ask;

/// Sessions whose signals are remembered; hooks speak of sessions that nobody looks at, too.
const KEPT: usize = 1_000;
/// Signals remembered of a session.
const EACH: usize = 8;
/// How much later than its hook an agent may say that it waits.
const SOON: Duration = Duration::from_secs(2);

/// The last things that hooks said, by session, the oldest first. Of one call, and of all that are not named, the last.
#[derive(Debug, Default)]
pub(crate) struct Signals(BTreeMap<SessionKey, Vec<Said>>);

/// What a hook said.
#[derive(Debug)]
pub(crate) struct Said {
    signal: Signal,
    /// True once what it asked leave for was seen to run. It stays, so that the same word told again is known to be old.
    ran: bool,
}

impl Signals {
    /// Takes a signal, unless a later one about the same is known. True when it is news.
    pub(crate) fn take(&mut self, key: &SessionKey, signal: Signal) -> bool {
        let said = self.0.entry(key.clone()).or_default();
        let outdated = said.iter().any(|known| known.signal.call == signal.call && known.signal.at >= signal.at);
        let forgotten = said.len() >= EACH && said[0].signal.at >= signal.at;
        if outdated || forgotten {
            return false;
        }
        said.retain(|known| known.signal.call != signal.call);
        let place = said.partition_point(|known| known.signal.at <= signal.at);
        said.insert(place, Said { signal, ran: false });
        if said.len() > EACH {
            said.remove(0);
        }
        bound(&mut self.0, KEPT, |said| said.last().map(|last| last.signal.at));
        true
    }

    /// Notes what runs for a session at `at`: what ran once was allowed, also when it is over.
    pub(crate) fn look(&mut self, key: &SessionKey, presence: &Presence, facts: &Facts, at: Timestamp) {
        let Some(said) = self.0.get_mut(key) else { return };
        let open = facts.open_calls();
        for one in said.iter_mut().filter(|one| one.signal.at < at) {
            one.ran |= is_named(&one.signal, presence, &open) && has_started(&one.signal, presence, &open);
        }
    }

    /// What was said of a session, the oldest first.
    pub(crate) fn of(&self, key: &SessionKey) -> &[Said] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }
}

/// Lets go of the oldest where a map holds more than `most`.
pub(crate) fn bound<K: Ord + Clone, V, T: Ord>(map: &mut BTreeMap<K, V>, most: usize, age: impl Fn(&V) -> T) {
    if map.len() > most
        && let Some(oldest) = map.iter().min_by_key(|(_, one)| age(one)).map(|(key, _)| key.clone())
    {
        map.remove(&oldest);
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

    /// The oldest signal with which nothing later is at odds.
    fn standing(&self, presence: Option<&Presence>) -> Option<&Signal> {
        let mut waiting = self.signals.iter().filter(|said| !said.ran).map(|said| &said.signal);
        waiting.find(|signal| self.stands(signal, presence))
    }

    fn stands(&self, signal: &Signal, presence: Option<&Presence>) -> bool {
        // Agents also run the hook where somebody else decides than a person.
        let somebody_else_decides = signal.word == SignalWord::Approval && self.facts.settings.reviewer().is_some();
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
        let of_a_sibling = owned.is_some_and(|(_, owner)| owner.guest && asks_later(owner, signal));
        turn_holds && !(somebody_else_decides || rested || answered || runs || outlived || of_a_sibling)
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

/// True when the process a helper lives in said anew what it does, well after the signal: the signal's wait is over then,
/// and what waits now is a sibling's.
fn asks_later(owner: &Owner, signal: &Signal) -> bool {
    let since = owner.report.as_ref().and_then(|report| report.since);
    since.is_some_and(|since| since > signal.at + SOON)
}

/// True when what waited for leave runs. The hook itself is a process of the agent too, but an older one.
fn has_started(signal: &Signal, presence: &Presence, open: &[&Call]) -> bool {
    let is_younger = || presence.youngest_child.is_some_and(|child| child > signal.at + TICKS);
    // The youngest process that a helper is given is its parent's, and may be of another helper.
    let guest = presence.owner.as_ref().is_some_and(|owner| owner.guest);
    if presence.calls.is_empty() {
        return !guest && is_younger();
    }
    if let Some(call) = &signal.call {
        return presence.calls.contains(call);
    }
    // A younger process may be of a sibling, as long as a command has none. What a script starts has ids of its own.
    let waits = |call: &&Call| call.start.work == Work::Command && !presence.calls.contains(&call.start.call);
    is_younger() && !open.iter().any(waits) && (!guest || is_named(signal, presence, open))
}

/// True when the ids that processes name tell whether what waited for leave runs.
fn is_named(signal: &Signal, presence: &Presence, open: &[&Call]) -> bool {
    let tells = |call: &&Call| call.start.work == Work::Script || presence.calls.contains(&call.start.call);
    !presence.calls.is_empty() && (signal.call.is_some() || open.iter().any(tells))
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
