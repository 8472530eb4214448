//! What each command prints.

use std::fs;

use topside_testkit::home::{ThreadIndex, packed};

use crate::fixture::Transcript;
use crate::home::{Home, write};

/// A home as it looks after a morning's work: a parent with a child, a resumed run, failures, a reverted thread in two
/// files, one that was archived, one that was packed; names in the log and in the index.
fn morning() -> Home {
    let home = Home::with(&[
        "subagent-v1-1",
        "subagent-v1-2",
        "resume",
        "error-500",
        "killed-mid-turn",
        "revert-segment-1",
        "revert-segment-2",
    ]);
    let archived = Transcript::of("tui-approval-rename-compact");
    write(&home.codex().join("archived_sessions").join(&archived.file), &archived.bytes, archived.last_at());
    let cold = Transcript::of("error-429");
    let path = home.place(&cold).with_extension("jsonl.zst");
    write(&path, &packed(&cold.bytes).expect("packed"), cold.last_at());
    let (resumed, parent) = (Transcript::of("resume"), Transcript::of("subagent-v1-1"));
    let names = [(resumed.thread(), "an old name"), (resumed.thread(), "a name"), (parent.thread(), "the log's name")];
    let line = |(id, name)| format!("{{\"id\":\"{id}\",\"thread_name\":\"{name}\",\"updated_at\":\"x\"}}\n");
    fs::write(home.codex().join("session_index.jsonl"), names.map(line).concat()).expect("written");
    let index = ThreadIndex::create(&home.codex().join("state_5.sqlite")).expect("an index");
    index.name(parent.thread(), "the index' name").expect("a row");
    index.child(parent.thread(), Transcript::of("subagent-v1-2").thread(), true).expect("a row");
    home
}

#[test]
fn every_command_has_its_page() {
    let home = morning();
    let resumed = Transcript::of("resume").thread()[..13].to_owned();
    for (name, args) in [
        ("topside", vec![]),
        ("ls", vec!["ls"]),
        ("ls_all", vec!["ls", "--all"]),
        ("ls_text", vec!["ls", "--text"]),
        ("ls_recent", vec!["ls", "--recent", "200"]),
        ("show", vec!["show", &resumed]),
        ("show_text", vec!["show", &resumed, "--text"]),
        ("show_by_name", vec!["show", "the index' name"]),
        ("show_archived", vec!["show", Transcript::of("tui-approval-rename-compact").thread()]),
        ("why", vec!["why", &resumed]),
        ("why_failed", vec!["why", Transcript::of("error-429").thread()]),
        ("ports", vec!["ports"]),
        ("limits", vec!["limits", "--recent", "200"]),
        ("doctor", vec!["doctor"]),
        ("demo", vec!["demo"]),
    ] {
        let run = home.run(&args);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{args:?}");
        insta::assert_snapshot!(name, run.out);
    }
}

#[test]
fn every_command_has_its_document() {
    let home = Home::with(&["resume"]);
    for (name, args) in [
        ("ls_json", &["ls", "--json"][..]),
        ("show_json", &["show", "01a1f722", "--json"]),
        ("why_json", &["why", "01a1f722", "--json"]),
        ("ports_json", &["ports", "--json"]),
        ("limits_json", &["limits", "--json"]),
        ("doctor_json", &["doctor", "--json"]),
    ] {
        let run = home.run(args);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{args:?}");
        insta::assert_snapshot!(name, run.out);
    }
}

#[test]
fn an_empty_home_is_told_what_was_looked_for_and_what_to_do() {
    let home = Home::new();
    for (name, args) in [
        ("empty", &[][..]),
        ("empty_ls", &["ls"]),
        ("empty_ports", &["ports"]),
        ("empty_limits", &["limits"]),
        ("empty_doctor", &["doctor"]),
    ] {
        let run = home.run(args);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{args:?}");
        insta::assert_snapshot!(name, run.out);
    }
}

#[test]
fn a_home_where_nothing_happened_lately_is_told_from_an_empty_one() {
    let home = morning();
    insta::assert_snapshot!("quiet_ls", home.run(["ls", "--now", "2026-12-24T18:00:00Z"]).out);
}

#[test]
fn a_filter_by_agent_keeps_its_sessions() {
    let home = Home::with(&["resume", "error-500"]);
    assert_eq!(home.run(["ls", "--agent", "codex", "--json"]).out, home.run(["ls", "--json"]).out);
    insta::assert_snapshot!("ls_agent", home.run(["ls", "--agent", "codex"]).out);
}

#[test]
fn without_a_terminal_the_program_is_its_list() {
    let home = morning();
    assert_eq!(home.run::<&str>([]).out, home.run(["ls"]).out);
}
