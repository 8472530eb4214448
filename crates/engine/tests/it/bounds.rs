//! Lists are bounded, and what is counted stays exact.

use topside_model::{CallId, EventKind, FileChange, Outcome, Tokens, TurnEnd, TurnId, Untrusted, Work};

use crate::scene::{Scene, check, session, thread, turn};

#[test]
fn the_timeline_keeps_sixty_four_calls_and_all_are_counted() {
    let long = (0..350).fold(turn(), |scene, n| {
        let call = format!("c{n}");
        scene.calls(20 + n, &call, Work::Read).delivers(20 + n, &call)
    });
    let seen = session(&[&long.calls(900, "open", Work::Read)], 901);
    assert_eq!((seen.tools.started, seen.tools.finished, seen.tools.unresolved()), (351, 350, 1));
    let ids: Vec<&str> = seen.detail.tools.iter().map(|call| call.id.as_str()).collect();
    assert_eq!((ids.len(), ids[0], ids[63]), (64, "c287", "open"));
}

#[test]
fn a_call_that_is_still_open_outlives_any_number_of_finished_ones() {
    let script = turn().calls(12, "script", Work::Script);
    let nested = (0..350).fold(script, |scene, n| {
        let call = format!("exec-{n}");
        scene.calls(20 + n, &call, Work::Read).notes(20 + n, &call)
    });
    check(&[&nested], 500, "running_tool script x1 488s");
    let mut repeated = nested.clone();
    let first_nested = nested.events[nested.events.len() - 700].clone();
    assert!(matches!(first_nested.kind, EventKind::ToolStarted(_)));
    repeated.events.push(first_nested);
    check(&[&repeated], 500, "running_tool script x1 488s");
}

#[test]
fn calls_that_nobody_finished_are_bounded_too() {
    let dropped = (0..350).fold(turn(), |scene, n| scene.calls(20 + n, &format!("c{n}"), Work::Read));
    let seen = session(&[&dropped], 900);
    assert_eq!((seen.tools.started, seen.detail.tools.len()), (350, 64));
    assert_eq!(seen.detail.tools[63].id, CallId::new("c349"));
    check(&[&dropped], 900, "running_tool c286 x64 594s");
}

#[test]
fn the_timeline_keeps_a_hundred_turns_and_all_are_counted() {
    let long = (0..130).fold(thread("a"), |scene, n| scene.turn(10 * n).rests(10 * n + 5, TurnEnd::Completed));
    let seen = session(&[&long.turn(9000).rests(9001, TurnEnd::Interrupted)], 9009);
    assert_eq!((seen.turns.started, seen.turns.completed, seen.turns.aborted), (Some(131), 130, 1));
    let turns = &seen.detail.turns;
    assert_eq!((turns.len(), turns[0].id.as_str(), turns[99].id.as_str()), (100, "turn-310", "turn-9000"));
    assert!(turns.iter().all(|turn| turn.ended.is_some()));
}

#[test]
fn an_end_belongs_to_the_turn_of_its_id_else_to_the_one_before_it() {
    let ended = |id: &str| EventKind::TurnEnded { turn: Some(TurnId::new(id)), how: TurnEnd::Completed };
    let scene = thread("a").turn(10).turn(20).says(25, ended("turn-20")).turn(30).says(35, ended("another"));
    let turns = session(&[&scene], 40).detail.turns.clone();
    let ends: Vec<bool> = turns.iter().map(|turn| turn.ended.is_some()).collect();
    assert_eq!(ends, [false, true, true], "the first was cut short by the death of its process");
}

#[test]
fn files_are_bounded_and_the_latest_stay() {
    let touch = |scene: Scene, second, path: String| {
        scene.says(second, EventKind::FileTouched { path: Untrusted::new(path), how: FileChange::Updated })
    };
    let many = (0..600).fold(turn(), |scene, n| touch(scene, n, format!("f{n}")));
    let seen = session(&[&touch(many, 900, "f599".to_owned())], 901);
    let files = &seen.detail.files;
    assert_eq!((files.len(), files[0].path.raw(), files[499].path.raw()), (500, "f100", "f599"));
    assert_eq!((files[498].times, files[499].times), (1, 2));
}

#[test]
fn a_life_beyond_all_bounds_told_twice_gives_the_same_lists() {
    let long = (0..600).fold(thread("a"), |scene, n| {
        let call = format!("exec-{n}");
        let path = Untrusted::new(format!("f{n}"));
        let touched = EventKind::FileTouched { path, how: FileChange::Updated };
        scene.turn(n).calls(n, &call, Work::Command).says(n, touched).notes(n, &call).rests(n, TurnEnd::Completed)
    });
    let path = Untrusted::new("f0");
    let long = long.says(800, EventKind::FileTouched { path, how: FileChange::Updated });
    let mut twice = long.clone();
    twice.events.extend(long.events.clone());
    assert_eq!(session(&[&twice], 900), session(&[&long], 900));
}

#[test]
fn tokens_are_shown_by_minute_the_running_one_last() {
    let spent = thread("a").spends(0, "r1", "m", 5).spends(59, "r2", "m", 6).spends(60, "r3", "m", 70);
    let rate = session(&[&spent.spends(19 * 60, "r4", "m", 800)], 19 * 60 + 59).token_rate;
    assert_eq!(rate.len(), 20);
    assert_eq!((rate[0], rate[1], rate[19]), (Tokens(11), Tokens(70), Tokens(800)));
    assert_eq!(rate.iter().map(|tokens| tokens.0).sum::<u64>(), 881);
}

#[test]
fn tokens_of_older_minutes_leave_the_rate_and_stay_in_the_sum() {
    let long = (0..60).fold(thread("a"), |scene, n| scene.spends(60 * n, &format!("r{n}"), "m", 10));
    let seen = session(&[&long], 60 * 62);
    assert_eq!(seen.usage.total(), Tokens(600));
    assert_eq!(seen.token_rate.iter().map(|tokens| tokens.0).sum::<u64>(), 170, "three of twenty minutes are idle");
}

#[test]
fn a_reply_that_grows_is_paid_once_in_the_minute_of_its_first_record() {
    let grown = thread("a").spends(10, "r1", "m", 100).spends(70, "r1", "m", 150);
    let seen = session(&[&grown], 80);
    assert_eq!((seen.usage.total(), seen.responses), (Tokens(150), 1));
    assert_eq!((seen.token_rate[18], seen.token_rate[19]), (Tokens(150), Tokens(0)));
}

#[test]
fn work_that_went_on_in_the_background_is_told_of_later() {
    let result = |outcome, exit_code, delivered| EventKind::ToolFinished {
        call: CallId::new("c1"),
        outcome,
        exit_code,
        took: None,
        delivered,
        size: None,
    };
    let background = turn().calls(12, "c1", Work::Command).says(14, result(Outcome::Background, None, true));
    let call = |scene: &Scene| session(&[scene], 99).detail.tools[0].clone();
    assert_eq!(call(&background).outcome, Some(Outcome::Background));
    let done = call(&background.says(60, result(Outcome::Failed, Some(3), false)));
    assert_eq!((done.outcome, done.exit_code), (Some(Outcome::Failed), Some(3)));
    let noted = turn().calls(12, "c1", Work::Command).says(14, result(Outcome::Failed, Some(3), false));
    let delivered = call(&noted.says(15, result(Outcome::Completed, None, true)));
    assert_eq!((delivered.outcome, delivered.exit_code), (Some(Outcome::Failed), Some(3)), "the note knows more");
}
