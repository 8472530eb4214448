//! Answers in the shape of the Responses API: server-sent events, rate-limit headers, error bodies.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use topside_model::{Tokens, Usage};

use crate::mock::api::{Frame, Headers, Naming, now};
use crate::mock::scenario::{Failure, Speech};
use crate::mock::tools::{Call, Input};

/// The cost of the reply at `step` of a prompt. It grows with the step, so that a wrong sum shows.
pub(super) fn usage(step: usize) -> Usage {
    let step = step as u64;
    let cached = if step == 0 { 0 } else { 800 + 400 * step };
    Usage {
        input_uncached: Tokens(1_000 + 500 * step - cached),
        cache_read: Tokens(cached),
        output: Tokens(50 + 10 * step),
        reasoning: Tokens(20),
        ..Usage::default()
    }
}

/// Headers every answer carries: two windows of one limit.
pub(super) fn headers(now: Timestamp) -> Headers {
    let after = |hours| (now + SignedDuration::from_hours(hours)).as_second().to_string();
    vec![
        ("x-codex-primary-used-percent", "42.5".into()),
        ("x-codex-primary-window-minutes", "300".into()),
        ("x-codex-primary-reset-at", after(2)),
        ("x-codex-secondary-used-percent", "17".into()),
        ("x-codex-secondary-window-minutes", "10080".into()),
        ("x-codex-secondary-reset-at", after(100)),
        ("x-codex-credits-has-credits", "false".into()),
        ("x-codex-credits-unlimited", "false".into()),
    ]
}

/// Headers and body of an HTTP error.
pub(super) fn failure(failure: Failure) -> (Headers, Value) {
    let (kind, message, headers) = match failure {
        Failure::Key => ("invalid_request_error", "mock: bad key", vec![]),
        Failure::Rate | Failure::Limit => {
            ("rate_limit_exceeded", "mock: rate limit reached", vec![("retry-after", "1".to_owned())])
        }
        Failure::Overload | Failure::Server => ("server_error", "mock: internal error", vec![]),
    };
    (headers, json!({ "error": { "message": message, "type": kind, "code": null } }))
}

/// The first event of every answer.
pub(super) fn opening(naming: &Naming) -> Frame {
    let mut event = json!({ "type": "response.created", "response": body(naming, "in_progress", &[]) });
    event["sequence_number"] = 0.into();
    now(event)
}

/// The events of an answer in words, all of them.
pub(super) fn speak(naming: &Naming, speech: &Speech, usage: Usage) -> Vec<Frame> {
    let mut frames = vec![opening(naming)];
    let mut output = Vec::new();
    if !speech.silence.is_zero() {
        output.push(think(naming, speech.silence, &mut frames));
    }
    let (index, id) = (output.len(), naming.id("msg", 0));
    let item = |status: &str, content: Value| json!({ "type": "message", "id": id, "role": "assistant", "status": status, "content": content });
    let part = |text: &str| json!({ "type": "output_text", "text": text, "annotations": [] });
    frames.push(added(index, &item("in_progress", json!([]))));
    frames.push(now(json!({ "type": "response.content_part.added", "item_id": id, "output_index": index,
        "content_index": 0, "part": part("") })));
    let words: Vec<&str> = speech.text.split_inclusive(' ').collect();
    let pause = speech.spread / words.len().max(1) as u32;
    frames.extend(words.into_iter().map(|word| {
        let delta = json!({ "type": "response.output_text.delta", "item_id": id, "output_index": index,
            "content_index": 0, "delta": word });
        (pause, delta)
    }));
    frames.push(now(json!({ "type": "response.output_text.done", "item_id": id, "output_index": index,
        "content_index": 0, "text": speech.text })));
    let whole = item("completed", json!([part(&speech.text)]));
    frames.push(done(index, &whole));
    output.push(whole);
    frames.push(completed(naming, &output, usage));
    number(frames)
}

/// The events of an answer that calls tools, all of them.
pub(super) fn call(naming: &Naming, calls: &[Call], usage: Usage) -> Vec<Frame> {
    let mut frames = vec![opening(naming)];
    let mut output = vec![think(naming, Duration::ZERO, &mut frames)];
    for call in calls {
        let index = output.len();
        let mut item = json!({ "call_id": naming.id("call", index), "name": call.name, "status": "completed" });
        match &call.input {
            Input::Arguments(arguments) => {
                item["type"] = "function_call".into();
                item["id"] = naming.id("fc", index).into();
                item["arguments"] = arguments.to_string().into();
            }
            Input::Text(text) => {
                item["type"] = "custom_tool_call".into();
                item["id"] = naming.id("ctc", index).into();
                item["input"] = text.as_str().into();
            }
        }
        if let Some(namespace) = &call.namespace {
            item["namespace"] = namespace.as_str().into();
        }
        frames.push(added(index, &item));
        frames.push(done(index, &item));
        output.push(item);
    }
    frames.push(completed(naming, &output, usage));
    number(frames)
}

/// Adds the events of a thought that takes `silence`, and gives the item they make.
fn think(naming: &Naming, silence: Duration, frames: &mut Vec<Frame>) -> Value {
    let id = naming.id("rs", 0);
    let item =
        |summary: Value| json!({ "type": "reasoning", "id": id, "summary": summary, "encrypted_content": "bW9jaw==" });
    let whole = item(json!([{ "type": "summary_text", "text": "**Thinking** about the scenario" }]));
    frames.push(added(0, &item(json!([]))));
    frames.push((silence, json!({ "type": "response.output_item.done", "output_index": 0, "item": whole })));
    whole
}

fn added(index: usize, item: &Value) -> Frame {
    now(json!({ "type": "response.output_item.added", "output_index": index, "item": item }))
}

fn done(index: usize, item: &Value) -> Frame {
    now(json!({ "type": "response.output_item.done", "output_index": index, "item": item }))
}

fn completed(naming: &Naming, output: &[Value], usage: Usage) -> Frame {
    let mut response = body(naming, "completed", output);
    response["usage"] = json!({
        "input_tokens": usage.input().0, "input_tokens_details": { "cached_tokens": usage.cache_read.0 },
        "output_tokens": usage.output.0, "output_tokens_details": { "reasoning_tokens": usage.reasoning.0 },
        "total_tokens": usage.total().0,
    });
    now(json!({ "type": "response.completed", "response": response }))
}

/// What every event about the whole response says of it.
fn body(naming: &Naming, status: &str, output: &[Value]) -> Value {
    json!({
        "id": naming.id("resp", 0), "object": "response", "created_at": naming.at.as_second(), "model": naming.model,
        "status": status, "output": output,
    })
}

/// `frames` with their places in the stream.
fn number(mut frames: Vec<Frame>) -> Vec<Frame> {
    for (place, (_, event)) in frames.iter_mut().enumerate() {
        event["sequence_number"] = place.into();
    }
    frames
}
