//! Time that sessions spend waiting for a person.

use std::sync::Arc;
use std::time::Duration;

use crate::spending::RowKey;
use crate::state::StateKind;
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
    /// What the rows add up to.
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
    /// True for a session that goes on as soon as a person says a word.
    pub fn waits_for_a_person(self) -> bool {
        matches!(self, Self::Approval | Self::Question)
    }
}
