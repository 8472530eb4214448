//! Sessions that a running process has loaded, with the program itself standing in for the agent.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::bad_bytes::numbers;
use crate::fixture::Transcript;
use crate::home::{Home, program, write};
use crate::watching::Watch;

/// Puts a program that calls itself `codex` into a home, and an empty folder for it to look at.
pub(crate) fn executable(home: &Home) -> PathBuf {
    let executable = home.path().join("bin/codex");
    if !executable.exists() {
        fs::create_dir_all(executable.parent().expect("a folder")).expect("a folder");
        fs::create_dir_all(home.path().join("empty")).expect("a folder");
        let topside = env!("CARGO_BIN_EXE_topside");
        // A copy is for where a home lies on another file system.
        fs::hard_link(topside, &executable).or_else(|_| fs::copy(topside, &executable).map(drop)).expect("a copy");
    }
    executable
}

/// A process that calls itself `codex`, has a home of its own and a transcript open for writing. What it runs is
/// topside, which says nothing and does not end.
pub(crate) struct StandIn(Child);

impl StandIn {
    pub(crate) fn start(home: &Home, codex_home: &std::path::Path, transcript: &std::path::Path) -> Self {
        let mut command = Command::new(executable(home));
        command
            .args(["ls", "--watch", "--root"])
            .arg(home.path().join("empty"))
            .env("HOME", home.path())
            .env("CODEX_HOME", codex_home);
        let open = File::options().append(true).open(transcript).expect("the transcript");
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(open).spawn().expect("it starts"))
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// True when it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().expect("it can be asked").is_some()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }
}

#[test]
fn a_process_makes_its_session_live_and_its_end_ends_it() {
    let home = Home::new();
    // A turn that began before its process is nobody's: this one begins long after the test.
    let transcript = Transcript::of("killed-mid-turn").with("2026-11-20", "2126-11-20");
    let now = "2126-11-20T01:54:00Z";
    let path = home.add(&transcript);
    let agent = StandIn::start(&home, &home.codex(), &path);
    let pid = agent.0.id();
    let mut watch = Watch::start_at(&home, now);
    let live = watch.wait_for("a live session", |document| document["sessions"][0]["live"] == true);
    let row = &live["sessions"][0];
    assert_eq!((&row["status"]["group"], &row["status"]["id"]), (&json!("working"), &json!("running_tool")));
    assert_eq!((&row["status"]["summary"], &row["owner"]["pid"]), (&json!("sleep 30; echo done"), &json!(pid)));
    let why = home.run(["why", transcript.thread(), "--now", now]);
    assert!(why.out.contains(&format!("process {pid} has it loaded")), "{}", why.out);
    drop(agent);
    let over = watch.wait_for("its end", |document| document["sessions"][0]["live"] == false);
    assert_eq!(over["sessions"][0]["status"]["id"], "crashed");
}

#[test]
fn two_homes_are_read_side_by_side() {
    let home = Home::with(&["resume"]);
    let other = home.path().join("work/codex");
    let transcript = Transcript::of("killed-mid-turn");
    let path = other.join("sessions").join(transcript.folder()).join(&transcript.file);
    write(&path, &transcript.bytes, transcript.last_at());
    let _agent = StandIn::start(&home, &other, &path);
    let both = home.json(&["ls", "--all", "--json"]);
    let ids: Vec<_> = both["sessions"].as_array().expect("a list").iter().map(|row| row["id"].clone()).collect();
    assert_eq!(ids, [json!(transcript.thread()), json!(Transcript::of("resume").thread())]);
    let places = both["health"][0]["places"].as_array().expect("a list");
    assert_eq!(places.iter().map(|place| place["files"].clone()).collect::<Vec<_>>(), [json!(1), json!(1)]);
    assert_eq!(numbers(&both["sessions"][1]), crate::bad_bytes::whole());
}

#[test]
fn the_home_named_by_the_environment_is_read() {
    let home = Home::with(&["resume"]);
    let other = home.path().join("other");
    fs::rename(home.codex(), &other).expect("moved");
    let mut command = program(["ls", "--json", "--now", crate::home::NOW]);
    command.env("HOME", home.path()).env("CODEX_HOME", &other);
    // Without --root, whatever agents run on this machine show up as well.
    let run = home.finish(command);
    let document: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    let thread = Transcript::of("resume").thread().to_owned();
    let rows = document["sessions"].as_array().expect("a list");
    assert!(rows.iter().any(|row| row["id"] == thread.as_str()), "{document:#}");
}

#[test]
fn a_session_that_has_not_written_a_record_yet_is_an_agent() {
    let (home, transcript) = (Home::new(), Transcript::of("resume"));
    let path = home.place(&transcript);
    write(&path, b"", transcript.last_at());
    let _agent = StandIn::start(&home, &home.codex(), &path);
    let mut watch = Watch::start(&home);
    let live = watch.wait_for("a live session", |document| document["sessions"][0]["live"] == true);
    assert_eq!(live["sessions"][0]["status"]["id"], "new");
    assert_eq!(home.run(["status"]).out, "◌ 1 idle\n");
}
