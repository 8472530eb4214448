//! What each snapshot adds to what is kept.

use std::sync::Arc;
use std::time::Duration;

use topside_engine::Chronicle;
use topside_model::{
    AgentId, Bookmark, CallId, Detail, Fact, Limit, LimitId, LimitSample, LimitWindow, Outcome, Percent, Session,
    SessionId, SessionKey, Snapshot, Status, Timestamp, ToolCall, TurnEnd, TurnId, TurnView, Untrusted, Work,
};

use crate::scene::at;

fn thinking(since: i64) -> Status {
    Status::Thinking { since: Some(at(since)) }
}

fn running(since: i64) -> Status {
    let (call, name) = (CallId::new("call"), Untrusted::new("shell"));
    Status::RunningTool { call, name, summary: Some(Untrusted::new("rm -r x")), parallel: 1, since: Some(at(since)) }
}

fn approval(tool: &str, since: i64) -> Status {
    Status::Approval { tool: Untrusted::new(tool), summary: Some(Untrusted::new("rm -r x")), since: Some(at(since)) }
}

fn waiting(since: i64) -> Status {
    Status::WaitingOnSubagents { n: 1, since: Some(at(since)) }
}

fn done(since: i64) -> Status {
    Status::TurnDone { since: Some(at(since)) }
}

const UNKNOWN: Status = Status::Unknown { why: "a test", over: false };

/// The session `a`, loaded unless it is over.
fn session(status: Status) -> Session {
    let live = !status.kind().is_over();
    Session { live, ..Session::new(SessionKey { agent: AgentId::new("codex"), id: SessionId::new("a") }, status) }
}

fn snapshot(second: i64, sessions: Vec<Session>) -> Snapshot {
    Snapshot { sessions: sessions.into_iter().map(Arc::new).collect(), ..Snapshot::empty(at(second)) }
}

fn seconds(time: Timestamp) -> i64 {
    time.as_second() - at(0).as_second()
}

/// Facts in short.
fn words(facts: &[Fact]) -> String {
    let second = |time: Option<Timestamp>| time.map_or(String::new(), |time| seconds(time).to_string());
    let word = |fact: &Fact| match fact {
        Fact::State(span) => {
            let tool = span.tool.as_ref().map_or(String::new(), |tool| format!(" {}", tool.raw()));
            format!("{}{tool} {}..{}", span.state.id(), seconds(span.from), second(span.to))
        }
        Fact::Turn(turn) => {
            format!("turn {} {}..{} {:?}", turn.turn, second(turn.started_at), second(turn.ended_at), turn.how)
        }
        Fact::Call(call) => {
            format!("call {} {} {:?} {:?}", call.call, call.tool.raw(), call.work, call.outcome)
        }
        Fact::Limit(seen) => {
            let (at, resets) = (seconds(seen.at), second(seen.resets_at));
            format!("{} {:?} {}% at {at} until {resets}", seen.limit, seen.window, seen.used.0)
        }
    };
    facts.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// What a session that is in these states at these seconds gives, snapshot by snapshot.
#[track_caller]
fn check(states: &[(i64, Status)], expected: &[&str]) {
    let mut chronicle = Chronicle::default();
    let given: Vec<String> = states
        .iter()
        .map(|(second, status)| words(&chronicle.observe(&snapshot(*second, vec![session(status.clone())]))))
        .collect();
    assert_eq!(given, expected);
}

#[test]
fn a_state_lasts_until_the_next_began() {
    check(
        &[(10, thinking(5)), (11, thinking(5)), (20, running(18)), (31, thinking(30)), (40, done(39))],
        &[
            "thinking 5..",
            "",
            "thinking 5..18, running_tool 18..",
            "running_tool 18..30, thinking 30..",
            "thinking 30..39, turn_done 39..",
        ],
    );
}

#[test]
fn a_second_wait_is_a_wait_of_its_own() {
    check(
        &[(10, approval("shell", 5)), (20, approval("shell", 15)), (21, approval("edit", 15))],
        &[
            "approval shell 5..",
            "approval shell 5..15, approval shell 15..",
            "approval shell 15..15, approval edit 15..",
        ],
    );
}

#[test]
fn what_turns_out_to_be_another_state_took_no_time() {
    check(
        &[(10, running(9)), (12, approval("shell", 9))],
        &["running_tool 9..", "running_tool 9..9, approval shell 9.."],
    );
}

#[test]
fn a_call_that_was_allowed_waited_until_it_ran() {
    check(
        &[(10, approval("shell", 9)), (40, running(9)), (41, running(9)), (50, thinking(48))],
        &["approval shell 9..", "approval shell 9..40, running_tool 40..", "", "running_tool 40..48, thinking 48.."],
    );
}

#[test]
fn a_state_that_comes_back_does_so_when_that_is_seen() {
    check(
        &[(6, waiting(5)), (8, running(7)), (12, waiting(5)), (13, waiting(5)), (20, done(19))],
        &[
            "waiting_on_subagents 5..",
            "waiting_on_subagents 5..7, running_tool 7..",
            "running_tool 7..12, waiting_on_subagents 12..",
            "",
            "waiting_on_subagents 12..19, turn_done 19..",
        ],
    );
}

#[test]
fn where_no_record_tells_since_when_it_is_since_it_was_seen() {
    check(&[(10, UNKNOWN), (15, UNKNOWN), (20, done(12))], &["unknown 10..", "", "unknown 10..12, turn_done 12.."]);
}

#[test]
fn what_is_over_takes_no_time_and_is_told_once() {
    let ended = |second| Status::Ended { at: Some(at(second)) };
    check(
        &[(10, done(5)), (60, ended(5)), (70, ended(5)), (80, done(5)), (90, Status::Crashed { at: Some(at(85)) })],
        &["turn_done 5..", "turn_done 5..60, ended 5..5", "", "turn_done 5..", "turn_done 5..90, crashed 85..85"],
    );
}

#[test]
fn a_session_that_is_not_shown_any_more_was_left() {
    let mut chronicle = Chronicle::default();
    chronicle.observe(&snapshot(10, vec![session(done(5))]));
    assert_eq!(words(&chronicle.observe(&snapshot(30, Vec::new()))), "turn_done 5..30");
    assert_eq!(words(&chronicle.observe(&snapshot(31, Vec::new()))), "");
}

/// What the state `now`, seen at a second, gives after a restart: `status` was seen first, and somebody watched until
/// second 30.
#[track_caller]
fn check_restart(status: Status, second: i64, now: Status, expected: &str) {
    let mut before = Chronicle::default();
    let facts = before.observe(&snapshot(20, vec![session(status)]));
    let open = facts.into_iter().filter_map(|fact| if let Fact::State(span) = fact { Some(span) } else { None });
    let bookmark = Bookmark { open: open.collect(), limits: Vec::new(), seen_at: Some(at(30)), kept_since: None };
    let facts = Chronicle::new(bookmark).observe(&snapshot(second, vec![session(now)]));
    assert_eq!(words(&facts), expected);
}

#[test]
fn a_restart_goes_on_where_the_state_is_the_same() {
    check_restart(done(5), 40, done(5), "");
    check_restart(done(5), 4_000, done(5), "");
    check_restart(UNKNOWN, 40, UNKNOWN, "");
    check_restart(thinking(5), 40, running(35), "thinking 5..35, running_tool 35..");
}

#[test]
fn nobody_knows_what_went_on_while_nobody_watched() {
    check_restart(UNKNOWN, 4_000, UNKNOWN, "unknown 20..30, unknown 4000..");
    check_restart(thinking(5), 4_000, done(3_000), "thinking 5..30, turn_done 3000..");
    check_restart(thinking(5), 4_000, done(25), "thinking 5..25, turn_done 25..");
    check_restart(thinking(5), 4_000, Status::Ended { at: Some(at(28)) }, "thinking 5..30, ended 28..28");
}

/// A machine that sleeps, or a program that is too busy to look, is like one that was not there.
#[test]
fn nobody_knows_what_went_on_while_the_machine_slept() {
    check(
        &[(10, thinking(5)), (30_000, done(29_990)), (30_010, thinking(30_005)), (60_000, approval("shell", 30_020))],
        &[
            "thinking 5..",
            "thinking 5..10, turn_done 29990..",
            "turn_done 29990..30005, thinking 30005..",
            "thinking 30005..30010, approval shell 30020..",
        ],
    );
    check(
        &[(10, done(5)), (30_000, done(5)), (30_001, thinking(30_001))],
        &["turn_done 5..", "", "turn_done 5..30001, thinking 30001.."],
    );
    check(&[(10, UNKNOWN), (20, UNKNOWN), (4_000, UNKNOWN)], &["unknown 10..", "", "unknown 10..20, unknown 4000.."]);
    check(&[(10, UNKNOWN), (130, UNKNOWN), (250, UNKNOWN)], &["unknown 10..", "", ""]);
    let ended = || Status::Ended { at: Some(at(5)) };
    check(&[(10, ended()), (4_000, ended())], &["ended 5..5", ""]);
}

#[test]
fn a_session_that_is_gone_after_a_pause_was_left_before_it() {
    let mut chronicle = Chronicle::default();
    chronicle.observe(&snapshot(10, vec![session(done(5))]));
    assert_eq!(words(&chronicle.observe(&snapshot(4_000, Vec::new()))), "turn_done 5..10");
}

fn turn(id: &str, started: i64, ended: Option<i64>) -> TurnView {
    let ended = ended.map(|second| (Some(at(second)), TurnEnd::Completed));
    TurnView { id: TurnId::new(id), started_at: Some(at(started)), ended }
}

fn call(id: &str, name: &str, outcome: Option<Outcome>) -> ToolCall {
    ToolCall {
        id: CallId::new(id),
        name: Untrusted::new(name),
        work: Work::Command,
        summary: Some(Untrusted::new("rm -r x")),
        started_at: Some(at(1)),
        finished_at: outcome.map(|_| at(2)),
        took: None,
        outcome,
        exit_code: None,
    }
}

/// What sessions with these turns and calls give, snapshot by snapshot.
fn details(details: Vec<Detail>) -> Vec<String> {
    let mut chronicle = Chronicle::default();
    // Of states, only the first snapshot tells.
    chronicle.observe(&snapshot(0, vec![session(done(0))]));
    let with = |detail| Session { detail: Arc::new(detail), ..session(done(0)) };
    details.into_iter().map(|detail| words(&chronicle.observe(&snapshot(1, vec![with(detail)])))).collect()
}

#[test]
fn turns_and_calls_are_told_when_they_end_and_when_they_end_again() {
    let turns = |turns: &[TurnView]| Detail { turns: turns.to_vec(), ..Detail::default() };
    let calls = |calls: &[ToolCall]| Detail { tools: calls.to_vec(), ..Detail::default() };
    let (first, open, ended) = (turn("1", 1, Some(3)), turn("2", 4, None), turn("2", 4, Some(9)));
    assert_eq!(
        details(vec![turns(&[first.clone(), open]), turns(&[first, ended.clone()]), turns(&[ended])]),
        ["turn 1 1..3 Completed", "turn 2 4..9 Completed", ""]
    );
    let goes_on = call("1", "Bash", Some(Outcome::Background));
    let back = call("1", "Bash", Some(Outcome::Failed));
    assert_eq!(
        details(vec![calls(&[call("1", "Bash", None)]), calls(&[goes_on]), calls(&[back])]),
        ["", "call 1 Bash Command Background", "call 1 Bash Command Failed"]
    );
}

#[test]
fn ids_and_names_that_are_none_are_not_kept() {
    let name = "ä".repeat(1_000);
    let done = Some(Outcome::Completed);
    let tools = vec![call(&"x".repeat(257), "Bash", done), call("2", &name, done)];
    let turns = vec![turn(&"x".repeat(257), 1, Some(2))];
    let told = details(vec![Detail { tools, turns, ..Detail::default() }]);
    assert_eq!(told, [format!("call 2 {} Command Completed", &name[..128])]);
}

/// What figures of a limit give: for each the second, the share, and when it starts afresh.
#[track_caller]
fn check_limits(figures: &[(i64, f64, i64)], expected: &[&str]) {
    let mut chronicle = Chronicle::default();
    let given = figures.iter().map(|(second, used, resets)| {
        let window = |used| LimitWindow {
            window: Some(Duration::from_hours(5)),
            used: Percent(used),
            resets_at: Some(at(*resets)),
        };
        let sample = LimitSample {
            limit: LimitId::new("five_hours"),
            name: Some(Untrusted::new("words")),
            plan: None,
            windows: vec![window(*used), window(99.0), window(f64::NAN)],
            reached: None,
            seen_at: at(*second),
        };
        let limit =
            Limit { agent: AgentId::new("codex"), home: Untrusted::new("/home/ada/.codex"), sample, marks: Vec::new() };
        words(&chronicle.observe(&Snapshot { limits: vec![limit], ..Snapshot::empty(at(100)) }))
    });
    assert_eq!(given.collect::<Vec<_>>(), expected);
}

#[test]
fn a_limit_is_told_when_it_changes() {
    check_limits(
        &[(1, 10.0, 900), (2, 10.0, 900), (3, 10.0, 905), (4, 11.0, 900), (5, 11.0, 18_900), (3, 10.0, 900)],
        &[
            "five_hours Some(18000s) 10% at 1 until 900",
            "",
            "",
            "five_hours Some(18000s) 11% at 4 until 900",
            "five_hours Some(18000s) 11% at 5 until 18900",
            "",
        ],
    );
}

#[test]
fn a_simulated_fleet_leaves_no_facts() {
    let mut chronicle = Chronicle::default();
    assert!(chronicle.observe(&Snapshot { demo: true, ..snapshot(10, vec![session(done(5))]) }).is_empty());
}
