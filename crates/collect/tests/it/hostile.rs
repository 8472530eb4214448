//! Lines that make strict parsers lose a record, in every agent's dialect and at every level.

use topside_collect::{Layout, Level, Source};
use topside_model::{Event, EventKind, SessionId};

use crate::common::{agent, decode, decode_at, source};

/// How an agent writes the record of a reply that wrote 7 tokens.
struct Dialect {
    agent: &'static str,
    /// The line in front of it.
    first: &'static str,
    /// The record's members: the first ones, those that end with the name of the reply, and the rest.
    parts: [&'static str; 3],
    /// A record that says nothing of replies: its beginning and its end, with a text between.
    other: [&'static str; 2],
}

const CODEX: Dialect = Dialect {
    agent: "codex",
    first: r#"{"timestamp":"2026-11-20T01:00:00.000Z","type":"session_meta","payload":{"id":"t","timestamp":"2026-11-20T01:00:00.000Z"}}"#,
    parts: [
        r#"{"timestamp":"2026-11-20T01:00:01.000Z","#,
        r#""type":"token_usage_record","payload":{"thread_id":"t","response_id":"r"#,
        r#"","usage":{"input_tokens":10,"output_tokens":7}}}"#,
    ],
    other: [
        r#"{"timestamp":"2026-11-20T01:00:01.000Z","type":"response_item","payload":{"type":"message","text":""#,
        r#""}}"#,
    ],
};

const CLAUDE: Dialect = Dialect {
    agent: "claude_code",
    first: r#"{"parentUuid":null,"isSidechain":false,"type":"user","message":{"role":"user","content":"go"},"uuid":"u0","timestamp":"2026-11-20T01:00:00.000Z","cwd":"/w","sessionId":"t","version":"2.1.328"}"#,
    parts: [
        r#"{"parentUuid":"u0","isSidechain":false,"#,
        r#""type":"assistant","message":{"model":"claude-opus-5","content":[{"type":"text","text":"ok"}],"id":"r"#,
        r#"","stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":7}},"uuid":"u1","timestamp":"2026-11-20T01:00:01.000Z"}"#,
    ],
    other: [
        r#"{"parentUuid":"u0","isSidechain":false,"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":""#,
        r#""}]},"uuid":"u2","timestamp":"2026-11-20T01:00:01.500Z","toolUseResult":{"stdout":"x"}}"#,
    ],
};

const DIALECTS: [&Dialect; 2] = [&CODEX, &CLAUDE];

impl Dialect {
    /// The record, with more members in front of its own.
    fn record(&self, more: &str) -> String {
        self.named("", more)
    }

    /// The same for a reply of another name.
    fn named(&self, name: &str, more: &str) -> String {
        let [first, reply, rest] = self.parts;
        format!("{first}{more}{reply}{name}{rest}")
    }

    fn other(&self, text: &str) -> String {
        let [begin, end] = self.other;
        format!("{begin}{text}{end}")
    }

    /// Events of `line` behind the first one.
    fn events(&self, level: Level, line: &[u8], cut: usize) -> Vec<Event> {
        let bytes = [self.first.as_bytes(), b"\n", line, b"\n"].concat();
        let source = Source { session: SessionId::new("t"), ..source(Layout::Lines) };
        let (begin, end) = bytes.split_at(cut.min(bytes.len()));
        decode_at(level, agent(self.agent), &source, [begin, end]).events
    }
}

fn output_tokens(events: &[Event]) -> u64 {
    let replies = events.iter().filter_map(|event| match &event.kind {
        EventKind::ResponseUsage { usage, .. } => Some(usage.output.0),
        _ => None,
    });
    replies.sum()
}

/// Decodes a line at every level, in one piece and cut.
#[track_caller]
fn check(dialect: &Dialect, line: &[u8], expected: u64) {
    let name = String::from_utf8_lossy(&line[..line.len().min(200)]);
    for cut in [0, 1, dialect.first.len() + 3, dialect.first.len() + line.len() / 2] {
        let mut full = dialect.events(Level::Full, line, cut);
        assert_eq!(output_tokens(&full), expected, "{} cut at {cut}: {name}", dialect.agent);
        full.retain(|event| Level::Usage.tells(&event.kind));
        assert_eq!(dialect.events(Level::Usage, line, cut), full, "{} cut at {cut}: {name}", dialect.agent);
    }
}

/// Checks a line that is made of a dialect.
#[track_caller]
fn check_all(expected: u64, line: impl Fn(&Dialect) -> Vec<u8>) {
    for dialect in DIALECTS {
        check(dialect, &line(dialect), expected);
    }
}

#[test]
fn text_that_is_no_text_hides_nothing() {
    check_all(7, |dialect| dialect.record(r#""note":"\ud83d","#).into());
    check_all(7, |dialect| {
        let line = dialect.record(r#""note":"NOTE","#);
        let (begin, end) = line.split_once("NOTE").expect("it is there");
        [begin.as_bytes(), b"\xff\xfe\x01\x1b\n".trim_ascii_end(), end.as_bytes()].concat()
    });
    check_all(7, |dialect| dialect.record(r#""note":"fake \"usage\":{\"output_tokens\":9}","#).into());
    check_all(7, |dialect| dialect.record(r#""note":{"usage":{"output_tokens":9},"timestamp":7},"#).into());
}

#[test]
fn repeated_keys_count_by_the_last_one() {
    check_all(7, |dialect| dialect.record(r#""id":1,"id":2,"#).into());
    check_all(7, |dialect| {
        dialect.record("").replace(r#""usage":{"#, r#""usage":{"output_tokens":1},"usage":{"#).into()
    });
}

#[test]
fn depth_costs_no_stack() {
    for depth in [200, 200_000] {
        check_all(7, |dialect| {
            dialect.record(&format!(r#""deep":{}{},"#, "[".repeat(depth), "]".repeat(depth))).into()
        });
        check_all(7, |dialect| {
            dialect.record(&format!(r#""deep":{}1{},"#, r#"{"a":"#.repeat(depth), "}".repeat(depth))).into()
        });
    }
}

#[test]
fn rubbish_around_a_record_is_passed_over() {
    check_all(7, |dialect| format!("{}{}", "\0".repeat(64), dialect.record("")).into());
    check_all(7, |dialect| format!("{}{}", "\0".repeat(2_000), dialect.record("")).into());
    check_all(7, |dialect| format!("\u{feff}{}", dialect.record("")).into());
    check_all(7, |dialect| format!("{}\r", dialect.record("")).into());
    check_all(7, |dialect| {
        format!(" {} \t ", dialect.record("").replace(':', " : ")).replace("01 : 00 : 0", "01:00:0").into()
    });
}

#[test]
fn members_count_in_any_order() {
    let usage = r#""usage":{"input_tokens":10,"output_tokens":7}"#;
    let codex = format!(
        r#"{{"payload":{{{usage},"response_id":"r","thread_id":"t"}},"type":"token_usage_record","timestamp":"2026-11-20T01:00:01.000Z"}}"#
    );
    check(&CODEX, codex.as_bytes(), 7);
    for size in 750..1_100 {
        let padded = codex.replacen(r#"{"input"#, &format!(r#"{{"pad":"{}","input"#, "x".repeat(size)), 1);
        check(&CODEX, padded.as_bytes(), 7);
        check_all(7, |dialect| dialect.record(&format!(r#""note":"{}","#, "x".repeat(size))).into());
    }
    let content = r#""content":[{"type":"tool_use","id":"c","name":"Write","input":{"usage":{"output_tokens":9}}}]"#;
    for message in [
        format!(r#"{{{usage},"id":"r","model":"m",{content}}}"#),
        format!(r#"{{{content},"model":"m","id":"r",{usage}}}"#),
    ] {
        let time = r#""timestamp":"2026-11-20T01:00:01.000Z","isSidechain":false"#;
        check(&CLAUDE, format!(r#"{{"message":{message},{time},"type":"assistant"}}"#).as_bytes(), 7);
        check(&CLAUDE, format!(r#"{{"type":"assistant",{time},"message":{message}}}"#).as_bytes(), 7);
    }
}

#[test]
fn glued_records_both_count() {
    check_all(14, |dialect| format!("{}{}", dialect.record(""), dialect.named("2", "")).into());
    check_all(14, |dialect| format!("{} , {}\r", dialect.record(""), dialect.named("2", "")).into());
}

#[test]
fn a_record_glued_to_one_that_is_passed_over_counts() {
    for size in [10, 850, 900, 950, 5_000, 70_000, 600_000] {
        let text = "x".repeat(size);
        check_all(7, |dialect| format!("{}{}", dialect.other(&text), dialect.record("")).into());
        check_all(7, |dialect| {
            format!("{}{}{}", dialect.other(&text), dialect.other(&text[size / 2..]), dialect.record("")).into()
        });
    }
}

#[test]
fn a_record_glued_to_a_line_of_any_kind_counts() {
    let time = r#""uuid":"u2","timestamp":"2026-11-20T01:00:01.500Z""#;
    let spoken = r#""parentUuid":"u0","isSidechain":false"#;
    for line in [
        r#"{"type":"mode","mode":"PAD"}"#.to_owned(),
        r#"{"type":"file-history-snapshot","snapshot":{"a":"PAD","timestamp":"2001-01-01T00:00:00Z"}}"#.to_owned(),
        r#"{"snapshot":{"a":"PAD"},"type":"file-history-snapshot"}"#.to_owned(),
        format!(r#"{{"type":"queue-operation",{time},"content":"PAD"}}"#),
        format!(r#"{{{spoken},"attachment":{{"type":"prompt_snapshot","a":"PAD"}},"type":"attachment",{time}}}"#),
        format!(r#"{{{spoken},"attachment":{{"type":"file","usage":{{"a":"PAD"}}}},"type":"attachment",{time}}}"#),
        format!(r#"{{{spoken},{time},"type":"system","subtype":"informational","content":"PAD"}}"#),
        format!(r#"{{{spoken},"type":"progress","data":{{"a":"PAD"}},{time}}}"#),
        format!(
            r#"{{{spoken},"type":"user","message":{{"content":"PAD"}},{time},"toolUseResult":{{"timestamp":"2001-01-01T00:00:00Z"}}}}"#
        ),
    ] {
        for size in [1, 200, 1_000, 3_000] {
            let line = line.replace("PAD", &"x".repeat(size));
            check(&CLAUDE, line.as_bytes(), 0);
            check(&CLAUDE, format!("{line}{}", CLAUDE.record("")).as_bytes(), 7);
            check(&CLAUDE, format!("{}{line}", CLAUDE.record("")).as_bytes(), 7);
        }
    }
}

#[test]
fn a_torn_write_does_not_take_the_next_record_with_it() {
    check_all(7, |dialect| format!("{}{}", &dialect.record("")[..60], dialect.record("")).into());
    check_all(0, |dialect| dialect.record("")[..60].into());
    for size in [10, 850, 900, 950, 5_000, 200_000] {
        let text = "x".repeat(size);
        check_all(7, |dialect| format!("{}{}", &dialect.other(&text)[..size], dialect.record("")).into());
        check_all(7, |dialect| format!("{}{}", &dialect.other(&text)[..size + 102], dialect.record("")).into());
    }
    // Where a long line was torn, Codex alone says with what bytes, and nothing else, a record begins.
    let text = "x".repeat(600_000);
    check(&CODEX, format!("{}{}", &CODEX.other(&text)[..600_000], CODEX.record("")).as_bytes(), 7);
}

/// Wherever a write was torn: what follows on the same line counts, and so much of it as is whole.
#[test]
fn a_write_may_be_torn_anywhere() {
    for dialect in DIALECTS {
        let record = dialect.named("1", "");
        for torn in 0..record.len() {
            check(dialect, format!("{}{}", &record[..torn], dialect.record("")).as_bytes(), 7);
            check(dialect, &record.as_bytes()[..torn], 0);
        }
    }
}

#[test]
fn what_a_tool_answered_is_no_record() {
    for size in [10, 5_000, 70_000, 600_000] {
        let text =
            format!(r#"{}","more":[{{"timestamp":"2001-01-01T00:00:00Z","id":"x"}}],"rest":""#, "x".repeat(size));
        let answer = CODEX.other(&text).replace(r#""type":"message""#, r#""type":"mcp_tool_call_end""#);
        let answer = answer.replace("response_item", "event_msg");
        check(&CODEX, answer.as_bytes(), 0);
    }
}

#[test]
fn counts_are_read_however_they_are_written() {
    for (written, expected) in [("7.0", 7), ("\"7\"", 7), ("null", 0), ("-7", 0), ("7e0", 7), ("[7]", 0)] {
        check_all(expected, |dialect| {
            dialect.record("").replace(r#""output_tokens":7"#, &format!(r#""output_tokens":{written}"#)).into()
        });
    }
}

#[test]
fn a_record_behind_a_huge_string_is_read_in_bounded_memory() {
    check_all(7, |dialect| dialect.record(&format!(r#""picture":"{}","#, "iVBORw0KGgo\\n".repeat(1_000_000))).into());
}

#[test]
fn a_last_line_without_an_end_counts_once() {
    for dialect in DIALECTS {
        let source = Source { session: SessionId::new("t"), ..source(Layout::Lines) };
        for line in [dialect.record(""), dialect.record(&format!(r#""note":"{}","#, "x".repeat(5_000)))] {
            let bytes = format!("{}\n{line}", dialect.first);
            for level in [Level::Full, Level::Usage] {
                let tokens = |bytes: &str| {
                    output_tokens(&decode_at(level, agent(dialect.agent), &source, [bytes.as_bytes()]).events)
                };
                assert_eq!(tokens(&bytes), 7);
                assert_eq!(tokens(&bytes[..bytes.len() - 1]), 0, "a torn record is not read");
            }
        }
    }
}

#[test]
fn a_pointer_in_place_of_a_transcript_is_named() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n";
    let out = decode([pointer.as_bytes()]);
    assert!(out.unknown.keys().any(|(kind, _)| kind.contains("git-lfs")), "{:?}", out.unknown);
}
