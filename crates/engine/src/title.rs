//! What the title of a session's terminal tells of its open calls.
//!
//! The agent sets it at once when it asks a person, and again when that is answered, where records say nothing of either.

use std::collections::BTreeMap;
use std::time::Duration;

use topside_model::{
    Evidence, Owner, Presence, ProcessRef, SessionKey, Strength, Timestamp, Title, TitleWord, Work, World, elapsed,
};

use crate::calls::Call;
use crate::engine::Sessions;
use crate::hold::Hold;
use crate::session::Facts;
use crate::status::Situation;
use crate::turns::Lifecycle;

/// An agent that asks does so this soon after it recorded the call, and the title is seen by then.
const SHOWN: Duration = Duration::from_millis(400);

/// What was heard of titles of terminals, by session.
#[derive(Debug, Default)]
pub(crate) struct Titles(BTreeMap<SessionKey, Heard>);

impl Titles {
    /// Takes what the title of a session's terminal says, or that it says nothing any more.
    pub(crate) fn take(&mut self, key: &SessionKey, title: Option<Title>) {
        let before = self.0.remove(key);
        self.0.extend(Heard::hear(before, title).map(|heard| (key.clone(), heard)));
    }

    /// Forgets what titles asked that say nothing any more, where that was answered: something runs, or nothing is open.
    pub(crate) fn forget_answered(&mut self, world: Option<&World>, sessions: &Sessions) {
        self.0.retain(|key, heard| heard.title.is_some() || could_tell(key, world, sessions));
    }

    /// What was heard of the title of a session's terminal.
    pub(crate) fn of(&self, key: &SessionKey) -> Option<&Heard> {
        self.0.get(key)
    }
}

/// What was heard of the title of a session's terminal.
#[derive(Debug)]
pub(crate) struct Heard {
    /// What it says now; `None` while it says nothing.
    pub(crate) title: Option<Title>,
    /// What it said when what it asks, or asked last, was heard first: not to hear it for a moment is no answer.
    first: Title,
}

impl Heard {
    /// What is known after `title` was heard, or nothing more; `None` where that is nothing.
    fn hear(before: Option<Self>, title: Option<Title>) -> Option<Self> {
        let Some(title) = title else {
            let asked = before.filter(|before| before.first.word == TitleWord::Asks)?;
            return Some(Self { title: None, ..asked });
        };
        let asks = |one: &Title| one.word == TitleWord::Asks && one.process == title.process;
        let goes_on = |first: &Title| asks(first) && asks(&title) && title.worked <= first.asked;
        let first = before.map(|before| before.first).filter(goes_on).unwrap_or_else(|| title.clone());
        Some(Self { title: Some(title), first })
    }

    /// Whose terminal it is.
    pub(crate) fn process(&self) -> ProcessRef {
        self.first.process
    }
}

impl Hold<'_> {
    /// What the title of its terminal says.
    pub(crate) fn title(&self) -> Option<&Title> {
        self.heard?.title.as_ref()
    }

    /// What the title says of a call. One that asked before the call was made is about another; one that does not ask may
    /// be older than the question. Of a call that is known to ask it has to have asked before: Codex waits with its question
    /// while a person types.
    pub(crate) fn titled(&self, call: &Call) -> Option<TitleWord> {
        let title = self.title()?;
        let (since, started) = (title.since()?, call.started_at);
        let tells = match title.word {
            TitleWord::Asks => started.is_none_or(|started| started <= since),
            TitleWord::Works => {
                let seen = self.looked_at.max(Some(since));
                let is_old = started.zip(seen).is_some_and(|(started, seen)| elapsed(started, seen) > SHOWN);
                let is_known_to_ask = call.start.escalated || self.facts.asked_for(&call.start.call);
                is_old && (!is_known_to_ask || (title.asked.is_some() && title.asked >= started))
            }
        };
        tells.then_some(title.word)
    }

    /// Since when a call waits: as seen, where it was seen to do something before, as a script does that asks several times.
    pub(crate) fn waits_since(&self, call: &Call) -> Option<Timestamp> {
        let recorded = call.started_at.max(self.facts.calls.last_finish(call.origin));
        // What was asked before that was something else.
        let is_of_it = |first: &&Title| first.word == TitleWord::Asks && first.asked >= recorded;
        let first = self.heard.map(|heard| &heard.first).filter(is_of_it);
        let asks = || self.title().filter(|_| self.titled(call) == Some(TitleWord::Asks));
        let Some(title) = first.or_else(asks) else { return call.started_at };
        if title.worked.is_some() && title.worked >= recorded { title.asked } else { recorded }
    }

    /// True for a call for which a person may be asked. Those that are questions say so themselves.
    pub(crate) fn can_ask(&self, call: &Call) -> bool {
        let asks =
            matches!(call.start.work, Work::Command | Work::Script | Work::Edit | Work::Permission | Work::Other);
        asks && self.may_ask()
    }
}

/// True for a session of which the title of its terminal could tell more than is known.
pub(crate) fn could_tell(key: &SessionKey, world: Option<&World>, sessions: &Sessions) -> bool {
    let presence = world.and_then(|world| world.sessions.get(key));
    let owner = presence.and_then(|presence| Some((presence, presence.owner.as_ref()?)));
    owner.zip(sessions.get(key)).is_some_and(|((presence, owner), facts)| is_doubtful(facts, presence, owner))
}

/// True for a session at work of which nobody says whether it waits for a person: a call is open that may ask, and nothing
/// of it runs.
fn is_doubtful(facts: &Facts, presence: &Presence, owner: &Owner) -> bool {
    let Some((_, Lifecycle::Started { at, .. })) = facts.lifecycle() else { return false };
    if owner.report.is_some() || owner.guest {
        return false;
    }
    let worked = facts.worked.value().copied().flatten();
    let open = facts.open_calls();
    let hold = Hold { facts, presence, owner, looked_at: None, heard: None, open: &open };
    let is_idle = |call: &&Call| hold.can_ask(call) && !call.has_process(presence);
    open.iter().any(is_idle) && !Situation::older_than(presence, owner, at.max(worked))
}

/// What a title says, as evidence.
pub(crate) fn evidence(title: &Title) -> Evidence {
    let what = match title.word {
        TitleWord::Asks => "that a person must do something",
        TitleWord::Works => "that it works",
    };
    Evidence {
        about: "status",
        signal: format!("the agent says in the title of its terminal {what}"),
        place: title.place.clone(),
        at: title.since(),
        strength: Strength::Title,
    }
}
