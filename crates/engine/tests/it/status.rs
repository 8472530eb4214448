//! One line per case: what is known, when it is asked, what the state is.

use topside_engine::Engine;
use topside_model::{
    CallId, ErrorClass, EventKind, SessionKind, SourceFact, SourceId, StatusGroup, TurnEnd, TurnId, Untrusted, Work,
};

use crate::limits::sample;
use crate::scene::{Scene, at, check, snapshot, thread, turn, unwritten};

fn commanded() -> Scene {
    turn().calls(12, "c1", Work::Command)
}

#[test]
fn a_turn_without_open_calls_thinks() {
    check(&[&turn()], 13, "thinking 3s");
    check(&[&turn().calls(11, "c1", Work::Command).delivers(14, "c1")], 15, "thinking 1s");
    check(&[&turn().calls(11, "c1", Work::Command).notes(14, "c1")], 15, "thinking 1s");
}

#[test]
fn a_turn_at_rest_is_somebody_elses_move() {
    check(&[&turn().rests(15, TurnEnd::Completed)], 20, "turn_done 5s");
    check(&[&turn().rests(15, TurnEnd::Interrupted)], 20, "turn_done 5s");
    check(&[&turn().rests(15, TurnEnd::Completed).turn(18)], 20, "thinking 2s");
}

#[test]
fn an_end_closes_the_turn_whatever_its_id() {
    let other = EventKind::TurnEnded { turn: Some(TurnId::new("of-the-reviewer")), how: TurnEnd::Completed };
    check(&[&turn().says(15, other)], 20, "turn_done 5s");
}

#[test]
fn what_comes_after_the_end_does_not_open_the_turn_again() {
    let done = commanded().delivers(14, "c1").rests(15, TurnEnd::Completed);
    check(&[&done.clone().notes(19, "c1")], 20, "turn_done 5s");
    check(&[&done.clone().policy("never")], 20, "turn_done 5s");
    check(&[&done.clone().prompt(19)], 20, "turn_done 5s");
    check(&[&done.calls(19, "late", Work::Command)], 20, "turn_done 5s");
}

#[test]
fn calls_that_an_older_turn_left_open_do_not_count() {
    check(&[&commanded().rests(15, TurnEnd::Interrupted).turn(18)], 60, "thinking 42s");
    check(&[&commanded().turn(18).calls(20, "c2", Work::Other)], 60, "running_tool c2 x1 40s");
}

#[test]
fn a_command_with_a_process_runs() {
    check(&[&commanded().runs("c1")], 13, "running_tool c1 x1 1s");
    check(&[&commanded().runs("c1")], 900, "running_tool c1 x1 888s");
    check(&[&turn().escalates(12, "c1", Work::Command).runs("c1")], 900, "running_tool c1 x1 888s");
}

#[test]
fn where_processes_name_no_calls_a_younger_one_counts() {
    check(&[&commanded().spawns(12)], 900, "running_tool c1 x1 888s");
    check(&[&commanded().spawns(11)], 900, "approval c1 888s");
    check(&[&commanded().runs("of-an-older-turn").spawns(13)], 900, "approval c1 888s");
}

#[test]
fn a_command_that_asks_for_more_waits_for_leave_at_once() {
    check(&[&turn().escalates(12, "c1", Work::Command)], 12, "approval c1 0s");
    check(&[&turn().escalates(12, "c1", Work::Edit)], 12, "approval c1 0s");
    check(&[&turn().calls(12, "c1", Work::Permission)], 12, "approval c1 0s");
}

#[test]
fn a_look_that_is_older_than_the_call_proves_no_process_missing() {
    check(&[&turn().escalates(12, "c1", Work::Command)], 11, "running_tool c1 x1 0s");
    check(&[&turn().escalates(12, "s1", Work::Script)], 11, "running_tool s1 x1 0s");
}

#[test]
fn a_plain_command_has_a_moment_to_start() {
    check(&[&commanded()], 12, "running_tool c1 x1 0s");
    check(&[&commanded()], 13, "approval c1 1s");
    check(&[&commanded().policy("untrusted")], 13, "approval c1 1s");
}

#[test]
fn nobody_waits_for_leave_where_nobody_is_asked() {
    check(&[&commanded().policy("never")], 90, "running_tool c1 x1 78s");
    check(&[&commanded().reviewer("guardian_subagent")], 90, "running_tool c1 x1 78s");
    check(&[&commanded().headless()], 90, "running_tool c1 x1 78s");
    check(&[&turn().escalates(12, "c1", Work::Command).headless()], 90, "running_tool c1 x1 78s");
    check(&[&turn().policy("never").calls(12, "c1", Work::Permission)], 90, "running_tool c1 x1 78s");
}

#[test]
fn a_process_that_was_there_shows_that_leave_was_given() {
    let ran = commanded().runs("c1").looked(13).falls_still();
    check(&[&ran], 90, "running_tool c1 x1 78s");
    let escalated = turn().escalates(12, "c1", Work::Command).runs("c1").looked(13).falls_still();
    check(&[&escalated], 90, "running_tool c1 x1 78s");
    let nameless = commanded().spawns(12).looked(13).falls_still();
    check(&[&nameless], 90, "running_tool c1 x1 78s");
}

#[test]
fn a_command_that_the_sandbox_stopped_may_ask_again() {
    for policy in ["on-failure", "untrusted"] {
        let stopped = commanded().policy(policy).runs("c1").looked(20).falls_still();
        check(&[&stopped], 20, "running_tool c1 x1 8s");
        check(&[&stopped], 21, "approval c1 9s");
    }
}

#[test]
fn a_call_for_which_the_agent_asks_aloud_waits_until_it_runs() {
    let asked = turn().calls(12, "c1", Work::Other).says(12, EventKind::ApprovalAsked(CallId::new("c1")));
    check(&[&asked], 12, "approval c1 0s");
    let command = commanded().says(12, EventKind::ApprovalAsked(CallId::new("c1")));
    check(&[&command], 12, "approval c1 0s");
    check(&[&command.clone().runs("c1")], 20, "running_tool c1 x1 8s");
    check(&[&command.runs("c1").looked(20).falls_still()], 21, "running_tool c1 x1 9s");
}

#[test]
fn of_parallel_calls_the_one_with_a_process_is_shown() {
    let two = commanded().calls(12, "c2", Work::Command);
    check(&[&two.clone().runs("c2")], 20, "running_tool c2 x2 8s");
    check(&[&two.clone().runs("c1").runs("c2")], 20, "running_tool c1 x2 8s");
    check(&[&two], 20, "approval c1 8s");
}

#[test]
fn a_sibling_that_is_done_looks_open_until_the_slowest_is() {
    let two = commanded().calls(12, "c2", Work::Command).runs("c1").runs("c2").looked(13);
    let first_done = two.clone().falls_still().runs("c2");
    check(&[&first_done], 20, "running_tool c2 x1 8s");
    check(&[&two.notes(14, "c1").falls_still().runs("c2")], 20, "running_tool c2 x1 8s");
}

#[test]
fn a_sibling_that_asks_for_more_waits_even_while_another_runs() {
    let two = commanded().escalates(12, "c2", Work::Command).runs("c1");
    check(&[&two], 12, "approval c2 0s");
    check(&[&two.runs("c2")], 20, "running_tool c1 x2 8s");
}

#[test]
fn a_call_that_waited_its_turn_has_a_moment_to_start_then() {
    let queued = commanded().calls(12, "c2", Work::Command).notes(30, "c1");
    check(&[&queued], 30, "running_tool c2 x1 18s");
    check(&[&queued], 31, "approval c2 19s");
}

#[test]
fn an_edit_has_no_process_and_is_over_soon() {
    let edit = turn().calls(12, "e1", Work::Edit);
    check(&[&edit], 14, "running_tool e1 x1 2s");
    check(&[&edit], 15, "approval e1 3s");
    check(&[&edit.clone().policy("never")], 16, "running_tool e1 x1 4s");
    check(&[&edit.calls(12, "c1", Work::Command).runs("c1")], 90, "running_tool c1 x2 78s");
}

/// A script whose command is over, and a command that runs.
fn script_beside_a_command() -> Scene {
    let script = turn().calls(12, "s1", Work::Script).runs("exec-7").spawns(13).looked(14).falls_still();
    script.calls(12, "c1", Work::Command).runs("c1")
}

#[test]
fn a_script_waits_for_leave_only_by_its_own_request() {
    let script = turn().calls(12, "s1", Work::Script);
    check(&[&script], 90, "running_tool s1 x1 78s");
    check(&[&script.runs("exec-7").spawns(13)], 90, "running_tool s1 x1 78s");
    let asking = turn().escalates(12, "s1", Work::Script);
    check(&[&asking], 12, "approval s1 0s");
    check(&[&asking.clone().runs("exec-7").spawns(13)], 90, "running_tool s1 x1 78s");
    let again = asking.runs("exec-7").spawns(13).looked(14).falls_still();
    check(&[&again], 90, "approval s1 78s");
    let beside = script_beside_a_command();
    check(&[&beside], 90, "running_tool c1 x2 78s");
}

#[test]
fn what_starts_no_program_of_its_own_is_never_taken_to_wait_for_leave() {
    for work in [Work::Terminal, Work::Read, Work::Other] {
        check(&[&turn().calls(12, "c1", work)], 900, "running_tool c1 x1 888s");
    }
}

#[test]
fn a_question_is_shown_with_its_words() {
    let text = Some(Untrusted::new("Which one?"));
    let asked = EventKind::QuestionAsked { call: CallId::new("q1"), text };
    let asking = turn().calls(12, "q1", Work::Question).says(12, asked);
    check(&[&asking], 12, "question Which one? 0s");
    check(&[&asking.clone().calls(12, "c1", Work::Command).runs("c1")], 20, "question Which one? 8s");
    check(&[&asking.delivers(14, "q1")], 20, "thinking 6s");
}

#[test]
fn waiting_for_other_agents_counts_those_at_work() {
    let parent = turn().starts_child(11, "b").starts_child(11, "c").calls(12, "w1", Work::AgentWait);
    let busy = thread("b").child_of("a", SessionKind::default()).turn(11);
    let idle = thread("c").child_of("a", SessionKind::default()).turn(11).rests(13, TurnEnd::Completed);
    check(&[&parent, &busy, &idle], 20, "waiting_on_subagents 1 8s");
    check(&[&parent, &idle], 20, "waiting_on_subagents 2 8s");
    check(&[&parent.calls(12, "c1", Work::Command).runs("c1"), &busy], 20, "running_tool c1 x2 8s");
}

#[test]
fn a_turn_nobody_asked_for_compacts() {
    check(&[&turn().rests(11, TurnEnd::Completed).compaction(12)], 15, "compacting 3s");
    check(&[&thread("a").compaction(12).rests(14, TurnEnd::Completed)], 15, "turn_done 1s");
}

#[test]
fn a_failed_turn_says_why() {
    check(&[&turn().fails(12, ErrorClass::ContextFull)], 15, "failed ContextFull words 3s");
    check(&[&turn().rests(12, TurnEnd::Failed)], 15, "failed Other  3s");
    check(&[&turn().fails(12, ErrorClass::Server).turn(14)], 15, "thinking 1s");
    check(&[&turn().fails(12, ErrorClass::Server).unloaded()], 15, "failed Server words 3s");
}

#[test]
fn a_limit_stops_it_until_it_starts_afresh() {
    let full = |resets| sample("codex", 11, &[(100.0, resets), (40.0, 9000)]);
    check(&[&turn().limited(11, full(612)).fails(12, ErrorClass::UsageLimit)], 12, "rate_limited 600s left 0s");
    check(&[&turn().limited(11, full(612)).fails(12, ErrorClass::RateLimit)], 12, "rate_limited 600s left 0s");
    check(&[&turn().limited(11, full(5)).fails(12, ErrorClass::UsageLimit)], 12, "rate_limited 0s");
    check(&[&turn().fails(12, ErrorClass::UsageLimit)], 12, "rate_limited 0s");
}

#[test]
fn a_thread_without_a_file_is_new_and_leaves_nothing_behind() {
    check(&[&unwritten("a")], 5, "new");
    check(&[&thread("a")], 5, "new 5s");
    assert_eq!(snapshot(&[&unwritten("a").looked(4)], 5).sessions.len(), 1);
    assert!(snapshot(&[&unwritten("a").looked(4).unloaded()], 5).sessions.is_empty());
    assert!(snapshot(&[&unwritten("a").unloaded()], 5).sessions.is_empty());
}

#[test]
fn a_process_that_went_away_crashed_only_in_the_middle_of_a_turn() {
    check(&[&commanded().unloaded()], 20, "crashed 8s");
    check(&[&turn().rests(15, TurnEnd::Completed).unloaded()], 20, "ended 5s");
    check(&[&turn().rests(15, TurnEnd::Interrupted).unloaded()], 20, "interrupted 5s");
    check(&[&thread("a").unloaded()], 20, "ended 20s");
}

#[test]
fn a_turn_that_an_earlier_process_left_open_is_not_worked_on() {
    check(&[&commanded().owned_since(9, 1)], 60, "approval c1 48s");
    check(&[&turn().owned_since(12, 1)], 60, "thinking 50s");
    check(&[&turn().owned_since(13, 2)], 60, "turn_done");
    check(&[&commanded().owned_since(40, 2)], 60, "turn_done");
    check(&[&commanded().owned_since(40, 2).turn(50)], 60, "thinking 10s");
    check(&[&commanded().owned_since(40, 2).delivers(45, "c1")], 60, "thinking 15s");
    check(&[&turn().rests(11, TurnEnd::Completed).compaction(12).owned_since(40, 2)], 60, "turn_done");
}

#[test]
fn versions_that_record_no_turns_rest_when_they_are_quiet() {
    let old = thread("a").prompt(10);
    check(&[&old], 20, "thinking 10s");
    check(&[&old], 41, "turn_done 31s");
    check(&[&old.clone().calls(12, "c1", Work::Command).runs("c1")], 90, "running_tool c1 x1 78s");
    check(&[&old.clone().calls(12, "c1", Work::Command)], 90, "approval c1 78s");
    check(&[&old.clone().calls(12, "c1", Work::Command).prompt(60)], 62, "thinking 2s");
    check(&[&old.clone().unloaded()], 20, "ended 10s");
    check(&[&old.clone().calls(12, "c1", Work::Command).unloaded()], 20, "crashed 8s");
    check(&[&old.clone().rests(15, TurnEnd::Interrupted)], 20, "turn_done 5s");
    check(&[&old.clone().rests(15, TurnEnd::Interrupted).prompt(18)], 20, "thinking 2s");
    check(&[&old.rests(15, TurnEnd::Interrupted).prompt(18).unloaded()], 20, "ended 2s");
}

#[test]
fn a_system_that_does_not_tell_owners_is_not_second_guessed() {
    let why = "this system does not tell whether a process has it loaded";
    check(&[&commanded().unwatched()], 20, &format!("unknown: {why}"));
    check(&[&thread("a").prompt(10).unwatched()], 20, &format!("unknown: {why}"));
    check(&[&turn().rests(15, TurnEnd::Completed).unwatched()], 20, "turn_done 5s");
    check(&[&turn().fails(15, ErrorClass::Server).unwatched()], 20, "failed Server words 5s");
}

#[test]
fn a_clock_that_runs_backwards_makes_ages_zero() {
    check(&[&turn()], 3, "thinking 0s");
    check(&[&commanded()], 3, "running_tool c1 x1 0s");
    check(&[&turn().rests(2, TurnEnd::Completed)], 1, "turn_done 0s");
    check(&[&turn().rests(20, TurnEnd::Completed).turn(15)], 16, "thinking 1s");
    check(&[&turn().calls(500, "old", Work::Read).delivers(500, "old").turn(20)], 22, "thinking 2s");
}

#[test]
fn a_file_without_a_readable_record_is_unknown() {
    let mut engine = Engine::new();
    let (path, home) = (Untrusted::new("a.jsonl"), Untrusted::new("/home/u/.codex"));
    engine.source(SourceFact { session: thread("a").key(), id: SourceId(0), path, home, archived: false });
    let session = &engine.snapshot(at(9)).sessions[0];
    assert_eq!((session.status.id(), session.group()), ("unknown", StatusGroup::Over));
}
