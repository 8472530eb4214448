//! `topside status`, as bars and prompts run it.

use serde_json::Value;

use crate::fixture::Transcript;
use crate::home::{Home, write};
use crate::schema;

/// Soon after the turn of the fixture `resume` was done.
const SOON: &str = "2026-11-20T04:08:00Z";

#[track_caller]
fn check(home: &Home, form: &str, now: &str, expected: &str) {
    let run = home.run(["status", "--format", form, "--now", now]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(0), expected, ""), "{form}");
}

#[test]
fn where_nothing_runs_a_bar_says_so_and_a_prompt_stays_empty() {
    let home = Home::new();
    check(&home, "plain", SOON, "no agents\n");
    check(&home, "tmux", SOON, "#[dim]no agents#[default]\n");
    check(&home, "starship", SOON, "");
    check(&home, "claude", SOON, "\u{1b}[2mno agents\u{1b}[0m\n");
}

#[test]
fn a_limit_outlasts_the_session_that_told_of_it() {
    check(&Home::with(&["resume"]), "plain", SOON, "no agents  5 h 42%\n");
}

#[test]
fn what_a_bar_reads_as_json_is_json() {
    let home = Home::new();
    let module = home.json(&["status", "--format", "waybar"]);
    assert_eq!((&module["text"], &module["class"]), (&Value::from("no agents"), &Value::from("none")));
    let document = home.json(&["status", "--format", "json"]);
    schema::check(&document);
    assert_eq!(document["sessions"], 0);
}

#[test]
fn a_failure_that_needs_a_person_is_on_the_line() {
    let home = Home::with(&["error-500"]);
    let failed = Transcript::of("error-500").last_at().to_string();
    let run = home.run(["status", "--now", &failed]);
    assert!(run.out.starts_with("◆ 1 needs you: "), "{run:?}");
}

/// As files are that an agent made and wrote nothing to before it ended.
#[test]
fn transcripts_without_a_record_are_no_agents_and_stand_last() {
    let home = Home::with(&["resume"]);
    let (known, other) = (Transcript::of("resume"), Transcript::of("exec-apply-patch"));
    write(&home.place(&other), b"", known.last_at());
    let claude = "3b241101-e2bb-4255-8caf-4136c566a962";
    write(&home.path().join(format!(".claude/projects/-code-shop/{claude}.jsonl")), b"{}\n", known.last_at());
    check(&home, "plain", SOON, "no agents  5 h 42%\n");
    let list = home.run(["ls", "--all", "--now", SOON]).out;
    let place = |id: &str| list.find(&id[..8]).unwrap_or_else(|| panic!("no {id} in\n{list}"));
    assert!(place(known.thread()) < place(other.thread()).min(place(claude)), "{list}");
}
