//! `topside wait`: what it returns for, and with which code.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::fixture::Transcript;
use crate::home::{Home, Run};
use crate::running::StandIn;
use crate::schema;

/// Long after the fixture whose turns lie a hundred years ahead, so that its process is younger than they are.
pub(crate) const LATER: &str = "2126-11-20T01:54:00Z";

/// A transcript that a process has loaded in the middle of a turn.
pub(crate) fn working() -> Transcript {
    Transcript::of("killed-mid-turn").with("2026-11-20", "2126-11-20")
}

#[track_caller]
fn check(run: &Run, code: i32, out: &str, err: &str) {
    assert_eq!(run.code, Some(code), "{run:?}");
    assert!(run.out.contains(out) && run.err.contains(err), "{run:?}");
    assert_eq!((run.out.is_empty(), run.err.is_empty()), (out.is_empty(), err.is_empty()), "{run:?}");
}

#[test]
fn what_is_so_already_counts() {
    let home = Home::with(&["resume", "killed-mid-turn"]);
    let (resume, killed) = (Transcript::of("resume"), Transcript::of("killed-mid-turn"));
    check(&home.run(["wait", "--session", resume.thread(), "--until", "done"]), 0, resume.thread(), "");
    check(&home.run(["wait", "--session", killed.thread(), "--until", "failed"]), 0, "crashed", "");
    let reached = home.json(&["wait", "--session", resume.thread(), "--until", "done", "--json"]);
    schema::check(&reached);
    assert_eq!((&reached["until"], &reached["status"]["id"]), (&Value::from("done"), &Value::from("ended")));
}

#[test]
fn each_way_in_which_nothing_comes_of_it_has_its_code() {
    let home = Home::with(&["resume", "error-500", "killed-mid-turn"]);
    let (resume, killed) = (Transcript::of("resume"), Transcript::of("killed-mid-turn"));
    check(&home.run(["wait", "--session", killed.thread(), "--until", "done"]), 5, "", "is over");
    check(&home.run(["wait", "--session", resume.thread(), "--until", "done", "--next"]), 5, "", "is over");
    check(&home.run(["wait", "--any", "--until", "done", "--timeout", "0"]), 124, "", "in time");
    check(&home.run(["wait", "--session", "nobody", "--until", "idle"]), 3, "", "\"nobody\"");
    check(&home.run(["wait", "--session", "01a1f722", "--until", "idle"]), 4, "", "fits 2");
    check(&home.run(["wait", "--until", "idle"]), 2, "", "--any");
    check(&home.run(["wait", "--any", "--until", "idle", "--timeout", "soon"]), 2, "", "90s");
}

/// Lets the tool of the transcript come back and its turn end.
pub(crate) fn finish(path: &Path, transcript: &Transcript) {
    let text = String::from_utf8_lossy(&transcript.bytes);
    let field = |name: &str| {
        let rest = text.rsplit(&format!("\"{name}\":\"")).next().expect("text");
        rest.split('"').next().expect("a value").to_owned()
    };
    let record =
        |kind: &str, payload| json!({"timestamp": "2126-11-20T01:53:59.000Z", "type": kind, "payload": payload});
    let output = json!({"type": "function_call_output", "call_id": field("call_id"), "output": "done"});
    let end = json!({"type": "task_complete", "turn_id": field("turn_id"), "last_agent_message": null});
    let mut file = File::options().append(true).open(path).expect("the transcript");
    writeln!(file, "{}\n{}", record("response_item", output), record("event_msg", end)).expect("written");
}

fn start(home: &Home, args: &[&str]) -> Child {
    let mut command = home.command(args.iter().copied().chain(["--now", LATER]));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

#[test]
fn a_turn_that_ends_ends_the_wait_for_it() {
    let home = Home::new();
    let transcript = working();
    let path = home.add(&transcript);
    let _agent = StandIn::start(&home, &home.codex(), &path);
    let waits = start(&home, &["wait", "--any", "--until", "idle"]);
    finish(&path, &transcript);
    let output = waits.wait_with_output().expect("it ends");
    let said = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("done") && said.contains(transcript.thread()), "{said}");
}

#[test]
fn a_session_whose_process_ends_ends_the_wait_for_something_else() {
    let home = Home::new();
    let transcript = working();
    let agent = StandIn::start(&home, &home.codex(), &home.add(&transcript));
    let waits = start(&home, &["wait", "--session", transcript.thread(), "--until", "done"]);
    drop(agent);
    let output = waits.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
}
