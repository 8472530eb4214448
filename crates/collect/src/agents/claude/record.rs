//! The shapes Claude Code writes, taken apart. Nothing outside this folder knows them.

use std::borrow::Cow;

use topside_model::{ErrorClass, Timestamp, Tokens, Usage};

use crate::source::json::Json;
use crate::source::value::TEXT;
pub(super) use crate::source::value::{session, string, time, untrusted};

/// One line of a transcript. Lines of one kind differ between releases, so every field may be missing.
#[derive(Default)]
pub(super) struct Line<'a> {
    pub(super) kind: Option<Cow<'a, str>>,
    pub(super) subtype: Option<Cow<'a, str>>,
    pub(super) at: Option<Timestamp>,
    pub(super) uuid: Option<Json<'a>>,
    /// The session it was written for; in a helper's file, the parent.
    pub(super) session: Option<Json<'a>>,
    /// The session that paid, on lines copied into a fork by releases that say so.
    pub(super) requested_by: Option<Json<'a>>,
    /// `{sessionId, messageUuid}` on lines that `/branch` copied.
    pub(super) forked_from: Option<Json<'a>>,
    /// True on a helper's line, also where it stands in the main file (before 2.0).
    pub(super) sidechain: bool,
    /// True for a line that no person typed.
    pub(super) meta: bool,
    pub(super) summary: bool,
    pub(super) hidden: bool,
    pub(super) api_error: bool,
    /// True for an answer that was cut off; its record may come after the end of its turn.
    pub(super) aborted: bool,
    pub(super) message: Option<Json<'a>>,
    pub(super) result: Option<Json<'a>>,
    pub(super) cwd: Option<Json<'a>>,
    pub(super) version: Option<Json<'a>>,
    pub(super) branch: Option<Json<'a>>,
    pub(super) entrypoint: Option<Json<'a>>,
    pub(super) permission_mode: Option<Json<'a>>,
    pub(super) effort: Option<Json<'a>>,
    pub(super) prompt: Option<Json<'a>>,
    pub(super) agent_type: Option<Json<'a>>,
    pub(super) attachment: Option<Json<'a>>,
    pub(super) data: Option<Json<'a>>,
    pub(super) content: Option<Json<'a>>,
    pub(super) error: Option<Json<'a>>,
    /// The whole line, for what few kinds have.
    pub(super) all: Option<Json<'a>>,
}

impl<'a> Line<'a> {
    /// Takes a line apart. A torn one, as the beginning of a long line is, gives what is there of it.
    pub(super) fn of(object: Json<'a>) -> Self {
        let mut line = Self { all: Some(object), ..Self::default() };
        let truth = |value: Json<'_>| value.truth() == Some(true);
        for (key, value) in object.entries() {
            match key.as_ref() {
                "type" => line.kind = value.text(),
                "subtype" => line.subtype = value.text(),
                "timestamp" => line.at = time(value),
                "uuid" => line.uuid = Some(value),
                "sessionId" => line.session = Some(value),
                "requestSessionId" => line.requested_by = Some(value),
                "forkedFrom" => line.forked_from = Some(value).filter(|from| from.is_object()),
                "isSidechain" => line.sidechain = truth(value),
                "isMeta" => line.meta = truth(value),
                "isCompactSummary" => line.summary = truth(value),
                "isVisibleInTranscriptOnly" => line.hidden = truth(value),
                "isApiErrorMessage" => line.api_error = truth(value),
                "isAbortedMidStream" => line.aborted = truth(value),
                "message" => line.message = Some(value),
                "toolUseResult" => line.result = Some(value),
                "cwd" => line.cwd = Some(value),
                "version" => line.version = Some(value),
                "gitBranch" => line.branch = Some(value),
                "entrypoint" => line.entrypoint = Some(value),
                "permissionMode" => line.permission_mode = Some(value),
                "effort" => line.effort = Some(value),
                "promptId" => line.prompt = Some(value),
                "attributionAgent" => line.agent_type = Some(value),
                "attachment" => line.attachment = Some(value),
                "data" => line.data = Some(value),
                "content" => line.content = Some(value),
                "error" => line.error = Some(value),
                _ => {}
            }
        }
        line
    }

    /// A field that few kinds of lines have.
    pub(super) fn field(&self, key: &str) -> Option<Json<'a>> {
        self.all?.field(key)
    }
}

/// `message` of an assistant line.
#[derive(Default)]
pub(super) struct Reply<'a> {
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) model: Option<Cow<'a, str>>,
    pub(super) content: Option<Json<'a>>,
    pub(super) stop_reason: Option<Cow<'a, str>>,
    pub(super) usage: Option<Json<'a>>,
}

impl<'a> Reply<'a> {
    pub(super) fn of(message: Json<'a>) -> Self {
        let mut reply = Self::default();
        for (key, value) in message.entries() {
            match key.as_ref() {
                "id" => reply.id = value.text(),
                "model" => reply.model = value.text(),
                "content" => reply.content = Some(value),
                "stop_reason" => reply.stop_reason = value.text(),
                "usage" => reply.usage = Some(value).filter(|usage| usage.entries().next().is_some()),
                _ => {}
            }
        }
        reply
    }

    /// True for the agent's own words in the place of a reply: nobody asked a model.
    pub(super) fn is_synthetic(&self) -> bool {
        self.model.as_deref() == Some("<synthetic>")
    }
}

/// `message.usage`. Its parts do not overlap, but for the cache writes, whose split by lifetime stands beside their sum:
/// gateways write a sum and an empty split, copies after a compaction a split and an empty sum.
pub(super) fn usage(value: Json<'_>) -> Usage {
    let mut usage = Usage::default();
    let (mut written, mut short, mut long) = (0, 0, 0);
    for (key, value) in value.entries() {
        let count = || value.count().unwrap_or(0);
        match key.as_ref() {
            "input_tokens" => usage.input_uncached = Tokens(count()),
            "cache_read_input_tokens" => usage.cache_read = Tokens(count()),
            "cache_creation_input_tokens" => written = count(),
            "output_tokens" => usage.output = Tokens(count()),
            "cache_creation" => {
                let part = |key: &str| value.field(key).and_then(Json::count).unwrap_or(0);
                (short, long) = (part("ephemeral_5m_input_tokens"), part("ephemeral_1h_input_tokens"));
            }
            "output_tokens_details" => {
                usage.reasoning = Tokens(value.field("thinking_tokens").and_then(Json::count).unwrap_or(0));
            }
            "server_tool_use" => {
                usage.web_searches = value.field("web_search_requests").and_then(Json::count).unwrap_or(0);
            }
            _ => {}
        }
    }
    let written = written.max(short.saturating_add(long));
    usage.cache_write_1h = Tokens(long);
    usage.cache_write_5m = Tokens(written - long);
    usage
}

/// What kind of failure an error line or a retry tells of.
pub(super) fn failure(word: Option<&str>, status: Option<u64>, limit: bool, message: &str) -> ErrorClass {
    match (word, status) {
        _ if limit => ErrorClass::UsageLimit,
        (Some("rate_limit"), _) | (_, Some(429)) => ErrorClass::RateLimit,
        (Some("authentication_failed" | "oauth_org_not_allowed"), _) | (_, Some(401 | 403)) => ErrorClass::Unauthorized,
        (Some("overloaded" | "server_error"), _) | (_, Some(500..600)) => ErrorClass::Server,
        _ if message.starts_with("Prompt is too long") => ErrorClass::ContextFull,
        _ if message.starts_with("API Error: Connection error") => ErrorClass::Network,
        _ => ErrorClass::Other,
    }
}

/// The text of a string, or of the first text block of a list.
pub(super) fn first_text(content: Json<'_>) -> Option<Cow<'_, str>> {
    content.text_head(TEXT).or_else(|| {
        let is_text = |block: &Json<'_>| block.field("type").and_then(Json::text).as_deref() == Some("text");
        content.items().find(is_text)?.field("text")?.text_head(TEXT)
    })
}
