//! The long lists of a session: read when one session is looked at.

use serde::Serialize;
use topside_catalog::text::shown;
use topside_model::{ErrorView, FileChange, FileTouch, Outcome, Session, ToolCall, TurnEnd, TurnView, Work};

use super::cost::{self, ContextGrowthV1, ModelCostV1, PartCostV1};
use super::evidence::EvidenceV1;
use super::leaf::{TimeV1, error_class, id, prose, time};
use super::process::ProcessV1;

/// The long lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DetailV1 {
    /// The latest turns, oldest first.
    pub turns_list: Vec<TurnV1>,
    /// The latest tool calls, oldest first.
    pub tools_list: Vec<ToolCallV1>,
    /// List price of `usage` by part.
    pub cost_parts: Vec<PartCostV1>,
    /// The same by model, dearest first.
    pub cost_models: Vec<ModelCostV1>,
    /// What came into the context and what it has cost since.
    pub context_growth: ContextGrowthV1,
    /// Processes of this session, parents before children.
    pub processes: Vec<ProcessV1>,
    /// Files changed, latest last.
    pub files: Vec<FileV1>,
    /// The latest error.
    pub error: Option<ErrorV1>,
    /// Why state and numbers are believed, strongest first.
    pub evidence: Vec<EvidenceV1>,
}

impl From<&Session> for DetailV1 {
    fn from(session: &Session) -> Self {
        let detail = &session.detail;
        Self {
            turns_list: detail.turns.iter().map(TurnV1::from).collect(),
            tools_list: detail.tools.iter().map(ToolCallV1::from).collect(),
            cost_parts: cost::parts(&session.cost.all),
            cost_models: cost::models(session),
            context_growth: ContextGrowthV1::from(&*detail.growth),
            processes: session.processes.iter().map(ProcessV1::from).collect(),
            files: detail.files.iter().map(FileV1::from).collect(),
            error: detail.error.as_ref().map(ErrorV1::from),
            evidence: session.evidence.iter().map(EvidenceV1::from).collect(),
        }
    }
}

/// One turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TurnV1 {
    /// Its id.
    pub id: String,
    /// When it began.
    pub started_at: Option<TimeV1>,
    /// When it came to rest.
    pub ended_at: Option<TimeV1>,
    /// How it came to rest: `completed`, `interrupted`, `failed`; `null` while it runs.
    pub how: Option<&'static str>,
}

impl From<&TurnView> for TurnV1 {
    fn from(turn: &TurnView) -> Self {
        Self {
            id: id(turn.id.as_str()),
            started_at: time(turn.started_at),
            ended_at: time(turn.ended.and_then(|(at, _)| at)),
            how: turn.ended.map(|(_, how)| turn_end(how)),
        }
    }
}

/// One tool call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ToolCallV1 {
    /// Its id.
    pub id: String,
    /// The tool.
    pub name: String,
    /// What kind of work.
    pub work: &'static str,
    /// One line on what it does.
    pub summary: Option<String>,
    /// When it was asked for.
    pub started_at: Option<TimeV1>,
    /// When its result came.
    pub finished_at: Option<TimeV1>,
    /// How long the tool itself ran, in milliseconds.
    pub took_ms: Option<u64>,
    /// How it went: `completed`, `failed`, `declined`, `background`, `unknown`; `null` while it is unresolved.
    pub outcome: Option<&'static str>,
    /// The program's exit code.
    pub exit_code: Option<i32>,
}

impl From<&ToolCall> for ToolCallV1 {
    fn from(call: &ToolCall) -> Self {
        Self {
            id: id(call.id.as_str()),
            name: shown(&call.name),
            work: work(call.work),
            summary: prose(call.summary.as_ref()),
            started_at: time(call.started_at),
            finished_at: time(call.finished_at),
            took_ms: call.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            outcome: call.outcome.map(outcome),
            exit_code: call.exit_code,
        }
    }
}

/// The name of a way in which turns come to rest.
pub(super) fn turn_end(how: TurnEnd) -> &'static str {
    match how {
        TurnEnd::Completed => "completed",
        TurnEnd::Interrupted => "interrupted",
        TurnEnd::Failed => "failed",
    }
}

/// The name of a way in which calls come back.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::Failed => "failed",
        Outcome::Declined => "declined",
        Outcome::Background => "background",
        Outcome::Unknown => "unknown",
    }
}

/// The name of a kind of work.
pub(super) fn work(work: Work) -> &'static str {
    match work {
        Work::Command => "command",
        Work::Script => "script",
        Work::Terminal => "terminal",
        Work::Edit => "edit",
        Work::Read => "read",
        Work::Question => "question",
        Work::Permission => "permission",
        Work::Agent => "agent",
        Work::AgentWait => "agent_wait",
        Work::Other => "other",
    }
}

/// A file the session changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileV1 {
    /// Its path.
    pub path: String,
    /// The last change: `added`, `updated`, `deleted`.
    pub how: &'static str,
    /// When.
    pub at: Option<TimeV1>,
    /// How often.
    pub times: u64,
}

impl From<&FileTouch> for FileV1 {
    fn from(file: &FileTouch) -> Self {
        let how = match file.how {
            FileChange::Added => "added",
            FileChange::Updated => "updated",
            FileChange::Deleted => "deleted",
        };
        Self { path: id(file.path.raw()), how, at: time(file.at), times: file.times }
    }
}

/// The latest error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorV1 {
    /// What kind.
    pub class: &'static str,
    /// The agent's words.
    pub message: Option<String>,
    /// When.
    pub at: Option<TimeV1>,
}

impl From<&ErrorView> for ErrorV1 {
    fn from(error: &ErrorView) -> Self {
        Self { class: error_class(error.class), message: prose(error.message.as_ref()), at: time(error.at) }
    }
}
