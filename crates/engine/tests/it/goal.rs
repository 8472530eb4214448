//! Waits: what counts, and when a wait is over.

use std::sync::Arc;

use topside_engine::{Goal, Wait, Waiting};
use topside_model::{
    AgentId, ErrorClass, Identity, Session, SessionId, SessionKey, SessionKind, Snapshot, Status, Untrusted,
};

use crate::scene::at;

fn key(id: &str) -> SessionKey {
    SessionKey { agent: AgentId::new("codex"), id: SessionId::new(id) }
}

/// A session that runs unless its state is over.
fn session(id: &str, status: Status) -> Session {
    Session { live: !status.kind().is_over(), ..Session::new(key(id), status) }
}

fn helper(id: &str, status: Status) -> Session {
    let kind = SessionKind::Subagent { nickname: None, role: None };
    let identity = Some(Arc::new(Identity { kind, ..Identity::default() }));
    Session { identity, ..session(id, status) }
}

fn thinking() -> Status {
    Status::Thinking { since: Some(at(1)) }
}

fn done(since: i64) -> Status {
    Status::TurnDone { since: Some(at(since)) }
}

fn ended() -> Status {
    Status::Ended { at: Some(at(9)) }
}

fn asks(since: i64) -> Status {
    Status::Approval { tool: Untrusted::new("shell"), summary: None, since: Some(at(since)) }
}

fn failed() -> Status {
    Status::Failed { error: ErrorClass::Server, message: None, since: Some(at(5)) }
}

fn snapshot(sessions: Vec<Session>) -> Snapshot {
    Snapshot { sessions: sessions.into_iter().map(Arc::new).collect(), ..Snapshot::empty(at(10)) }
}

/// What a wait says of each of these snapshots: `.` for nothing, `over`, or the session that came to it.
#[track_caller]
fn check(mut waiting: Waiting, snapshots: Vec<Vec<Session>>, expected: &[&str]) {
    let said: Vec<String> = snapshots
        .into_iter()
        .map(|sessions| match waiting.look(&snapshot(sessions), |_| true) {
            Wait::On => ".".to_owned(),
            Wait::Over => "over".to_owned(),
            Wait::Reached(session) => session.key.id.to_string(),
        })
        .collect();
    assert_eq!(said, expected);
}

fn any(goal: Goal) -> Waiting {
    Waiting::new(goal, None, false)
}

fn one(goal: Goal) -> Waiting {
    Waiting::new(goal, Some(key("a")), false)
}

#[test]
fn what_is_so_already_counts_and_the_longest_wait_is_first() {
    check(any(Goal::Blocked), vec![vec![session("a", asks(7)), session("b", asks(3))]], &["b"]);
    check(one(Goal::Blocked), vec![vec![session("a", asks(7)), session("b", asks(3))]], &["a"]);
}

#[test]
fn only_the_next_time_counts_where_that_is_asked() {
    let next = || Waiting::new(Goal::Idle, Some(key("a")), true);
    check(next(), vec![vec![session("a", done(3))], vec![session("a", done(3))]], &[".", "."]);
    // A turn that came and went between two looks.
    check(next(), vec![vec![session("a", done(3))], vec![session("a", done(6))]], &[".", "a"]);
    let again = [done(3), thinking(), done(3)].map(|status| vec![session("a", status)]);
    check(next(), again.into(), &[".", ".", "a"]);
}

#[test]
fn each_goal_has_its_states() {
    let background = Status::Background { n: 1, since: None };
    let crashed = Status::Crashed { at: None };
    for (goal, reached, not) in [
        (Goal::Blocked, vec![asks(1), failed()], vec![thinking(), done(1), ended(), crashed.clone()]),
        (
            Goal::Idle,
            vec![done(1), background.clone(), Status::New { since: None }],
            vec![thinking(), ended(), asks(1)],
        ),
        (Goal::Done, vec![done(1), ended()], vec![thinking(), background, Status::Interrupted { at: None }]),
        (Goal::Failed, vec![failed(), crashed], vec![thinking(), asks(1), done(1), ended()]),
    ] {
        for status in reached {
            assert!(goal.is_reached(&session("a", status.clone())), "{goal:?} {status:?}");
        }
        for status in not {
            assert!(!goal.is_reached(&session("a", status.clone())), "{goal:?} {status:?}");
        }
    }
}

#[test]
fn a_session_that_ends_before_it_is_over() {
    let stopped = Status::Interrupted { at: None };
    check(one(Goal::Done), vec![vec![session("a", thinking())], vec![session("a", stopped)]], &[".", "over"]);
    check(one(Goal::Done), vec![vec![session("a", thinking())], vec![]], &[".", "over"]);
    check(one(Goal::Done), vec![vec![session("a", thinking())], vec![session("a", ended())]], &[".", "a"]);
    check(any(Goal::Done), vec![vec![session("a", thinking())], vec![]], &[".", "."]);
}

#[test]
fn of_any_session_only_those_count_that_were_seen_to_run() {
    check(any(Goal::Done), vec![vec![session("a", ended())]], &["."]);
    check(any(Goal::Done), vec![vec![session("a", thinking())], vec![session("a", ended())]], &[".", "a"]);
}

#[test]
fn a_helper_counts_only_where_it_needs_a_person() {
    check(any(Goal::Blocked), vec![vec![helper("a", asks(3))]], &["a"]);
    check(any(Goal::Idle), vec![vec![helper("a", done(3))]], &["."]);
    check(one(Goal::Idle), vec![vec![helper("a", done(3))]], &["a"]);
}

#[test]
fn sessions_that_are_not_wanted_do_not_count() {
    let mut waiting = any(Goal::Idle);
    assert_eq!(waiting.look(&snapshot(vec![session("a", done(3))]), |_| false), Wait::On);
}
