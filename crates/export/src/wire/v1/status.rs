//! What a session does now.

use serde::Serialize;
use topside_model::{Session, Stall, StateKind, Status, StatusGroup, Timestamp, WaitsOn};

use super::leaf::{TimeV1, error_class, id, prose, time};

/// What a session does now. Keys that do not belong to the state are `null`.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusV1 {
    /// The state's name. More may come; `group` is the closed part.
    pub id: &'static str,
    /// Its coarse meaning.
    pub group: GroupV1,
    /// When it began.
    pub since: Option<TimeV1>,
    /// Whom it waits for: `person`, `subagent`, `background_command`, `network` or `limit`. More may come.
    pub waits_on: Option<&'static str>,
    /// When it ends by itself: the next try, the end of a limit.
    pub until: Option<TimeV1>,
    /// The tool that runs or waits for leave.
    pub tool: Option<String>,
    /// What that tool does.
    pub summary: Option<String>,
    /// Id of the oldest call that runs.
    pub call: Option<String>,
    /// How many calls run at once.
    pub parallel: Option<u32>,
    /// How many children it waits for.
    pub subagents: Option<u32>,
    /// How many commands go on in the background.
    pub background: Option<u32>,
    /// What kind of failure.
    pub error: Option<&'static str>,
    /// The agent's words on the failure.
    pub message: Option<String>,
    /// What it asks a person; only when texts were asked for.
    pub question: Option<String>,
    /// Why the state cannot be told.
    pub why: Option<&'static str>,
    /// Set for a session at work of which nothing has come for longer than usual.
    pub stall: Option<StallV1>,
}

/// A silence that is longer than usual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StallV1 {
    /// When the last sign of life came: a record, a word of the agent, work of a process.
    pub since: TimeV1,
    /// How long what it does usually takes at most.
    pub usual_seconds: u64,
}

impl From<Stall> for StallV1 {
    fn from(stall: Stall) -> Self {
        Self { since: stall.since.into(), usual_seconds: stall.usual.as_secs() }
    }
}

/// Coarse meaning of a state.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GroupV1 {
    /// A person is needed now.
    Blocked,
    /// A turn is over; a person may go on.
    YourMove,
    /// It works.
    Working,
    /// It cannot be told.
    #[default]
    Unknown,
    /// It is over.
    Over,
}

impl From<StatusGroup> for GroupV1 {
    fn from(group: StatusGroup) -> Self {
        match group {
            StatusGroup::Blocked => Self::Blocked,
            StatusGroup::YourMove => Self::YourMove,
            StatusGroup::Working => Self::Working,
            StatusGroup::Unknown => Self::Unknown,
            StatusGroup::Over => Self::Over,
        }
    }
}

impl StatusV1 {
    /// What `session` does; `text` lets the question of the agent through.
    pub(super) fn new(session: &Session, text: bool) -> Self {
        let status = &session.status;
        let plain = Self {
            id: status.id(),
            group: session.group().into(),
            since: time(status.since()),
            until: time(until(status)),
            waits_on: session.waits_on().map(WaitsOn::id),
            stall: session.stall.map(StallV1::from),
            ..Self::default()
        };
        match status {
            Status::RunningTool { call, name, summary, parallel, .. } => Self {
                tool: prose(Some(name)),
                summary: prose(summary.as_ref()),
                call: Some(id(call.as_str())),
                parallel: Some(*parallel),
                ..plain
            },
            Status::WaitingOnSubagents { n, .. } => Self { subagents: Some(*n), ..plain },
            Status::Background { n, .. } => Self { background: Some(*n), ..plain },
            Status::Retrying { error, .. } => Self { error: Some(error_class(*error)), ..plain },
            Status::Approval { tool, summary, .. } => {
                Self { tool: prose(Some(tool)), summary: prose(summary.as_ref()), ..plain }
            }
            Status::Question { text: question, .. } if text => Self { question: prose(question.as_ref()), ..plain },
            Status::Failed { error, message, .. } => {
                Self { error: Some(error_class(*error)), message: prose(message.as_ref()), ..plain }
            }
            Status::Unknown { why, .. } => Self { why: Some(why), ..plain },
            Status::Thinking { .. }
            | Status::Compacting { .. }
            | Status::Question { .. }
            | Status::TurnDone { .. }
            | Status::RateLimited { .. }
            | Status::New { .. }
            | Status::Ended { .. }
            | Status::Interrupted { .. }
            | Status::Crashed { .. } => plain,
        }
    }
}

impl StatusV1 {
    /// A state that history kept.
    pub(super) fn kept(state: StateKind, tool: Option<String>, since: Timestamp) -> Self {
        let group = GroupV1::from(state.group());
        let waits_on = state.waits_on().map(WaitsOn::id);
        Self { id: state.id(), group, since: time(Some(since)), waits_on, tool, ..Self::default() }
    }
}

/// When the state ends by itself.
fn until(status: &Status) -> Option<Timestamp> {
    match status {
        Status::Retrying { until, .. } | Status::RateLimited { until, .. } => *until,
        _ => None,
    }
}
