//! Budgets, and who used what limits are of.

use serde::Serialize;
use topside_model::{AgentId, Amount, BudgetState, Consumer, LimitUse, PastName, Tokens, Untrusted};

use super::leaf::{TimeV1, exact, id, tenths};

/// A budget of the user's, and how it stands in the part of time that the document speaks of.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BudgetV1 {
    /// What the user calls it.
    pub name: String,
    /// The part of time it is for: day, week or month.
    pub per: &'static str,
    /// Only this project.
    pub project: Option<String>,
    /// Only this agent.
    pub agent: Option<String>,
    /// What it is counted in: `micro_usd` (list price, in millionths of a US dollar) or tokens.
    pub unit: &'static str,
    /// How much it allows.
    pub amount: u64,
    /// How much was spent.
    pub used: u64,
    /// True when more may have been spent: some replies have no known price or were counted only while being written.
    pub used_is_floor: bool,
    /// The spent share, not rounded.
    pub used_percent: Option<f64>,
    /// The share from which on the user wants to know.
    pub warn_percent: Option<f64>,
    /// fine, warn or over.
    pub level: &'static str,
    /// When the part of time began.
    pub starts_at: TimeV1,
    /// When the next one begins.
    pub ends_at: TimeV1,
}

/// Who used tokens of an agent since a window of its limits began. Shares are of tokens, not of the limit's own measure.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LimitUseV1 {
    /// Whose tokens, over all its homes.
    pub agent: String,
    /// When the window began: `began_at` of one or more windows.
    pub since: TimeV1,
    /// Tokens of every kind.
    pub tokens: u64,
    /// True when there may have been more: some replies were counted only while being written.
    pub tokens_is_floor: bool,
    /// The sessions that used most, each with those it started.
    pub sessions: Vec<SessionUseV1>,
    /// Sessions that are not listed.
    pub more_sessions: u64,
    /// The projects that used most.
    pub projects: Vec<ProjectUseV1>,
    /// Projects that are not listed.
    pub more_projects: u64,
}

/// What a session used.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SessionUseV1 {
    /// Its id.
    pub id: String,
    /// Its project.
    pub project: Option<String>,
    /// How much.
    #[serde(flatten)]
    pub used: UsedV1,
}

/// What a project used.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProjectUseV1 {
    /// Its name; `null` for sessions whose project no record tells.
    pub project: Option<String>,
    /// How much.
    #[serde(flatten)]
    pub used: UsedV1,
}

/// How much was used.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UsedV1 {
    /// Tokens of every kind.
    pub tokens: u64,
    /// Their share of everybody's.
    pub share_percent: Option<f64>,
    /// Tokens per hour in about the last hour, or since the window began; `null` in its first minutes.
    pub tokens_per_hour: Option<u64>,
}

impl From<&BudgetState> for BudgetV1 {
    fn from(state: &BudgetState) -> Self {
        let budget = &state.budget;
        let count = |amount| match amount {
            Amount::Money(money) => money.as_micros(),
            Amount::Tokens(tokens) => tokens.0,
        };
        let unit = match budget.amount {
            Amount::Money(_) => "micro_usd",
            Amount::Tokens(_) => "tokens",
        };
        Self {
            name: id(&budget.name),
            per: budget.per.id(),
            project: budget.project.as_deref().map(id),
            agent: budget.agent.as_ref().map(AgentId::as_str).map(id),
            unit,
            amount: count(budget.amount),
            used: count(state.used),
            used_is_floor: state.floor,
            used_percent: Some(state.share.0),
            warn_percent: Some(budget.warn.0),
            level: state.level.id(),
            starts_at: state.from.into(),
            ends_at: state.until.into(),
        }
    }
}

impl From<&LimitUse> for LimitUseV1 {
    fn from(used: &LimitUse) -> Self {
        Self {
            agent: id(used.agent.as_str()),
            since: used.since.into(),
            tokens: used.tokens.0,
            tokens_is_floor: used.floor,
            sessions: used.sessions.iter().map(SessionUseV1::from).collect(),
            more_sessions: used.more_sessions,
            projects: used.projects.iter().map(ProjectUseV1::from).collect(),
            more_projects: used.more_projects,
        }
    }
}

impl From<&Consumer<PastName>> for SessionUseV1 {
    fn from(session: &Consumer<PastName>) -> Self {
        let PastName { key, project } = &session.who;
        Self { id: id(key.id.as_str()), project: exact(project.as_ref()), used: UsedV1::from(session) }
    }
}

impl From<&Consumer<Option<Untrusted>>> for ProjectUseV1 {
    fn from(project: &Consumer<Option<Untrusted>>) -> Self {
        Self { project: exact(project.who.as_ref()), used: UsedV1::from(project) }
    }
}

impl<T> From<&Consumer<T>> for UsedV1 {
    fn from(consumer: &Consumer<T>) -> Self {
        Self {
            tokens: consumer.tokens.0,
            share_percent: tenths(Some(consumer.share)),
            tokens_per_hour: consumer.hourly.map(|Tokens(rate)| rate),
        }
    }
}
