//! Usage reports: tokens and money, row by row.

use serde::Serialize;
use topside_catalog::format;
use topside_model::{
    Cost, ModelId, ModelTally, Period, Problem, RowKey, Spending, Tally, Untrusted, UsageReport, UsageRow,
};

use super::document::Document;
use super::health::ProblemV1;
use super::leaf::{TimeV1, exact, id, time};
use super::usage::UsageV1;

/// What was used, row by row. Money is list price in millionths of a US dollar, whatever an account pays for its plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UsageReportV1 {
    /// What the rows stand for: daily, weekly, monthly, session, project, model, agent or blocks.
    pub period: &'static str,
    /// The zone that days begin and end in: its name, or how far it is from UTC.
    pub timezone: String,
    /// First day that was asked for, such as 2026-11-01.
    pub since: Option<String>,
    /// Last day that was asked for.
    pub until: Option<String>,
    /// Agent that was asked for.
    pub agent: Option<String>,
    /// Project that was asked for.
    pub project: Option<String>,
    /// The rows: parts of time ascending with the unknown time last, everything else by tokens, most first.
    pub rows: Vec<UsageRowV1>,
    /// What the rows add up to.
    pub total: SpendingV1,
    /// Replies of unknown time, where only some days were asked for: they are in no row and not in `total`.
    pub undated: SpendingV1,
    /// What could not be read and is missing from all of it but for what was read of it before: transcripts, folders in
    /// which there may be some, and the database of history.
    pub left_out: Vec<ProblemV1>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UsageRowV1 {
    /// What it stands for: a day (2026-11-20), the Monday of a week, a month (2026-11), the id of a session, a project,
    /// a model, an agent's id, or the time a block starts at. `null` for what no record tells.
    pub key: Option<String>,
    /// Whose session or block it is, or the agent.
    pub agent: Option<String>,
    /// The project, or the session's.
    pub project: Option<String>,
    /// When a block starts.
    pub starts_at: Option<TimeV1>,
    /// When a block ends.
    pub ends_at: Option<TimeV1>,
    /// True for a block that has not ended yet; `null` for what is no block.
    pub running: Option<bool>,
    /// What was used.
    #[serde(flatten)]
    pub spending: SpendingV1,
}

/// What some replies used, and how it divides among models.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SpendingV1 {
    /// First reply.
    pub first_at: Option<TimeV1>,
    /// Last reply.
    pub last_at: Option<TimeV1>,
    /// Sessions; those that another one started are counted with that one.
    pub sessions: u64,
    /// All of it.
    #[serde(flatten)]
    pub tally: TallyV1,
    /// Models that have tokens and no known price; `null` is one that no record names.
    pub unpriced_models: Vec<Option<String>>,
    /// The same by model, most tokens first.
    pub models: Vec<ModelTallyV1>,
}

/// What one model used.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModelTallyV1 {
    /// The model; `null` where no record names it.
    pub model: Option<String>,
    /// What it used.
    #[serde(flatten)]
    pub tally: TallyV1,
}

/// What some replies used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TallyV1 {
    /// Model replies.
    pub responses: u64,
    /// Their tokens.
    pub usage: UsageV1,
    /// True when some replies were only counted while they were being written: `usage` is then a lower bound.
    pub usage_is_floor: bool,
    /// List price of the replies that have one, in millionths of a US dollar; `null` where none of the tokens has.
    pub cost_micro_usd: Option<u64>,
    /// True when the cost is a lower bound: some replies have no known price, or `usage` is one.
    pub cost_is_floor: bool,
    /// Replies with tokens and without a known price.
    pub unpriced_responses: u64,
}

impl From<&Tally> for TallyV1 {
    fn from(tally: &Tally) -> Self {
        Self {
            responses: tally.replies,
            usage: UsageV1::from(&tally.usage),
            usage_is_floor: tally.usage_is_floor(),
            cost_micro_usd: tally.cost.known().map(topside_model::Money::as_micros),
            cost_is_floor: tally.cost_is_floor(),
            unpriced_responses: tally.cost.unpriced_replies,
        }
    }
}

impl From<&ModelTally> for ModelTallyV1 {
    fn from(ModelTally { model, tally }: &ModelTally) -> Self {
        Self { model: name(model.as_ref()), tally: tally.into() }
    }
}

impl From<&Spending> for SpendingV1 {
    fn from(spending: &Spending) -> Self {
        let Cost { unpriced, .. } = &spending.tally.cost;
        Self {
            first_at: time(spending.span.map(|(first, _)| first)),
            last_at: time(spending.span.map(|(_, last)| last)),
            sessions: spending.sessions,
            tally: TallyV1::from(&spending.tally),
            unpriced_models: unpriced.iter().map(|model| name(model.as_ref())).collect(),
            models: spending.models.iter().map(ModelTallyV1::from).collect(),
        }
    }
}

impl From<&UsageRow> for UsageRowV1 {
    fn from(UsageRow { key, spending }: &UsageRow) -> Self {
        let row = Self {
            key: None,
            agent: None,
            project: None,
            starts_at: None,
            ends_at: None,
            running: None,
            spending: SpendingV1::from(spending),
        };
        let path = |project: &Option<Untrusted>| exact(project.as_ref());
        match key {
            RowKey::Day(day) | RowKey::Week(day) => Self { key: Some(day.to_string()), ..row },
            RowKey::Month(first) => Self { key: Some(first.strftime("%Y-%m").to_string()), ..row },
            RowKey::Block { start, agent, end, running } => Self {
                key: Some(format!("{start:.0}")),
                agent: Some(id(agent.as_str())),
                starts_at: Some((*start).into()),
                ends_at: Some((*end).into()),
                running: Some(*running),
                ..row
            },
            RowKey::Session { key, project } => Self {
                key: Some(id(key.id.as_str())),
                agent: Some(id(key.agent.as_str())),
                project: path(project),
                ..row
            },
            RowKey::Project(project) => Self { key: path(project), project: path(project), ..row },
            RowKey::Model(model) => Self { key: name(model.as_ref()), ..row },
            RowKey::Agent(agent) => Self { key: Some(id(agent.as_str())), agent: Some(id(agent.as_str())), ..row },
            RowKey::UnknownTime => row,
        }
    }
}

fn name(model: Option<&ModelId>) -> Option<String> {
    model.map(|model| id(model.as_str()))
}

/// A usage report, and what is missing from it.
pub fn usage(report: &UsageReport, left_out: &[Problem]) -> Document<UsageReportV1> {
    let query = &report.query;
    let body = UsageReportV1 {
        period: Period::id(query.period),
        timezone: id(&format::zone(&query.zone, report.taken_at)),
        since: query.since.map(|day| day.to_string()),
        until: query.until.map(|day| day.to_string()),
        agent: query.agent.as_ref().map(|agent| id(agent.as_str())),
        project: query.project.as_deref().map(id),
        rows: report.rows.iter().map(UsageRowV1::from).collect(),
        total: SpendingV1::from(&report.total),
        undated: SpendingV1::from(&report.undated),
        left_out: left_out.iter().map(ProblemV1::from).collect(),
    };
    Document::at("topside.usage", report.taken_at, body)
}
