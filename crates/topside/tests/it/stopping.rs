//! Sessions ended from the command line, with the program itself standing in for the agent.

use std::process::{Child, Command};

use serde_json::json;

use crate::fixture::Transcript;
use crate::home::{Home, Run};
use crate::running::StandIn;
use crate::watching::Watch;

/// After the last record of [`session`].
const NOW: &str = "2126-11-20T01:54:00Z";

/// A home in which a session runs, that session and its agent. Its turn began long after the test, so that it is the
/// process' own.
fn session() -> (Home, Transcript, StandIn) {
    let home = Home::new();
    let transcript = Transcript::of("killed-mid-turn").with("2026-11-20", "2126-11-20");
    let path = home.add(&transcript);
    let agent = StandIn::start(&home, &home.codex(), &path);
    Watch::start_at(&home, NOW).wait_for("a live session", |document| document["sessions"][0]["live"] == true);
    (home, transcript, agent)
}

fn topside(home: &Home, args: &[&str]) -> Run {
    home.run(args.iter().chain(&["--now", NOW]))
}

#[test]
fn a_session_is_named_before_it_ends_and_ends_only_when_that_is_agreed_to() {
    let (home, transcript, mut agent) = session();
    let (thread, pid) = (transcript.thread(), format!("pid {}", agent.pid()));
    let dry = topside(&home, &["stop", thread, "--dry-run"]);
    assert!(dry.out.contains(&pid) && dry.out.contains("ls --watch"), "{}", dry.out);
    assert_eq!(dry.code, Some(0));
    let nobody = topside(&home, &["stop", thread]);
    assert!(nobody.err.contains("say --yes"), "{}", nobody.err);
    assert_eq!(nobody.code, Some(2));
    let refused = topside(&home, &["stop", thread, "--yes", "--read-only"]);
    assert!(refused.err.contains("topside only looks here"), "{}", refused.err);
    assert_eq!(refused.code, Some(1));
    assert!(!agent.has_ended(), "nothing of this ended it");
    let stopped = topside(&home, &["stop", thread, "--yes"]);
    assert!(stopped.out.contains("Ended: codex in"), "{} {}", stopped.out, stopped.err);
    assert!(agent.has_ended());
    let again = topside(&home, &["stop", thread, "--yes"]);
    assert!(again.err.contains("nothing of it runs"), "{}", again.err);
    assert_eq!((stopped.code, again.code), (Some(0), Some(1)));
}

#[test]
fn of_a_session_that_ended_long_ago_it_is_said_that_nothing_runs() {
    let home = Home::with(&["resume"]);
    let listed = home.only_session();
    let thread = listed["id"].as_str().expect("an id");
    for command in ["stop", "jump"] {
        let run = home.run([command, thread, "--now", "2026-12-20T00:00:00Z"]);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(!run.err.contains("no session has the id"), "{run:?}");
    }
}

#[test]
fn only_processes_of_agents_end_by_number() {
    let (home, _, mut agent) = session();
    let own = std::process::id().to_string();
    let foreign = topside(&home, &["stop", "--pid", &own, "--yes"]);
    assert!(foreign.err.contains("it is no process of an agent"), "{}", foreign.err);
    let pid = agent.pid().to_string();
    let stopped = topside(&home, &["stop", "--pid", &pid, "--yes"]);
    assert_eq!((foreign.code, stopped.code, agent.has_ended()), (Some(1), Some(0), true));
}

/// A process that names a session in its environment; ended when dropped.
struct LeftBehind(Child);

impl LeftBehind {
    fn start(home: &Home, thread: &str) -> Self {
        let mut command = Command::new("sleep");
        command.arg("600").env("HOME", home.path()).env("CODEX_THREAD_ID", thread);
        Self(command.spawn().expect("it starts"))
    }
}

impl Drop for LeftBehind {
    fn drop(&mut self) {
        self.0.kill().expect("it is ours");
        self.0.wait().expect("it ends");
    }
}

#[test]
fn what_a_session_left_behind_is_listed_and_ended_when_that_is_agreed_to() {
    let home = Home::with(&["resume"]);
    let thread = Transcript::of("resume").thread().to_owned();
    let mut left = LeftBehind::start(&home, &thread);
    let (pid, args) = (left.0.id(), ["reclaim", "--now", crate::home::NOW]);
    let document = home.json(&["reclaim", "--json"]);
    let leftover = &document["leftovers"][0];
    assert_eq!((&leftover["kind"], &leftover["session"]), (&json!("process"), &json!(thread)));
    assert_eq!(leftover["processes"][0]["pid"], pid);
    let listed = home.run(args);
    assert!(listed.out.contains("sleep 600") && listed.out.contains("1 thing is left over"), "{}", listed.out);
    let read_only = home.run(args.iter().chain(&["--yes", "--read-only"]));
    assert_eq!((read_only.code, left.0.try_wait().expect("it can be asked")), (Some(1), None));
    let ended = home.run(args.iter().chain(&["--yes"]));
    assert!(ended.out.contains("Ended: a process of"), "{} {}", ended.out, ended.err);
    assert!(left.0.try_wait().expect("it can be asked").is_some());
    let nothing = home.run(args);
    assert!(nothing.out.contains("Nothing is left over"), "{}", nothing.out);
}
