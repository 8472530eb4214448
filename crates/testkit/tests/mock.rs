//! The mock model answers over a real connection, and remembers what it answered.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use topside_model::Tokens;
use topside_testkit::mock::{Answer, MockModel, Purpose};

const PATIENCE: Duration = Duration::from_secs(10);

/// Opens a request of Codex for thread `t`.
fn ask(mock: &MockModel, prompt: &str, results: usize, kind: &str) -> TcpStream {
    let result = json!({ "type": "custom_tool_call_output", "output": [] });
    let message = json!({ "type": "message", "role": "user", "content": [{ "text": prompt }] });
    let metadata = json!({ "thread_id": "t", "turn_id": "u", "request_kind": kind, "thread_source": "user" });
    let body = json!({
        "model": "m", "tools": [{ "name": "exec_command" }],
        "input": std::iter::once(message).chain(vec![result; results]).collect::<Vec<_>>(),
        "client_metadata": { "x-codex-turn-metadata": metadata.to_string() },
    })
    .to_string();
    post(mock, "/v1/responses", "", &body)
}

/// Opens a request of Claude Code for session `s`, with `more` headers and fields.
fn ask_claude(mock: &MockModel, prompt: &str, results: usize, headers: &str, more: &Value) -> TcpStream {
    let result = json!({ "role": "user", "content": [{ "type": "tool_result", "content": "ok" }] });
    let message = json!({ "role": "user", "content": [{ "type": "text", "text": prompt }] });
    let mut body = json!({
        "model": "m", "tools": [{ "name": "Bash" }], "stream": true,
        "messages": std::iter::once(message).chain(vec![result; results]).collect::<Vec<_>>(),
    });
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    post(mock, "/v1/messages?beta=true", &format!("x-claude-code-session-id: s\r\n{headers}"), &body.to_string())
}

fn post(mock: &MockModel, path: &str, headers: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", mock.port())).expect("the mock listens");
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
    .expect("the mock reads");
    stream
}

fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the mock answers");
    text
}

/// The last event of a stream.
fn last_event(text: &str) -> Value {
    let data = text.lines().rfind(|line| line.starts_with("data: ")).expect("the stream has events");
    serde_json::from_str(data.trim_start_matches("data: ")).expect("events are JSON")
}

#[test]
fn what_a_thread_was_delivered_is_added_up() {
    let mock = MockModel::start().unwrap();
    let first = answer(ask(&mock, "%%cmd:true", 0, "turn"));
    assert!(first.contains("x-codex-primary-used-percent: 42.5"));
    assert_eq!(last_event(&first)["response"]["usage"]["total_tokens"], 1_050);
    assert_eq!(last_event(&answer(ask(&mock, "%%cmd:true", 1, "turn")))["response"]["usage"]["input_tokens"], 1_500);
    assert!(answer(ask(&mock, "%%e500", 0, "turn")).starts_with("HTTP/1.1 500"));

    let usage = mock.usage()["t"];
    assert_eq!((usage.input(), usage.cache_read), (Tokens(2_500), Tokens(1_200)));
    assert_eq!((usage.output, usage.total()), (Tokens(110), Tokens(2_610)));
    let answers: Vec<_> =
        mock.log().into_iter().filter_map(|exchange| exchange.reply).map(|reply| reply.answer).collect();
    assert!(matches!(&answers[..], [Answer::Calls { .. }, Answer::Text { .. }, Answer::Failed(500)]), "{answers:?}");
}

#[test]
fn a_client_that_goes_away_pays_nothing() {
    let mock = MockModel::start().unwrap();
    let stream = ask(&mock, "%%think:600", 0, "turn");
    mock.wait(PATIENCE, |log| log.first().map(|_| ())).expect("the request arrives");
    drop(stream);
    let answer = mock.wait(PATIENCE, |log| log[0].reply.clone()).expect("the loss is noticed").answer;
    assert_eq!(answer, Answer::Cut);
    assert!(mock.usage().is_empty());
}

#[test]
fn a_compaction_is_told_from_a_turn() {
    let mock = MockModel::start().unwrap();
    answer(ask(&mock, "%%quick", 0, "compaction"));
    assert_eq!(mock.log()[0].purpose, Purpose::Compaction);
    assert_eq!(mock.usage()["t"].total(), Tokens(1_050));
}

#[test]
fn a_broken_connection_ends_without_its_last_event() {
    let mock = MockModel::start().unwrap();
    let mut bytes = Vec::new();
    let _ = ask(&mock, "%%drop", 0, "turn").read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("response.created") && !text.contains("response.completed"), "{text}");
}

#[test]
fn a_message_comes_in_blocks_and_ends_with_its_usage() {
    let mock = MockModel::start().unwrap();
    let text = answer(ask_claude(&mock, "%%sleep:9", 0, "", &Value::Null));
    assert!(text.contains("anthropic-ratelimit-unified-5h-utilization: 0.425"), "{text}");
    let kinds: Vec<Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok())
        .filter(|event| event["type"] == "content_block_start")
        .map(|event| event["content_block"]["type"].clone())
        .collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use"]);
    assert!(text.contains(r#""output_tokens":50"#) && last_event(&text)["type"] == "message_stop");
    answer(ask_claude(&mock, "%%sleep:9", 1, "", &Value::Null));
    assert_eq!(mock.usage()["s"].total(), Tokens(2_610));
}

#[test]
fn what_claude_keeps_no_record_of_is_not_added_up() {
    let mock = MockModel::start().unwrap();
    answer(ask_claude(
        &mock,
        "Your task is to create a detailed summary of the conversation so far",
        0,
        "",
        &Value::Null,
    ));
    answer(ask_claude(&mock, "%%sleep:9", 0, "", &json!({ "tools": [] })));
    let log = mock.log();
    assert_eq!([log[0].purpose, log[1].purpose], [Purpose::Compaction, Purpose::Helper]);
    assert!(log.iter().all(|exchange| exchange.reply.is_some()) && mock.usage().is_empty());
}

#[test]
fn a_sub_agent_of_claude_is_paid_for_by_itself() {
    let mock = MockModel::start().unwrap();
    answer(ask_claude(&mock, "%%quick", 0, "x-claude-code-agent-id: a1\r\n", &json!({ "stream": false })));
    assert_eq!(mock.usage().keys().collect::<Vec<_>>(), ["agent-a1"]);
    assert_eq!(mock.log()[0].parent.as_deref(), Some("s"));
}

#[test]
fn a_failure_ends_with_the_attempt_the_prompt_names_and_a_limit_says_when_it_is_over() {
    let mock = MockModel::start().unwrap();
    let ask = |prompt| answer(ask_claude(&mock, prompt, 0, "", &Value::Null));
    assert!(ask("%%e529x:1").starts_with("HTTP/1.1 529"));
    assert!(ask("%%e529x:1").starts_with("HTTP/1.1 200"));
    let limit = ask("%%limit");
    assert!(limit.starts_with("HTTP/1.1 429"), "{limit}");
    assert!(limit.contains("anthropic-ratelimit-unified-5h-status: rejected"), "{limit}");
}
