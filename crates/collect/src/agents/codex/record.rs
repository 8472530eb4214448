//! The shapes Codex writes, taken apart. Nothing outside this folder knows them.

use std::borrow::Cow;

use topside_model::{
    ErrorClass, EventKind, Identity, ModelId, Percent, SessionId, SessionKind, Setting, Settings, Timestamp, Tokens,
    Untrusted, WindowSource,
};

use crate::source::json::Json;
pub(super) use crate::source::value::{Clock, session, size, string, time, untrusted};
use crate::source::walk::Walk;

/// A record and what it is wrapped in: `{timestamp, ordinal?, type, payload}`.
pub(super) struct Envelope<'a> {
    time: Option<Json<'a>>,
    pub(super) ordinal: Option<u64>,
    pub(super) kind: &'a [u8],
    pub(super) payload: Json<'a>,
    /// `payload.type` of an event or an item.
    pub(super) tag: Option<&'a [u8]>,
    /// True where the payload was not gone through yet.
    is_fresh: bool,
}

impl<'a> Envelope<'a> {
    /// Takes a record apart; `None` when it has no `type` and no `payload`, as in the dialects before September 2025.
    /// Where everything else stands in front of the payload, as usual, what follows that is not looked at: the beginning
    /// of a long line is enough.
    pub(super) fn of(record: &mut Walk<'a>) -> Option<Self> {
        // In this order, as it is written today.
        let mut stamp = record.next_if(br#""timestamp":"#);
        let mut ordinal = record.next_if(br#""ordinal":"#).and_then(Json::count);
        let mut kind = record.next_if(br#""type":"#).and_then(Json::word);
        if let (Some(_), Some(kind)) = (stamp, kind)
            && let Some(payload) = record.next_if(br#""payload":"#)
        {
            return Some(Self::before(record, (stamp, ordinal, kind), payload));
        }
        let mut payload = None;
        while let Some((key, value)) = record.member() {
            match key {
                b"timestamp" => stamp = Some(value),
                b"ordinal" => ordinal = value.count(),
                b"type" => kind = value.word(),
                b"payload" if stamp.is_some() && kind.is_some() => {
                    return Some(Self::before(record, (stamp, ordinal, kind?), value));
                }
                b"payload" => payload = Some(value),
                _ => {}
            }
        }
        // What was said last may be torn.
        record.leave()?;
        let (kind, payload) = (kind?, payload?);
        let tag = if is_tagged(kind) { tag(&mut Walk::at(payload)) } else { None };
        Some(Self { time: stamp, ordinal, kind, payload, tag, is_fresh: false })
    }

    /// The envelope of the payload that comes next in `record`.
    fn before(
        record: &mut Walk<'a>,
        (time, ordinal, kind): (Option<Json<'a>>, Option<u64>, &'a [u8]),
        payload: Json<'a>,
    ) -> Self {
        let tag = if is_tagged(kind) { tag(record) } else { None };
        Self { time, ordinal, kind, payload, tag, is_fresh: true }
    }

    /// True where what follows in the record is the rest of the payload, behind its `type`.
    pub(super) fn is_at_rest(&self) -> bool {
        self.is_fresh && self.payload.starts_with(br#"{"type":"#)
    }

    pub(super) fn at(&self, clock: &mut Clock) -> Option<Timestamp> {
        clock.read(self.time?)
    }
}

fn is_tagged(kind: &[u8]) -> bool {
    matches!(kind, b"event_msg" | b"response_item")
}

/// The `type` of the value that comes next in `walk`.
fn tag<'a>(walk: &mut Walk<'a>) -> Option<&'a [u8]> {
    if !walk.enter() {
        return None;
    }
    let first = walk.next_if(br#""type":"#);
    let tag = first.or_else(|| {
        let mut members = std::iter::from_fn(|| walk.member());
        members.find_map(|(key, value)| (key == b"type").then_some(value))
    });
    // At the end of a beginning it may be torn.
    tag?.word().filter(|_| !walk.rest().is_empty())
}

/// `session_meta.payload`, or the first line of the oldest dialect.
pub(super) struct Meta {
    pub(super) id: Option<SessionId>,
    pub(super) identity: Identity,
    /// Records with a smaller ordinal were inherited from the parent. Some builds write it as a string.
    pub(super) own_from: Option<u64>,
}

/// Reads `session_meta.payload`.
pub(super) fn meta(payload: Json<'_>) -> Meta {
    let mut identity = Identity::default();
    let (mut id, mut own_from, mut root, mut spawned) = (None, None, None, Subagent::default());
    let mut thread_source = None;
    for (key, value) in payload.entries() {
        match key.as_ref() {
            "id" => id = session(value),
            "session_id" => root = session(value),
            "forked_from_id" => identity.forked_from = session(value),
            "parent_thread_id" => identity.parent = session(value),
            "timestamp" => identity.created = time(value),
            "cwd" => identity.cwd = untrusted(value),
            "originator" => identity.originator = untrusted(value),
            "cli_version" => identity.version = untrusted(value),
            "model_provider" => identity.provider = untrusted(value),
            "source" => {
                spawned = Subagent::of(value);
                identity.source = untrusted(value).or_else(|| value.is_object().then(|| Untrusted::new(value.raw())));
            }
            "thread_source" => thread_source = value.text(),
            "agent_nickname" => spawned.nickname = untrusted(value).or(spawned.nickname),
            "agent_role" | "agent_type" => spawned.role = untrusted(value).or(spawned.role),
            "subagent_history_start_ordinal" => own_from = value.count(),
            "git" => {
                identity.branch = value.field("branch").and_then(untrusted);
                identity.commit = value.field("commit_hash").and_then(untrusted);
            }
            _ => {}
        }
    }
    identity.parent = identity.parent.take().or(spawned.parent.take());
    identity.root = root.filter(|root| Some(root) != id.as_ref());
    identity.kind = spawned.kind(thread_source.as_deref());
    Meta { id, identity, own_from }
}

/// `session_meta.payload.source` of a session that no person started.
#[derive(Default)]
struct Subagent {
    is: bool,
    internal: Option<String>,
    parent: Option<SessionId>,
    nickname: Option<Untrusted>,
    role: Option<Untrusted>,
}

impl Subagent {
    /// `"cli"`, `{"subagent":"review"}`, `{"subagent":{"thread_spawn":{…}}}`, `{"subagent":{"other":"guardian"}}` or
    /// `{"internal":"memory_consolidation"}`.
    fn of(source: Json<'_>) -> Self {
        let mut found = Self { internal: source.field("internal").and_then(string), ..Self::default() };
        let Some(subagent) = source.field("subagent") else { return found };
        found.is = true;
        found.internal = subagent.text().map(Cow::into_owned).or_else(|| subagent.field("other").and_then(string));
        if let Some(spawn) = subagent.field("thread_spawn") {
            found.parent = spawn.field("parent_thread_id").and_then(session);
            found.nickname = spawn.field("agent_nickname").and_then(untrusted);
            found.role = spawn.field("agent_role").and_then(untrusted);
        }
        found
    }

    fn kind(self, thread_source: Option<&str>) -> SessionKind {
        match (self.internal, thread_source) {
            (Some(what), _) => SessionKind::Internal(Untrusted::new(what)),
            (None, Some("memory_consolidation")) => SessionKind::Internal(Untrusted::new("memory_consolidation")),
            (None, Some("subagent")) => SessionKind::Subagent { nickname: self.nickname, role: self.role },
            (None, _) if self.is => SessionKind::Subagent { nickname: self.nickname, role: self.role },
            (None, _) => SessionKind::User,
        }
    }
}

/// Reads `turn_context.payload`: it states everything, so an absent effort means "the model's default".
pub(super) fn turn_context(payload: Json<'_>) -> Settings {
    let mut settings = settings(payload, "effort");
    if settings.effort == Setting::Kept {
        settings.effort = Setting::Cleared;
    }
    settings
}

/// Reads `thread_settings_applied.thread_settings`.
pub(super) fn thread_settings(inner: Json<'_>) -> Settings {
    settings(inner, "reasoning_effort")
}

/// The model that settings name.
pub(super) fn model(settings: Json<'_>) -> Option<String> {
    settings.field("model").and_then(Json::text).map(Cow::into_owned)
}

fn settings(payload: Json<'_>, effort_key: &str) -> Settings {
    let mut settings = Settings::default();
    let mut profile = None;
    for (key, value) in payload.entries() {
        match key.as_ref() {
            "model" => settings.model = value.text().map(ModelId::new),
            "cwd" => settings.cwd = untrusted(value),
            "approval_policy" => {
                settings.approval = untrusted(value).or_else(|| value.is_object().then(|| Untrusted::new("granular")));
            }
            "approvals_reviewer" => {
                let other = untrusted(value).filter(|who| who.raw() != "user");
                settings.reviewer = other.map_or(Setting::Cleared, Setting::Set);
            }
            // The tag's key was `mode` up to 0.58.
            "sandbox_policy" => {
                settings.sandbox = value.field("type").or_else(|| value.field("mode")).and_then(untrusted);
            }
            "active_permission_profile" => profile = value.field("id").and_then(untrusted),
            "collaboration_mode" => settings.mode = value.field("mode").and_then(untrusted),
            key if key == effort_key => {
                settings.effort = untrusted(value).map_or(Setting::Kept, Setting::Set);
            }
            _ => {}
        }
    }
    settings.sandbox = settings.sandbox.take().or(profile);
    settings
}

/// Tokens of every conversation that Codex does not count as used.
const CONTEXT_BASELINE: f64 = 12_000.0;
/// Codex compacts at 90 % of a model's window and shows 95 % of it.
const COMPACTS_AT: Percent = Percent(100.0 * 0.90 / 0.95);

/// The context as Codex shows it: the share left of what lies above the baseline, in whole percent.
pub(super) fn context(used: Option<u64>, window: Option<u64>) -> EventKind {
    let left = used.zip(window).map(|(used, window)| {
        let room = window as f64 - CONTEXT_BASELINE;
        let free = window as f64 - (used as f64).max(CONTEXT_BASELINE);
        Percent(if room <= 0.0 { 0.0 } else { (100.0 * free / room).clamp(0.0, 100.0).round() })
    });
    EventKind::ContextMeasured {
        used: used.map(Tokens),
        window: window.map(Tokens),
        window_from: window.map(|_| WindowSource::Stated),
        left,
        compacts_at: window.map(|_| COMPACTS_AT),
    }
}

/// Reads `task_complete.error`: its class, `"word"` or `{"word": {"http_status_code": …}}`, and its words.
pub(super) fn failure(error: Json<'_>) -> (ErrorClass, Option<Untrusted>) {
    let info = error.field("codex_error_info");
    let detail = info.and_then(|info| info.entries().next());
    let code = detail.as_ref().and_then(|(_, detail)| detail.field("http_status_code")?.count());
    let word = info.and_then(Json::text).or(detail.map(|(word, _)| word));
    let class = match word.as_deref() {
        // What the vendor's server said outweighs how often Codex asked it.
        Some(_) if code == Some(429) => ErrorClass::RateLimit,
        Some(_) if matches!(code, Some(401 | 403)) => ErrorClass::Unauthorized,
        Some(_) if matches!(code, Some(500..600)) => ErrorClass::Server,
        Some("usage_limit_exceeded" | "session_budget_exceeded") => ErrorClass::UsageLimit,
        Some("rate_limit_exceeded") => ErrorClass::RateLimit,
        Some("context_window_exceeded") => ErrorClass::ContextFull,
        Some("server_overloaded" | "internal_server_error" | "response_too_many_failed_attempts") => ErrorClass::Server,
        Some("unauthorized") => ErrorClass::Unauthorized,
        Some("http_connection_failed" | "response_stream_disconnected" | "response_stream_connection_failed") => {
            ErrorClass::Network
        }
        Some("cyber_policy" | "sandbox_error") => ErrorClass::Policy,
        _ => ErrorClass::Other,
    };
    (class, error.field("message").and_then(untrusted).or_else(|| untrusted(error)))
}
