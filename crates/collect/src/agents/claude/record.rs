//! The shapes Claude Code writes, taken apart. Nothing outside this folder knows them.

use std::borrow::Cow;

use topside_model::{ErrorClass, Terms, Tier, Timestamp, Tokens, Usage};

use crate::source::json::Json;
use crate::source::mould::{Counts, Mould};
use crate::source::value::TEXT;
pub(super) use crate::source::value::{Clock, money, session, size, string, time, untrusted};
use crate::source::walk::Walk;

/// One line of a transcript. Lines of one kind differ between releases, so every field may be missing.
#[derive(Default)]
pub(super) struct Line<'a> {
    pub(super) kind: Option<&'a [u8]>,
    pub(super) subtype: Option<Json<'a>>,
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
    pub(super) message: Option<Message<'a>>,
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
    /// The reply that a `progress` line quotes.
    pub(super) quoted: Option<Message<'a>>,
    pub(super) content: Option<Json<'a>>,
    pub(super) error: Option<Json<'a>>,
    /// What the reply cost, on lines before 1.0.8.
    pub(super) cost: Option<Json<'a>>,
    /// The whole line, for what few kinds have.
    pub(super) all: Option<Json<'a>>,
}

impl<'a> Line<'a> {
    /// Takes a line apart. A torn one, as the beginning of a long line is, gives what is there of it.
    pub(super) fn of(object: &mut Walk<'a>, usages: &mut Usages) -> Self {
        let mut line = Self { all: Some(object.object()), ..Self::default() };
        while let Some((key, value)) = object.member() {
            match key {
                b"type" => line.kind = value.word(),
                b"subtype" => line.subtype = Some(value),
                b"timestamp" => line.at = time(value),
                b"uuid" => line.uuid = Some(value),
                b"sessionId" => line.session = Some(value),
                b"requestSessionId" => line.requested_by = Some(value),
                b"forkedFrom" => line.forked_from = Some(value).filter(|from| from.is_object()),
                b"isSidechain" => line.sidechain = value.is_true(),
                b"isMeta" => line.meta = value.is_true(),
                b"isCompactSummary" => line.summary = value.is_true(),
                b"isVisibleInTranscriptOnly" => line.hidden = value.is_true(),
                b"isApiErrorMessage" => line.api_error = value.is_true(),
                b"isAbortedMidStream" => line.aborted = value.is_true(),
                b"message" => line.message = Some(Message::of(object, usages)),
                b"toolUseResult" => line.result = Some(value),
                b"cwd" => line.cwd = Some(value),
                b"version" => line.version = Some(value),
                b"gitBranch" => line.branch = Some(value),
                b"entrypoint" => line.entrypoint = Some(value),
                b"permissionMode" => line.permission_mode = Some(value),
                b"effort" => line.effort = Some(value),
                b"promptId" => line.prompt = Some(value),
                b"attributionAgent" => line.agent_type = Some(value),
                b"attachment" => line.attachment = Some(value),
                b"data" => line.quoted = quoted(object, usages),
                b"content" => line.content = Some(value),
                b"error" => line.error = Some(value),
                b"costUSD" => line.cost = Some(value),
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

/// `message` of a line: what somebody said, or a model replied.
#[derive(Default)]
pub(super) struct Message<'a> {
    pub(super) id: Option<Json<'a>>,
    pub(super) model: Option<Json<'a>>,
    pub(super) content: Option<Json<'a>>,
    pub(super) stop_reason: Option<&'a [u8]>,
    pub(super) usage: Option<(Usage, Terms)>,
}

impl<'a> Message<'a> {
    /// Takes the value apart that comes next in `walk`; there is nothing in one that is no object.
    pub(super) fn of(walk: &mut Walk<'a>, usages: &mut Usages) -> Self {
        let mut message = Self::default();
        if !walk.enter() {
            return message;
        }
        // A reply is written so today; what always stays the same is passed over with the key behind it.
        message.model = walk.next_if(br#""model":"#);
        message.id = walk.next_if(br#""id":"#);
        message.content = walk.next_if(br#""type":"message","role":"assistant","content":"#);
        if message.content.is_some() {
            message.stop_reason = walk.next_if(br#""stop_reason":"#).and_then(Json::word);
            let usage = walk.next_if(br#""stop_sequence":null,"stop_details":null,"usage":"#);
            if usage.or_else(|| walk.next_if(br#""stop_sequence":null,"usage":"#)).is_some() {
                message.usage = self::usage(walk, usages);
                walk.next_if(br#""diagnostics":"#);
            }
        }
        while let Some((key, value)) = walk.member() {
            match key {
                b"id" => message.id = Some(value),
                b"model" => message.model = Some(value),
                b"content" => message.content = Some(value),
                b"stop_reason" => message.stop_reason = value.word(),
                b"usage" => message.usage = usage(walk, usages),
                _ => {}
            }
        }
        message
    }

    /// True for the agent's own words in the place of a reply: nobody asked a model.
    pub(super) fn is_synthetic(&self) -> bool {
        self.model.is_some_and(|model| model.says("<synthetic>"))
    }
}

/// `message.message` of the value that comes next in `walk`.
pub(super) fn quoted<'a>(walk: &mut Walk<'a>, usages: &mut Usages) -> Option<Message<'a>> {
    let mut quoted = None;
    if walk.enter() {
        while let Some((key, _)) = walk.member() {
            if key == b"message" {
                quoted = None;
                if walk.enter() {
                    while let Some((key, _)) = walk.member() {
                        if key == b"message" {
                            quoted = Some(Message::of(walk, usages));
                        }
                    }
                }
            }
        }
    }
    quoted
}

/// The usage read last: every line of a reply repeats it, and the next reply's differs in its numbers. The terms are
/// `None` when there is nothing in it.
pub(super) type Usages = Mould<8, Option<Terms>>;

/// `message.usage`, the value that comes next in `walk`, and what the reply was asked for, as far as it is billed by that:
/// `service_tier` makes no difference. `None` when there is nothing in it.
///
/// Its parts do not overlap, but for the cache writes, whose split by lifetime stands beside their sum: gateways write a
/// sum and an empty split, copies after a compaction a split and an empty sum.
fn usage(walk: &mut Walk<'_>, usages: &mut Usages) -> Option<(Usage, Terms)> {
    let (&[input, read, written, short, long, output, reasoning, web_searches], terms) = usages.next(walk, parts);
    let written = written.max(short.saturating_add(long));
    let usage = Usage {
        input_uncached: Tokens(input),
        cache_read: Tokens(read),
        cache_write_5m: Tokens(written - long),
        cache_write_1h: Tokens(long),
        output: Tokens(output),
        reasoning: Tokens(reasoning),
        web_searches,
    };
    terms.map(|terms| (usage, terms))
}

/// Where the parts of `message.usage` are.
fn parts<'a>(walk: &mut Walk<'a>, parts: &mut Counts<'a, 8>) -> Option<Terms> {
    let [input, read, written, short, long, output, reasoning, web_searches] = parts;
    let mut terms = None;
    if !walk.enter() {
        return None;
    }
    while let Some((key, value)) = walk.member() {
        let terms = terms.get_or_insert_with(Terms::default);
        match key {
            b"input_tokens" => *input = Some(value),
            b"cache_read_input_tokens" => *read = Some(value),
            b"cache_creation_input_tokens" => *written = Some(value),
            b"output_tokens" => *output = Some(value),
            b"cache_creation" => {
                [*short, *long] = members(walk, [b"ephemeral_5m_input_tokens", b"ephemeral_1h_input_tokens"]);
            }
            b"output_tokens_details" => [*reasoning] = members(walk, [b"thinking_tokens"]),
            b"server_tool_use" => [*web_searches] = members(walk, [b"web_search_requests"]),
            b"speed" => terms.tier = if value.says("fast") { Tier::Fast } else { Tier::Standard },
            b"inference_geo" => terms.regional = value.says("us"),
            _ => {}
        }
    }
    terms
}

/// Members of the object that comes next in `walk`.
fn members<'a, const N: usize>(walk: &mut Walk<'a>, keys: [&[u8]; N]) -> Counts<'a, N> {
    let mut members = [None; N];
    if walk.enter() {
        while let Some((key, value)) = walk.member() {
            if let Some(place) = keys.iter().position(|one| *one == key) {
                members[place] = Some(value);
            }
        }
    }
    members
}

/// Lines of these kinds say nothing topside shows. Since 2.1.3xx most of a transcript's bytes are in them.
pub(super) const BULK: &[&str] =
    &["api-request-blob", "api-request-shape", "file-history-delta", "file-history-snapshot", "tools-used"];
/// The same among `attachment`s.
const BULK_ATTACHMENT: &str = "prompt_snapshot";

/// True for an `attachment` that says nothing topside shows.
pub(super) fn is_bulk_attachment(attachment: Json<'_>) -> bool {
    let mut walk = Walk::of(attachment);
    let kind = std::iter::from_fn(|| walk.as_mut()?.member()).find(|(key, _)| *key == b"type");
    kind.is_some_and(|(_, kind)| kind.says(BULK_ATTACHMENT))
}

/// The time of a line, as far as its beginning tells it.
pub(super) fn head_time(head: &[u8]) -> Option<Timestamp> {
    Line::of(&mut Walk::begin(head)?, &mut Usages::default()).at
}

/// True when `kinds` name this one.
pub(super) fn holds(kinds: &[&str], kind: &[u8]) -> bool {
    kinds.iter().any(|one| one.as_bytes() == kind)
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

/// How large the texts of a list are, its elements themselves or what they hold. `None` where one is no text, such as a
/// picture.
pub(super) fn sizes<'a>(list: impl Iterator<Item = Json<'a>>) -> Option<u64> {
    list.map(|item| item.text_size().or_else(|| item.field("text")?.text_size())).sum()
}
