//! Answers in the shape of the Messages API: server-sent events, rate-limit headers, error bodies.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use topside_model::{Tokens, Usage};

use crate::mock::api::{Frame, Headers, Naming, now};
use crate::mock::scenario::{Failure, Speech};
use crate::mock::tools::{Call, Input};

/// The cost of the reply at `step` of a prompt: as much as with the other API, in Anthropic's disjoint parts.
pub(super) fn usage(step: usize) -> Usage {
    let step = step as u64;
    let cached = if step == 0 { 0 } else { 800 + 400 * step };
    let (uncached, short) = (3, 40);
    Usage {
        input_uncached: Tokens(uncached),
        cache_read: Tokens(cached),
        cache_write_5m: Tokens(short),
        cache_write_1h: Tokens(1_000 + 500 * step - cached - uncached - short),
        output: Tokens(50 + 10 * step),
        reasoning: Tokens(20),
        ..Usage::default()
    }
}

/// Headers every answer carries: two windows of a subscription.
pub(super) fn headers(now: Timestamp) -> Headers {
    limit_headers(now, "allowed", "0.425")
}

/// Headers for a five-hour window that is `status`, with this share of it used.
fn limit_headers(now: Timestamp, status: &str, used: &str) -> Headers {
    let after = |hours| (now + SignedDuration::from_hours(hours)).as_second().to_string();
    vec![
        ("request-id", format!("req_mock{:x}", now.as_nanosecond())),
        ("anthropic-ratelimit-unified-status", status.to_owned()),
        ("anthropic-ratelimit-unified-representative-claim", "five_hour".to_owned()),
        ("anthropic-ratelimit-unified-reset", after(2)),
        ("anthropic-ratelimit-unified-5h-status", status.to_owned()),
        ("anthropic-ratelimit-unified-5h-utilization", used.to_owned()),
        ("anthropic-ratelimit-unified-5h-reset", after(2)),
        ("anthropic-ratelimit-unified-7d-status", "allowed".to_owned()),
        ("anthropic-ratelimit-unified-7d-utilization", "0.17".to_owned()),
        ("anthropic-ratelimit-unified-7d-reset", after(100)),
    ]
}

/// Headers and body of an HTTP error.
pub(super) fn failure(failure: Failure, now: Timestamp) -> (Headers, Value) {
    let (kind, message) = match failure {
        Failure::Key => ("authentication_error", "mock: bad key"),
        Failure::Rate => ("rate_limit_error", "mock: too many requests"),
        Failure::Limit => ("rate_limit_error", "mock: the limit is reached"),
        Failure::Overload => ("overloaded_error", "mock: overloaded"),
        Failure::Server => ("api_error", "mock: internal error"),
    };
    let mut headers = match failure {
        Failure::Limit => limit_headers(now, "rejected", "1.0"),
        _ => headers(now),
    };
    match failure {
        Failure::Rate => headers.push(("retry-after", "1".to_owned())),
        Failure::Limit => headers.push(("x-should-retry", "false".to_owned())),
        Failure::Key | Failure::Overload | Failure::Server => {}
    }
    (headers, json!({ "type": "error", "error": { "type": kind, "message": message } }))
}

/// The first event of every answer. It promises one token, as the vendor's does.
pub(super) fn opening(naming: &Naming, usage: Usage) -> Frame {
    let mut message = message(naming, usage, &[], None);
    message["usage"]["output_tokens"] = 1.into();
    now(json!({ "type": "message_start", "message": message }))
}

/// The events of an answer in words, all of them.
pub(super) fn speak(naming: &Naming, speech: &Speech, usage: Usage) -> Vec<Frame> {
    let mut frames = vec![opening(naming, usage), now(json!({ "type": "ping" }))];
    let mut index = 0;
    if !speech.silence.is_zero() {
        think(index, speech.silence, &mut frames);
        index += 1;
    }
    say(index, speech, &mut frames);
    close("end_turn", usage, &mut frames);
    frames
}

/// The events of an answer that calls tools, all of them: a thought, words, and the calls.
pub(super) fn call(naming: &Naming, calls: &[Call], usage: Usage) -> Vec<Frame> {
    let mut frames = vec![opening(naming, usage)];
    think(0, Duration::ZERO, &mut frames);
    say(1, &Speech { text: "I will do that.".into(), ..Speech::default() }, &mut frames);
    for (index, call) in (2..).zip(calls) {
        let arguments = match &call.input {
            Input::Arguments(arguments) => arguments.to_string(),
            Input::Text(text) => json!({ "input": text }).to_string(),
        };
        let block = json!({ "type": "tool_use", "id": naming.id("toolu", index), "name": call.name, "input": {} });
        begin(index, &block, &mut frames);
        frames.push(delta(index, &json!({ "type": "input_json_delta", "partial_json": arguments })));
        end(index, &mut frames);
    }
    close("tool_use", usage, &mut frames);
    frames
}

/// An answer in words, for a client that does not want a stream.
pub(super) fn whole(naming: &Naming, words: &str, usage: Usage) -> Value {
    message(naming, usage, &[json!({ "type": "text", "text": words })], Some("end_turn"))
}

fn message(naming: &Naming, usage: Usage, content: &[Value], stop_reason: Option<&str>) -> Value {
    json!({
        "id": naming.id("msg", 0), "type": "message", "role": "assistant", "model": naming.model, "content": content,
        "stop_reason": stop_reason, "stop_sequence": null, "usage": usage_body(usage),
    })
}

fn usage_body(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input_uncached.0, "cache_read_input_tokens": usage.cache_read.0,
        "cache_creation_input_tokens": (usage.cache_write_5m + usage.cache_write_1h).0,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write_5m.0, "ephemeral_1h_input_tokens": usage.cache_write_1h.0,
        },
        "output_tokens": usage.output.0, "output_tokens_details": { "thinking_tokens": usage.reasoning.0 },
        "service_tier": "standard",
    })
}

/// A thought that takes `silence`.
fn think(index: usize, silence: Duration, frames: &mut Vec<Frame>) {
    begin(index, &json!({ "type": "thinking", "thinking": "", "signature": "" }), frames);
    let (_, thought) = delta(index, &json!({ "type": "thinking_delta", "thinking": "About the scenario." }));
    frames.push((silence, thought));
    frames.push(delta(index, &json!({ "type": "signature_delta", "signature": "bW9jaw==" })));
    end(index, frames);
}

/// Words at their pace.
fn say(index: usize, speech: &Speech, frames: &mut Vec<Frame>) {
    begin(index, &json!({ "type": "text", "text": "" }), frames);
    let words: Vec<&str> = speech.text.split_inclusive(' ').collect();
    let pause = speech.spread / words.len().max(1) as u32;
    frames.extend(words.into_iter().map(|word| {
        let (_, delta) = delta(index, &json!({ "type": "text_delta", "text": word }));
        (pause, delta)
    }));
    end(index, frames);
}

fn begin(index: usize, block: &Value, frames: &mut Vec<Frame>) {
    frames.push(now(json!({ "type": "content_block_start", "index": index, "content_block": block })));
}

fn delta(index: usize, delta: &Value) -> Frame {
    now(json!({ "type": "content_block_delta", "index": index, "delta": delta }))
}

fn end(index: usize, frames: &mut Vec<Frame>) {
    frames.push(now(json!({ "type": "content_block_stop", "index": index })));
}

fn close(stop_reason: &str, usage: Usage, frames: &mut Vec<Frame>) {
    frames.push(now(json!({
        "type": "message_delta", "delta": { "stop_reason": stop_reason, "stop_sequence": null },
        "usage": usage_body(usage),
    })));
    frames.push(now(json!({ "type": "message_stop" })));
}
