//! What a Claude Code tool call does.

use topside_model::{CallId, FileChange, Outcome, ToolStart, Untrusted, Work};

use super::record::{string, untrusted};
use crate::source::json::Json;

/// Longest summary.
const SUMMARY: usize = 300;

/// A `tool_use` block.
pub(super) struct Call {
    pub(super) start: ToolStart,
    pub(super) question: Option<Untrusted>,
}

/// Takes a `tool_use` block apart; `None` without an id.
pub(super) fn call(block: Json<'_>) -> Option<Call> {
    let id = block.field("id").and_then(Json::text)?;
    let name = block.field("name").and_then(string).unwrap_or_default();
    let input = block.field("input");
    let work = work(&name);
    let question = (work == Work::Question).then(|| question(input?)).flatten();
    let summary = question
        .clone()
        .map_or_else(|| input.and_then(|input| summary(&name, input)), |text| Some(first_line(text.raw())));
    let summary = summary.filter(|line| !line.raw().is_empty());
    let reads = summary.clone().filter(|_| matches!(&*name, "Read" | "NotebookRead"));
    let (call, name) = (CallId::new(&id), Untrusted::new(shown(&name)));
    let start = ToolStart { call, name, work, summary, escalated: false, counted: true, reads };
    Some(Call { start, question })
}

/// The tool's name, but for one that says nothing to a person who is asked to accept a plan.
fn shown(name: &str) -> &str {
    match name {
        "ExitPlanMode" | "exit_plan_mode" => "plan",
        _ => name,
    }
}

fn work(name: &str) -> Work {
    match name {
        "Bash" | "PowerShell" | "Monitor" => Work::Command,
        "BashOutput" | "KillShell" | "KillBash" | "TaskOutput" | "TaskStop" => Work::Terminal,
        "Edit" | "Write" | "MultiEdit" | "NotebookEdit" => Work::Edit,
        "Read" | "Grep" | "Glob" | "LS" | "NotebookRead" | "WebFetch" | "WebSearch" | "ToolSearch" => Work::Read,
        "AskUserQuestion" => Work::Question,
        "ExitPlanMode" | "exit_plan_mode" => Work::Permission,
        "Agent" | "Task" | "Workflow" | "SendMessage" => Work::Agent,
        _ => Work::Other,
    }
}

/// The part of a call's input that tells most.
fn summary(name: &str, input: Json<'_>) -> Option<Untrusted> {
    let keys: &[&str] = match name {
        "Bash" | "PowerShell" | "Monitor" => &["command"],
        "Edit" | "Write" | "MultiEdit" | "Read" => &["file_path"],
        "NotebookEdit" | "NotebookRead" => &["notebook_path"],
        "ExitPlanMode" | "exit_plan_mode" => &["plan"],
        "Agent" | "Task" => &["description", "prompt"],
        _ => &["description", "pattern", "query", "url", "path", "skill", "subject", "command", "name"],
    };
    keys.iter().find_map(|key| input.field(key).and_then(string)).as_deref().map(first_line)
}

fn question(input: Json<'_>) -> Option<Untrusted> {
    let first = input.field("questions").and_then(|questions| questions.items().next());
    first.and_then(|question| question.field("question")).or_else(|| input.field("question")).and_then(untrusted)
}

/// The file a call changes, if it does.
pub(super) fn changed_file(name: &str, block: Json<'_>) -> Option<String> {
    let key = if name == "NotebookEdit" { "notebook_path" } else { "file_path" };
    (work(name) == Work::Edit).then(|| block.field("input")?.field(key).and_then(string)).flatten()
}

/// How a file was changed: only `Write` tells of one that is new.
pub(super) fn change(result: Option<Json<'_>>) -> FileChange {
    let kind = result.and_then(|result| result.field("type")).and_then(Json::text);
    if kind.as_deref() == Some("create") { FileChange::Added } else { FileChange::Updated }
}

/// How a call went, by its `tool_result` block and the agent's own record of it.
pub(super) fn outcome(block: Json<'_>, result: Option<Json<'_>>) -> Outcome {
    let field = |key: &str| result.and_then(|result| result.field(key));
    let denied = field("toolDenialKind").is_some()
        || result.and_then(|result| result.text_head(64)).is_some_and(|text| text.starts_with("User rejected"));
    let status = field("status").and_then(Json::text);
    let background = field("backgroundTaskId").is_some_and(|task| task.text().is_some())
        || matches!(status.as_deref(), Some("async_launched" | "remote_launched"));
    match block.field("is_error").and_then(Json::truth) {
        _ if denied => Outcome::Declined,
        Some(true) => Outcome::Failed,
        _ if background => Outcome::Background,
        _ if field("interrupted").and_then(Json::truth) == Some(true) => Outcome::Failed,
        _ => Outcome::Completed,
    }
}

pub(super) fn first_line(text: &str) -> Untrusted {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
    Untrusted::new(line.chars().take(SUMMARY).collect::<String>())
}
