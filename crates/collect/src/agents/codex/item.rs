//! `response_item` records: what the model asked for and what it got back.

use topside_model::{CallId, EventKind, Work};

use super::decode::Scribe;
use super::record::{size, string};
use super::tool;
use crate::source::json::Json;

/// Reads an item of the session's own.
pub(super) fn response(scribe: &mut Scribe<'_>, tag: &str, payload: Json<'_>) {
    match tag {
        "function_call" | "custom_tool_call" | "local_shell_call" | "tool_search_call" => called(scribe, tag, payload),
        "function_call_output" | "custom_tool_call_output" | "tool_search_output" => delivered(scribe, payload),
        "web_search_call" => scribe.say(EventKind::WebSearched),
        "message" | "reasoning" => {}
        tag => scribe.unknown(&format!("response_item/{tag}")),
    }
}

fn called(scribe: &mut Scribe<'_>, tag: &str, payload: Json<'_>) {
    let Some(mut call) = tool::call(tag, payload) else { return };
    let files = || tool::patched_files(&call.patch);
    if call.start.work == Work::Edit && files().iter().any(|(path, _)| !scribe.state.writable.holds(path.raw())) {
        call.start.escalated = true;
    }
    let id = call.start.call.as_str().to_owned();
    scribe.state.open_calls.insert(id.clone());
    let asks = call.start.work == Work::Question;
    scribe.say(EventKind::ToolStarted(Box::new(call.start)));
    if asks {
        scribe.say(EventKind::QuestionAsked { call: CallId::new(&id), text: call.question });
    }
    if !call.patch.is_empty() {
        scribe.state.patches.insert(id, call.patch);
    }
}

fn delivered(scribe: &mut Scribe<'_>, payload: Json<'_>) {
    let Some(id) = payload.field("call_id").and_then(string) else { return };
    scribe.state.open_calls.remove(&id);
    let output = payload.field("output");
    let (outcome, exit_code) = tool::result(output);
    scribe.changed(&id, outcome, Vec::new());
    let (call, size) = (CallId::new(id), output.and_then(size));
    scribe.say(EventKind::ToolFinished { call, outcome, exit_code, took: None, delivered: true, size });
}
