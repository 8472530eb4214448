//! What hooks and status lines say, and how long it is believed.

use topside_engine::Engine;
use topside_model::{
    Activity, EventKind, Figures, LimitId, LimitSample, LimitWindow, Money, Percent, Place, ReportedFor, SignalWord,
    Timestamp, Tokens, TurnEnd, Untrusted, WindowSource, Work,
};

use crate::scene::{Scene, at, check, session, snapshot, thread, turn};

/// A command that a person must allow since second 13, as a hook says.
fn asked() -> Scene {
    turn().calls(12, "c1", Work::Command).signals(13, SignalWord::Approval, "Bash", Some("c1"))
}

#[test]
fn a_hook_tells_at_once_who_waits_and_for_what() {
    check(&[&asked()], 13, "approval c1 0s");
    check(&[&asked()], 500, "approval c1 487s");
    // An edit would have been thought to run, a tool of somebody's server to run for ever.
    let of = |work| turn().calls(12, "c1", work).signals(13, SignalWord::Approval, "x", Some("c1"));
    check(&[&of(Work::Edit)], 13, "approval c1 0s");
    check(&[&of(Work::Other)], 60, "approval c1 47s");
    let evidence = session(&[&asked()], 14).evidence;
    let hook = evidence.iter().find(|one| one.signal.contains("hook")).expect("it is shown");
    assert_eq!(hook.signal, "a hook of the agent said that a person must allow something for Bash");
    assert!(matches!(&hook.place, Place::File { path, .. } if path.raw() == "/state/signals.jsonl"));
}

#[test]
fn a_hook_may_be_ahead_of_the_records() {
    let early = thread("a").signals(13, SignalWord::Approval, "Bash", Some("c1"));
    check(&[&early.clone().prompt(10)], 14, "approval  1s");
    check(&[&early.turn(5).rests(8, TurnEnd::Completed)], 14, "approval  1s");
    let script = turn().calls(12, "outer", Work::Script).signals(13, SignalWord::Approval, "Bash", Some("inner"));
    check(&[&script], 14, "approval outer 1s");
}

#[test]
fn whatever_comes_later_ends_it() {
    check(&[&asked().runs("c1")], 20, "running_tool c1 x1 8s");
    check(&[&asked().runs("other").spawns(13)], 20, "approval c1 7s");
    check(&[&asked().spawns(14)], 20, "running_tool c1 x1 8s");
    check(&[&asked().delivers(15, "c1")], 20, "thinking 5s");
    check(&[&asked().rests(15, TurnEnd::Interrupted)], 20, "turn_done 5s");
    check(&[&asked().rests(15, TurnEnd::Completed).turn(17)], 20, "thinking 3s");
    check(&[&asked().turn(17)], 20, "thinking 3s");
    check(&[&asked().unloaded()], 20, "crashed 8s");
    // Another process took the session up again.
    check(&[&asked().owned_since(18, 2)], 20, "turn_done");
    let unnamed = turn().calls(12, "c1", Work::Other).signals(13, SignalWord::Approval, "x", None);
    check(&[&unnamed.clone()], 20, "approval c1 7s");
    check(&[&unnamed.delivers(15, "c1")], 20, "thinking 5s");
}

#[test]
fn what_ran_once_does_not_wait_again() {
    let outer = turn().calls(12, "outer", Work::Script);
    let named = outer.clone().signals(13, SignalWord::Approval, "Bash", Some("c1"));
    check(&[&named.clone().runs("c1").spawns(14).looked(15).falls_still()], 20, "running_tool outer x1 8s");
    let unnamed = outer.signals(13, SignalWord::Approval, "Bash", None);
    check(&[&unnamed.runs("c1").spawns(14).looked(15).falls_still()], 20, "running_tool outer x1 8s");
    // A younger process alone may be another's.
    check(&[&named.clone().spawns(14).looked(15).falls_still()], 20, "approval outer 7s");
    let again = named.runs("c1").spawns(14).looked(15).falls_still().looked(16);
    let mut engine = Engine::new();
    again.tell(&mut engine, topside_model::SourceId(0));
    let mut told = |second: i64| {
        let signal = topside_model::Signal { at: at(second), ..again.signals[0].clone() };
        engine.signal(&again.key(), signal);
        engine.snapshot(at(20)).sessions[0].status.kind().waits_for_a_person()
    };
    assert!(!told(13), "a line that is read again says nothing new");
    assert!(told(17), "it asks again");
}

#[test]
fn of_calls_that_ask_at_once_the_oldest_is_shown_until_it_is_answered() {
    let two = turn().calls(12, "c1", Work::Edit).calls(12, "c2", Work::Edit);
    let asked =
        two.signals(13, SignalWord::Approval, "e", Some("c1")).signals(14, SignalWord::Approval, "e", Some("c2"));
    check(&[&asked.clone()], 20, "approval c1 7s");
    check(&[&asked.clone().runs("c2").spawns(15).looked(16)], 20, "approval c1 7s");
    check(&[&asked.runs("c1").spawns(15).looked(16).falls_still()], 20, "approval c2 6s");
}

#[test]
fn where_a_reviewer_decides_a_hook_asks_no_person() {
    check(
        &[&turn().reviewer("auto_review").calls(12, "c1", Work::Other).signals(13, SignalWord::Approval, "x", None)],
        20,
        "running_tool c1 x1 8s",
    );
}

#[test]
fn a_hook_that_names_no_call_is_about_the_one_that_has_no_process() {
    let two = turn().calls(12, "c1", Work::Command).calls(12, "c2", Work::Command);
    let asked = two.signals(13, SignalWord::Approval, "Bash", None);
    check(&[&asked.clone()], 14, "approval  1s");
    // A sibling that started later is not what was asked for.
    check(&[&asked.clone().runs("c1").spawns(14)], 14, "approval c2 1s");
    check(&[&asked.runs("c1").runs("c2").spawns(15)], 20, "running_tool c1 x2 8s");
    let script = turn().calls(12, "outer", Work::Script).signals(13, SignalWord::Approval, "Bash", None);
    check(&[&script.clone().runs("inner before").spawns(12)], 14, "approval outer 1s");
    check(&[&script.runs("inner").spawns(15)], 20, "running_tool outer x1 8s");
}

#[test]
fn the_latest_word_counts() {
    let twice =
        asked().delivers(15, "c1").calls(16, "c2", Work::Edit).signals(17, SignalWord::Approval, "e", Some("c2"));
    check(&[&twice.clone()], 20, "approval c2 3s");
    check(&[&twice.signals(13, SignalWord::Approval, "Bash", Some("c1"))], 20, "approval c2 3s");
}

#[test]
fn the_agents_own_report_decides_and_the_hook_names_the_call() {
    let two = turn().calls(12, "c1", Work::Edit).calls(12, "c2", Work::Edit);
    let asked = two.signals(13, SignalWord::Approval, "edit", Some("c2"));
    check(&[&asked.clone().reports(13, Activity::Busy)], 20, "running_tool c1 x2 8s");
    check(&[&asked.clone().reports(13, Activity::Idle)], 20, "turn_done 7s");
    check(&[&asked.reports(13, Activity::Approval(None))], 20, "approval c2 7s");
    let unseen = thread("a").prompt(10).signals(13, SignalWord::Approval, "Bash", None);
    let unseen = session(&[&unseen.reports(13, Activity::Approval(None))], 20).status;
    let topside_model::Status::Approval { tool, .. } = unseen else { panic!("{unseen:?}") };
    assert_eq!(tool.raw(), "Bash");
}

#[test]
fn where_owners_are_not_known_a_hook_still_tells() {
    check(&[&asked().unwatched()], 20, "approval c1 7s");
    let done = asked().rests(15, TurnEnd::Completed);
    check(&[&done.unwatched()], 20, "turn_done 5s");
    // The turn in which it was said is not written yet.
    let next = thread("a").turn(5).rests(8, TurnEnd::Completed).signals(13, SignalWord::Approval, "Bash", None);
    check(&[&next.unwatched()], 20, "approval  7s");
}

#[test]
fn a_question_shows_its_text() {
    let text = Some(Untrusted::new("Which color?"));
    let asks = turn().calls(12, "q", Work::Question);
    let asks = asks.says(12, EventKind::QuestionAsked { call: topside_model::CallId::new("q"), text });
    check(&[&asks.signals(13, SignalWord::Question, "question", None)], 20, "question Which color? 7s");
}

#[test]
fn a_signal_may_come_before_its_session_and_makes_none() {
    let scene = asked();
    let mut engine = Engine::new();
    scene.signals.iter().for_each(|signal| engine.signal(&scene.key(), signal.clone()));
    assert!(engine.snapshot(at(14)).sessions.is_empty());
    // The scene tells its signal before its records.
    check(&[&scene], 14, "approval c1 1s");
}

fn figures(second: i64) -> Figures {
    let window = LimitWindow { window: None, used: Percent(24.0), resets_at: None };
    let sample = LimitSample {
        limit: LimitId::new("five_hour"),
        name: None,
        plan: None,
        windows: vec![window],
        reached: None,
        seen_at: at(second),
    };
    Figures {
        window: Some(Tokens(1_000_000)),
        cost: Some(Money::micros(2_500_000)),
        limits: vec![sample],
        at: at(second),
        place: Place::Nowhere,
    }
}

fn measured(used: u64, window: u64) -> Scene {
    let kind = EventKind::ContextMeasured {
        used: Some(Tokens(used)),
        window: Some(Tokens(window)),
        window_from: Some(WindowSource::Model),
        left: None,
        compacts_at: None,
    };
    turn().spends(20, "r", "m", 5).says(20, kind)
}

#[track_caller]
fn check_window(scene: &Scene, expected: (u64, WindowSource)) {
    let context = session(&[scene], 100).context;
    assert_eq!((context.window, context.window_from), (Some(Tokens(expected.0)), Some(expected.1)));
}

#[test]
fn a_status_line_states_the_window_as_long_as_it_keeps_up() {
    check_window(&measured(300, 1_000).shows(figures(21)), (1_000_000, WindowSource::Stated));
    check_window(&measured(300, 1_000).spends(81, "r2", "m", 5).shows(figures(21)), (1_000_000, WindowSource::Stated));
    check_window(&measured(300, 1_000).spends(82, "r2", "m", 5).shows(figures(21)), (1_000, WindowSource::Model));
    let too_small = Figures { window: Some(Tokens(200)), ..figures(21) };
    check_window(&measured(300, 1_000).shows(too_small), (1_000, WindowSource::Model));
    let mut configured = measured(300, 1_000).shows(figures(21));
    configured.presence.owner.as_mut().expect("it is loaded").window = Some(Tokens(500));
    check_window(&configured, (500, WindowSource::Configured));
}

#[test]
fn a_status_line_states_cost_and_limits() {
    let scene = measured(300, 1_000).shows(figures(21));
    let cost = session(&[&scene], 100).reported_cost.expect("it is told");
    assert_eq!((cost.money, cost.covers), (Money::micros(2_500_000), ReportedFor::Session { outdated: false }));
    let late = session(&[&scene.clone().spends(200, "r2", "m", 5)], 300).reported_cost.expect("it is told");
    assert_eq!(late.covers, ReportedFor::Session { outdated: true });
    let limits = snapshot(&[&scene], 100).limits;
    let seen: Vec<(&str, &str, Timestamp)> =
        limits.iter().map(|one| (one.sample.limit.as_str(), one.home.raw(), one.sample.seen_at)).collect();
    assert_eq!(seen, [("five_hour", "/home/u/.codex", at(21))]);
    // Figures may come before anything else is known of their session.
    let mut engine = Engine::new();
    engine.figures(&scene.key(), figures(21));
    scene.tell(&mut engine, topside_model::SourceId(0));
    assert_eq!(engine.snapshot(at(100)).limits, limits);
}
