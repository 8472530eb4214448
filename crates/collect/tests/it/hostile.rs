//! Lines that make strict parsers lose a record.

use topside_collect::Output;
use topside_model::EventKind;

const META: &str = r#"{"timestamp":"2026-11-20T01:00:00.000Z","type":"session_meta","payload":{"id":"t","timestamp":"2026-11-20T01:00:00.000Z"}}"#;
const USAGE: &str = r#""type":"token_usage_record","payload":{"thread_id":"t","response_id":"r","usage":{"input_tokens":10,"output_tokens":7}}}"#;

fn record(middle: &str) -> String {
    format!(r#"{{"timestamp":"2026-11-20T01:00:01.000Z",{middle}{USAGE}"#)
}

fn output_tokens(out: &Output) -> u64 {
    let replies = out.events.iter().filter_map(|event| match &event.kind {
        EventKind::ResponseUsage { usage, .. } => Some(usage.output.0),
        _ => None,
    });
    replies.sum()
}

#[track_caller]
fn check(line: &[u8], expected: u64) {
    let bytes = [META.as_bytes(), b"\n", line, b"\n"].concat();
    assert_eq!(output_tokens(&crate::common::decode([bytes.as_slice()])), expected);
    for cut in [1, META.len() + 3, bytes.len() / 2] {
        assert_eq!(output_tokens(&crate::common::decode([&bytes[..cut], &bytes[cut..]])), expected, "cut at {cut}");
    }
}

#[test]
fn text_that_is_no_text_hides_nothing() {
    check(record(r#""note":"\ud83d","#).as_bytes(), 7);
    check(&[record(r#""note":""#).replace(USAGE, "").as_bytes(), b"\xff\xfe\x01\x1b\",", USAGE.as_bytes()].concat(), 7);
    check(record(r#""note":"fake \"usage\":{\"output_tokens\":9}","#).as_bytes(), 7);
}

#[test]
fn repeated_keys_count_by_the_last_one() {
    check(record(r#""id":1,"id":2,"#).as_bytes(), 7);
    let twice = record("").replace(r#""usage":{"#, r#""usage":{"output_tokens":1},"usage":{"#);
    check(twice.as_bytes(), 7);
}

#[test]
fn depth_costs_no_stack() {
    check(record(&format!(r#""deep":{}{},"#, "[".repeat(200_000), "]".repeat(200_000))).as_bytes(), 7);
}

#[test]
fn rubbish_around_a_record_is_passed_over() {
    check(format!("{}{}", "\0".repeat(64), record("")).as_bytes(), 7);
    check(format!("\u{feff}{}", record("")).as_bytes(), 7);
    check(format!("{}\r", record("")).as_bytes(), 7);
}

#[test]
fn glued_records_both_count() {
    let other = record("").replace(r#""r""#, r#""r2""#);
    check(format!("{}{other}", record("")).as_bytes(), 14);
}

#[test]
fn a_record_glued_to_one_that_is_passed_over_counts() {
    let passed = |size| {
        let text = "x".repeat(size);
        format!(
            r#"{{"timestamp":"2026-11-20T01:00:01.000Z","type":"response_item","payload":{{"type":"message","text":"{text}"}}}}"#
        )
    };
    for size in [10, 850, 900, 950, 5000, 600_000] {
        check(format!("{}{}", passed(size), record("")).as_bytes(), 7);
        check(format!("{}{}{}", passed(size), passed(size / 2), record("")).as_bytes(), 7);
        let torn = &passed(size)[..size];
        check(format!("{torn}{}", record("")).as_bytes(), 7);
    }
}

#[test]
fn a_torn_write_does_not_take_the_next_record_with_it() {
    let torn = &record("")[..60];
    check(format!("{torn}{}", record("")).as_bytes(), 7);
    check(torn.as_bytes(), 0);
}

#[test]
fn counts_are_read_however_they_are_written() {
    check(record("").replace(":7}", ":7.0}").as_bytes(), 7);
    check(record("").replace(":7}", ":\"7\"}").as_bytes(), 7);
    check(record("").replace(":7}", ":null}").as_bytes(), 0);
}

#[test]
fn a_record_behind_a_huge_string_is_read_in_bounded_memory() {
    let line = record(&format!(r#""picture":"{}","#, "iVBORw0KGgo\\n".repeat(2_000_000)));
    check(line.as_bytes(), 7);
}

#[test]
fn a_last_line_without_an_end_counts_once() {
    let bytes = format!("{META}\n{}", record(""));
    assert_eq!(output_tokens(&crate::common::decode([bytes.as_bytes()])), 7);
    let cut = &bytes[..bytes.len() - 1];
    assert_eq!(output_tokens(&crate::common::decode([cut.as_bytes()])), 0, "a torn record is not read");
}

#[test]
fn a_pointer_in_place_of_a_transcript_is_named() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n";
    let out = crate::common::decode([pointer.as_bytes()]);
    assert!(out.unknown.keys().any(|(kind, _)| kind.contains("git-lfs")), "{:?}", out.unknown);
}
