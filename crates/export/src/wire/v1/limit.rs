//! Rate limits.

use serde::Serialize;
use topside_catalog::limit::{Forecast, forecast};
use topside_model::{Limit, LimitSample, LimitWindow, Timestamp};

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
    /// Where each of its windows leads, in their order; `null` where that cannot be told.
    pub forecasts: Vec<Option<ForecastV1>>,
}

/// Where a window leads, at the paces of several stretches of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ForecastV1 {
    /// `reached`: used up now; `lasts`: until it starts afresh; `out`: used up before that; `may_last`: either, by the
    /// pace; `stale`: it has started afresh since the report.
    pub state: &'static str,
    /// When it is used up at the fastest pace.
    pub earliest_at: Option<TimeV1>,
    /// When it is used up at the slowest; `null` where it lasts at that.
    pub latest_at: Option<TimeV1>,
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
    /// When it began.
    pub began_at: Option<TimeV1>,
    /// Used share of it, as reported.
    pub used_percent: f64,
    /// When it starts afresh.
    pub resets_at: Option<TimeV1>,
}

impl AccountLimitV1 {
    /// A limit at a moment.
    pub(super) fn new(limit: &Limit, now: Timestamp) -> Self {
        let forecast = |window| forecast(limit, window, now).map(ForecastV1::from);
        Self {
            agent: id(limit.agent.as_str()),
            home: id(limit.home.raw()),
            limit: LimitV1::from(&limit.sample),
            forecasts: limit.sample.windows.iter().map(forecast).collect(),
        }
    }
}

impl From<Forecast> for ForecastV1 {
    fn from(forecast: Forecast) -> Self {
        let (state, earliest, latest) = match forecast {
            Forecast::Reached => ("reached", None, None),
            Forecast::Lasts => ("lasts", None, None),
            Forecast::Out { earliest, latest: None } => ("may_last", Some(earliest), None),
            Forecast::Out { earliest, latest } => ("out", Some(earliest), latest),
            Forecast::Stale => ("stale", None, None),
        };
        Self { state, earliest_at: time(earliest), latest_at: time(latest) }
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
            began_at: time(window.began()),
            used_percent: window.used.0,
            resets_at: time(window.resets_at),
        }
    }
}
