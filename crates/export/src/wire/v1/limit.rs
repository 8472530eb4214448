//! Rate limits.

use serde::Serialize;
use topside_model::{Limit, LimitSample, LimitWindow};

use super::leaf::{TimeV1, exact, id, prose, time};

/// A limit of an account.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AccountLimitV1 {
    /// Whose account.
    pub agent: String,
    /// The agent's home the figure comes from.
    pub home: String,
    /// The figures.
    #[serde(flatten)]
    pub limit: LimitV1,
}

/// One limit, as last reported.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LimitV1 {
    /// Which limit.
    pub id: String,
    /// The vendor's name for it.
    pub name: Option<String>,
    /// The account's plan.
    pub plan: Option<String>,
    /// The vendor's word for the limit that is exhausted.
    pub reached: Option<String>,
    /// When it was reported.
    pub seen_at: TimeV1,
    /// Its windows, in the order reported.
    pub windows: Vec<WindowV1>,
}

/// One window of a limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WindowV1 {
    /// Its length.
    pub minutes: Option<u64>,
    /// Used share of it, as reported.
    pub used_percent: f64,
    /// When it starts afresh.
    pub resets_at: Option<TimeV1>,
}

impl From<&Limit> for AccountLimitV1 {
    fn from(limit: &Limit) -> Self {
        Self { agent: id(limit.agent.as_str()), home: id(limit.home.raw()), limit: LimitV1::from(&limit.sample) }
    }
}

impl From<&LimitSample> for LimitV1 {
    fn from(sample: &LimitSample) -> Self {
        Self {
            id: id(sample.limit.as_str()),
            name: prose(sample.name.as_ref()),
            plan: exact(sample.plan.as_ref()),
            reached: exact(sample.reached.as_ref()),
            seen_at: sample.seen_at.into(),
            windows: sample.windows.iter().map(WindowV1::from).collect(),
        }
    }
}

impl From<&LimitWindow> for WindowV1 {
    fn from(window: &LimitWindow) -> Self {
        Self {
            minutes: window.window.map(|length| length.as_secs() / 60),
            used_percent: window.used.0,
            resets_at: time(window.resets_at),
        }
    }
}
