//! Tokens, context and counts of a session.

use serde::Serialize;
use topside_model::{Context, ReportedTotal, Session, Tokens, ToolCounts, TurnCounts, Usage, WindowSource};

use super::leaf::tenths;

/// Tokens in parts that do not overlap, except that `input` and `total` are sums and `reasoning` is a part of `output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UsageV1 {
    /// All input, cached or not.
    pub input: u64,
    /// Input read afresh.
    pub input_uncached: u64,
    /// Input read from the vendor's cache.
    pub cache_read: u64,
    /// Input written to the vendor's cache for a short while.
    pub cache_write_5m: u64,
    /// Input written to the vendor's cache for an hour.
    pub cache_write_1h: u64,
    /// Everything the model wrote, reasoning included.
    pub output: u64,
    /// The hidden part of `output`.
    pub reasoning: u64,
    /// Web searches billed with the replies, by number; no tokens.
    pub web_searches: u64,
    /// All tokens; in `reported_total` the agent's own figure, which need not be the sum.
    pub total: u64,
}

impl From<&Usage> for UsageV1 {
    fn from(usage: &Usage) -> Self {
        Self {
            input: usage.input().0,
            input_uncached: usage.input_uncached.0,
            cache_read: usage.cache_read.0,
            cache_write_5m: usage.cache_write_5m.0,
            cache_write_1h: usage.cache_write_1h.0,
            output: usage.output.0,
            reasoning: usage.reasoning.0,
            web_searches: usage.web_searches,
            total: usage.total().0,
        }
    }
}

impl From<&ReportedTotal> for UsageV1 {
    fn from(reported: &ReportedTotal) -> Self {
        Self { total: reported.total.0, ..Self::from(&reported.parts) }
    }
}

/// How full the context is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContextV1 {
    /// Tokens in it.
    pub used: Option<u64>,
    /// Tokens it can hold.
    pub window: Option<u64>,
    /// How that is known: stated, configured, observed, model or assumed.
    pub window_from: Option<&'static str>,
    /// Share left as the agent itself shows it, one decimal.
    pub left_percent: Option<f64>,
    /// Used share at which the agent compacts by itself, one decimal.
    pub compacts_at_percent: Option<f64>,
}

impl From<&Context> for ContextV1 {
    fn from(context: &Context) -> Self {
        Self {
            used: context.used.map(|Tokens(count)| count),
            window: context.window.map(|Tokens(count)| count),
            window_from: context.window_from.map(WindowSource::id),
            left_percent: tenths(context.left),
            compacts_at_percent: tenths(context.compacts_at),
        }
    }
}

/// Turns of the session's own, inherited history not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TurnsV1 {
    /// Begun; null where the agent's version does not record it.
    pub started: Option<u64>,
    /// Finished, as far as it is recorded.
    pub completed: u64,
    /// Stopped.
    pub aborted: u64,
    /// Taken back.
    pub rolled_back: u64,
}

impl From<TurnCounts> for TurnsV1 {
    fn from(counts: TurnCounts) -> Self {
        let TurnCounts { started, completed, aborted, rolled_back } = counts;
        Self { started, completed, aborted, rolled_back }
    }
}

/// Tool calls of the session's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ToolsV1 {
    /// Asked for by the model.
    pub started: u64,
    /// With a result.
    pub finished: u64,
    /// Without a result.
    pub unresolved: u64,
    /// Web searches, which have no result record.
    pub web_searches: u64,
}

impl From<ToolCounts> for ToolsV1 {
    fn from(counts: ToolCounts) -> Self {
        Self {
            started: counts.started,
            finished: counts.finished,
            unresolved: counts.unresolved(),
            web_searches: counts.web_searches,
        }
    }
}

/// Tokens per minute over the last minutes, oldest first.
pub(super) fn token_rate(session: &Session) -> Vec<u64> {
    session.token_rate.iter().map(|Tokens(count)| *count).collect()
}
