//! What a glance tells, and what a wait came to.

use serde::Serialize;
use topside_catalog::summary::{Nearest, Summary};
use topside_model::{Session, Snapshot};

use super::document::Document;
use super::leaf::{TimeV1, id, prose, time};
use super::status::StatusV1;
use super::subject::SubjectV1;

/// How the fleet stands. Subagents count with the session that started them, unless they need a person themselves.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SummaryV1 {
    /// Sessions that run.
    pub sessions: usize,
    /// Those that need a person, or finished a turn just now.
    pub need_you: usize,
    /// Those that work.
    pub working: usize,
    /// Those that have nothing to do.
    pub idle: usize,
    /// Those of which it cannot be told.
    pub unknown: usize,
    /// Who needs a person, longest wait first.
    pub waiting: Vec<WaitingV1>,
    /// The window of a limit that is nearest to its end; `null` where none was reported that still runs.
    pub nearest_limit: Option<NearestV1>,
}

/// A session and what it does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WaitingV1 {
    /// Which session.
    pub session: SubjectV1,
    /// What it does.
    pub status: StatusV1,
}

/// One window of a limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NearestV1 {
    /// Whose account.
    pub agent: String,
    /// Which limit.
    pub id: String,
    /// The vendor's name for it.
    pub name: Option<String>,
    /// Length of the window.
    pub minutes: Option<u64>,
    /// Used share of it, as reported.
    pub used_percent: f64,
    /// When it starts afresh.
    pub resets_at: Option<TimeV1>,
}

/// What a wait came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReachedV1 {
    /// What was waited for.
    pub until: &'static str,
    /// Who came to it.
    #[serde(flatten)]
    pub reached: WaitingV1,
}

impl WaitingV1 {
    fn new(session: &Session, text: bool) -> Self {
        Self { session: SubjectV1::from(session), status: StatusV1::new(session, text) }
    }
}

impl From<&Nearest<'_>> for NearestV1 {
    fn from(Nearest { limit, window }: &Nearest<'_>) -> Self {
        Self {
            agent: id(limit.agent.as_str()),
            id: id(limit.sample.limit.as_str()),
            name: prose(limit.sample.name.as_ref()),
            minutes: window.window.map(|length| length.as_secs() / 60),
            used_percent: window.used.0,
            resets_at: time(window.resets_at),
        }
    }
}

/// How the fleet of `snapshot` stands; no text of people is in it.
pub fn status(snapshot: &Snapshot) -> Document<SummaryV1> {
    let summary = Summary::of(snapshot);
    let body = SummaryV1 {
        sessions: summary.sessions(),
        need_you: summary.need.len(),
        working: summary.working,
        idle: summary.idle,
        unknown: summary.unknown,
        waiting: summary.need.iter().map(|session| WaitingV1::new(session, false)).collect(),
        nearest_limit: summary.nearest.as_ref().map(NearestV1::from),
    };
    Document::new("topside.status", snapshot, body)
}

/// The session that came to what was waited `until`; `text` lets its question through.
pub fn reached(snapshot: &Snapshot, session: &Session, until: &'static str, text: bool) -> Document<ReachedV1> {
    Document::new("topside.wait", snapshot, ReachedV1 { until, reached: WaitingV1::new(session, text) })
}
