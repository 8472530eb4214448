//! What the titles of terminals say, and when they are asked for.

use topside_engine::Engine;
use topside_model::{
    Activity, CallId, EventKind, Place, Report, SourceId, Strength, TitleWord, TurnEnd, Untrusted, Work, World,
};

use crate::scene::{Scene, at, check, session, turn};

const ASKS: TitleWord = TitleWord::Asks;
const WORKS: TitleWord = TitleWord::Works;

fn calls(work: Work) -> Scene {
    turn().calls(12, "c1", work)
}

#[test]
fn who_asks_in_its_title_waits_at_once() {
    check(&[&calls(Work::Command)], 12, "running_tool c1 x1 0s");
    for work in [Work::Command, Work::Edit, Work::Script, Work::Other] {
        check(&[&calls(work).titled(12, ASKS)], 12, "approval c1 0s");
        check(&[&calls(work).titled(12, ASKS)], 500, "approval c1 488s");
    }
    let evidence = session(&[&calls(Work::Other).titled(12, ASKS)], 13).evidence;
    let title = evidence.iter().find(|one| one.strength == Strength::Title).expect("it is shown");
    assert_eq!(title.signal, "the agent says in the title of its terminal that a person must do something");
    assert_eq!(title.place, Place::Socket { path: Untrusted::new("/tmp/tmux") });
}

#[test]
fn a_script_that_asks_again_waits_since_then() {
    let script = calls(Work::Script).titled(13, ASKS).titled(20, WORKS);
    check(&[&script.clone()], 25, "running_tool c1 x1 13s");
    check(&[&script.titled(30, ASKS)], 35, "approval c1 5s");
}

#[test]
fn a_question_that_is_not_heard_for_a_moment_is_the_same() {
    let asked = calls(Work::Script).looked(13).titled(13, ASKS).titled(20, WORKS).titled(30, ASKS);
    for silent in [asked.clone().hushed(), asked.clone().let_be()] {
        check(&[&silent.clone()], 35, "running_tool c1 x1 23s");
        check(&[&silent.clone().titled(40, ASKS)], 45, "approval c1 15s");
        check(&[&silent.clone().titled(40, ASKS).let_be().titled(50, ASKS)], 55, "approval c1 25s");
        // It was answered, and another came.
        check(&[&silent.clone().titled(40, WORKS).titled(50, ASKS)], 55, "approval c1 5s");
        check(
            &[&silent.clone().delivers(45, "c1").calls(46, "c2", Work::Script).titled(50, ASKS)],
            55,
            "approval c2 9s",
        );
        // It was answered, and something ran.
        let ran = silent.clone().runs("c1").looked(32).falls_still();
        check(&[&ran.let_be().titled(50, ASKS)], 55, "approval c1 43s");
        // Another process asks.
        check(&[&silent.owned_since(5, 2).let_be().titled(40, ASKS)], 45, "approval c1 33s");
    }
    // One that is known to ask waits all the time.
    let announced = turn().escalates(12, "c1", Work::Command).looked(13).titled(13, WORKS).titled(15, ASKS);
    check(&[&announced.clone()], 20, "approval c1 5s");
    check(&[&announced.hushed()], 20, "approval c1 5s");
}

#[test]
fn of_several_calls_it_is_the_one_whose_words_ask() {
    let (list, push) = ("ls", "git push");
    let listed = || turn().calls(12, list, Work::Command);
    let asks_aloud = |scene: Scene, call| scene.says(12, EventKind::ApprovalAsked(CallId::new(call)));
    // Codex writes the results of calls that were made at once when all of them are done.
    check(&[&listed().escalates(12, push, Work::Command).titled(13, ASKS)], 20, "approval git push 8s");
    let pushed = || turn().escalates(12, push, Work::Command);
    check(&[&pushed().calls(12, list, Work::Command).titled(13, ASKS)], 20, "approval git push 8s");
    let patches = || pushed().calls(12, "patch", Work::Edit);
    check(&[&asks_aloud(patches(), "patch").titled(13, ASKS)], 20, "approval patch 8s");
    check(&[&asks_aloud(listed().calls(12, "patch", Work::Edit), "patch").titled(13, ASKS)], 20, "approval patch 8s");
    // What ran has its leave.
    for calls in [pushed().calls(12, list, Work::Command), listed().escalates(12, push, Work::Command)] {
        let ran = calls.runs(push).looked(14).falls_still();
        check(&[&ran.titled(16, ASKS)], 20, "approval ls 8s");
    }
    check(&[&listed().calls(12, "make", Work::Command).titled(13, ASKS)], 20, "approval ls 8s");
}

#[test]
fn a_question_stays_a_question() {
    let asked = calls(Work::Command).calls(12, "c2", Work::Question).titled(13, ASKS);
    check(&[&asked], 20, "question  8s");
}

#[test]
fn who_works_in_its_title_does_not_wait() {
    check(&[&calls(Work::Command)], 20, "approval c1 8s");
    check(&[&calls(Work::Command).titled(12, WORKS)], 20, "running_tool c1 x1 8s");
    let announced = || turn().escalates(12, "c1", Work::Command);
    check(&[&announced()], 20, "approval c1 8s");
    check(&[&announced().titled(13, ASKS).titled(15, WORKS)], 15, "running_tool c1 x1 3s");
    // It may not have got to its question yet.
    check(&[&announced().titled(15, WORKS)], 20, "approval c1 8s");
    check(&[&announced().titled(11, ASKS).titled(15, WORKS)], 20, "approval c1 8s");
}

#[test]
fn what_asked_before_a_call_is_not_about_it() {
    let two = turn().calls(12, "c1", Work::Edit).titled(13, ASKS);
    check(&[&two.clone().delivers(15, "c1").calls(15, "c2", Work::Edit)], 15, "running_tool c2 x1 0s");
    check(&[&two.calls(15, "c2", Work::Edit)], 15, "approval c1 3s");
}

#[test]
fn a_process_a_policy_and_the_end_of_the_turn_are_stronger() {
    check(&[&calls(Work::Command).titled(12, ASKS).runs("c1")], 20, "running_tool c1 x1 8s");
    check(&[&calls(Work::Command).policy("never").titled(12, ASKS)], 20, "running_tool c1 x1 8s");
    check(&[&calls(Work::Command).titled(12, ASKS).rests(15, TurnEnd::Interrupted)], 20, "turn_done 5s");
    check(&[&calls(Work::Read).titled(12, ASKS)], 20, "running_tool c1 x1 8s");
}

#[test]
fn a_title_left_behind_by_another_process_says_nothing() {
    let other = calls(Work::Edit).titled(12, ASKS).owned_since(11, 2);
    check(&[&other], 13, "running_tool c1 x1 1s");
}

/// Whether the title of the session is asked for.
#[track_caller]
fn check_doubt(scene: &Scene, expected: bool) {
    let mut engine = Engine::new();
    scene.tell(&mut engine, SourceId(0));
    let sessions = [(scene.key(), scene.presence.clone())].into();
    let (elsewhere, programs) = Default::default();
    engine.world(World { at: at(20), sessions, elsewhere, programs, owners_known: true });
    let expected = if expected { vec![scene.key()] } else { Vec::new() };
    assert_eq!(engine.doubtful().into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn titles_are_asked_for_only_while_they_can_tell_something() {
    check_doubt(&turn(), false);
    for work in [Work::Command, Work::Edit, Work::Script, Work::Permission, Work::Other] {
        check_doubt(&calls(work), true);
        check_doubt(&calls(work).titled(15, ASKS), true);
        check_doubt(&calls(work).delivers(15, "c1"), false);
        check_doubt(&calls(work).rests(15, TurnEnd::Completed), false);
        check_doubt(&calls(work).policy("never"), false);
        check_doubt(&calls(work).headless(), false);
        check_doubt(&calls(work).unloaded(), false);
        check_doubt(&calls(work).owned_since(15, 2), false);
    }
    check_doubt(&calls(Work::Command).runs("c1"), false);
    check_doubt(&calls(Work::Command).runs("c1").calls(13, "c2", Work::Edit), true);
    for work in [Work::Question, Work::Read, Work::Agent, Work::AgentWait, Work::Terminal] {
        check_doubt(&calls(work), false);
    }
}

#[test]
fn who_says_itself_what_it_does_is_not_asked() {
    let mut scene = calls(Work::Command);
    let place = Place::Socket { path: Untrusted::new("/sock") };
    let owner = scene.presence.owner.as_mut().expect("it is loaded");
    owner.report = Some(Report { activity: Activity::Busy, since: None, place });
    check_doubt(&scene, false);
}
