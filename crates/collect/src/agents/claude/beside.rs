//! Lines beside the conversation: names, settings, queued prompts, requests, costs; and the file that describes a helper.

use std::borrow::Cow;

use topside_model::{
    Covers, ErrorClass, EventKind, Identity, ModelId, Origin, SessionId, SessionKind, Settings, TurnEnd, Untrusted,
};

use super::decode::Scribe;
use super::record::{self, Line, untrusted};
use super::{reply, user};
use crate::source::json::Json;

/// Lines that say nothing topside shows.
const SKIPPED: &[&str] = &[
    "agent-color",
    "agent-setting",
    "api-request-blob",
    "api-request-shape",
    "atis-latch",
    "attribution-snapshot",
    "bridge-session",
    "content-replacement",
    "file-history-delta",
    "file-history-snapshot",
    "fork-context-ref",
    "frame-link",
    "last-prompt",
    "mode",
    "pr-link",
    "relocated",
    "tag",
    "teleported-from",
    "tools-used",
    "worktree-state",
];

/// Names of a session, the better ones later: a person's own outranks the agent's, whichever was written last.
const NAMES: &[(&str, &str)] =
    &[("summary", "summary"), ("ai-title", "aiTitle"), ("agent-name", "agentName"), ("custom-title", "customTitle")];

/// Where a helper's end stands among its facts: behind its transcript.
const FINISHED: u64 = 2;

/// Reads one line.
pub(super) fn read(scribe: &mut Scribe<'_>, kind: &str, line: &Line<'_>) {
    match kind {
        "permission-mode" => scribe.settings(line),
        "queue-operation" => queued(scribe, line),
        "attachment" => attached(scribe, line),
        "api-request" => requested(scribe, line),
        "cost-state" => left(scribe, line),
        _ if NAMES.iter().any(|(name, _)| *name == kind) => named(scribe, kind, line),
        _ if SKIPPED.contains(&kind) => {}
        _ => scribe.out.unknown(kind, scribe.state.version.as_deref()),
    }
}

fn named(scribe: &mut Scribe<'_>, kind: &str, line: &Line<'_>) {
    let Some(rank) = NAMES.iter().position(|(name, _)| *name == kind) else { return };
    let Some(name) = line.field(NAMES[rank].1).and_then(untrusted).filter(|name| !name.raw().is_empty()) else {
        return;
    };
    if rank as u8 >= scribe.state.named {
        scribe.state.named = rank as u8;
        scribe.say(EventKind::SessionNamed(name));
    }
}

/// Prompts typed while it worked stand here until they are sent; what matters is the end of work in the background.
fn queued(scribe: &mut Scribe<'_>, line: &Line<'_>) {
    if let Some(text) = line.content.and_then(record::first_text)
        && text.starts_with("<task-notification")
    {
        user::notified(scribe, &text);
    }
}

/// Before the first reply this tells the model.
fn attached(scribe: &mut Scribe<'_>, line: &Line<'_>) {
    if let Some(attachment) = line.attachment.filter(|attachment| !record::is_bulk_attachment(*attachment)) {
        shown(scribe, attachment);
    }
    let identity = line.attachment.and_then(|attachment| attachment.field("identity"));
    let model = identity.and_then(|identity| identity.field("modelId")).and_then(Json::text);
    if let Some(model) = model.filter(|_| scribe.state.model.is_none()) {
        let model = Some(ModelId::new(model));
        scribe.say(EventKind::SettingsChanged(Box::new(Settings { model, ..Settings::default() })));
    }
}

/// Fields of an attachment that hold what the model is shown.
const SHOWN: [&str; 7] = ["addedBlocks", "addedLines", "banner", "content", "prompt", "snippet", "text"];

/// The agent shows the model something by itself: a reminder, a list, a file that somebody changed or named.
fn shown(scribe: &mut Scribe<'_>, attachment: Json<'_>) {
    let size = SHOWN.iter().filter_map(|key| attachment.field(key)).map(texts).sum();
    scribe.added(attachment.field("filename").and_then(untrusted), size);
}

/// How large a text is, or those of a list, or that of a file. `None` for what is not all text, such as a picture.
fn texts(value: Json<'_>) -> Option<u64> {
    if value.is_object() {
        return value.field("file")?.field("content")?.text_size();
    }
    value.text_size().or_else(|| record::sizes(value.items()))
}

/// Written when the session is left, so a turn that is still open was stopped. It has what the session cost so far.
fn left(scribe: &mut Scribe<'_>, line: &Line<'_>) {
    if let Some(money) = line.field("totalCostUSD").and_then(record::money) {
        scribe.say(EventKind::CostReported { money, covers: Covers::Session });
    }
    if scribe.state.turn_open {
        scribe.end(TurnEnd::Interrupted);
    }
}

/// From 2.1.12 to 2.1.78 the lines of helpers were quoted as they came.
pub(super) fn progress(scribe: &mut Scribe<'_>, line: &Line<'_>) {
    if let Some(message) = &line.quoted {
        reply::quoted(scribe, message);
    }
}

/// One line for each attempt: the second without an answer between is made because the first failed.
fn requested(scribe: &mut Scribe<'_>, line: &Line<'_>) {
    let source = line.field("querySource").and_then(Json::text).unwrap_or(Cow::Borrowed(""));
    let own = scribe.is_helper() == source.starts_with("agent:");
    if own {
        scribe.state.requests += 1;
        if scribe.state.requests > 1 {
            scribe.say(EventKind::Retried { class: ErrorClass::Other, until: None });
        }
    }
}

/// Reads `agent-<id>.meta.json`: what a helper is for, and that it is done.
pub(super) fn helper(scribe: &mut Scribe<'_>, object: Json<'_>) {
    let field = |key: &str| object.field(key).and_then(untrusted);
    let parent = scribe.state.parent.as_ref().map(SessionId::new);
    let kind = SessionKind::Subagent { nickname: field("name"), role: field("agentType") };
    scribe.say(EventKind::SessionOpened(Box::new(Identity { kind, parent, ..Identity::default() })));
    if let Some(description) = field("description") {
        scribe.say(EventKind::SessionNamed(Untrusted::new(description.raw())));
    }
    if object.field("finished").and_then(Json::truth) == Some(true) {
        scribe.origin = Origin { rank: FINISHED, ..scribe.origin };
        scribe.say(EventKind::TurnEnded { turn: None, how: TurnEnd::Completed });
    }
}
