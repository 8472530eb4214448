//! Transcripts whose bytes are not what they should be.

use serde_json::{Value, json};

use crate::fixture::Transcript;
use crate::home::Home;

/// The numbers of a session by which a lost, doubled or misread record shows.
pub(crate) fn numbers(session: &Value) -> Value {
    json!({
        "prompts": session["prompts"],
        "responses": session["responses"],
        "total": session["usage"]["total"],
        "finished": session["tools"]["finished"],
        "unresolved": session["tools"]["unresolved"],
    })
}

/// Those of the fixture `resume`, whole.
pub(crate) fn whole() -> Value {
    json!({"prompts": 2, "responses": 3, "total": 3660, "finished": 1, "unresolved": 0})
}

/// A home with the one transcript `resume`, its bytes made from its lines by `change`.
fn spoilt(change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Home {
    let transcript = Transcript::of("resume");
    let mut lines: Vec<Vec<u8>> = transcript.lines().into_iter().map(<[u8]>::to_vec).collect();
    change(&mut lines);
    let home = Home::new();
    let path = home.place(&transcript);
    crate::home::write(&path, &lines.concat(), transcript.last_at());
    home
}

#[track_caller]
fn check(home: &Home, expected: &Value, notes: &[&str]) {
    assert_eq!(numbers(&home.only_session()), *expected);
    assert_eq!(notes_of(home), notes);
    for args in [&["ls", "--all"][..], &["show", "01a1f722"], &["why", "01a1f722"], &["limits"], &["doctor"]] {
        let run = home.run(args);
        assert_eq!(run.code, Some(0), "{run:?}");
    }
}

/// What could not be read, in the words of `doctor`.
fn notes_of(home: &Home) -> Vec<String> {
    let everything = home.json(&["ls", "--all", "--json"]);
    let problems = everything["health"][0]["problems"].as_array().expect("a list").clone();
    problems.iter().map(|problem| problem["what"].as_str().expect("words").to_owned()).collect()
}

#[test]
fn a_last_line_that_was_cut_is_not_counted() {
    let home = spoilt(|lines| {
        lines.truncate(29);
        lines[28].truncate(600);
    });
    let expected = json!({"prompts": 2, "responses": 2, "total": 2100, "finished": 1, "unresolved": 0});
    check(&home, &expected, &[]);
    assert_eq!(home.only_session()["status"]["id"], "crashed");
}

#[test]
fn a_last_record_without_a_line_end_counts_when_nobody_writes() {
    let home = spoilt(|lines| {
        lines.last_mut().expect("a line").pop();
    });
    check(&home, &whole(), &[]);
    assert_eq!(home.only_session()["status"]["id"], "ended");
}

#[test]
fn bytes_that_are_no_text_hide_no_record() {
    let home = spoilt(|lines| {
        lines.insert(28, b"\xff\xfe\x80 \xc3(\n".to_vec());
        // Inside the words of a record, too: the record still counts.
        let at = lines[8].windows(4).position(|four| four == b"go %").expect("the prompt");
        lines[8].splice(at..at, *b"\xff\xc3");
    });
    check(&home, &whole(), &["1 line is not JSON"]);
}

#[test]
fn zero_bytes_hide_no_record() {
    // What a file system leaves behind when the power fails.
    let home = spoilt(|lines| {
        lines.insert(20, vec![0; 4096]);
        lines.insert(5, [vec![0; 100], b"\n".to_vec()].concat());
    });
    check(&home, &whole(), &["1 line is not JSON"]);
}

#[test]
fn a_pointer_of_git_lfs_is_noted_and_claims_nothing() {
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n", "4d7a".repeat(16));
    let home = spoilt(|lines| *lines = vec![pointer.into_bytes()]);
    let nothing = json!({"prompts": 0, "responses": 0, "total": 0, "finished": 0, "unresolved": 0});
    check(&home, &nothing, &["2 lines are not JSON"]);
    assert_eq!(home.only_session()["status"]["id"], "unknown");
    let unknown = home.json(&["ls", "--all", "--json"])["health"][0]["unknown"].take();
    assert_eq!(unknown[0]["kind"], "git-lfs pointer instead of a transcript");
}

#[test]
fn an_empty_file_claims_nothing() {
    let home = spoilt(Vec::clear);
    let nothing = json!({"prompts": 0, "responses": 0, "total": 0, "finished": 0, "unresolved": 0});
    check(&home, &nothing, &[]);
    assert_eq!(home.only_session()["status"]["id"], "unknown");
}

#[test]
fn a_clock_that_runs_backwards_changes_no_number() {
    let home = spoilt(|lines| {
        for (number, line) in lines.iter_mut().enumerate() {
            let text = String::from_utf8(line.clone()).expect("text");
            let time = &text["{\"timestamp\":\"".len()..][..24];
            // Each record is a minute older than the one before.
            *line = text.replacen(time, &format!("2026-11-20T03:{:02}:00.000Z", 59 - number), 1).into_bytes();
        }
    });
    check(&home, &whole(), &[]);
    let session = home.only_session();
    assert_eq!((&session["status"]["id"], &session["turns"]["completed"]), (&json!("ended"), &json!(2)));
    assert_eq!(session["last_at"], "2026-11-20T03:29:00.000Z", "the last record is the last one of the file");
}

#[test]
fn a_time_before_every_record_changes_no_number() {
    let home = spoilt(|_| {});
    for args in [&["ls", "--all"][..], &["show", "01a1f722"], &["why", "01a1f722"], &["limits"], &["doctor"]] {
        let run = home.run(args.iter().copied().chain(["--now", "2001-01-01T00:00:00Z"]));
        assert_eq!(run.code, Some(0), "{run:?}");
    }
    let earlier = home.json(&["ls", "--all", "--json", "--now", "2001-01-01T00:00:00Z"]);
    assert_eq!(numbers(&earlier["sessions"][0]), whole());
    assert_eq!(earlier["taken_at"], "2001-01-01T00:00:00.000Z");
}
