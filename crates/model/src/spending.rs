//! What history adds up to: reports of tokens and money.

use std::collections::BTreeSet;

use crate::charge::Money;
use crate::id::{AgentId, ModelId, SessionKey};
use crate::text::Untrusted;
use crate::unit::{Date, TimeZone, Timestamp, Tokens};
use crate::usage::Usage;

/// What the rows of a usage report stand for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// Days.
    #[default]
    Daily,
    /// Weeks, from Monday.
    Weekly,
    /// Months.
    Monthly,
    /// Sessions, each with those it started.
    Session,
    /// Projects.
    Project,
    /// Models.
    Model,
    /// Agents.
    Agent,
    /// Blocks of five hours, each agent's own.
    Blocks,
}

impl Period {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Daily,
        Self::Weekly,
        Self::Monthly,
        Self::Session,
        Self::Project,
        Self::Model,
        Self::Agent,
        Self::Blocks,
    ];

    /// Its name in JSON and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Session => "session",
            Self::Project => "project",
            Self::Model => "model",
            Self::Agent => "agent",
            Self::Blocks => "blocks",
        }
    }

    /// True when the rows are parts of time, so that a reply without a time has no row of its own.
    pub fn is_dated(self) -> bool {
        matches!(self, Self::Daily | Self::Weekly | Self::Monthly | Self::Blocks)
    }
}

/// What a usage report is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageQuery {
    /// What its rows stand for.
    pub period: Period,
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

impl UsageQuery {
    /// Everything, in rows that stand for `period`.
    pub fn all(period: Period, zone: TimeZone) -> Self {
        Self { period, since: None, until: None, zone, agent: None, project: None }
    }

    /// True when only some days count.
    pub fn is_limited_in_time(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }
}

/// What was used, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageReport {
    /// The moment it speaks of.
    pub taken_at: Timestamp,
    /// What was asked.
    pub query: UsageQuery,
    /// Its rows: time ascending with the unknown time last, everything else by tokens, most first.
    pub rows: Vec<UsageRow>,
    /// What the rows add up to; the same for every period.
    pub total: Spending,
    /// Replies of unknown time, where only some days were asked for: in no row and not in `total`.
    pub undated: Spending,
    /// Where no session is of the project that was asked for: the names that are nearest to its, the nearest first.
    pub unknown_project: Option<Vec<Untrusted>>,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageRow {
    /// What it stands for.
    pub key: RowKey,
    /// What was used.
    pub spending: Spending,
}

/// What a row stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKey {
    /// A day.
    Day(Date),
    /// The week that begins with this Monday.
    Week(Date),
    /// The month that begins with this day.
    Month(Date),
    /// A block of five hours.
    Block {
        /// Its start: a full hour of UTC.
        start: Timestamp,
        /// Whose.
        agent: AgentId,
        /// Its end, which is not part of it.
        end: Timestamp,
        /// True when the report's moment lies in it.
        running: bool,
    },
    /// A session and those it started.
    Session {
        /// The session nobody started.
        key: SessionKey,
        /// Its project.
        project: Option<Untrusted>,
    },
    /// A project; `None` where no record tells one.
    Project(Option<Untrusted>),
    /// A model; `None` where no record tells one.
    Model(Option<ModelId>),
    /// An agent.
    Agent(AgentId),
    /// Replies whose time no record tells, in reports by time.
    UnknownTime,
}

/// What was used by some replies, and how it divides among models.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Spending {
    /// All of it.
    pub tally: Tally,
    /// Sessions it belongs to; those that another one started are part of that one.
    pub sessions: u64,
    /// Times of the first and the last reply, where times are known.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The same by model, most tokens first.
    pub models: Vec<ModelTally>,
}

/// What one model used.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelTally {
    /// The model; `None` where no record tells it.
    pub model: Option<ModelId>,
    /// What it used.
    pub tally: Tally,
}

/// What some replies used.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Their tokens.
    pub usage: Usage,
    /// How many they are.
    pub replies: u64,
    /// How many of them may have been larger than is known.
    pub unsettled: u64,
    /// Their cost.
    pub cost: Cost,
}

impl Tally {
    /// True when there may have been more tokens.
    pub fn usage_is_floor(&self) -> bool {
        self.unsettled > 0
    }

    /// True when it may have cost more.
    pub fn cost_is_floor(&self) -> bool {
        self.usage_is_floor() || !self.cost.unpriced.is_empty()
    }
}

impl std::ops::AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.usage += other.usage;
        self.replies += other.replies;
        self.unsettled += other.unsettled;
        self.cost += &other.cost;
    }
}

/// List price of some replies, as far as it is known.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Cost {
    /// What those with a known price cost.
    pub money: Money,
    /// How many have tokens and no known price.
    pub unpriced_replies: u64,
    /// Their tokens.
    pub unpriced_tokens: Tokens,
    /// Their models; `None` where no record tells the model.
    pub unpriced: BTreeSet<Option<ModelId>>,
}

impl Cost {
    /// What is known to have been spent; `None` where nothing that was used has a known price.
    pub fn known(&self) -> Option<Money> {
        (self.unpriced.is_empty() || self.money > Money::default()).then_some(self.money)
    }
}

impl std::ops::AddAssign<&Self> for Cost {
    fn add_assign(&mut self, other: &Self) {
        self.money += other.money;
        self.unpriced_replies += other.unpriced_replies;
        self.unpriced_tokens += other.unpriced_tokens;
        self.unpriced.extend(other.unpriced.iter().cloned());
    }
}
