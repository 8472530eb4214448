//! What happened since a cursor, as far as it was kept.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use topside_engine::Chronicle;
use topside_export::wire::v1::{EventV1, Kept, kept};
use topside_model::{Fact, PastSession, Session, SessionKind, Snapshot, Timestamp};
use topside_store::{Store, StoreError};

use super::cursor::Cursor;
use crate::command::print_error;

/// What happened so shortly before a cursor is told again: some records are read only a while after their time.
const OVERLAP: Duration = Duration::from_secs(30);

/// Events of states and limits.
const SEEN: [&str; 3] = ["session_ended", "status_changed", "limit_observed"];
/// Events of what transcripts tell too, of each session as far as it remembers.
const TOLD: [&str; 4] = ["session_appeared", "turn_done", "tool_started", "tool_finished"];
/// Events that nobody keeps.
const UNKEPT: [&str; 5] = ["port_opened", "port_closed", "conflict_began", "conflict_ended", "session_stalled"];

/// What history kept.
#[derive(Default)]
struct Past {
    sessions: Vec<PastSession>,
    facts: Vec<Fact>,
    /// Until when a screen of topside watched.
    seen_at: Option<Timestamp>,
    /// From when on nothing was let go of.
    kept_since: Option<Timestamp>,
}

/// Events since `cursor` by time, from the history at `place` and from what the sessions of `now` remember. What they
/// cannot tell is said first.
pub(super) fn replay(place: Option<&Path>, now: &Snapshot, cursor: Cursor) -> Vec<EventV1> {
    let since = cursor.0.min(now.taken_at);
    let since = since.checked_sub(OVERLAP).unwrap_or(since);
    let past = place.map(|place| read(place, since)).transpose().unwrap_or_else(|error| {
        print_error(&format!("failed to {:#}", anyhow::Error::from(error)));
        None
    });
    let mut events = gaps(past.as_ref(), cursor.0, now.taken_at);
    let mut past = past.unwrap_or_default();
    // What both tell is one event, told as history does.
    past.sessions.extend(now.sessions.iter().map(|session| as_past(session)));
    past.facts.extend(Chronicle::default().observe(now));
    let mut told = BTreeSet::new();
    let since_then = kept(Kept { sessions: &past.sessions, facts: &past.facts }, since);
    events.extend(since_then.into_iter().filter(|event| told.insert(event.id.clone())));
    events
}

/// What history kept of the time since then.
fn read(place: &Path, since: Timestamp) -> Result<Past, StoreError> {
    let Some(store) = Store::open_to_read(place)? else { return Ok(Past::default()) };
    let bookmark = store.bookmark()?;
    let mut facts = Vec::new();
    let past = store.past()?;
    past.facts(|fact| {
        if lasts(&fact).is_none_or(|until| until >= since) {
            facts.push(fact);
        }
        ControlFlow::Continue(())
    })?;
    let (seen_at, kept_since) = (bookmark.seen_at, bookmark.kept_since);
    Ok(Past { sessions: past.whole_sessions()?, facts, seen_at, kept_since })
}

/// Until when a fact holds; `None` for what lasts or has no time.
fn lasts(fact: &Fact) -> Option<Timestamp> {
    match fact {
        Fact::State(span) => span.to,
        Fact::Turn(turn) => turn.ended_at,
        Fact::Call(call) => call.finished_at,
        Fact::Limit(seen) => Some(seen.at),
    }
}

/// What is not told of the time from `from` to `to`.
fn gaps(past: Option<&Past>, from: Timestamp, to: Timestamp) -> Vec<EventV1> {
    let told_by_none = [&SEEN[..], &UNKEPT].concat();
    let kept = [&SEEN[..], &TOLD].concat();
    if from > to {
        let any = [&kept[..], &UNKEPT].concat();
        let why = "the cursor is of a later moment than now: the clock was set back, or it comes from elsewhere";
        return vec![EventV1::gap((to, from), &[], &any, why)];
    }
    let seen_at = past.and_then(|past| past.seen_at);
    let Some(seen_at) = seen_at.filter(|at| *at > from) else {
        return vec![EventV1::gap((from, to), &told_by_none, &TOLD, "no screen of topside kept history meanwhile")];
    };
    let why = "history has none of these, and the rest only while a screen was open";
    let always = EventV1::gap((from, to), &UNKEPT, &kept, why);
    let let_go = past.and_then(|past| past.kept_since).map(|since| since.min(to)).filter(|since| *since > from);
    let let_go =
        let_go.map(|since| EventV1::gap((from, since), &told_by_none, &TOLD, "history let go of what is older"));
    let lately =
        (seen_at < to).then(|| EventV1::gap((seen_at, to), &told_by_none, &TOLD, "history is not that far yet"));
    std::iter::once(always).chain(let_go).chain(lately).collect()
}

/// A session as history would tell of it.
fn as_past(session: &Session) -> PastSession {
    let identity = session.identity.as_deref();
    PastSession {
        key: session.key.clone(),
        parent: identity.and_then(|identity| identity.parent.clone()),
        fork: identity.is_some_and(|identity| identity.forked_from.is_some()),
        internal: identity.is_some_and(|identity| matches!(identity.kind, SessionKind::Internal(_))),
        cwd: session.project.cwd.clone(),
        project: session.project.name.clone(),
        version: identity.and_then(|identity| identity.version.clone()),
        first_at: session.first_at,
        last_at: session.last_at,
    }
}

#[cfg(test)]
mod tests {
    use topside_export::wire::v1::WhatV1;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a moment")
    }

    /// Checks what is said to lack of seconds 100 to 200, where a screen watched until `seen_at` and history goes back to
    /// `kept_since`: from when to when, of how many kinds of events all and some, and how the reason begins.
    #[track_caller]
    fn check(seen_at: Option<i64>, kept_since: Option<i64>, expected: &[(i64, i64, usize, usize, &str)]) {
        let past = Past { seen_at: seen_at.map(at), kept_since: kept_since.map(at), ..Past::default() };
        check_told(&gaps(Some(&past), at(100), at(200)), expected);
    }

    #[track_caller]
    fn check_told(told: &[EventV1], expected: &[(i64, i64, usize, usize, &str)]) {
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (event, (from, to, all, some, reason)) in told.iter().zip(expected) {
            let WhatV1::Gap { from: since, to: until, lacks, may_lack, why } = &event.what else {
                panic!("{event:?} is no gap");
            };
            assert_eq!((since, until), (&at(*from).into(), &at(*to).into()));
            assert_eq!((lacks.len(), may_lack.len()), (*all, *some), "{why}");
            assert!(why.starts_with(reason), "{why}");
        }
    }

    #[test]
    fn what_nobody_kept_is_told() {
        let (seen, told, unkept) = (SEEN.len(), TOLD.len(), UNKEPT.len());
        let unseen = |from, to, why| (from, to, seen + unkept, told, why);
        let usual = (100, 200, unkept, seen + told, "history has none");
        check(None, None, &[unseen(100, 200, "no screen")]);
        check(Some(90), None, &[unseen(100, 200, "no screen")]);
        check(Some(200), None, &[usual]);
        check(Some(150), None, &[usual, unseen(150, 200, "history is not")]);
        check(Some(200), Some(90), &[usual]);
        check(Some(200), Some(130), &[usual, unseen(100, 130, "history let go")]);
        check(Some(200), Some(300), &[usual, unseen(100, 200, "history let go")]);
    }

    #[test]
    fn a_cursor_of_a_moment_yet_to_come_is_told() {
        let all = SEEN.len() + TOLD.len() + UNKEPT.len();
        check_told(&gaps(None, at(200), at(100)), &[(100, 200, 0, all, "the cursor is of a later moment")]);
    }
}
