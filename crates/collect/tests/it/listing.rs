//! Transcripts that there are for history: of every session and helper, each once.

use std::path::PathBuf;

use topside_collect::transcripts;
use topside_model::{AgentId, Timestamp};
use topside_probe::FakeHost;

use crate::common::agent;

const THREAD: &str = "01a1f6a5-7e34-7b52-acf6-b5413449b662";
const SEGMENT: &str = "01a1f6aa-4596-7770-87fc-f1107a4e1769";

/// Writes `files` of so many bytes, and lists what is found of `of` in its own home and the one `named`.
#[track_caller]
fn check(of: &str, named: &str, files: &[(String, usize)], expected: &[&str]) {
    let host = FakeHost::new("/u", Timestamp::UNIX_EPOCH);
    for (path, bytes) in files {
        host.write(path, vec![b'\n'; *bytes]);
    }
    let named = [(AgentId::new(of), PathBuf::from(named))];
    let found = transcripts(&host, agent(of), &named, None).transcripts;
    let mut paths: Vec<String> = found.iter().map(|one| one.path().display().to_string()).collect();
    paths.sort();
    assert_eq!(paths, expected);
}

#[test]
fn helpers_are_found_with_their_session_and_without_it() {
    let file = |name: &str| (format!("/u/.claude/projects/{name}"), 1);
    let files = [
        file("-a/s.jsonl"),
        file("-a/s/subagents/agent-1.jsonl"),
        file("-a/s/subagents/workflows/w/agent-2.meta.json"),
        file("-a/gone/subagents/agent-3.jsonl"),
        file("-a/journal.jsonl"),
        file("-a/notes.txt"),
        file("-b/t.jsonl"),
        ("/w/projects/-a/s.jsonl".to_owned(), 2),
        ("/w/projects/-a/s/subagents/agent-4.jsonl".to_owned(), 1),
    ];
    let found = [
        "/u/.claude/projects/-a/gone/subagents/agent-3.jsonl",
        "/u/.claude/projects/-b/t.jsonl",
        "/w/projects/-a/s.jsonl",
        "/w/projects/-a/s/subagents/agent-4.jsonl",
    ];
    check("claude_code", "/w", &files, &found);
    let alone = [
        found[0],
        "/u/.claude/projects/-a/s.jsonl",
        "/u/.claude/projects/-a/s/subagents/agent-1.jsonl",
        "/u/.claude/projects/-a/s/subagents/workflows/w/agent-2.meta.json",
        found[1],
    ];
    check("claude_code", "/none", &files, &alone);
}

#[test]
fn of_a_rollout_the_best_copy_is_found() {
    let file = |path: String, bytes| (path, bytes);
    let files = [
        file(format!("/u/.codex/sessions/2026/11/20/rollout-{THREAD}.jsonl"), 2),
        file(format!("/u/.codex/sessions/2026/11/20/rollout-{THREAD}.jsonl.zst"), 9),
        file(format!("/u/.codex/sessions/2026/11/20/rollout-{THREAD}_{SEGMENT}.jsonl.zst"), 1),
        file(format!("/u/.codex/archived_sessions/rollout-{THREAD}.jsonl"), 3),
        file("/u/.codex/sessions/rollout-mine.jsonl".to_owned(), 1),
        file("/w/sessions/rollout-mine.jsonl".to_owned(), 1),
        file("/w/sessions/rollout-yours (1).jsonl".to_owned(), 1),
    ];
    let longest = format!("/u/.codex/archived_sessions/rollout-{THREAD}.jsonl");
    let segment = format!("/u/.codex/sessions/2026/11/20/rollout-{THREAD}_{SEGMENT}.jsonl.zst");
    let mine = "/u/.codex/sessions/rollout-mine.jsonl";
    check("codex", "/w", &files, &[&longest, &segment, mine, "/w/sessions/rollout-yours (1).jsonl"]);
}

#[test]
fn a_folder_that_cannot_be_looked_into_is_named() {
    let host = FakeHost::new("/u", Timestamp::UNIX_EPOCH);
    host.write("/u/.claude/projects/-a/s.jsonl", "\n");
    host.write("/u/.claude/projects/-b/t.jsonl", "\n");
    host.set_readable("/u/.claude/projects/-a", false);
    let archive = transcripts(&host, agent("claude_code"), &[], None);
    assert_eq!(archive.transcripts.len(), 1);
    let missed: Vec<&str> = archive.missed.iter().filter_map(|(folder, _)| folder.to_str()).collect();
    // What is not there at all, such as other homes, is nothing.
    assert_eq!(missed, ["/u/.claude/projects/-a"]);
}
