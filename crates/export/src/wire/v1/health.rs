//! How the collectors fare, and what runs beside the sessions.

use serde::Serialize;
use topside_model::{AgentProcess, Health, HealthState, PlaceSeen, Problem, UnknownRecords};

use super::leaf::{exact, id};

/// How one collector fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HealthV1 {
    /// Which agent.
    pub agent: String,
    /// Its name for people.
    pub title: &'static str,
    /// Whether it works.
    pub state: HealthStateV1,
    /// What it said when it failed.
    pub message: Option<String>,
    /// Where it looked.
    pub places: Vec<PlaceSeenV1>,
    /// Records it did not know.
    pub unknown: Vec<UnknownRecordsV1>,
    /// What it could not read.
    pub problems: Vec<ProblemV1>,
    /// Bytes read so far.
    pub bytes_read: u64,
    /// Events made so far.
    pub events: u64,
    /// Time its last round took, in milliseconds.
    pub last_round_ms: u64,
}

/// Whether a collector works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HealthStateV1 {
    /// It does.
    Up,
    /// It panicked and was taken out; the rest goes on.
    Panicked,
}

/// A place that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlaceSeenV1 {
    /// The directory.
    pub path: String,
    /// Files found there that belong to the agent; `null` when the directory does not exist.
    pub files: Option<u64>,
}

/// Records of a kind that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnknownRecordsV1 {
    /// The kind, as written.
    pub kind: String,
    /// Version of the agent that wrote the file.
    pub version: Option<String>,
    /// How many.
    pub count: u64,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProblemV1 {
    /// Where.
    pub path: String,
    /// What is wrong.
    pub what: String,
}

/// A running agent program that owns no session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProgramV1 {
    /// Whose program.
    pub agent: String,
    /// Its number.
    pub pid: u32,
    /// What it is.
    pub role: &'static str,
    /// Its directory.
    pub cwd: Option<String>,
}

impl From<&Health> for HealthV1 {
    fn from(health: &Health) -> Self {
        let (state, message) = match &health.state {
            HealthState::Up => (HealthStateV1::Up, None),
            HealthState::Panicked(message) => (HealthStateV1::Panicked, Some(id(message))),
        };
        Self {
            agent: id(health.agent.as_str()),
            title: health.title,
            state,
            message,
            places: health.places.iter().map(PlaceSeenV1::from).collect(),
            unknown: health.unknown.iter().map(UnknownRecordsV1::from).collect(),
            problems: health.problems.iter().map(ProblemV1::from).collect(),
            bytes_read: health.bytes_read.0,
            events: health.events,
            last_round_ms: u64::try_from(health.last_round.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl From<&PlaceSeen> for PlaceSeenV1 {
    fn from(place: &PlaceSeen) -> Self {
        Self { path: id(place.path.raw()), files: place.files }
    }
}

impl From<&UnknownRecords> for UnknownRecordsV1 {
    fn from(unknown: &UnknownRecords) -> Self {
        Self { kind: id(unknown.kind.raw()), version: exact(unknown.version.as_ref()), count: unknown.count }
    }
}

impl From<&Problem> for ProblemV1 {
    fn from(problem: &Problem) -> Self {
        Self { path: id(problem.path.raw()), what: id(&problem.what) }
    }
}

impl From<&AgentProcess> for ProgramV1 {
    fn from(program: &AgentProcess) -> Self {
        Self {
            agent: id(program.agent.as_str()),
            pid: program.process.pid,
            role: program.role,
            cwd: exact(program.cwd.as_ref()),
        }
    }
}
