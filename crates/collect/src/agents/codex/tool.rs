//! What a Codex tool call does.

use topside_model::{CallId, FileChange, Outcome, ToolStart, Untrusted, Work};

use super::record::{string, untrusted};
use crate::source::json::Json;

/// Longest input of a call that is looked into.
const INPUT: usize = 64 * 1024;
/// Longest summary kept.
const SUMMARY: usize = 400;

/// Requests for more than the sandbox grants; such a call waits for a person unless the policy forbids to ask.
const ESCALATIONS: [&str; 2] = ["require_escalated", "with_additional_permissions"];

/// A call taken apart.
pub(super) struct Call {
    pub(super) start: ToolStart,
    /// The question it asks a person.
    pub(super) question: Option<Untrusted>,
    /// Headers of the patch it applies: the files it is about to change.
    pub(super) patch: String,
}

/// Reads `function_call`, `custom_tool_call`, `local_shell_call` or `tool_search_call`.
pub(super) fn call(kind: &str, payload: Json<'_>) -> Option<Call> {
    let id = payload.field("call_id").or_else(|| payload.field("id")).and_then(string)?;
    let name = match kind {
        "local_shell_call" => "local_shell".to_owned(),
        "tool_search_call" => "tool_search".to_owned(),
        _ => payload.field("name").and_then(string).unwrap_or_else(|| "unnamed tool".to_owned()),
    };
    let written = payload.field("arguments").or_else(|| payload.field("input")).or_else(|| payload.field("action"));
    let input = written.and_then(|value| value.text_head(INPUT)).unwrap_or_default();
    let arguments = match written {
        Some(value) if value.is_object() => Some(value),
        _ => Json::value(input.as_bytes()).filter(|value| value.is_object()),
    };
    let argument = |key: &str| arguments.and_then(|arguments| arguments.field(key));
    let work = work(kind, &name, arguments);
    let command = if work == Work::Command { command(arguments) } else { None };
    let patch = match (work, &command) {
        (Work::Edit, _) => argument("input").and_then(string).unwrap_or_else(|| input.to_string()),
        (_, Some(command)) if command.contains(PATCH) => command.clone(),
        _ => String::new(),
    };
    let patch = headers(&patch);
    let summary = match work {
        Work::Command => command,
        Work::Script => Some(input.to_string()),
        Work::Edit => {
            let files = patched_files(&patch);
            files.first().map(|(path, _)| others(path.raw(), files.len()))
        }
        Work::Terminal => argument("chars").and_then(string).filter(|chars| !chars.is_empty()),
        Work::Read => {
            ["path", "file_path", "query", "dir_path", "pattern"].iter().find_map(|key| argument(key).and_then(string))
        }
        Work::Agent => {
            ["task_name", "agent_type", "target", "id"].iter().find_map(|key| argument(key).and_then(string))
        }
        Work::Permission => argument("reason").and_then(string),
        Work::Question | Work::AgentWait | Work::Other => None,
    };
    // A script asks in its text, for commands that are not calls of their own.
    let escalated = match argument("sandbox_permissions").and_then(Json::text) {
        Some(asked) => ESCALATIONS.contains(&asked.as_ref()),
        None => work == Work::Script && ESCALATIONS.iter().any(|asked| input.contains(asked)),
    };
    let summary = summary.as_deref().map(first_line).filter(|line| !line.raw().is_empty());
    let reads = summary.clone().filter(|_| matches!(name.as_str(), "read_file" | "view_image"));
    let start =
        ToolStart { call: CallId::new(id), name: Untrusted::new(name), work, summary, escalated, counted: true, reads };
    let question = (work == Work::Question).then(|| question(arguments)).flatten();
    Some(Call { start, question, patch })
}

fn work(kind: &str, name: &str, arguments: Option<Json<'_>>) -> Work {
    match name {
        "exec" if kind == "custom_tool_call" => Work::Script,
        "exec_command" | "shell_command" | "shell" | "container.exec" | "local_shell" => Work::Command,
        "write_stdin" => Work::Terminal,
        "apply_patch" => Work::Edit,
        "view_image" | "tool_search" | "read_file" | "list_dir" | "grep_files" => Work::Read,
        "request_user_input" => Work::Question,
        "request_permissions" => Work::Permission,
        "spawn_agent" | "send_input" | "resume_agent" | "close_agent" | "send_message" | "followup_task"
        | "interrupt_agent" | "list_agents" => Work::Agent,
        // In code mode `wait` waits for a script.
        "wait" if arguments.is_some_and(|arguments| arguments.field("cell_id").is_some()) => Work::Script,
        "wait" | "wait_agent" => Work::AgentWait,
        _ => Work::Other,
    }
}

/// The command line of `{cmd}`, `{command: "…"}` or `{command: […]}`; a shell's `-c` script stands for itself.
fn command(arguments: Option<Json<'_>>) -> Option<String> {
    let value = arguments?.field("cmd").or_else(|| arguments?.field("command"))?;
    if value.is_array() {
        let words: Vec<String> = value.items().filter_map(string).collect();
        return Some(match words.as_slice() {
            [shell, flag, script] if flag.starts_with('-') && flag.ends_with('c') && shell.ends_with("sh") => {
                script.clone()
            }
            _ => words.join(" "),
        });
    }
    string(value)
}

/// Command line of a `CommandExecution` item.
pub(super) fn item_command(item: Json<'_>) -> Option<Untrusted> {
    let parsed = item.field("parsed_cmd").and_then(|parsed| parsed.items().next()?.field("cmd").and_then(string));
    parsed.or_else(|| command(Some(item))).as_deref().map(first_line)
}

fn question(arguments: Option<Json<'_>>) -> Option<Untrusted> {
    let arguments = arguments?;
    let first = arguments.field("questions").and_then(|questions| questions.items().next());
    first.and_then(|question| question.field("question")).or_else(|| arguments.field("question")).and_then(untrusted)
}

/// With this line a patch begins, also one that is handed to a shell.
const PATCH: &str = "*** Begin Patch";
/// Lines of a patch that name a file.
const HEADERS: [(&str, FileChange); 3] = [
    ("*** Add File: ", FileChange::Added),
    ("*** Update File: ", FileChange::Updated),
    ("*** Delete File: ", FileChange::Deleted),
];

/// The lines of a patch that name its files.
fn headers(patch: &str) -> String {
    let named = patch.lines().filter(|line| HEADERS.iter().any(|(head, _)| line.starts_with(head)));
    named.collect::<Vec<_>>().join("\n")
}

/// Files named by the headers of a patch.
pub(super) fn patched_files(headers: &str) -> Vec<(Untrusted, FileChange)> {
    let file =
        |line: &str| HEADERS.iter().find_map(|(head, how)| Some((Untrusted::new(line.strip_prefix(head)?), *how)));
    headers.lines().filter_map(file).collect()
}

/// Files of a `FileChange` item or a `patch_apply_end`: `{changes: {path: {type: add|delete|update}}}`.
pub(super) fn changed_files(item: Json<'_>) -> Vec<(Untrusted, FileChange)> {
    let Some(changes) = item.field("changes") else { return Vec::new() };
    let files = changes.entries().map(|(path, change)| {
        let how = match change.field("type").and_then(Json::text).as_deref() {
            Some("add") => FileChange::Added,
            Some("delete") => FileChange::Deleted,
            _ => FileChange::Updated,
        };
        (Untrusted::new(path), how)
    });
    files.collect()
}

/// How a call went, from the text the model gets back.
pub(super) fn result(output: Option<Json<'_>>) -> (Outcome, Option<i32>) {
    /// Codex puts its own words in front of the program's output.
    const HEADING: usize = 600;
    let text = output.and_then(|output| {
        output.text_head(HEADING).or_else(|| output.items().next()?.field("text")?.text_head(HEADING))
    });
    let Some(text) = text else { return (Outcome::Unknown, None) };
    let number = |head: &str| {
        let rest = &text[text.find(head)? + head.len()..];
        let digits: String = rest.chars().take_while(|digit| digit.is_ascii_digit() || *digit == '-').collect();
        digits.parse::<i32>().ok()
    };
    let code = number("Process exited with code ").or_else(|| number("Exit code: ")).or_else(|| {
        // Until 2026: `{"output": "…", "metadata": {"exit_code": 0}}` as text.
        let whole = output.filter(|_| text.starts_with('{'))?.text()?;
        Json::value(whole.as_bytes())?.field("metadata")?.field("exit_code")?.number().map(|code| code as i32)
    });
    let outcome = match code {
        Some(0) => Outcome::Completed,
        Some(_) => Outcome::Failed,
        None if text.contains("Process running with session ID") => Outcome::Background,
        None if text.contains("rejected by user") || text.contains("Rejected(") => Outcome::Declined,
        None if text.lines().any(|line| line.starts_with("aborted by user")) => Outcome::Declined,
        None => Outcome::Completed,
    };
    (outcome, code)
}

fn others(first: &str, count: usize) -> String {
    if count > 1 { format!("{first} and {} more", count - 1) } else { first.to_owned() }
}

fn first_line(text: &str) -> Untrusted {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
    Untrusted::new(line.chars().take(SUMMARY).collect::<String>())
}
