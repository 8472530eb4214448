//! The shapes Codex writes, taken apart. Nothing outside this folder knows them.

use std::borrow::Cow;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use topside_model::{
    ErrorClass, EventKind, Identity, LimitId, LimitSample, LimitWindow, ModelId, Percent, SessionId, SessionKind,
    Setting, Settings, Timestamp, Tokens, Untrusted, Usage, WindowSource,
};

use crate::source::json::{Json, Repeated, Walk};
pub(super) use crate::source::value::{Clock, session, string, time, untrusted};

/// A record and what it is wrapped in: `{timestamp, ordinal?, type, payload}`.
pub(super) struct Envelope<'a> {
    time: Option<Json<'a>>,
    pub(super) ordinal: Option<u64>,
    pub(super) kind: &'a [u8],
    pub(super) payload: Json<'a>,
    /// `payload.type` of an event or an item.
    pub(super) tag: Option<&'a [u8]>,
}

impl<'a> Envelope<'a> {
    /// Takes a record apart; `None` when it has no `type` and no `payload`, as in the dialects before September 2025.
    /// A torn one, as the beginning of a long line is, gives what is there of it. What follows the payload is not looked
    /// at, if everything else stands in front of it.
    pub(super) fn of(record: &mut Walk<'a>) -> Option<Self> {
        let (mut stamp, mut ordinal, mut kind, mut payload) = (None, None, None, None);
        while let Some((key, value)) = record.member() {
            match key {
                b"timestamp" => stamp = Some(value),
                b"ordinal" => ordinal = value.count(),
                b"type" => kind = value.word(),
                b"payload" => {
                    payload = Some(value);
                    if stamp.is_some() && kind.is_some() {
                        break;
                    }
                }
                _ => {}
            }
        }
        let (kind, payload) = (kind?, payload?);
        let tag = if matches!(kind, b"event_msg" | b"response_item") { tag(payload) } else { None };
        Some(Self { time: stamp, ordinal, kind, payload, tag })
    }

    pub(super) fn at(&self, clock: &mut Clock) -> Option<Timestamp> {
        clock.read(self.time?)
    }
}

fn tag(payload: Json<'_>) -> Option<&[u8]> {
    let mut walk = Walk::of(payload)?;
    while let Some((key, value)) = walk.member() {
        if key == b"type" {
            // At the end of a beginning it may be torn.
            return if walk.rest().is_empty() { None } else { value.word() };
        }
    }
    None
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
        Self::next(&mut Walk::at(value))
    }

    /// Reads the value that comes next.
    fn next(walk: &mut Walk<'_>) -> Self {
        let mut raw = Self::default();
        if walk.enter() {
            while let Some((key, value)) = walk.member() {
                let count = value.count().unwrap_or(0);
                match key {
                    b"input_tokens" => raw.input = count,
                    b"cached_input_tokens" => raw.cached = count,
                    b"cache_write_input_tokens" => raw.cache_write = count,
                    b"output_tokens" => raw.output = count,
                    b"reasoning_output_tokens" => raw.reasoning = count,
                    b"total_tokens" => raw.total = count,
                    _ => {}
                }
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

/// `token_count`: a running total, the context as it is now, and a rate limit.
pub(super) struct TokenCount<'a> {
    pub(super) info: Option<Info>,
    pub(super) limits: Option<&'a Limits>,
}

/// What `token_count` said last; most of them repeat a part of it.
#[derive(Default)]
pub(super) struct LastCount {
    info: Repeated<Option<Info>>,
    limits: Repeated<Option<Limits>>,
}

/// `token_count.info`.
#[derive(Default, Clone, Copy)]
pub(super) struct Info {
    pub(super) total: Option<RawUsage>,
    pub(super) last: Option<RawUsage>,
    pub(super) window: Option<u64>,
}

impl LastCount {
    /// Reads the next one.
    pub(super) fn next(&mut self, payload: Json<'_>) -> TokenCount<'_> {
        let (mut info, mut is_limited) = (None, false);
        if let Some(mut walk) = Walk::of(payload) {
            while let Some((key, _)) = walk.member() {
                match key {
                    b"info" => info = *self.info.next(&mut walk, Info::next),
                    b"rate_limits" => is_limited = self.limits.next(&mut walk, Limits::next).is_some(),
                    _ => {}
                }
            }
        }
        TokenCount { info, limits: self.limits.value().as_ref().filter(|_| is_limited) }
    }
}

impl Info {
    fn next(walk: &mut Walk<'_>) -> Option<Self> {
        let mut info = Self::default();
        if !walk.enter() {
            return None;
        }
        while let Some((key, value)) = walk.member() {
            match key {
                b"total_token_usage" => info.total = Some(RawUsage::next(walk)),
                b"last_token_usage" => info.last = Some(RawUsage::next(walk)),
                b"model_context_window" => info.window = value.count(),
                _ => {}
            }
        }
        Some(info)
    }
}

/// `token_count.rate_limits` in all its historic shapes.
#[derive(Default)]
pub(super) struct Limits {
    id: Option<LimitId>,
    name: Option<Untrusted>,
    plan: Option<Untrusted>,
    reached: Option<Untrusted>,
    slots: [Slot; 2],
    /// The windows of 0.40: flat, and without a reset.
    flat: Option<[Slot; 2]>,
}

/// One window of a limit.
#[derive(Default, Clone, Copy)]
struct Slot {
    used: Option<f64>,
    minutes: Option<u64>,
    resets_at: Option<f64>,
    resets_in: Option<u64>,
}

impl Limits {
    fn next(walk: &mut Walk<'_>) -> Option<Self> {
        let mut limits = Self::default();
        if !walk.enter() {
            return None;
        }
        while let Some((key, value)) = walk.member() {
            let [first, second] = &mut limits.slots;
            match key {
                b"limit_id" => limits.id = string(value).map(LimitId::new),
                b"limit_name" => limits.name = untrusted(value),
                b"plan_type" => limits.plan = untrusted(value),
                b"rate_limit_reached_type" => limits.reached = untrusted(value),
                b"primary" => *first = Slot::next(walk),
                b"secondary" => *second = Slot::next(walk),
                b"primary_used_percent" => limits.flat.get_or_insert_default()[0].used = value.number(),
                b"secondary_used_percent" => limits.flat.get_or_insert_default()[1].used = value.number(),
                b"primary_window_minutes" => limits.flat.get_or_insert_default()[0].minutes = value.count(),
                b"secondary_window_minutes" => limits.flat.get_or_insert_default()[1].minutes = value.count(),
                _ => {}
            }
        }
        Some(limits)
    }

    /// The limit as it was at a time; `None` when no window is named.
    pub(super) fn sample(&self, at: Timestamp) -> Option<LimitSample> {
        let slots = self.flat.unwrap_or(self.slots);
        let windows: Vec<LimitWindow> = slots.iter().filter_map(|slot| slot.window(at)).collect();
        (!windows.is_empty()).then(|| LimitSample {
            limit: self.id.clone().unwrap_or_else(|| LimitId::new("codex")),
            name: self.name.clone(),
            plan: self.plan.clone(),
            windows,
            reached: self.reached.clone(),
            seen_at: at,
        })
    }
}

impl Slot {
    fn next(walk: &mut Walk<'_>) -> Self {
        let mut slot = Self::default();
        if walk.enter() {
            while let Some((key, value)) = walk.member() {
                match key {
                    b"used_percent" => slot.used = value.number(),
                    b"window_minutes" => slot.minutes = value.count(),
                    b"resets_at" => slot.resets_at = value.number(),
                    b"resets_in_seconds" => slot.resets_in = value.count(),
                    _ => {}
                }
            }
        }
        slot
    }

    fn window(&self, at: Timestamp) -> Option<LimitWindow> {
        let absolute = self.resets_at.and_then(|at| Timestamp::from_second(at as i64).ok());
        // 0.41 to 0.47: relative to the whole second of the record.
        let relative = || {
            let base = Timestamp::from_second(at.as_second()).ok()?;
            base.checked_add(SignedDuration::from_secs(i64::try_from(self.resets_in?).ok()?)).ok()
        };
        Some(LimitWindow {
            window: self.minutes.map(minutes_long),
            used: Percent(self.used?),
            resets_at: absolute.or_else(relative),
        })
    }
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
