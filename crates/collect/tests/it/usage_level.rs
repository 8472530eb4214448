//! The usage level tells of a transcript what the full level does, as far as history keeps it.

use std::path::{Path, PathBuf};
use std::thread;

use proptest::prelude::*;
use topside_collect::{Agent, Layout, Level, Source};
use topside_model::{Event, EventKind, SessionId};

use crate::common::{Fixture, agent, codex, decode_at, fixtures, source};

/// What both levels tell: the one as far as history keeps it, the other all of it.
fn told(agent: &dyn Agent, source: &Source, bytes: &[u8]) -> [Vec<Event>; 2] {
    let at = |level| decode_at(level, agent, source, [bytes]).events;
    [at(Level::Full).into_iter().filter(|event| Level::Usage.tells(&event.kind)).collect(), at(Level::Usage)]
}

/// Compares both levels.
#[track_caller]
fn check(name: &Path, [wanted, told]: &[Vec<Event>; 2]) {
    let differs = wanted.iter().zip(told).position(|(wanted, told)| wanted != told);
    let place = differs.unwrap_or(wanted.len().min(told.len()));
    assert_eq!((wanted.get(place), wanted.len()), (told.get(place), told.len()), "{} at {place}", name.display());
}

#[test]
fn recorded_transcripts_tell_the_same() {
    for fixture in fixtures() {
        check(&fixture.case, &told(fixture.agent(), &fixture.source(), &fixture.bytes()));
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
fn transcripts_of_the_corpus_tell_the_same() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !corpus.is_dir() {
        eprintln!("skipped: there is no corpus beside the project");
        return;
    }
    let mut files = Vec::new();
    find(&corpus, &mut files);
    assert!(files.len() > 500, "the corpus is there");
    let (some, others) = files.split_at(files.len() / 2);
    thread::scope(|scope| {
        scope.spawn(|| check_files(some));
        check_files(others);
    });
}

#[test]
fn the_order_of_members_means_nothing() {
    let lines = [
        r#"{"timestamp":"2026-11-20T09:00:00Z","payload":{"id":"t"},"type":"session_meta"}"#,
        r#"{"payload":{"model":"gpt-5.5"},"timestamp":"2026-11-20T09:00:01Z","type":"turn_context"}"#,
        r#"{"timestamp":"2026-11-20T09:00:02Z","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":5}}},"type":"event_msg"}"#,
        r#"{"type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":7}}}}"#,
        r#"{"type":"event_msg","payload":{"info":{"total_token_usage":{"input_tokens":8}},"type":"token_count"},"timestamp":"2026-11-20T09:00:03Z"}"#,
    ];
    let both = told(codex(), &source(Layout::Lines), lines.join("\n").as_bytes());
    check(Path::new("members in any order"), &both);
    let replies = both[1].iter().filter(|event| matches!(&event.kind, EventKind::ResponseUsage { model: Some(_), .. }));
    assert_eq!(replies.count(), 3);
}

fn find(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("the corpus can be read") {
        let path = entry.expect("the corpus can be listed").path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "jsonl" || ending == "json") {
            files.push(path);
        }
    }
}

fn check_files(files: &[PathBuf]) {
    for file in files {
        check_file(file);
    }
}

/// Every file is read by both agents as a transcript: the one that did not write it must survive it.
fn check_file(path: &Path) {
    let bytes = std::fs::read(path).expect("the corpus can be read");
    let stem = path.file_stem().expect("files have names").to_string_lossy();
    let session = SessionId::new(&stem);
    let above = path.ancestors().find(|above| above.ends_with("subagents")).and_then(Path::parent);
    let parent = above.and_then(Path::file_name).map(|name| SessionId::new(name.to_string_lossy()));
    let is_document = path.extension().is_some_and(|ending| ending == "json");
    let layout = if is_document { Layout::Document } else { Layout::Lines };
    let source = Source { session, parent, ..source(layout) };
    for agent in [agent("claude_code"), codex()] {
        check(path, &told(agent, &source, &bytes));
    }
}

#[test]
fn a_time_that_stands_where_the_line_s_own_would_is_not_its_own() {
    // As long as an id, its key and a comma, in front of somebody else's time.
    let before = r#""uuid":"2","version":"2.1.0","toolUseResult":{"#;
    assert_eq!(before.len(), r#""uuid":"1b8e6f0c-3a4b-4c5d-8e9f-0a1b2c3d4e5f","#.len());
    let lines = [
        r#"{"type":"user","cwd":"/","version":"2.1.0","isSidechain":false}"#,
        &format!(
            r#"{{"isSidechain":false,"type":"user","message":{{"content":"hi"}},{before}"timestamp":"2020-01-01T00:00:00Z"}},"timestamp":"2026-11-20T10:00:01Z"}}"#
        ),
    ];
    let both = told(agent("claude_code"), &source(Layout::Lines), format!("{}\n", lines.join("\n")).as_bytes());
    check(Path::new("a time in a result"), &both);
}

/// A transcript of which pieces are missing, as after crashes.
fn torn_fixture() -> impl Strategy<Value = (Fixture, Vec<u8>)> {
    proptest::sample::select(fixtures()).prop_flat_map(|fixture| {
        let bytes = fixture.bytes();
        let pieces = proptest::collection::vec((0..bytes.len(), 1_usize..3_000), 1..4);
        (Just(fixture), Just(bytes), pieces).prop_map(|(fixture, mut bytes, pieces)| {
            for (start, length) in pieces {
                bytes.drain(start.min(bytes.len())..(start + length).min(bytes.len()));
            }
            (fixture, bytes)
        })
    })
}

/// A line of a few members in any order, many of which are the same on other lines.
fn line() -> impl Strategy<Value = String> {
    let member = |key: &'static str, values: &'static [&'static str]| {
        proptest::sample::select(values).prop_map(move |value| format!("\"{key}\":{value}"))
    };
    let reply = r#"{"model":"m","id":"msg_1","type":"message","role":"assistant","content":[{"text":"}\""}],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":12345678}}"#;
    let other = r#"{"id":"msg_2","role":"assistant","usage":{"output_tokens":3,"input_tokens":1},"model":"m"}"#;
    let nameless = r#"{"role":"assistant","usage":{"output_tokens":5},"model":"m","id":""}"#;
    let said = r#"{"role":"user","content":"\"usage\" \"timestamp\""}"#;
    let messages: &'static [&'static str] = vec![reply, other, nameless, said].leak();
    let required = (
        member("type", &["\"assistant\"", "\"user\"", "\"progress\"", "\"system\""]),
        member("message", messages),
        member("timestamp", &["\"2026-11-20T10:00:01.000Z\"", "\"2026-11-20T09:00:02.500Z\""]),
        member("isSidechain", &["false", "true"]),
    );
    let more = (
        member("parentUuid", &["null", "\"0b8e6f0c-3a4b-4c5d-8e9f-0a1b2c3d4e5f\""]),
        member("uuid", &["\"1b8e6f0c-3a4b-4c5d-8e9f-0a1b2c3d4e5f\"", "\"2\""]),
        member("cwd", &["\"/home/somebody/somewhere/else\"", "\"/\"", "\"/home/somebody/somewhere\""]),
        member("version", &["\"2.1.0\"", "\"1.0.6\""]),
        member("toolUseResult", &["{\"timestamp\":\"2020-01-01T00:00:00.000Z\"}", "{\"usage\":{\"a\":1}}", "\"}\""]),
        member("durationMs", &["1", "1000"]),
    );
    (required, more, any::<u8>(), any::<u64>()).prop_map(|(required, more, left_out, order)| {
        let mut members = vec![required.0, required.1, required.2, required.3];
        let more = [more.0, more.1, more.2, more.3, more.4, more.5];
        members
            .extend(more.into_iter().enumerate().filter(|(at, _)| left_out >> at & 1 == 0).map(|(_, member)| member));
        // Mostly as they are written, else in any order.
        for at in (1..members.len()).filter(|_| order & 3 != 0) {
            members.swap(at, (order >> at) as usize % (at + 1));
        }
        format!("{{{}}}\n", members.join(","))
    })
}

proptest! {
    #[test]
    fn members_in_any_order_tell_the_same(lines in proptest::collection::vec(line(), 1..30)) {
        let opening = "{\"type\":\"user\",\"cwd\":\"/\",\"version\":\"2.1.0\",\"isSidechain\":false}\n";
        let text = format!("{opening}{}", lines.concat());
        check(Path::new(&text), &told(agent("claude_code"), &source(Layout::Lines), text.as_bytes()));
    }

    /// The time of a torn line, and where it introduces its session, may count at one level and not at the other; replies
    /// never do.
    #[test]
    fn torn_transcripts_tell_of_the_same_replies((fixture, bytes) in torn_fixture()) {
        let told = told(fixture.agent(), &fixture.source(), &bytes).map(|mut events| {
            events.retain(|event| matches!(event.kind, EventKind::ResponseUsage { .. }));
            events
        });
        check(&fixture.case, &told);
    }
}

#[test]
fn what_is_saved_is_small() {
    for fixture in fixtures() {
        let saved = fixture.saved(Level::Usage).len();
        assert!(saved < 1024, "{}: {saved}", fixture.case.display());
    }
}
