//! Time that sessions spend waiting for a person.

use std::sync::Arc;
use std::time::Duration;

use crate::event::Work;
use crate::id::{AgentId, CallId};
use crate::session::Session;
use crate::spending::RowKey;
use crate::state::StateKind;
use crate::status::Status;
use crate::unit::{Date, TimeZone, Timestamp, elapsed};

/// When a session waited for a person's leave or answer. A turn that is over is no wait: nothing is blocked by it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Waited {
    /// Waits that are over and were seen, oldest first.
    pub over: Arc<Vec<Wait>>,
    /// Since when it waits now.
    pub since: Option<Timestamp>,
}

/// A wait that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub to: Timestamp,
}

impl Waited {
    /// For how long it waits now; `None` where it does not.
    pub fn now(&self, now: Timestamp) -> Option<Duration> {
        self.since.map(|since| elapsed(since, now))
    }

    /// How long it waited from `from` on, up to `now`.
    pub fn total(&self, from: Timestamp, now: Timestamp) -> Duration {
        let open = self.since.map(|since| Wait { from: since, to: now });
        let waits = self.over.iter().copied().chain(open);
        waits.map(|wait| elapsed(wait.from.max(from), wait.to)).sum()
    }
}

/// What a session waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaitsOn {
    /// A person's leave or answer.
    Person,
    /// Helpers that work for it.
    Subagent,
    /// A command that goes on beside its turn, or after it.
    Background,
    /// The next try after a request that failed.
    Network,
    /// The end of a limit.
    Limit,
}

impl WaitsOn {
    /// Its name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Subagent => "subagent",
            Self::Background => "background_command",
            Self::Network => "network",
            Self::Limit => "limit",
        }
    }
}

impl Session {
    /// What it waits for; `None` for one that works, rests or is over.
    pub fn waits_on(&self) -> Option<WaitsOn> {
        match &self.status {
            Status::RunningTool { call, .. } => self.listens_to_a_command(call).then_some(WaitsOn::Background),
            status => status.kind().waits_on(),
        }
    }

    /// True for a call that has nothing to say to a command in the background, and so only waits for what that says.
    fn listens_to_a_command(&self, call: &CallId) -> bool {
        let call = self.detail.tools.iter().rev().find(|one| one.id == *call);
        call.is_some_and(|call| call.work == Work::Terminal && call.summary.is_none())
    }
}

/// What the rows of a report on waits stand for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitsBy {
    /// Days.
    #[default]
    Day,
    /// Sessions, each with those it started.
    Session,
    /// Projects.
    Project,
}

impl WaitsBy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Session, Self::Project];

    /// Its name in JSON and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Day => "daily",
            Self::Session => "session",
            Self::Project => "project",
        }
    }
}

/// What a report on waits is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitQuery {
    /// What its rows stand for.
    pub by: WaitsBy,
    /// The first day that counts.
    pub since: Option<Date>,
    /// The last day that counts.
    pub until: Option<Date>,
    /// Where days begin and end.
    pub zone: TimeZone,
    /// Only this agent.
    pub agent: Option<AgentId>,
    /// Only the project of exactly this name.
    pub project: Option<String>,
}

/// How long sessions waited for a person, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitReport {
    /// The moment it speaks of.
    pub taken_at: Timestamp,
    /// What was asked.
    pub query: WaitQuery,
    /// Its rows: days ascending, everything else by time, most first.
    pub rows: Vec<WaitRow>,
    /// All waits together, each of them once and whole.
    pub total: WaitTally,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitRow {
    /// What it stands for.
    pub key: RowKey,
    /// How long was waited.
    pub tally: WaitTally,
}

/// How long some sessions waited. Two that waited at the same time count both, but for `any`; helpers that waited for
/// a person together with those who started them count once.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct WaitTally {
    /// How often; one that lasted over midnight is one in both days.
    pub waits: u64,
    /// How long for leave.
    pub approval: Duration,
    /// How long for an answer.
    pub question: Duration,
    /// The longest of them.
    pub longest: Duration,
    /// Time in which at least one waited.
    pub any: Duration,
}

impl WaitTally {
    /// For leave and for answers.
    pub fn time(&self) -> Duration {
        self.approval + self.question
    }
}

impl StateKind {
    /// What a session in this state waits for, as far as the state alone tells.
    pub fn waits_on(self) -> Option<WaitsOn> {
        match self {
            Self::Approval | Self::Question => Some(WaitsOn::Person),
            Self::WaitingOnSubagents => Some(WaitsOn::Subagent),
            Self::Background => Some(WaitsOn::Background),
            Self::Retrying => Some(WaitsOn::Network),
            Self::RateLimited => Some(WaitsOn::Limit),
            _ => None,
        }
    }

    /// True for a session that goes on as soon as a person says a word.
    pub fn waits_for_a_person(self) -> bool {
        matches!(self, Self::Approval | Self::Question)
    }
}
