//! Which session stands where.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use topside_model::{Session, SessionKey, Status, StatusGroup, Timestamp};

use crate::status::held;
use crate::text::shown_path;

/// How long a finished turn counts as news. After that its session is idle.
pub const FRESH: Duration = Duration::from_mins(10);

/// The groups of the list, in the order they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// A person is needed: leave, an answer, a failure, a limit, or a turn that was finished just now.
    Need,
    /// It works.
    Working,
    /// It has nothing to do.
    Idle,
    /// It cannot be told.
    Unknown,
    /// It is over.
    Over,
}

impl Group {
    /// Every group, in order.
    pub const ALL: [Self; 5] = [Self::Need, Self::Working, Self::Idle, Self::Unknown, Self::Over];

    /// Its name over the list.
    pub fn title(self) -> &'static str {
        match self {
            Self::Need => "needs you",
            Self::Working => "working",
            Self::Idle => "idle",
            Self::Unknown => "unknown",
            Self::Over => "ended",
        }
    }
}

/// Where a session belongs at a moment.
pub fn group(session: &Session, now: Timestamp) -> Group {
    match session.status.group() {
        // What failed and is gone is told for a while, like a turn that was finished.
        StatusGroup::Blocked if !session.live && held(&session.status, now).is_none_or(|time| time >= FRESH) => {
            Group::Over
        }
        StatusGroup::Blocked => Group::Need,
        StatusGroup::YourMove if is_fresh(&session.status, now) => Group::Need,
        StatusGroup::YourMove => Group::Idle,
        StatusGroup::Working => Group::Working,
        StatusGroup::Unknown => Group::Unknown,
        StatusGroup::Over => Group::Over,
    }
}

/// True for a turn that was finished less than [`FRESH`] ago.
fn is_fresh(status: &Status, now: Timestamp) -> bool {
    matches!(status, Status::TurnDone { .. } | Status::Background { .. })
        && held(status, now).is_some_and(|time| time < FRESH)
}

/// The sessions in the order every list shows them. First who needs a person, longest wait first: those that go on as
/// soon as somebody acts, then those that a limit stops until it starts afresh, then turns finished just now. Then what
/// works, by project; idle, by project; unknown; over, latest first.
///
/// The same sessions at the same time give the same order, whatever order they come in.
pub fn order(sessions: &[Arc<Session>], now: Timestamp) -> Vec<Arc<Session>> {
    let mut ordered = sessions.to_vec();
    ordered.sort_by_cached_key(|session| rank(session, now));
    ordered
}

/// Group, place of the wait in it, project, age, key: compared in this order.
type Rank = (Group, Wait, String, Option<Timestamp>, SessionKey);

/// What a session that needs a person needs.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Ask {
    /// Leave, an answer, a way out of a failure.
    Act,
    /// Patience.
    Limit,
    /// The next prompt.
    Done,
}

/// Place by time in a group.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Wait {
    /// It waits since then; without a time, as long as can be. What a person can do most about comes first.
    Since(Ask, Option<Timestamp>),
    /// It came to rest then.
    Rested(Reverse<Option<Timestamp>>),
    /// Time does not matter.
    None,
}

fn rank(session: &Session, now: Timestamp) -> Rank {
    let group = group(session, now);
    let since = session.status.since();
    let wait = match (group, &session.status) {
        (Group::Need, Status::RateLimited { .. }) => Wait::Since(Ask::Limit, since),
        (Group::Need, Status::TurnDone { .. } | Status::Background { .. }) => Wait::Since(Ask::Done, since),
        (Group::Need, _) => Wait::Since(Ask::Act, since),
        (Group::Over, _) => Wait::Rested(Reverse(since.or(session.last_at))),
        _ => Wait::None,
    };
    let project = session.project.name.as_ref().map(|name| shown_path(name).to_lowercase()).unwrap_or_default();
    (group, wait, project, session.created(), session.key.clone())
}
