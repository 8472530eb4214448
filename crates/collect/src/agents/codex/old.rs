//! The dialects before September 2025: bare lines, and the TypeScript program's one document.

use topside_model::{EventKind, Identity, Timestamp};

use super::decode::Scribe;
use super::item;
use super::record::{self, string, time};
use crate::agent::Level;
use crate::source::json::Json;

/// Beginnings of user messages that the program itself wrote.
const INJECTED: &[&str] = &[
    "<environment_context>",
    "<user_instructions>",
    "# AGENTS.md instructions",
    "<turn_aborted>",
    "<user_shell_command>",
    "<subagent_notification>",
    "<skill>",
];

/// Time of a bare line: only the header has one (before 0.30 it is local time marked as UTC).
pub(super) fn line_time(line: Json<'_>) -> Option<Timestamp> {
    line.field("timestamp").and_then(time)
}

/// Reads a bare line: the header, `{"record_type":"state"}`, or an item without a wrapper.
pub(super) fn line(scribe: &mut Scribe<'_>, line: Json<'_>) {
    let tag = line.field("type").and_then(string);
    match tag.as_deref() {
        Some(tag) => bare_item(scribe, tag, line),
        None if line.field("record_type").is_some() => {}
        None if line.field("id").is_some() && line.field("timestamp").is_some() => opened(scribe, line),
        None => scribe.unknown("untyped"),
    }
}

/// Time of a document.
pub(super) fn document_time(document: Json<'_>) -> Option<Timestamp> {
    document.field("session").and_then(line_time)
}

/// Reads `{"session": {…}, "items": […]}`.
pub(super) fn document(scribe: &mut Scribe<'_>, document: Json<'_>) {
    let Some(session) = document.field("session") else {
        scribe.unknown("document without a session");
        return;
    };
    opened(scribe, session);
    // Items stand in a document by their number: offsets are lost where it was condensed.
    for (number, item) in document.field("items").into_iter().flat_map(Json::items).enumerate() {
        scribe.origin.offset = number as u64 + 1;
        let tag = item.field("type").and_then(string);
        bare_item(scribe, tag.as_deref().unwrap_or("message"), item);
    }
}

fn opened(scribe: &mut Scribe<'_>, header: Json<'_>) {
    let record::Meta { id, identity, .. } = record::meta(header);
    if let Some(id) = id {
        id.as_str().clone_into(&mut scribe.state.thread);
    }
    scribe.state.opened = true;
    scribe.say(EventKind::SessionOpened(Box::new(Identity { created: scribe.at, ..identity })));
}

fn bare_item(scribe: &mut Scribe<'_>, tag: &str, item: Json<'_>) {
    if tag != "message" {
        if scribe.level == Level::Full {
            item::response(scribe, tag, item);
        }
        return;
    }
    let by_person = item.field("role").and_then(Json::text).is_some_and(|role| role == "user");
    let text =
        item.field("content").and_then(|content| content.items().next()?.field("text").and_then(record::untrusted));
    let injected = |text: &str| INJECTED.iter().any(|opening| text.trim_start().starts_with(opening));
    if by_person && !text.as_ref().is_some_and(|text| injected(text.raw())) {
        scribe.prompt(text, item.field("content").and_then(record::size));
    }
}
