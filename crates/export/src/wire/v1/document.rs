//! The documents that leave the program: what each is called, and what it holds.

use serde::Serialize;
use topside_model::{Session, Snapshot, Timestamp};

use super::budget::{BudgetV1, LimitUseV1};
use super::conflict::{ConflictV1, conflicts_of};
use super::delivery::DeliveryV1;
use super::detail::DetailV1;
use super::evidence::EvidenceV1;
use super::health::{HealthV1, ProgramV1};
use super::leaf::{TimeV1, id, prose};
use super::leftover::LeftoverV1;
use super::limit::AccountLimitV1;
use super::process::PortV1;
use super::session::{SessionV1, session_row};
use super::status::StatusV1;

/// Version of every document here. Keys may be added under it; none changes its meaning or goes away.
pub const VERSION: u32 = 1;

/// A document: a heading that names its shape, then the shape's own keys beside it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Document<T> {
    /// Name of the shape.
    schema: &'static str,
    /// Version of the shape.
    version: u32,
    /// The moment everything in it speaks of.
    taken_at: TimeV1,
    /// True for a simulated fleet.
    demo: bool,
    /// What it holds.
    #[serde(flatten)]
    body: T,
}

impl<T: Serialize> Document<T> {
    /// A document about a snapshot.
    pub(super) fn new(schema: &'static str, snapshot: &Snapshot, body: T) -> Self {
        Self { demo: snapshot.demo, ..Self::at(schema, snapshot.taken_at, body) }
    }

    /// A document about the real machine at a moment.
    pub(super) fn at(schema: &'static str, taken_at: Timestamp, body: T) -> Self {
        Self { schema, version: VERSION, taken_at: taken_at.into(), demo: false, body }
    }

    /// What it holds.
    pub fn body(&self) -> &T {
        &self.body
    }

    /// The document as indented JSON, without a line end.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("string keys and derived serialisers cannot fail")
    }

    /// The document as one line of JSON, without a line end: one record of a stream.
    pub fn to_json_line(&self) -> String {
        serde_json::to_string(self).expect("string keys and derived serialisers cannot fail")
    }
}

/// Everything, at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SnapshotV1 {
    /// Sessions, in the order of agent and id.
    pub sessions: Vec<SessionV1>,
    /// Limits of the accounts seen.
    pub limits: Vec<AccountLimitV1>,
    /// Listening ports that sessions opened.
    pub ports: Vec<PortV1>,
    /// Sessions that are in each other's way.
    pub conflicts: Vec<ConflictV1>,
    /// Agent programs that own no session.
    pub programs: Vec<ProgramV1>,
    /// How the collectors fare.
    pub health: Vec<HealthV1>,
}

/// One session, looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SessionPageV1 {
    /// The session.
    pub session: WholeSessionV1,
}

/// One session with its long lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WholeSessionV1 {
    /// What the snapshot says of it, key for key.
    #[serde(flatten)]
    pub row: SessionV1,
    /// The long lists.
    #[serde(flatten)]
    pub detail: DetailV1,
}

/// Why a session's state and numbers are believed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WhyV1 {
    /// Whose session.
    pub agent: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// What it does.
    pub status: StatusV1,
    /// The signals, strongest first.
    pub evidence: Vec<EvidenceV1>,
}

/// Listening ports.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PortsV1 {
    /// Listening ports that sessions opened.
    pub ports: Vec<PortV1>,
}

/// What could be won back.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReclaimV1 {
    /// What serves nobody any more, what takes most memory first.
    pub leftovers: Vec<LeftoverV1>,
    /// Resident memory of all of it; `null` where it is known of none.
    pub memory_bytes: Option<u64>,
}

/// Limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LimitsV1 {
    /// Limits of the accounts seen.
    pub limits: Vec<AccountLimitV1>,
    /// Who used tokens since windows of these limits began, for each agent and beginning.
    pub used_by: Vec<LimitUseV1>,
    /// The user's budgets, in the order of the configuration.
    pub budgets: Vec<BudgetV1>,
}

/// What was found where, and what could not be read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DoctorV1 {
    /// How the collectors fare.
    pub health: Vec<HealthV1>,
    /// Agent programs that own no session.
    pub programs: Vec<ProgramV1>,
    /// How the ways fare by which the user is told.
    pub notifications: Vec<DeliveryV1>,
}

/// The whole snapshot. `text` lets prompts and questions of people through; without it they are `null`.
pub fn snapshot(snapshot: &Snapshot, text: bool) -> Document<SnapshotV1> {
    let body = SnapshotV1 {
        sessions: snapshot.sessions.iter().map(|session| session_row(session, text)).collect(),
        limits: limits_of(snapshot),
        ports: snapshot.ports.iter().map(PortV1::from).collect(),
        conflicts: conflicts_of(snapshot),
        programs: snapshot.programs.iter().map(ProgramV1::from).collect(),
        health: snapshot.health.iter().map(HealthV1::from).collect(),
    };
    Document::new("topside.snapshot", snapshot, body)
}

/// One session of `snapshot` with its long lists; `text` as in [`snapshot`].
pub fn session(snapshot: &Snapshot, session: &Session, text: bool) -> Document<SessionPageV1> {
    let session = WholeSessionV1 { row: session_row(session, text), detail: DetailV1::from(session) };
    Document::new("topside.session", snapshot, SessionPageV1 { session })
}

/// Why the state and the numbers of one session of `snapshot` are believed; `text` as in [`snapshot`].
pub fn why(snapshot: &Snapshot, session: &Session, text: bool) -> Document<WhyV1> {
    let body = WhyV1 {
        agent: id(session.key.agent.as_str()),
        id: id(session.key.id.as_str()),
        name: prose(session.name.as_ref()),
        status: StatusV1::new(session, text),
        evidence: session.evidence.iter().map(EvidenceV1::from).collect(),
    };
    Document::new("topside.why", snapshot, body)
}

/// The ports of `snapshot`.
pub fn ports(snapshot: &Snapshot) -> Document<PortsV1> {
    let ports = snapshot.ports.iter().map(PortV1::from).collect();
    Document::new("topside.ports", snapshot, PortsV1 { ports })
}

/// What could be won back of `snapshot`.
pub fn reclaim(snapshot: &Snapshot) -> Document<ReclaimV1> {
    let leftovers: Vec<LeftoverV1> = snapshot.leftovers.iter().map(LeftoverV1::from).collect();
    let memory_bytes = leftovers.iter().filter_map(|one| one.memory_bytes).reduce(|sum, one| sum + one);
    Document::new("topside.reclaim", snapshot, ReclaimV1 { leftovers, memory_bytes })
}

/// The limits of `snapshot`, who used them, and the budgets.
pub fn limits(snapshot: &Snapshot) -> Document<LimitsV1> {
    let body = LimitsV1 {
        limits: limits_of(snapshot),
        used_by: snapshot.limit_use.iter().map(LimitUseV1::from).collect(),
        budgets: snapshot.budgets.iter().map(BudgetV1::from).collect(),
    };
    Document::new("topside.limits", snapshot, body)
}

fn limits_of(snapshot: &Snapshot) -> Vec<AccountLimitV1> {
    snapshot.limits.iter().map(|limit| AccountLimitV1::new(limit, snapshot.taken_at)).collect()
}

/// How the collectors of `snapshot` fare.
pub fn doctor(snapshot: &Snapshot) -> Document<DoctorV1> {
    let body = DoctorV1 {
        health: snapshot.health.iter().map(HealthV1::from).collect(),
        programs: snapshot.programs.iter().map(ProgramV1::from).collect(),
        notifications: snapshot.deliveries.iter().map(DeliveryV1::from).collect(),
    };
    Document::new("topside.doctor", snapshot, body)
}
