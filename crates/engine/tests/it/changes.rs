//! What came to be between two snapshots.

use std::sync::Arc;
use std::time::Duration;

use topside_engine::changes;
use topside_model::{
    AgentId, CallId, Change, ChangeKind, Conflict, Contested, Detail, Identity, Limit, LimitId, LimitSample,
    LimitWindow, Outcome, Percent, Port, PortUse, ProcessRef, Session, SessionId, SessionKey, SessionKind, Snapshot,
    Stall, Status, Timestamp, ToolCall, TurnEnd, TurnId, TurnView, Untrusted, Work,
};

use crate::scene::at;

fn key() -> SessionKey {
    SessionKey { agent: AgentId::new("codex"), id: SessionId::new("a") }
}

/// The session `a`, loaded unless it is over.
fn session(status: Status) -> Session {
    Session { live: !status.kind().is_over(), ..Session::new(key(), status) }
}

fn thinking(since: i64) -> Status {
    Status::Thinking { since: Some(at(since)) }
}

fn done(since: i64) -> Status {
    Status::TurnDone { since: Some(at(since)) }
}

fn asks(since: i64) -> Status {
    Status::Approval { tool: Untrusted::new("shell"), summary: None, since: Some(at(since)) }
}

fn snapshot(second: i64, sessions: &[Session]) -> Snapshot {
    Snapshot { sessions: sessions.iter().cloned().map(Arc::new).collect(), ..Snapshot::empty(at(second)) }
}

fn seconds(time: Timestamp) -> i64 {
    time.as_second() - at(0).as_second()
}

/// Changes in short, each with its second.
fn words(changes: &[Change]) -> String {
    let word = |change: &Change| {
        let what = match &change.what {
            ChangeKind::SessionAppeared(session) => format!("appeared {}", session.status.id()),
            ChangeKind::SessionEnded(session) => format!("ended {}", session.status.id()),
            ChangeKind::StatusChanged { session, from } => format!("{} to {}", from.id(), session.status.id()),
            ChangeKind::TurnDone { turn, .. } => format!("turn {}", turn.id),
            ChangeKind::ToolStarted { call, .. } => format!("start {}", call.id),
            ChangeKind::ToolFinished { call, .. } => format!("finish {}", call.id),
            ChangeKind::LimitObserved(seen) => format!("{} {}%", seen.limit, seen.used.0),
            ChangeKind::SessionStalled(_) => "stalled".to_owned(),
            ChangeKind::ConflictBegan { sessions, .. } => format!("conflict of {}", sessions.len()),
            ChangeKind::ConflictEnded { sessions, .. } => format!("no conflict of {}", sessions.len()),
            ChangeKind::PortOpened { session, port } => format!("open {} {}", port.port.port, session.is_some()),
            ChangeKind::PortClosed { session, port } => format!("close {} {}", port.port.port, session.is_some()),
        };
        format!("{}: {what}", seconds(change.at))
    };
    changes.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// What comes to be from `old` at the tenth second to `new` at the twentieth.
#[track_caller]
fn check(old: &[Session], new: &[Session], expected: &str) {
    assert_eq!(words(&changes(&snapshot(10, old), &snapshot(20, new))), expected);
}

#[test]
fn a_session_that_runs_appears_and_ends_once() {
    let ended = || session(Status::Ended { at: Some(at(15)) });
    check(&[], &[session(thinking(5))], "20: appeared thinking");
    check(&[], &[Session { first_at: Some(at(12)), ..session(thinking(12)) }], "12: appeared thinking");
    check(&[session(thinking(5))], &[session(thinking(5))], "");
    check(&[session(thinking(5))], &[ended()], "20: ended ended");
    check(&[session(thinking(5))], &[], "20: ended thinking");
    check(&[ended()], &[session(thinking(16))], "20: appeared thinking");
    check(&[], &[ended()], "");
    check(&[ended()], &[], "");
}

#[test]
fn another_state_is_told_and_a_persons_turn_each_time_anew() {
    check(&[session(thinking(5))], &[session(done(14))], "14: thinking to turn_done");
    check(&[session(done(5))], &[session(done(14))], "14: turn_done to turn_done");
    check(&[session(asks(5))], &[session(asks(14))], "14: approval to approval");
    check(&[session(thinking(5))], &[session(thinking(14))], "");
    let unknown = || session(Status::Unknown { why: "a test", over: false });
    check(&[session(thinking(5))], &[unknown()], "20: thinking to unknown");
}

fn turn(id: &str, ended: Option<i64>) -> TurnView {
    TurnView {
        id: TurnId::new(id),
        started_at: Some(at(1)),
        ended: ended.map(|second| (Some(at(second)), TurnEnd::Completed)),
    }
}

fn call(id: &str, started: i64, finished: Option<i64>) -> ToolCall {
    ToolCall {
        id: CallId::new(id),
        name: Untrusted::new("shell"),
        work: Work::Command,
        summary: None,
        started_at: Some(at(started)),
        finished_at: finished.map(at),
        took: None,
        outcome: finished.map(|_| Outcome::Completed),
        exit_code: None,
    }
}

fn with(turns: Vec<TurnView>, tools: Vec<ToolCall>) -> Session {
    Session { detail: Arc::new(Detail { turns, tools, ..Detail::default() }), ..session(thinking(5)) }
}

#[test]
fn turns_and_calls_are_told_by_their_ids_in_the_order_of_time() {
    check(&[with(vec![turn("t", None)], vec![])], &[with(vec![turn("t", Some(12))], vec![])], "12: turn t");
    check(
        &[with(vec![], vec![call("c", 5, None), call("old", 1, Some(2))])],
        &[with(vec![], vec![call("c", 5, Some(16)), call("d", 12, Some(13)), call("e", 17, None)])],
        "12: start d, 13: finish d, 16: finish c, 17: start e",
    );
}

#[test]
fn what_is_read_late_of_a_long_transcript_is_not_news() {
    let session = |second| with(vec![turn("t", Some(second))], vec![call("c", second - 1, Some(second))]);
    check(&[with(vec![], vec![])], &[session(-21)], "");
    check(&[with(vec![], vec![])], &[session(-10)], "-11: start c, -10: finish c, -10: turn t");
    let over = |session| Session { live: false, status: Status::Ended { at: Some(at(15)) }, ..session };
    check(&[over(with(vec![], vec![]))], &[over(session(14))], "");
}

#[test]
fn what_a_person_allowed_begins_when_it_is_seen() {
    let runs = |since| {
        let (call, name, since) = (CallId::new("c"), Untrusted::new("shell"), Some(at(since)));
        session(Status::RunningTool { call, name, summary: None, parallel: 1, since })
    };
    check(&[session(asks(5))], &[runs(5)], "20: approval to running_tool");
    check(&[session(asks(5))], &[runs(14)], "14: approval to running_tool");
    check(&[session(thinking(5))], &[runs(4)], "4: thinking to running_tool");
}

#[test]
fn what_was_before_a_session_appeared_is_not_told() {
    check(&[], &[with(vec![turn("t", Some(3))], vec![call("c", 1, Some(2))])], "20: appeared thinking");
}

#[test]
fn an_agents_own_machinery_is_not_told_of() {
    let identity = Identity { kind: SessionKind::Internal(Untrusted::new("review")), ..Identity::default() };
    check(&[], &[Session { identity: Some(Arc::new(identity)), ..session(thinking(5)) }], "");
}

fn limit(second: i64, used: f64) -> Snapshot {
    let window = |used| LimitWindow { window: Some(Duration::from_hours(5)), used: Percent(used), resets_at: None };
    let sample = LimitSample {
        limit: LimitId::new("codex"),
        name: None,
        plan: None,
        windows: vec![window(used)],
        reached: None,
        seen_at: at(second),
    };
    let limit = Limit { agent: AgentId::new("codex"), home: Untrusted::new("/"), sample, marks: Vec::new() };
    Snapshot { limits: vec![limit], ..snapshot(second, &[]) }
}

#[test]
fn a_limit_is_told_when_another_share_of_it_is_used() {
    assert_eq!(words(&changes(&snapshot(10, &[]), &limit(12, 40.0))), "12: codex 40%");
    assert_eq!(words(&changes(&limit(12, 40.0), &limit(14, 40.0))), "");
    assert_eq!(words(&changes(&limit(12, 40.0), &limit(14, 41.0))), "14: codex 41%");
    assert_eq!(words(&changes(&limit(14, 41.0), &limit(12, 40.0))), "");
}

#[test]
fn a_conflict_begins_and_ends_once() {
    let with = |second, touched: &[i64]| Snapshot {
        conflicts: touched
            .iter()
            .map(|at_second| Conflict { about: Contested::Port(5173), sessions: vec![key()], at: Some(at(*at_second)) })
            .collect(),
        ..snapshot(second, &[session(thinking(5))])
    };
    assert_eq!(words(&changes(&with(10, &[]), &with(20, &[12]))), "12: conflict of 1");
    assert_eq!(words(&changes(&with(10, &[8]), &with(20, &[12]))), "");
    assert_eq!(words(&changes(&with(10, &[8]), &with(20, &[]))), "20: no conflict of 1");
}

#[test]
fn a_silence_is_told_when_it_becomes_unusual() {
    let stall = |since| Some(Stall { since: at(since), usual: Duration::from_secs(5) });
    let silent = |since| Session { stall: stall(since), ..session(thinking(5)) };
    check(&[session(thinking(5))], &[silent(3)], "20: stalled");
    check(&[silent(3)], &[silent(3)], "");
    check(&[silent(3)], &[session(thinking(5))], "");
    check(&[silent(3)], &[silent(8)], "20: stalled");
}

#[test]
fn a_port_opens_and_closes_with_its_process() {
    let port = |pid| Port {
        port: PortUse { port: 5173, exposed: false, process: Some(ProcessRef { pid, started: 1 }), command: None },
        session: key(),
        orphan_since: None,
        orphan: false,
    };
    let with = |second, pid: &[u32]| Snapshot {
        ports: pid.iter().map(|pid| port(*pid)).collect(),
        ..snapshot(second, &[session(thinking(5))])
    };
    assert_eq!(words(&changes(&with(10, &[]), &with(20, &[7]))), "20: open 5173 true");
    assert_eq!(words(&changes(&with(10, &[7]), &with(20, &[7]))), "");
    assert_eq!(words(&changes(&with(10, &[7]), &with(20, &[8]))), "20: open 5173 true, 20: close 5173 true");
}
