//! What a session does where its agent tells it over a connection.

use topside_model::{
    Activity, CallId, ErrorClass, EventKind, LimitId, LimitSample, LimitWindow, Percent, Place, Report, SourceId,
    TurnEnd, Untrusted, Work,
};

use crate::scene::{Scene, agent, at, check, session, thread, turn, unwritten};

impl Scene {
    /// Its agent told at `second` what it does.
    fn hears(mut self, second: i64, activity: Activity) -> Self {
        let place = Place::Socket { path: Untrusted::new("/home/u/control.sock") };
        let owner = self.presence.owner.as_mut().expect("it is loaded");
        owner.report = Some(Report { activity, since: Some(at(second)), place });
        self
    }
}

const ASKS: Activity = Activity::Approval(None);

#[test]
fn the_word_decides_and_records_name_the_tool() {
    let call = || turn().calls(13, "rm", Work::Command);
    check(&[&call().hears(13, Activity::Busy)], 60, "running_tool rm x1 47s");
    check(&[&call().hears(13, ASKS)], 14, "approval rm 1s");
    check(&[&call().delivers(15, "rm").hears(13, Activity::Busy)], 20, "thinking 5s");
    // An edit gives no sign of its own, and a policy by which nothing is asked is no reason to doubt the word.
    let edit = || turn().policy("never").calls(13, "patch", Work::Edit);
    check(&[&edit()], 60, "running_tool patch x1 47s");
    check(&[&edit().hears(13, ASKS)], 14, "approval patch 1s");
}

#[test]
fn of_several_calls_the_one_without_a_process_waits() {
    let two = turn().calls(13, "make", Work::Command).calls(14, "rm", Work::Command).runs("make");
    check(&[&two.hears(14, ASKS)], 20, "approval rm 6s");
    // A result may be written with that of a call made at once.
    let done = turn().calls(13, "ls", Work::Command).escalates(13, "rm", Work::Command);
    check(&[&done.hears(14, ASKS)], 20, "approval rm 7s");
}

#[test]
fn a_wait_is_as_old_as_its_call_whenever_it_was_heard() {
    // topside was started in the midst of it.
    let waits = turn().calls(13, "rm", Work::Command).hears(50, ASKS);
    check(&[&waits], 60, "approval rm 47s");
    // The second of two calls asks once the first is done.
    let second = turn().calls(13, "make", Work::Command).calls(13, "rm", Work::Command).delivers(30, "make");
    check(&[&second.hears(50, ASKS)], 60, "approval rm 30s");
    // Before the call is written only the time of the word is known.
    check(&[&turn().hears(50, ASKS)], 60, "approval  10s");
}

#[test]
fn a_question_is_shown_with_its_words() {
    let question = EventKind::QuestionAsked { call: CallId::new("q"), text: Some(Untrusted::new("Which color?")) };
    let asks = turn().calls(13, "q", Work::Question).says(13, question).hears(14, Activity::Question(None));
    check(&[&asks], 20, "question Which color? 7s");
}

#[test]
fn a_rest_is_as_old_as_the_record_of_the_turn_s_end() {
    check(&[&turn().rests(15, TurnEnd::Completed).hears(50, Activity::Idle)], 60, "turn_done 45s");
    check(&[&turn().fails(15, ErrorClass::Server).hears(16, Activity::Idle)], 60, "failed Server words 45s");
    check(&[&unwritten("a").hears(50, Activity::Idle)], 60, "new 10s");
    // A turn that was left open when its process crashed, and is not taken up again.
    check(&[&turn().calls(13, "rm", Work::Command).hears(50, Activity::Idle)], 60, "turn_done 10s");
}

#[test]
fn a_word_gives_way_to_a_later_record_of_how_the_turn_went_on() {
    let over = || turn().calls(13, "rm", Work::Command).rests(15, TurnEnd::Interrupted);
    check(&[&over().hears(14, ASKS)], 20, "turn_done 5s");
    check(&[&over().hears(14, Activity::Busy)], 20, "turn_done 5s");
    // The next turn began, and is not written yet.
    check(&[&over().hears(16, Activity::Busy)], 20, "thinking 4s");
    check(&[&thread("a").turn(10).hears(9, Activity::Idle)], 20, "thinking 10s");
}

#[test]
fn a_word_and_the_records_that_outweigh_it_are_both_shown() {
    let signals = |scene: &Scene| -> Vec<String> {
        session(&[scene], 20).evidence.iter().map(|one| one.signal.clone()).take(3).collect()
    };
    let waits = turn().calls(13, "rm", Work::Command).hears(14, ASKS);
    assert_eq!(
        signals(&waits),
        [
            "process 100 has it loaded",
            "the agent says that a person must allow something",
            "a turn began and did not end"
        ]
    );
    let over = turn().rests(15, TurnEnd::Completed).hears(14, ASKS);
    assert_eq!(signals(&over)[1..], ["the agent says that a person must allow something", "the last turn is complete"]);
}

#[test]
fn the_newest_figure_of_a_limit_counts_whoever_tells_it() {
    let sample = |second, used| {
        let window = LimitWindow { window: None, used: Percent(used), resets_at: None };
        let (limit, seen_at) = (LimitId::new("codex"), at(second));
        LimitSample { limit, name: None, plan: None, windows: vec![window], reached: None, seen_at }
    };
    let recorded = turn().limited(15, sample(15, 40.0));
    let used = |told| {
        let mut engine = topside_engine::Engine::new();
        recorded.tell(&mut engine, SourceId(1));
        engine.limit(agent(), Untrusted::new("/home/u/.codex"), told);
        let limits = engine.snapshot(at(60)).limits;
        limits.iter().map(|limit| limit.sample.windows[0].used.0).collect::<Vec<_>>()
    };
    assert_eq!(used(sample(20, 50.0)), [50.0]);
    assert_eq!(used(sample(10, 30.0)), [40.0]);
}
