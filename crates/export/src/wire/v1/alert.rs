//! An alert, as a webhook and a command get it: it may leave the machine, so it has no prompt, answer, command or path.

use serde::Serialize;
use topside_catalog::{TimeZone, alert};
use topside_model::{Alert, AlertAbout, Percent, Session, SessionKey, Status, Timestamp, elapsed};

use super::document::Document;
use super::leaf::{TimeV1, id, prose, time};

/// Something to tell the user.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AlertV1 {
    /// What it is about: `approval`, `question`, `done`, `failed`, `limited`, `stalled`, `limit`, `budget`, `orphan_port`;
    /// `more` for several at once, `test` for a test.
    pub kind: &'static str,
    /// What it says, in one line.
    pub text: String,
    /// True when it is told in quiet hours too.
    pub urgent: bool,
    /// When what it tells began.
    pub since: Option<TimeV1>,
    /// Whose agent.
    pub agent: Option<String>,
    /// The session's id.
    pub session: Option<String>,
    /// The project's name.
    pub project: Option<String>,
    /// The tool that waits for leave.
    pub tool: Option<String>,
    /// How long the turn worked that is over now, in milliseconds.
    pub worked_ms: Option<u64>,
    /// Used share of the limit or the budget, not rounded.
    pub used_percent: Option<f64>,
    /// How long the limit's window is, or the budget's time, in seconds.
    pub window_seconds: Option<u64>,
    /// When the limit or the budget starts afresh.
    pub resets_at: Option<TimeV1>,
    /// The budget's name.
    pub budget: Option<String>,
    /// The open port.
    pub port: Option<u16>,
    /// How many alerts it stands for.
    pub count: u32,
}

/// `alert` as a document; times of day in its text are those of `zone`.
pub fn alert(told: &Alert, zone: &TimeZone) -> Document<AlertV1> {
    let general = AlertV1 {
        kind: told.about.id(),
        text: alert::title(told, zone),
        urgent: told.urgent,
        since: time(told.since),
        count: 1,
        ..AlertV1::default()
    };
    Document::at("topside.alert", told.at, general.about(&told.about))
}

impl AlertV1 {
    fn about(self, about: &AlertAbout) -> Self {
        match about {
            AlertAbout::Session { session, worked, .. } => {
                let tool = match &session.status {
                    Status::Approval { tool, .. } => prose(Some(tool)),
                    _ => None,
                };
                let worked_ms = worked.map(|worked| u64::try_from(worked.as_millis()).unwrap_or(u64::MAX));
                Self { tool, worked_ms, ..self.of(&session.key, Some(session)) }
            }
            AlertAbout::Limit { agent, window, .. } => {
                let (agent, window_seconds) = (Some(id(agent.as_str())), window.window.map(|length| length.as_secs()));
                self.used(agent, window.used, window_seconds, window.resets_at)
            }
            AlertAbout::Budget(state) => {
                let budget = &state.budget;
                let (agent, project) = (budget.agent.as_ref().map(|agent| id(agent.as_str())), &budget.project);
                let length = Some(elapsed(state.from, state.until).as_secs());
                let named = Self { budget: Some(id(&budget.name)), project: project.as_deref().map(id), ..self };
                named.used(agent, state.share, length, Some(state.until))
            }
            AlertAbout::Port { port, session } => {
                Self { port: Some(port.port.port), ..self.of(&port.session, session.as_deref()) }
            }
            AlertAbout::More(count) => Self { count: *count, ..self },
            AlertAbout::Test => self,
        }
    }

    fn of(self, key: &SessionKey, session: Option<&Session>) -> Self {
        let (agent, id, project) = (id(key.agent.as_str()), id(key.id.as_str()), session.map(|one| &one.project));
        let project = project.and_then(|project| prose(project.name.as_ref()));
        Self { agent: Some(agent), session: Some(id), project, ..self }
    }

    fn used(self, agent: Option<String>, used: Percent, seconds: Option<u64>, resets: Option<Timestamp>) -> Self {
        Self { agent, used_percent: Some(used.0), window_seconds: seconds, resets_at: time(resets), ..self }
    }
}
