//! Everything a view may show, at one moment.

use std::sync::Arc;
use std::time::Duration;

use crate::alert::Delivery;
use crate::board::History;
use crate::budget::{BudgetState, LimitUse};
use crate::conflict::Conflict;
use crate::id::{AgentId, SessionId};
use crate::leftover::Leftover;
use crate::limit::Limit;
use crate::process::{AgentProcess, Port};
use crate::session::Session;
use crate::text::Untrusted;
use crate::unit::{Bytes, Timestamp};

/// Everything a view may show, at one moment. Views get it behind an `Arc` and never change it.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The moment.
    pub taken_at: Timestamp,
    /// Sessions, by key.
    pub sessions: Vec<Arc<Session>>,
    /// Limits of the accounts seen.
    pub limits: Vec<Limit>,
    /// How the user's budgets stand; empty where there are none, or history was not asked.
    pub budgets: Vec<BudgetState>,
    /// Who used what the limits are of; empty where history was not asked.
    pub limit_use: Vec<LimitUse>,
    /// Ports opened by sessions.
    pub ports: Vec<Port>,
    /// Sessions that are in each other's way.
    pub conflicts: Vec<Conflict>,
    /// What serves nobody any more, what takes most memory first.
    pub leftovers: Vec<Leftover>,
    /// Agent programs that own no session.
    pub programs: Vec<AgentProcess>,
    /// How the collectors fare.
    pub health: Vec<Health>,
    /// How the ways fare by which alerts are told; empty where none is used.
    pub deliveries: Vec<Delivery>,
    /// What was used before, where this program keeps that.
    pub history: Option<Arc<History>>,
    /// True for a simulated fleet.
    pub demo: bool,
}

impl Snapshot {
    /// A snapshot of nothing.
    pub fn empty(taken_at: Timestamp) -> Self {
        Self {
            taken_at,
            sessions: Vec::new(),
            limits: Vec::new(),
            budgets: Vec::new(),
            limit_use: Vec::new(),
            ports: Vec::new(),
            conflicts: Vec::new(),
            leftovers: Vec::new(),
            programs: Vec::new(),
            health: Vec::new(),
            deliveries: Vec::new(),
            history: None,
            demo: false,
        }
    }

    /// The session with this id, of any agent.
    pub fn session(&self, id: &SessionId) -> Option<&Arc<Session>> {
        self.sessions.iter().find(|session| session.key.id == *id)
    }
}

/// How one collector fares.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// Which agent.
    pub agent: AgentId,
    /// Its name for people.
    pub title: &'static str,
    /// Whether it works.
    pub state: HealthState,
    /// Where it looked.
    pub places: Vec<PlaceSeen>,
    /// Records it did not know, by kind and writer's version.
    pub unknown: Vec<UnknownRecords>,
    /// What it could not read, and why.
    pub problems: Vec<Problem>,
    /// Bytes read so far.
    pub bytes_read: Bytes,
    /// Events made so far.
    pub events: u64,
    /// Time its last round took.
    pub last_round: Duration,
}

/// Whether a collector works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealthState {
    /// It does.
    Up,
    /// It panicked and was taken out; the rest goes on.
    Panicked(String),
}

/// A place that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceSeen {
    /// The directory.
    pub path: Untrusted,
    /// Files found there that belong to the agent; `None` when the directory does not exist.
    pub files: Option<u64>,
}

/// Records of a kind nobody taught us.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownRecords {
    /// The kind, as written.
    pub kind: Untrusted,
    /// Version of the agent that wrote the file, where known.
    pub version: Option<Untrusted>,
    /// How many.
    pub count: u64,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub path: Untrusted,
    /// What is wrong, completing "topside could not read it: …".
    pub what: String,
}
