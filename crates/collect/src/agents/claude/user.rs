//! User lines: prompts, results of tools, and much that only looks like either.

use topside_model::{Bytes, CallId, CompactionRecord, EventKind, Outcome, PromptId, TurnEnd, Untrusted};

use super::decode::{Scribe, Task};
use super::record::{self, Line};
use super::{paths, tool};
use crate::source::json::Json;

/// Beginnings of texts that the agent puts into a person's mouth.
const NOT_TYPED: &[&str] = &[
    "<command-",
    "<local-command",
    "<bash-",
    "<user-memory-input>",
    "Caveat:",
    "<system-reminder",
    NOTIFICATION,
    INTERRUPTED,
];
const NOTIFICATION: &str = "<task-notification";
const INTERRUPTED: &str = "[Request interrupted";
/// A command typed with `!`; the model answers to its output.
const SHELL: &str = "<bash-input";

/// Reads one line.
pub(super) fn read(scribe: &mut Scribe<'_>, line: &Line<'_>) {
    let content = line.message.as_ref().and_then(|message| message.content);
    let answered = content.is_some_and(|content| results(scribe, content, line.result));
    scribe.settings(line);
    if line.summary && !scribe.aside {
        scribe.say(EventKind::Compacted(CompactionRecord::History));
        return;
    }
    let text = content.and_then(record::first_text).unwrap_or_default();
    let text = text.trim_start();
    if text.starts_with(INTERRUPTED) {
        if !scribe.aside {
            scribe.end(TurnEnd::Interrupted);
        }
    } else if !answered && !line.meta && !line.hidden {
        return spoken(scribe, line, text);
    }
    if !line.hidden {
        noted(scribe, content);
    }
}

/// Somebody, or something in a person's place, said something.
fn spoken(scribe: &mut Scribe<'_>, line: &Line<'_>, text: &str) {
    if text.starts_with(NOTIFICATION) && !scribe.aside {
        notified(scribe, text);
        scribe.begin(line);
    } else if text.starts_with(SHELL) && !scribe.aside {
        scribe.begin(line);
    } else if !NOT_TYPED.iter().any(|start| text.starts_with(start)) {
        return prompted(scribe, line, text);
    }
    noted(scribe, line.message.as_ref().and_then(|message| message.content));
}

/// The model reads what no person said, too. Results of tools are told of by themselves.
fn noted(scribe: &mut Scribe<'_>, content: Option<Json<'_>>) {
    let Some(content) = content else { return };
    let blocks = || content.items().filter(|block| !is_result(*block));
    scribe.added(None, content.text_size().or_else(|| record::sizes(blocks())));
}

fn prompted(scribe: &mut Scribe<'_>, line: &Line<'_>, text: &str) {
    let id = line.uuid.and_then(record::string);
    let text = (!text.is_empty()).then(|| Untrusted::new(text));
    let size = line.message.as_ref().and_then(|message| message.content).and_then(record::size);
    scribe.say(EventKind::PromptSent { prompt: id.map(PromptId::new), text, size });
    if !scribe.aside {
        scribe.begin(line);
    }
}

/// Reads the results on a line. True when there was one: then its text is no prompt.
fn results(scribe: &mut Scribe<'_>, content: Json<'_>, result: Option<Json<'_>>) -> bool {
    let mut any = false;
    for block in content.items().filter(|block| is_result(*block)) {
        any = true;
        if let Some(call) = block.field("tool_use_id").and_then(Json::text) {
            let size = block.field("content").map_or(Some(Bytes(0)), record::size);
            finished(scribe, &call, (tool::outcome(block, result), size), result);
        }
    }
    if any {
        scribe.state.requests = 0;
        if let Some(result) = result {
            started_more(scribe, result);
        }
    }
    any
}

fn is_result(block: Json<'_>) -> bool {
    block.field("type").and_then(Json::text).as_deref() == Some("tool_result")
}

fn finished(scribe: &mut Scribe<'_>, call: &str, (outcome, size): (Outcome, Option<Bytes>), result: Option<Json<'_>>) {
    let edited = scribe.state.edits.remove(call);
    if let Some(path) = edited.filter(|_| outcome == Outcome::Completed) {
        scribe.say(EventKind::FileTouched { path: Untrusted::new(path), how: tool::change(result) });
    }
    let call = CallId::new(call);
    scribe.say(EventKind::ToolFinished { call, outcome, exit_code: None, took: None, delivered: true, size });
}

/// A call that is done may have left work behind: a command, a helper, a run of helpers.
fn started_more(scribe: &mut Scribe<'_>, result: Json<'_>) {
    let status = result.field("status").and_then(Json::text);
    if let Some(agent) = result.field("agentId").and_then(Json::text) {
        let done = !matches!(status.as_deref(), Some("async_launched" | "remote_launched"));
        scribe.say(EventKind::SubagentLinked { child: paths::helper(&agent), done });
        return;
    }
    let command = result.field("backgroundTaskId").and_then(Json::text);
    let task = command.or_else(|| result.field("taskId").and_then(Json::text));
    let Some(task) = task.filter(|task| !task.is_empty()) else { return };
    // Task lists have a `taskId` too; only what is launched, or a monitor, goes on.
    let kind = match status.as_deref() {
        Some("async_launched") => Task::Run,
        None if result.field("backgroundTaskId").is_some() || result.field("timeoutMs").is_some() => Task::Command,
        _ => return,
    };
    scribe.state.tasks.insert(task.clone().into_owned(), kind);
    scribe.say(EventKind::BackgroundTask { task: CallId::new(&task), work: kind.work(), done: false });
}

/// `<task-notification>`: something in the background is over, or, without a status, gave a sign of life.
pub(super) fn notified(scribe: &mut Scribe<'_>, text: &str) {
    let (Some(task), Some(_)) = (element(text, "task-id"), element(text, "status")) else { return };
    match scribe.state.tasks.get(task) {
        Some(kind) => {
            let work = kind.work();
            scribe.say(EventKind::BackgroundTask { task: CallId::new(task), work, done: true });
        }
        None => scribe.say(EventKind::SubagentLinked { child: paths::helper(task), done: true }),
    }
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(inside, _)| inside.trim())
}
