//! Waits until sessions come to something.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use topside_model::{Session, SessionKey, SessionKind, Snapshot, StateKind, StatusGroup, Timestamp};

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// A session that runs needs a person: leave, an answer, a failure, a limit.
    Blocked,
    /// A session that runs rests: the next move is a person's.
    Idle,
    /// A session came to the end of its turn, and nothing it started goes on; or it ended after that.
    Done,
    /// A session's turn failed, or its process went away in the middle of one.
    Failed,
}

impl Goal {
    /// True for a session that is there.
    pub fn is_reached(self, session: &Session) -> bool {
        let (group, state) = (session.group(), session.status.kind());
        match self {
            Self::Blocked => group == StatusGroup::Blocked,
            Self::Idle => group == StatusGroup::YourMove,
            Self::Done => matches!(state, StateKind::TurnDone | StateKind::Ended),
            Self::Failed => matches!(state, StateKind::Failed | StateKind::Crashed),
        }
    }
}

/// How a wait stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Wait {
    /// Nothing has come of it yet.
    On,
    /// A session came to it; of several, the one that has been there longest.
    Reached(Arc<Session>),
    /// The session that was waited for is over and never came to it.
    Over,
}

/// A wait, fed with snapshots.
#[derive(Debug)]
pub struct Waiting {
    goal: Goal,
    /// The one session that is waited for; `None` for whichever is first.
    only: Option<SessionKey>,
    /// What does not count: sessions that were there at the start, and since when.
    before: BTreeMap<SessionKey, Since>,
    /// True until the first snapshot of a wait in which what is so already does not count.
    starts: bool,
    /// Sessions that were seen to run: the end of others is not news.
    ran: BTreeSet<SessionKey>,
}

/// A state and when it began.
type Since = (StateKind, Option<Timestamp>);

impl Waiting {
    /// A wait for the session `only`, or for any that runs. What is so already counts, unless only the `next` time does.
    pub fn new(goal: Goal, only: Option<SessionKey>, next: bool) -> Self {
        Self { goal, only, before: BTreeMap::new(), starts: next, ran: BTreeSet::new() }
    }

    /// How it stands after `snapshot`, of which only sessions that are `wanted` count.
    pub fn look(&mut self, snapshot: &Snapshot, wanted: impl Fn(&Session) -> bool) -> Wait {
        let ran = snapshot.sessions.iter().filter(|session| session.group() != StatusGroup::Over);
        self.ran.extend(ran.map(|session| session.key.clone()));
        let mut there: Vec<&Arc<Session>> =
            snapshot.sessions.iter().filter(|session| self.is_meant(session) && wanted(session)).collect();
        there.retain(|session| self.goal.is_reached(session));
        if std::mem::take(&mut self.starts) {
            self.before = there.iter().map(|session| (session.key.clone(), since(session))).collect();
        }
        // Who left may come back.
        self.before.retain(|key, _| there.iter().any(|session| session.key == *key));
        there.retain(|session| self.before.get(&session.key).is_none_or(|before| is_later(before, &since(session))));
        // Those that have been there longest stand first, those of which that is not known last.
        there.sort_by_key(|session| (session.status.since().is_none(), session.status.since()));
        match (there.first(), &self.only) {
            (Some(session), _) => Wait::Reached(Arc::clone(session)),
            (None, Some(key)) if is_over(snapshot, key) => Wait::Over,
            (None, _) => Wait::On,
        }
    }

    /// True for the one session, or for those among which any counts: a helper only where it needs a person, and none of
    /// the agent's own machinery.
    fn is_meant(&self, session: &Session) -> bool {
        if let Some(key) = &self.only {
            return session.key == *key;
        }
        let kind = session.identity.as_ref().map_or(&SessionKind::User, |identity| &identity.kind);
        let counts = match kind {
            SessionKind::User => true,
            SessionKind::Subagent { .. } => self.goal == Goal::Blocked,
            SessionKind::Internal(_) => false,
        };
        counts && self.ran.contains(&session.key)
    }
}

fn since(session: &Session) -> Since {
    (session.status.kind(), session.status.since())
}

/// True for a state that is not the one `before`.
fn is_later(before: &Since, now: &Since) -> bool {
    before.0 != now.0 || before.1.zip(now.1).is_some_and(|(before, now)| before != now)
}

/// True for a session that runs no more, or is not there any more.
fn is_over(snapshot: &Snapshot, key: &SessionKey) -> bool {
    let session = snapshot.sessions.iter().find(|session| session.key == *key);
    session.is_none_or(|session| session.group() == StatusGroup::Over)
}
