//! The tools, and their answers.

use std::path::PathBuf;

use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations};
use serde::Serialize;
use serde_json::{Value, json};
use topside_catalog::TimeZone;
use topside_export::text::{self, Page};
use topside_export::wire::v1::{self, Document};

use super::looking::Looking;

/// A tool: its name, its title, what it tells, and its arguments as a JSON schema.
struct Kind {
    name: &'static str,
    title: &'static str,
    tells: &'static str,
    arguments: fn() -> Value,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "agents",
        title: "Who else works here",
        tells: "Lists the AI coding agents that run in a repository (all its worktrees): state and since when, branch, \
                worktree and the files each has changed. Look here before you edit files others may be editing.",
        arguments: || {
            let cwd = json!({"type": "string",
                "description": "A directory of the repository; the one this server was started in, where it is left out"});
            json!({"type": "object", "properties": {"cwd": cwd}, "additionalProperties": false})
        },
    },
    Kind {
        name: "conflicts",
        title: "Who is in whose way",
        tells: "Lists agents that are in each other's way: several changed the same file, work in the same working tree of \
                git, or want the same port.",
        arguments: no_arguments,
    },
    Kind {
        name: "ports",
        title: "Which ports are taken",
        tells: "Lists the TCP ports that agents' processes listen on: which session and process, whether other machines \
                reach it, and whether it is an orphan that outlived its session.",
        arguments: no_arguments,
    },
    Kind {
        name: "limits",
        title: "How much is left",
        tells: "Lists the usage limits of each account as last reported: share used of each window, when it starts afresh, \
                and whether it lasts until then.",
        arguments: no_arguments,
    },
];

fn no_arguments() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}

/// The tools as a client lists them.
pub(super) fn tools() -> Vec<Tool> {
    let tool = |kind: &Kind| {
        let Value::Object(arguments) = (kind.arguments)() else { unreachable!("a schema of arguments is an object") };
        let hints = ToolAnnotations::new().read_only(true).idempotent(true).open_world(false);
        Tool::new(kind.name, kind.tells, arguments).with_title(kind.title).with_annotations(hints)
    };
    KINDS.iter().map(tool).collect()
}

/// Answers a call.
pub(super) fn call(looking: &mut Looking, name: &str, given: Option<&JsonObject>) -> Result<CallToolResult, ErrorData> {
    let page = Page { width: 120, colour: false, zone: TimeZone::UTC };
    match name {
        "agents" => {
            let cwd = match given.and_then(|given| given.get("cwd")) {
                None | Some(Value::Null) => None,
                Some(Value::String(cwd)) => Some(PathBuf::from(cwd)),
                Some(_) => return Err(ErrorData::invalid_params("cwd is the path of a directory", None)),
            };
            let Some(cwd) = cwd.or_else(|| std::env::current_dir().ok()).filter(|cwd| cwd.is_absolute()) else {
                return Err(ErrorData::invalid_params("cwd is the path of a directory, from the root on", None));
            };
            let found = looking.neighbours(&cwd);
            let place = (cwd.as_path(), found.repository.as_deref());
            let document = v1::agents(&found.snapshot, place, found.sessions.iter().map(|one| &**one), asker());
            Ok(answer(&document, text::peers(document.body(), &page)))
        }
        "conflicts" => {
            let snapshot = looking.look_closely();
            Ok(answer(&v1::conflicts(&snapshot), text::conflicts(&snapshot, &page)))
        }
        "ports" => {
            let snapshot = looking.look();
            Ok(answer(&v1::ports(&snapshot), text::ports(&snapshot, &page)))
        }
        "limits" => {
            let snapshot = looking.look();
            Ok(answer(&v1::limits(&snapshot), text::limits(&snapshot, &page)))
        }
        _ => Err(ErrorData::invalid_params(format!("there is no tool {name:?}"), None)),
    }
}

/// An answer for programs, and the same in words.
fn answer<T: Serialize>(document: &Document<T>, words: String) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(words)]);
    result.structured_content = serde_json::to_value(document).ok();
    result
}

/// The process that started this one: the agent that asks.
fn asker() -> Option<u32> {
    #[cfg(unix)]
    let asker = Some(std::os::unix::process::parent_id());
    #[cfg(not(unix))]
    let asker = None;
    asker
}
