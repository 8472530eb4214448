//! How long sessions waited for a person.

use serde::Serialize;
use topside_catalog::format;
use topside_model::{RowKey, WaitReport, WaitRow, WaitTally, Waited};

use super::document::Document;
use super::leaf::{TimeV1, exact, id, time};

/// When a session waited for a person's leave or answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WaitedV1 {
    /// Since when it waits now; `null` where it does not.
    pub since: Option<TimeV1>,
    /// Waits that are over and were seen.
    pub over: Vec<SpanV1>,
}

/// A time from one moment to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SpanV1 {
    /// Its beginning.
    pub from: TimeV1,
    /// Its end.
    pub to: TimeV1,
}

impl From<&Waited> for WaitedV1 {
    fn from(waited: &Waited) -> Self {
        let span = |wait: &topside_model::Wait| SpanV1 { from: wait.from.into(), to: wait.to.into() };
        Self { since: time(waited.since), over: waited.over.iter().map(span).collect() }
    }
}

/// How long sessions waited for a person, row by row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WaitReportV1 {
    /// What the rows stand for: daily, session or project.
    pub by: &'static str,
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
    /// The rows: days ascending, everything else by time, most first.
    pub rows: Vec<WaitRowV1>,
    /// All waits together, each of them once and whole.
    pub total: WaitTallyV1,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WaitRowV1 {
    /// What it stands for: a day (2026-11-20), the id of a session, or a project. `null` for what no record tells.
    pub key: Option<String>,
    /// Whose session it is.
    pub agent: Option<String>,
    /// The project, or the session's.
    pub project: Option<String>,
    /// How long was waited.
    #[serde(flatten)]
    pub tally: WaitTallyV1,
}

/// How long some sessions waited. Two that waited at the same time count both, but for `any_seconds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WaitTallyV1 {
    /// How often.
    pub waits: u64,
    /// How long altogether.
    pub seconds: u64,
    /// How long for leave.
    pub approval_seconds: u64,
    /// How long for answers.
    pub question_seconds: u64,
    /// The longest wait.
    pub longest_seconds: u64,
    /// Time in which at least one waited.
    pub any_seconds: u64,
}

impl From<&WaitTally> for WaitTallyV1 {
    fn from(tally: &WaitTally) -> Self {
        Self {
            waits: tally.waits,
            seconds: tally.time().as_secs(),
            approval_seconds: tally.approval.as_secs(),
            question_seconds: tally.question.as_secs(),
            longest_seconds: tally.longest.as_secs(),
            any_seconds: tally.any.as_secs(),
        }
    }
}

impl From<&WaitRow> for WaitRowV1 {
    fn from(WaitRow { key, tally }: &WaitRow) -> Self {
        let row = Self { key: None, agent: None, project: None, tally: tally.into() };
        match key {
            RowKey::Day(day) => Self { key: Some(day.to_string()), ..row },
            RowKey::Session { key, project } => Self {
                key: Some(id(key.id.as_str())),
                agent: Some(id(key.agent.as_str())),
                project: exact(project.as_ref()),
                ..row
            },
            RowKey::Project(project) => Self { key: exact(project.as_ref()), project: exact(project.as_ref()), ..row },
            // Waits are told apart by nothing else.
            _ => row,
        }
    }
}

/// A report on waits.
pub fn waits(report: &WaitReport) -> Document<WaitReportV1> {
    let query = &report.query;
    let body = WaitReportV1 {
        by: query.by.id(),
        timezone: id(&format::zone(&query.zone, report.taken_at)),
        since: query.since.map(|day| day.to_string()),
        until: query.until.map(|day| day.to_string()),
        agent: query.agent.as_ref().map(|agent| id(agent.as_str())),
        project: query.project.clone(),
        rows: report.rows.iter().map(WaitRowV1::from).collect(),
        total: WaitTallyV1::from(&report.total),
    };
    Document::at("topside.waits", report.taken_at, body)
}
