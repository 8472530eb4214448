//! Records written by hand after the format's description, for what no recording shows.

use topside_collect::Output;
use topside_model::{Event, EventKind};

use crate::common::decode;

pub(crate) const OWN: &str = "01a1aaaa-0000-7000-8000-000000000001";
pub(crate) const PARENT: &str = "01a19999-0000-7000-8000-000000000001";

/// A record at `second` past the hour: its type and its payload's members.
pub(crate) fn record(second: u32, kind: &str, payload: &str) -> String {
    let (minute, second) = (second / 60, second % 60);
    format!(r#"{{"timestamp":"2026-11-20T09:{minute:02}:{second:02}.500Z","type":"{kind}","payload":{{{payload}}}}}"#)
}

pub(crate) fn event(second: u32, payload: &str) -> String {
    record(second, "event_msg", payload)
}

/// An introduction of `thread`, made at second 0.
pub(crate) fn meta(second: u32, thread: &str, more: &str) -> String {
    record(second, "session_meta", &format!(r#""id":"{thread}","timestamp":"2026-11-20T09:00:00.000Z"{more}"#))
}

pub(crate) fn usage(tokens: u64) -> String {
    format!(r#"{{"input_tokens":{tokens},"output_tokens":0,"total_tokens":{tokens}}}"#)
}

pub(crate) fn token_count(second: u32, total: u64, last: u64) -> String {
    let (total, last) = (usage(total), usage(last));
    event(
        second,
        &format!(
            r#""type":"token_count","info":{{"total_token_usage":{total},"last_token_usage":{last}}},"rate_limits":null"#
        ),
    )
}

pub(crate) fn read(lines: &[String]) -> Output {
    decode([lines.join("\n").as_bytes(), b"\n"])
}

pub(crate) fn kinds(lines: &[String]) -> Vec<EventKind> {
    read(lines).events.into_iter().map(|event| event.kind).collect()
}

pub(crate) fn spent(out: &[Event]) -> u64 {
    let replies = out.iter().filter_map(|event| match &event.kind {
        EventKind::ResponseUsage { usage, .. } => Some(usage.total().0),
        _ => None,
    });
    replies.sum()
}

pub(crate) fn count(out: &[Event], wanted: impl Fn(&EventKind) -> bool) -> usize {
    out.iter().filter(|event| wanted(&event.kind)).count()
}
