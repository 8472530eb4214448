//! How long a session waited for a person, as seen while it is watched.

use topside_engine::Engine;
use topside_model::{Activity, ErrorClass, EventKind, Report, SourceId, ToolStart, TurnEnd, WaitsOn, Work};

use crate::scene::{Scene, at, session, start, turn};

/// Seconds that `looks` at a session, each at its second, show that it waited: since its first record, and now.
#[track_caller]
fn check(looks: &[(i64, Scene)], total: u64, now: Option<u64>) {
    let mut engine = Engine::new();
    let mut waited = None;
    let mut last = 0;
    for (second, scene) in looks {
        scene.clone().looked(*second).tell(&mut engine, SourceId(0));
        waited = engine.snapshot(at(*second)).sessions.first().map(|session| session.waited.clone());
        last = *second;
    }
    let waited = waited.expect("a session");
    assert_eq!(waited.total(at(0), at(last)).as_secs(), total);
    assert_eq!(waited.now(at(last)).map(|time| time.as_secs()), now);
}

#[track_caller]
fn check_on(scene: &Scene, expected: Option<WaitsOn>) {
    assert_eq!(session(&[scene], 30).waits_on(), expected);
}

#[test]
fn whom_it_waits_for_follows_from_its_state() {
    check_on(&turn(), None);
    check_on(&asks(), Some(WaitsOn::Person));
    check_on(&asks().runs("c1"), None);
    check_on(&turn().calls(12, "q1", Work::Question), Some(WaitsOn::Person));
    check_on(&turn().calls(12, "a1", Work::AgentWait), Some(WaitsOn::Subagent));
    check_on(&turn().fails(12, ErrorClass::UsageLimit), Some(WaitsOn::Limit));
    check_on(&turn().fails(12, ErrorClass::Server), None);
    check_on(&turn().rests(12, TurnEnd::Completed), None);
}

#[test]
fn who_only_listens_to_a_command_in_the_background_waits_for_it() {
    let listens = ToolStart { summary: None, ..start("t1", Work::Terminal, false) };
    check_on(&turn().says(12, EventKind::ToolStarted(Box::new(listens))), Some(WaitsOn::Background));
    check_on(&turn().calls(12, "t1", Work::Terminal), None);
}

fn asks() -> Scene {
    turn().calls(12, "c1", Work::Command)
}

#[test]
fn a_wait_lasts_from_the_call_until_its_process_is_there() {
    let ran = asks().runs("c1");
    check(&[(20, asks())], 8, Some(8));
    check(&[(20, asks()), (30, asks()), (40, ran.clone())], 28, None);
    check(&[(20, asks()), (40, ran.clone()), (60, ran)], 28, None);
}

#[test]
fn a_turn_that_is_over_is_no_wait() {
    check(&[(20, asks()), (40, asks().delivers(33, "c1").rests(35, TurnEnd::Completed))], 23, None);
}

#[test]
fn a_question_after_an_approval_is_another_wait() {
    let asked = asks().runs("c1").delivers(30, "c1").calls(32, "q1", Work::Question);
    check(&[(20, asks()), (40, asked)], 28, Some(8));
}

#[test]
fn where_nobody_tells_since_when_it_waits_since_it_was_seen() {
    let mut scene = turn();
    let place = topside_model::Place::Process { pid: 100 };
    let report = Report { activity: Activity::Question(None), since: None, place };
    scene.presence.owner.as_mut().expect("it is loaded").report = Some(report);
    check(&[(20, scene.clone()), (50, scene)], 30, Some(30));
}

#[test]
fn a_wait_that_is_told_to_be_older_than_was_known_is_counted_once() {
    let known = turn().calls(12, "q1", Work::Question).calls(20, "q2", Work::Question);
    check(&[(22, turn().calls(20, "q2", Work::Question)), (30, known)], 10, Some(10));
}
