//! `event_msg` records: the life of turns, totals, and the agent's notes on finished work.

use std::borrow::Cow;
use std::time::Duration;

use topside_model::{
    CallId, CompactionRecord, EventKind, Outcome, SessionId, Setting, Timestamp, ToolStart, TurnEnd, TurnId, Untrusted,
    Work,
};

use super::decode::Scribe;
use super::record::{self, string, untrusted};
use super::tool;
use crate::agent::Level;
use crate::source::json::Json;

/// Kinds that say nothing topside shows.
pub(super) const SKIPPED: &[&str] = &[
    "agent_message",
    "agent_reasoning",
    "agent_reasoning_raw_content",
    "agent_reasoning_section_break",
    "background_event",
    "entered_review_mode",
    "exited_review_mode",
    "guardian_assessment",
    "image_generation_end",
    "undo_completed",
    "view_image_tool_call",
    "warning",
    "web_search_end",
];

/// Lists of what came with a prompt and is no text.
const BESIDE_TEXT: [&str; 4] = ["images", "local_images", "audio", "local_audio"];

/// Reads an event of the session's own.
pub(super) fn read(scribe: &mut Scribe<'_>, tag: &str, payload: Json<'_>) {
    match tag {
        "task_started" | "turn_started" => turn_started(scribe, payload),
        "task_complete" | "turn_complete" => turn_complete(scribe, payload),
        "turn_aborted" => turn_ended(scribe, payload, TurnEnd::Interrupted),
        "token_count" => scribe.token_count(payload),
        "user_message" => {
            scribe.state.prompts_as_events = true;
            let message = payload.field("message");
            let mut others = BESIDE_TEXT.iter().filter_map(|key| payload.field(key));
            let all_text = others.all(|list| list.items().next().is_none());
            scribe.prompt(message.and_then(untrusted), message.filter(|_| all_text).and_then(record::size));
        }
        "item_completed" => item_completed(scribe, payload),
        "context_compacted" => scribe.say(EventKind::Compacted(CompactionRecord::Notice)),
        "thread_rolled_back" => scribe.say(EventKind::RolledBack),
        "thread_name_updated" => {
            if let Some(name) = payload.field("thread_name").and_then(untrusted) {
                scribe.say(EventKind::SessionNamed(name));
            }
        }
        "thread_settings_applied" => thread_settings(scribe, payload.field("thread_settings")),
        "exec_command_end" | "patch_apply_end" | "mcp_tool_call_end" | "dynamic_tool_call_response" => {
            work_ended(scribe, payload);
        }
        "sub_agent_activity" => subagent(scribe, payload),
        "collab_agent_spawn_end" => link(scribe, payload.field("new_thread_id"), false),
        "error" | "stream_error" => {
            let (class, message) = record::failure(payload);
            scribe.say(EventKind::ErrorReported { class, message });
        }
        "thread_goal_updated"
        | "collab_waiting_end"
        | "collab_agent_interaction_end"
        | "collab_close_end"
        | "collab_resume_end"
        | "dynamic_tool_call_request" => {}
        tag if SKIPPED.contains(&tag) => {}
        tag => scribe.unknown(&format!("event_msg/{tag}")),
    }
}

fn thread_settings(scribe: &mut Scribe<'_>, inner: Option<Json<'_>>) {
    scribe.state.service = inner.and_then(|inner| inner.field("service_tier")).and_then(record::string);
    // Settings without a model say nothing of it.
    scribe.state.settings_model = inner.and_then(record::model).or(scribe.state.settings_model.take());
    if scribe.level == Level::Usage {
        return;
    }
    let mut settings = inner.map(record::thread_settings).unwrap_or_default();
    if scribe.state.model.is_some() {
        // Settings made between two turns are for the next one, which will state them.
        (settings.model, settings.effort) = (None, Setting::Kept);
    }
    scribe.say(EventKind::SettingsChanged(Box::new(settings)));
}

fn turn_started(scribe: &mut Scribe<'_>, payload: Json<'_>) {
    let attributed = payload.field("turn_attribution").is_some_and(Json::is_object);
    let automatic = scribe.state.attributes_turns && !attributed;
    scribe.state.attributes_turns |= attributed;
    let offset = scribe.origin.offset;
    let id = payload.field("turn_id").and_then(string).unwrap_or_else(|| format!("at {offset}"));
    scribe.say(EventKind::TurnStarted { turn: TurnId::new(id), automatic });
    if let Some(window) = payload.field("model_context_window").and_then(Json::count) {
        scribe.say(record::context(None, Some(window)));
    }
}

fn turn_complete(scribe: &mut Scribe<'_>, payload: Json<'_>) {
    let error = payload.field("error").filter(|error| error.is_object());
    if let Some(error) = error {
        let (class, message) = record::failure(error);
        scribe.say(EventKind::ErrorReported { class, message });
    }
    turn_ended(scribe, payload, if error.is_some() { TurnEnd::Failed } else { TurnEnd::Completed });
}

fn turn_ended(scribe: &mut Scribe<'_>, payload: Json<'_>, how: TurnEnd) {
    let turn = payload.field("turn_id").and_then(string).map(TurnId::new);
    scribe.say(EventKind::TurnEnded { turn, how });
}

/// A note that a piece of work is done; the result for the model may come later, with those of parallel calls.
fn work_ended(scribe: &mut Scribe<'_>, payload: Json<'_>) {
    let Some(call) = payload.field("call_id").and_then(string) else { return };
    finished(scribe, scribe.at, &call, payload);
}

fn finished(scribe: &mut Scribe<'_>, at: Option<Timestamp>, call: &str, item: Json<'_>) {
    let exit_code = item.field("exit_code").and_then(Json::number).map(|code| code as i32);
    let outcome = match item.field("status").and_then(Json::text).as_deref() {
        Some("completed") => Outcome::Completed,
        Some("failed") => Outcome::Failed,
        Some("declined") => Outcome::Declined,
        Some("in_progress" | "inProgress") => return,
        _ => match (item.field("success").and_then(Json::truth), exit_code) {
            (Some(true), _) | (None, Some(0)) => Outcome::Completed,
            (Some(false), _) | (None, Some(_)) => Outcome::Failed,
            (None, None) => Outcome::Unknown,
        },
    };
    let took = item.field("duration").and_then(duration);
    scribe.changed(call, outcome, tool::changed_files(item));
    let call = CallId::new(call);
    scribe.say_at(at, EventKind::ToolFinished { call, outcome, exit_code, took, delivered: false, size: None });
}

/// `{secs, nanos}`.
fn duration(value: Json<'_>) -> Option<Duration> {
    let part = |key: &str| value.field(key).and_then(Json::count);
    Some(Duration::new(part("secs")?, part("nanos").and_then(|nanos| nanos.try_into().ok()).unwrap_or(0)))
}

/// The paginated dialect's one event for everything that is done.
fn item_completed(scribe: &mut Scribe<'_>, payload: Json<'_>) {
    let Some(item) = payload.field("item") else { return };
    if let Some(other) = scribe.other_thread(payload) {
        // A review works in a thread of its own, and its first records are written here, too.
        say_link(scribe, &other, false);
        scribe.state.reviewer = Some(other);
        return;
    }
    let kind = item.field("type").and_then(Json::text).unwrap_or(Cow::Borrowed("untyped"));
    match kind.as_ref() {
        "UserMessage" if scribe.state.prompts_as_events => {}
        "UserMessage" => scribe.prompt(item_text(item), item.field("content").and_then(record::size)),
        "CommandExecution" => worked(scribe, payload, item, "exec_command", Work::Command),
        "FileChange" => worked(scribe, payload, item, "apply_patch", Work::Edit),
        "McpToolCall" | "DynamicToolCall" => worked(scribe, payload, item, &item_tool(item), Work::Other),
        "CollabAgentToolCall" => {
            let children = item.field("receiver_thread_ids").into_iter().flat_map(Json::items);
            children.for_each(|child| link(scribe, Some(child), false));
            worked(scribe, payload, item, &item_tool(item), Work::Agent);
        }
        "SubAgentActivity" => subagent(scribe, item),
        "WebSearch" | "Reasoning" | "AgentMessage" | "Plan" | "ImageView" | "ImageGeneration" | "HookPrompt"
        | "EnteredReviewMode" | "FunctionCallOutput" | "Extension" => {}
        "ExitedReviewMode" => {
            if let Some(reviewer) = scribe.state.reviewer.take() {
                say_link(scribe, &reviewer, true);
            }
        }
        "ContextCompaction" => scribe.say(EventKind::Compacted(CompactionRecord::Notice)),
        other => scribe.unknown(&format!("item_completed/{other}")),
    }
}

/// A finished piece of work. One that no call of the model's asked for by itself (a command inside a script, a command
/// the person typed) shows up here for the first time.
fn worked(scribe: &mut Scribe<'_>, payload: Json<'_>, item: Json<'_>, name: &str, work: Work) {
    let Some(id) = item.field("id").and_then(string) else { return };
    let millis = |key: &str| {
        payload.field(key).and_then(Json::number).and_then(|at| Timestamp::from_millisecond(at as i64).ok())
    };
    if !scribe.state.open_calls.contains(&id) && name != "wait" {
        let summary = (work == Work::Command).then(|| tool::item_command(item)).flatten();
        let call = CallId::new(&id);
        let name = Untrusted::new(name);
        let start = ToolStart { call, name, work, summary, escalated: false, counted: false, reads: None };
        scribe.say_at(millis("started_at_ms").or(scribe.at), EventKind::ToolStarted(Box::new(start)));
    }
    finished(scribe, millis("completed_at_ms").or(scribe.at), &id, item);
}

fn item_tool(item: Json<'_>) -> String {
    let part = |key: &str| item.field(key).and_then(string);
    let tool = part("tool").unwrap_or_else(|| "unnamed tool".to_owned());
    part("server").map_or_else(|| tool.clone(), |server| format!("{server}.{tool}"))
}

/// Text of the parts of a message.
fn item_text(item: Json<'_>) -> Option<Untrusted> {
    let parts: Vec<String> =
        item.field("content")?.items().filter_map(|part| part.field("text").and_then(string)).collect();
    (!parts.is_empty()).then(|| Untrusted::new(parts.join("\n")))
}

fn subagent(scribe: &mut Scribe<'_>, activity: Json<'_>) {
    let done = activity.field("kind").and_then(Json::text).is_some_and(|kind| kind == "completed");
    link(scribe, activity.field("agent_thread_id"), done);
}

fn link(scribe: &mut Scribe<'_>, child: Option<Json<'_>>, done: bool) {
    if let Some(child) = child.and_then(Json::text) {
        say_link(scribe, &child, done);
    }
}

fn say_link(scribe: &mut Scribe<'_>, child: &str, done: bool) {
    scribe.say(EventKind::SubagentLinked { child: SessionId::new(child), done });
}
