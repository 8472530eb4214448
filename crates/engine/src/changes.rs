//! What came to be between two snapshots, for those who follow along.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use topside_model::{
    Change, ChangeKind, Conflict, LimitSeen, Port, Session, SessionKey, SessionKind, Snapshot, Stall, StateKind,
    StatusGroup, Timestamp, ToolCall, TurnView,
};

use crate::chronicle::{figures, same_window, tell_the_same};

/// Records that are younger than the last look by less than this are news: some are read only a while after their time.
const LATE: Duration = Duration::from_secs(30);

/// What came to be between `old` and `new`, in the order of time. Sessions of an agent's own machinery are left out.
///
/// Of a session that appears nothing is told but that and what it does: what was before is not news, also where a long
/// transcript is read in many portions. A state that came and went between the two is not seen; turns and tool calls are,
/// as far as a session remembers them.
pub fn changes(old: &Snapshot, new: &Snapshot) -> Vec<Change> {
    let before = by_key(old);
    let after = by_key(new);
    let mut changes = Vec::new();
    for (key, session) in &after {
        match before.get(key) {
            Some(known) => follow((old.taken_at, known), (new.taken_at, session), &mut changes),
            None if runs(session) => {
                // One that is older was taken up again.
                let at = session.created().filter(|at| *at > old.taken_at).unwrap_or(new.taken_at);
                changes.push(Change { at, what: ChangeKind::SessionAppeared(Arc::clone(session)) });
            }
            None => {}
        }
    }
    for (key, session) in before {
        if !after.contains_key(key) && runs(session) {
            changes.push(Change { at: new.taken_at, what: ChangeKind::SessionEnded(Arc::clone(session)) });
        }
    }
    limits(old, new, &mut changes);
    ports(old, new, &mut changes);
    conflicts(old, new, &mut changes);
    changes.sort_by_key(|change| change.at);
    changes
}

/// Sessions that are told of.
fn by_key(snapshot: &Snapshot) -> BTreeMap<&SessionKey, &Arc<Session>> {
    let told = snapshot.sessions.iter().filter(|session| {
        !matches!(session.identity.as_ref().map(|identity| &identity.kind), Some(SessionKind::Internal(_)))
    });
    told.map(|session| (&session.key, session)).collect()
}

fn runs(session: &Session) -> bool {
    session.group() != StatusGroup::Over
}

/// What became of one session.
fn follow(
    (looked_at, old): (Timestamp, &Arc<Session>),
    (now, new): (Timestamp, &Arc<Session>),
    changes: &mut Vec<Change>,
) {
    if Arc::ptr_eq(old, new) || !runs(old) && !runs(new) {
        return;
    }
    let news_from = looked_at.checked_sub(LATE).unwrap_or(looked_at);
    let is_news = |at: Option<Timestamp>| at.is_none_or(|at| at >= news_from);
    let mut tell = |at: Option<Timestamp>, what| changes.push(Change { at: at.unwrap_or(now), what });
    let session = || Arc::clone(new);
    for call in &new.detail.tools {
        let known = known(old, call);
        // Some agents write down only at its end that a call was made.
        if known.is_none() && is_news(call.finished_at.or(call.started_at)) {
            tell(call.started_at, ChangeKind::ToolStarted { session: session(), call: call.clone() });
        }
        let came_back = call.outcome.is_some() && known.is_none_or(|known| known.outcome.is_none());
        if came_back && is_news(call.finished_at) {
            tell(call.finished_at, ChangeKind::ToolFinished { session: session(), call: call.clone() });
        }
    }
    for turn in new.detail.turns.iter().filter(|turn| turn.ended.is_some() && !has_ended(old, turn)) {
        let at = turn.ended.and_then(|(at, _)| at);
        if is_news(at) {
            tell(at, ChangeKind::TurnDone { session: session(), turn: turn.clone() });
        }
    }
    match (runs(old), runs(new)) {
        (false, true) => tell(None, ChangeKind::SessionAppeared(session())),
        (true, false) => tell(None, ChangeKind::SessionEnded(session())),
        (true, true) if is_other(old, new) => {
            tell(began(old, new), ChangeKind::StatusChanged { session: session(), from: old.status.kind() });
        }
        _ => {}
    }
    if is_later(old.stall, new.stall) {
        tell(None, ChangeKind::SessionStalled(session()));
    }
}

/// When a session came to what it does now, where a record tells. What a person allowed began later than it was asked for,
/// and no record tells when.
fn began(old: &Session, new: &Session) -> Option<Timestamp> {
    let (before, since) = (old.status.since(), new.status.since());
    since.filter(|since| old.group() != StatusGroup::Blocked || before.is_some_and(|before| before < *since))
}

/// True for a silence that was not there, or not since then.
fn is_later(old: Option<Stall>, new: Option<Stall>) -> bool {
    new.is_some_and(|new| old.is_none_or(|old| old.since < new.since))
}

/// Conflicts that are there, or no more.
fn conflicts(old: &Snapshot, new: &Snapshot, changes: &mut Vec<Change>) {
    let same = |one: &Conflict, other: &Conflict| one.about == other.about && one.sessions == other.sessions;
    let is_in = |snapshot: &Snapshot, conflict: &Conflict| snapshot.conflicts.iter().any(|known| same(known, conflict));
    let between = |snapshot: &Snapshot, conflict: &Conflict| -> Vec<Arc<Session>> {
        let session = |key: &SessionKey| snapshot.sessions.iter().find(|session| session.key == *key).map(Arc::clone);
        conflict.sessions.iter().filter_map(session).collect()
    };
    for conflict in new.conflicts.iter().filter(|conflict| !is_in(old, conflict)) {
        let what = ChangeKind::ConflictBegan { sessions: between(new, conflict), conflict: conflict.clone() };
        changes.push(Change { at: conflict.at.unwrap_or(new.taken_at), what });
    }
    for conflict in old.conflicts.iter().filter(|conflict| !is_in(new, conflict)) {
        let what = ChangeKind::ConflictEnded { sessions: between(old, conflict), conflict: conflict.clone() };
        changes.push(Change { at: new.taken_at, what });
    }
}

/// True for another state, or for the same one anew where a person is concerned: a second question, a turn that came and went.
fn is_other(old: &Session, new: &Session) -> bool {
    let (before, after) = (&old.status, &new.status);
    let concerns = new.group() == StatusGroup::Blocked || after.kind() == StateKind::TurnDone;
    let anew = before.since().zip(after.since()).is_some_and(|(before, after)| before < after);
    before.kind() != after.kind() || concerns && anew
}

fn has_ended(session: &Session, turn: &TurnView) -> bool {
    session.detail.turns.iter().any(|known| known.id == turn.id && known.ended.is_some())
}

fn known<'a>(session: &'a Session, call: &ToolCall) -> Option<&'a ToolCall> {
    session.detail.tools.iter().find(|known| known.id == call.id)
}

/// Figures of windows that are others than before.
fn limits(old: &Snapshot, new: &Snapshot, changes: &mut Vec<Change>) {
    let before: Vec<LimitSeen> = old.limits.iter().flat_map(figures).collect();
    for seen in new.limits.iter().flat_map(figures) {
        let known = before.iter().find(|known| same_window(known, &seen));
        if known.is_none_or(|known| known.at < seen.at && !tell_the_same(known, &seen)) {
            changes.push(Change { at: seen.at, what: ChangeKind::LimitObserved(seen) });
        }
    }
}

/// Ports that somebody listens on, or no more.
fn ports(old: &Snapshot, new: &Snapshot, changes: &mut Vec<Change>) {
    let is_in = |snapshot: &Snapshot, port: &Port| snapshot.ports.iter().any(|known| same_port(known, port));
    let owner = |snapshot: &Snapshot, port: &Port| {
        snapshot.sessions.iter().find(|session| session.key == port.session).map(Arc::clone)
    };
    for port in new.ports.iter().filter(|port| !is_in(old, port)) {
        let what = ChangeKind::PortOpened { session: owner(new, port), port: port.clone() };
        changes.push(Change { at: new.taken_at, what });
    }
    for port in old.ports.iter().filter(|port| !is_in(new, port)) {
        let what = ChangeKind::PortClosed { session: owner(old, port), port: port.clone() };
        changes.push(Change { at: new.taken_at, what });
    }
}

fn same_port(one: &Port, other: &Port) -> bool {
    one.port.port == other.port.port && one.port.process == other.port.process
}
