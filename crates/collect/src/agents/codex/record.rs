//! The shapes Codex writes, taken apart. Nothing outside this folder knows them.

use std::borrow::Cow;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use topside_model::{
    ErrorClass, EventKind, Identity, LimitId, LimitSample, LimitWindow, ModelId, Percent, SessionId, SessionKind,
    Setting, Settings, Timestamp, Tokens, Untrusted, Usage, WindowSource,
};

use crate::source::json::Json;
pub(super) use crate::source::value::{session, string, time, untrusted};

/// A record and what it is wrapped in: `{timestamp, ordinal?, type, payload}`.
pub(super) struct Envelope<'a> {
    pub(super) at: Option<Timestamp>,
    pub(super) ordinal: Option<u64>,
    pub(super) kind: Cow<'a, str>,
    pub(super) payload: Json<'a>,
    /// `payload.type`.
    pub(super) tag: Option<Cow<'a, str>>,
}

impl<'a> Envelope<'a> {
    /// Takes `object` apart; `None` when it has no `type` and no `payload`, as in the dialects before September 2025.
    /// A torn object, as the beginning of a long line is, gives what is there of it.
    pub(super) fn of(object: Json<'a>) -> Option<Self> {
        let (mut at, mut ordinal, mut kind, mut payload) = (None, None, None, None);
        for (key, value) in object.entries() {
            match key.as_ref() {
                "timestamp" => at = time(value),
                "ordinal" => ordinal = value.count(),
                "type" => kind = value.text(),
                "payload" => payload = Some(value),
                _ => {}
            }
        }
        let payload = payload?;
        let tag = payload.entries().find(|(key, _)| key == "type").and_then(|(_, value)| value.text());
        Some(Self { at, ordinal, kind: kind?, payload, tag })
    }
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
pub(super) fn thread_settings(payload: Json<'_>) -> Settings {
    payload.field("thread_settings").map(|inner| settings(inner, "reasoning_effort")).unwrap_or_default()
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

/// Token counts as Codex writes them: cached and cache-written input are part of the input, reasoning of the output.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RawUsage {
    pub(super) input: u64,
    pub(super) cached: u64,
    pub(super) cache_write: u64,
    pub(super) output: u64,
    pub(super) reasoning: u64,
    pub(super) total: u64,
}

impl RawUsage {
    pub(super) fn of(value: Json<'_>) -> Self {
        let mut raw = Self::default();
        for (key, value) in value.entries() {
            let count = value.count().unwrap_or(0);
            match key.as_ref() {
                "input_tokens" => raw.input = count,
                "cached_input_tokens" => raw.cached = count,
                "cache_write_input_tokens" => raw.cache_write = count,
                "output_tokens" => raw.output = count,
                "reasoning_output_tokens" => raw.reasoning = count,
                "total_tokens" => raw.total = count,
                _ => {}
            }
        }
        raw
    }

    /// The same in parts that do not overlap.
    pub(super) fn parts(self) -> Usage {
        let read = self.cached.min(self.input);
        let written = self.cache_write.min(self.input - read);
        Usage {
            input_uncached: Tokens(self.input - read - written),
            cache_read: Tokens(read),
            cache_write_5m: Tokens(written),
            cache_write_1h: Tokens(0),
            output: Tokens(self.output),
            reasoning: Tokens(self.reasoning),
            web_searches: 0,
        }
    }

    /// Each part by itself; the total is not one of them, because Codex sometimes sets it to something else.
    pub(super) fn zip(self, other: Self, each: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            input: each(self.input, other.input),
            cached: each(self.cached, other.cached),
            cache_write: each(self.cache_write, other.cache_write),
            output: each(self.output, other.output),
            reasoning: each(self.reasoning, other.reasoning),
            total: 0,
        }
    }

    /// True when no part of `self` is larger than its counterpart.
    pub(super) fn fits(self, other: Self) -> bool {
        self.zip(other, |mine, theirs| u64::from(mine > theirs)) == Self::default()
    }
}

/// Reads `token_count.rate_limits` in all its historic shapes; `None` when it names no window.
pub(super) fn limits(value: Json<'_>, at: Timestamp) -> Option<LimitSample> {
    let text = |key: &str| value.field(key).and_then(untrusted);
    let windows: Vec<LimitWindow> = match value.field("primary_used_percent") {
        // 0.40: flat, and without a reset.
        Some(_) => ["primary", "secondary"].iter().filter_map(|slot| flat_window(value, slot)).collect(),
        None => ["primary", "secondary"].iter().filter_map(|slot| window(value.field(slot)?, at)).collect(),
    };
    (!windows.is_empty()).then(|| LimitSample {
        limit: LimitId::new(value.field("limit_id").and_then(string).as_deref().unwrap_or("codex")),
        name: text("limit_name"),
        plan: text("plan_type"),
        windows,
        reached: text("rate_limit_reached_type"),
        seen_at: at,
    })
}

fn window(value: Json<'_>, at: Timestamp) -> Option<LimitWindow> {
    let used = Percent(value.field("used_percent")?.number()?);
    let minutes = value.field("window_minutes").and_then(Json::count);
    let absolute =
        value.field("resets_at").and_then(Json::number).and_then(|at| Timestamp::from_second(at as i64).ok());
    // 0.41 to 0.47: relative to the whole second of the record.
    let relative = || {
        let seconds = value.field("resets_in_seconds")?.count()?;
        let base = Timestamp::from_second(at.as_second()).ok()?;
        base.checked_add(SignedDuration::from_secs(i64::try_from(seconds).ok()?)).ok()
    };
    Some(LimitWindow { window: minutes.map(minutes_long), used, resets_at: absolute.or_else(relative) })
}

fn flat_window(value: Json<'_>, slot: &str) -> Option<LimitWindow> {
    let used = Percent(value.field(&format!("{slot}_used_percent"))?.number()?);
    let minutes = value.field(&format!("{slot}_window_minutes")).and_then(Json::count);
    Some(LimitWindow { window: minutes.map(minutes_long), used, resets_at: None })
}

fn minutes_long(minutes: u64) -> Duration {
    Duration::from_secs(minutes.saturating_mul(60))
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
