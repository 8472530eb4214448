//! Counts of tokens, and the limits that are written beside them.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use topside_model::{LimitId, LimitSample, LimitWindow, Percent, Timestamp, Tokens, Untrusted, Usage};

use super::record::{string, untrusted};
use crate::source::json::Json;
use crate::source::mould::{Counts, Mould};
use crate::source::walk::Walk;

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
    /// Its keys, in the order of its fields.
    const KEYS: [&str; 6] = [
        "input_tokens",
        "cached_input_tokens",
        "cache_write_input_tokens",
        "output_tokens",
        "reasoning_output_tokens",
        "total_tokens",
    ];

    pub(super) fn of(value: Json<'_>) -> Self {
        let mut parts = [None; 6];
        usage_parts(&mut Walk::at(value), &mut parts);
        Self::from(parts.map(|part| part.and_then(Json::count).unwrap_or(0)))
    }

    /// The counts under [`Self::KEYS`].
    fn from([input, cached, cache_write, output, reasoning, total]: [u64; 6]) -> Self {
        Self { input, cached, cache_write, output, reasoning, total }
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

/// What `token_count` said last: the next one differs in its numbers.
#[derive(Default)]
pub(super) struct LastCount {
    info: Mould<13, Option<Stated>>,
    limits: Mould<0, ()>,
}

/// `token_count.info`: a running total, and the context as it is now.
#[derive(Clone, Copy)]
pub(super) struct Info {
    pub(super) total: Option<RawUsage>,
    pub(super) last: Option<RawUsage>,
    pub(super) window: Option<u64>,
}

/// Which parts of it there are.
#[derive(Default, Clone, Copy)]
struct Stated {
    total: bool,
    last: bool,
    window: bool,
}

impl LastCount {
    /// Reads the members that come next in `walk`.
    pub(super) fn next(&mut self, walk: &mut Walk<'_>) -> Option<Info> {
        let mut info = None;
        while let Some((key, _)) = walk.member() {
            match key {
                b"info" => info = Info::of(self.info.next(walk, parts)),
                b"rate_limits" => {
                    self.limits.next(walk, |walk, _| walk.pass());
                }
                _ => {}
            }
        }
        info
    }
}

impl Info {
    fn of((counts, stated): (&[u64; 13], Option<Stated>)) -> Option<Self> {
        let stated = stated?;
        let usage = |first: usize| counts[first..].first_chunk().map(|counts| RawUsage::from(*counts));
        Some(Self {
            total: usage(0).filter(|_| stated.total),
            last: usage(6).filter(|_| stated.last),
            window: stated.window.then_some(counts[12]),
        })
    }
}

/// Where the counts of `token_count.info` are: those of the total, those of the last reply, and the window.
fn parts<'a>(walk: &mut Walk<'a>, parts: &mut Counts<'a, 13>) -> Option<Stated> {
    let mut stated = Stated::default();
    if !walk.enter() {
        return None;
    }
    let (total, rest) = parts.split_at_mut(6);
    let (last, window) = rest.split_at_mut(6);
    while let Some((key, value)) = walk.member() {
        match key {
            b"total_token_usage" => {
                stated.total = true;
                usage_parts(walk, total);
            }
            b"last_token_usage" => {
                stated.last = true;
                usage_parts(walk, last);
            }
            b"model_context_window" => {
                stated.window = value.count().is_some();
                window[0] = Some(value);
            }
            _ => {}
        }
    }
    Some(stated)
}

fn usage_parts<'a>(walk: &mut Walk<'a>, parts: &mut [Option<Json<'a>>]) {
    parts.fill(None);
    if walk.enter() {
        while let Some((key, value)) = walk.member() {
            if let Some(part) = RawUsage::KEYS.iter().position(|one| one.as_bytes() == key) {
                parts[part] = Some(value);
            }
        }
    }
}

/// `token_count.rate_limits` in all its historic shapes, and `rateLimits` as the daemon tells them.
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
    /// Reads `rate_limits`; `None` where it is no object.
    pub(super) fn of(value: Json<'_>) -> Option<Self> {
        let mut limits = Self::default();
        let mut walk = Walk::of(value)?;
        while let Some((key, value)) = walk.member() {
            let [first, second] = &mut limits.slots;
            match key {
                b"limit_id" | b"limitId" => limits.id = string(value).map(LimitId::new),
                b"limit_name" | b"limitName" => limits.name = untrusted(value),
                b"plan_type" | b"planType" => limits.plan = untrusted(value),
                b"rate_limit_reached_type" | b"rateLimitReachedType" => limits.reached = untrusted(value),
                b"primary" => *first = Slot::next(&mut walk),
                b"secondary" => *second = Slot::next(&mut walk),
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
                    b"used_percent" | b"usedPercent" => slot.used = value.number(),
                    b"window_minutes" | b"windowDurationMins" => slot.minutes = value.count(),
                    b"resets_at" | b"resetsAt" => slot.resets_at = value.number(),
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
