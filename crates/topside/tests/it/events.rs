//! `topside watch --jsonl`: what is told, how it ends, and how one goes on after a line.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use topside_model::{
    AgentId, CallFact, CallId, Fact, Outcome, SessionId, SessionKey, StateKind, StateSpan, Timestamp, TurnEnd,
    TurnFact, TurnId, Untrusted, Work,
};
use topside_store::Store;

use crate::home::{Home, NOW};
use crate::running::StandIn;
use crate::speaking::Speaking;
use crate::waiting::{LATER, finish, working};

/// A run of `topside watch --jsonl`, each line of which keeps to its schema.
fn watch(home: &Home, args: &[&str]) -> Speaking {
    Speaking::start(home.command(["watch", "--jsonl"].iter().chain(args)))
}

#[track_caller]
fn check(event: &Value) {
    let schema = serde_json::from_str(include_str!("../../../export/schema/event.v1.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(event).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{event:#}");
}

/// Waits for an event of this name.
#[track_caller]
fn event(watch: &mut Speaking, name: &str) -> Value {
    let event = watch.wait_for(name, |line| line["event"] == name);
    check(&event);
    event
}

#[test]
fn a_turn_is_told_from_its_tool_to_the_end_of_its_process_and_again_after_a_cursor() {
    let home = Home::new();
    let transcript = working();
    let path = home.add(&transcript);
    let agent = StandIn::start(&home, &home.codex(), &path);
    let mut live = watch(&home, &["--now", LATER]);
    let appeared = event(&mut live, "session_appeared");
    assert_eq!((&appeared["session"]["id"], &appeared["seq"]), (&json!(transcript.thread()), &json!(1)));
    assert_eq!(
        (&appeared["status"]["id"], &appeared["status"]["tool"]),
        (&json!("running_tool"), &json!("exec_command"))
    );
    finish(&path, &transcript);
    let finished = event(&mut live, "tool_finished");
    assert_eq!(finished["call"]["outcome"], "completed");
    let done = event(&mut live, "turn_done");
    assert_eq!(done["turn"]["how"], "completed");
    let cursor = appeared["cursor"].as_str().expect("a cursor").to_owned();
    let mut again = watch(&home, &["--now", LATER, "--since", &cursor]);
    assert_eq!(event(&mut again, "gap")["lacks"][0], "session_ended");
    assert_eq!(event(&mut again, "tool_finished")["id"], finished["id"]);
    assert_eq!(event(&mut again, "turn_done")["id"], done["id"]);
    assert_eq!(event(&mut again, "session_appeared")["status"]["id"], "turn_done");
    drop(agent);
    assert_eq!(event(&mut live, "session_ended")["status"]["id"], "ended");
}

#[test]
fn a_signal_ends_it_cleanly() {
    for signal in [Signal::INT, Signal::TERM] {
        let home = Home::with(&["resume"]);
        let mut live = watch(&home, &[]);
        event(&mut live, "limit_observed");
        kill_process(Pid::from_child(&live.child), signal).expect("it runs");
        assert_eq!(live.end().code(), Some(0), "{signal:?}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_though_nothing_happens() {
    let home = Home::new();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut child = home.command(["watch", "--jsonl"]).stdout(writer).spawn().expect("it starts");
    drop(reader);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_cursor_that_is_none_is_refused() {
    let run = Home::new().run(["watch", "--jsonl", "--since", "yesterday"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
    assert!(run.err.contains("cursor of a line"), "{run:?}");
}

fn at(second: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-20T04:00:00Z".parse().expect("a moment");
    Timestamp::from_second(noon.as_second() + second).expect("a moment")
}

/// States, a turn and a call of a session whose transcript is gone.
fn facts() -> Vec<Fact> {
    let session = SessionKey { agent: AgentId::new("codex"), id: SessionId::new("gone") };
    let span = |state, tool: Option<&str>, from, to: Option<i64>| {
        let (session, tool) = (session.clone(), tool.map(Untrusted::new));
        Fact::State(StateSpan { session, state, tool, from: at(from), to: to.map(at) })
    };
    vec![
        span(StateKind::Thinking, None, 100, Some(110)),
        span(StateKind::Approval, Some("shell"), 110, Some(130)),
        span(StateKind::TurnDone, None, 130, None),
        Fact::Call(CallFact {
            session: session.clone(),
            call: CallId::new("c"),
            tool: Untrusted::new("shell"),
            work: Work::Command,
            started_at: Some(at(110)),
            finished_at: Some(at(129)),
            outcome: Outcome::Completed,
        }),
        Fact::Turn(TurnFact {
            session,
            turn: TurnId::new("t"),
            started_at: Some(at(100)),
            ended_at: Some(at(130)),
            how: TurnEnd::Completed,
        }),
    ]
}

#[test]
fn what_history_kept_since_a_cursor_is_told_first_and_what_it_lacks_before_that() {
    let (home, elsewhere) = (Home::new(), tempfile::tempdir().expect("a folder"));
    let history = elsewhere.path().join("history.db");
    Store::open(&history).and_then(|mut store| store.record(&facts(), at(300))).expect("kept");
    let cursor = format!("1-{:x}", at(140).as_millisecond());
    let place = history.to_str().expect("a path");
    let mut live = watch(&home, &["--now", NOW, "--history", place, "--since", &cursor]);
    let told: Vec<Value> = (0..7).map(|_| live.next()).collect();
    told.iter().for_each(check);
    let names: Vec<&str> = told.iter().map(|event| event["event"].as_str().expect("a name")).collect();
    // Half a minute before the cursor is told again.
    let expected = ["gap", "gap", "tool_started", "status_changed", "tool_finished", "turn_done", "status_changed"];
    assert_eq!(names, expected, "{told:#?}");
    assert_eq!(
        (&told[1]["from"], &told[1]["to"]),
        (&json!("2026-11-20T04:05:00.000Z"), &json!("2026-11-20T04:10:00.000Z"))
    );
    assert_eq!((&told[3]["from"], &told[3]["to"]["tool"]), (&json!("thinking"), &json!("shell")));
}

#[test]
fn a_cursor_of_a_later_moment_is_told_to_be_one_and_goes_on_from_now() {
    let (home, elsewhere) = (Home::new(), tempfile::tempdir().expect("a folder"));
    let history = elsewhere.path().join("history.db");
    Store::open(&history).and_then(|mut store| store.record(&facts(), at(300))).expect("kept");
    let (place, now) = (history.to_str().expect("a path"), at(140));
    let cursor = |moment: Timestamp| format!("1-{:x}", moment.as_millisecond());
    let mut live = watch(&home, &["--now", &now.to_string(), "--history", place, "--since", &cursor(at(9_999))]);
    let gap = event(&mut live, "gap");
    assert!(gap["why"].as_str().is_some_and(|why| why.contains("of a later moment")), "{gap:#}");
    assert_eq!(gap["cursor"], cursor(now), "who goes on from here is told of it once");
    // Half a minute before now is told again, as after any cursor.
    assert_eq!(event(&mut live, "turn_done")["cursor"], cursor(now));
}
