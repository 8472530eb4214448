//! Version 1 of what leaves the program as JSON.
//!
//! Every key is always present; what is not known is `null`. Times are RFC 3339 in UTC, shares are percent.
//! Free text is neutralised and its secrets are blotted out; ids and paths are neutralised only.

mod alert;
mod budget;
mod conflict;
mod cost;
mod delivery;
mod detail;
mod document;
mod event;
mod evidence;
mod fact;
mod git;
mod health;
mod leaf;
mod leftover;
mod limit;
mod peers;
mod price;
mod process;
#[cfg(test)]
mod schema;
mod session;
mod spending;
mod status;
mod subject;
mod summary;
mod usage;
mod wait;

pub use alert::{AlertV1, alert};
pub use budget::{BudgetV1, LimitUseV1, ProjectUseV1, SessionUseV1, UsedV1};
pub use conflict::{ConflictV1, ConflictsV1, conflicts};
pub use cost::{AddedV1, ContextGrowthV1, CostV1, ModelCostV1, PartCostV1, ReportedCostV1};
pub use delivery::DeliveryV1;
pub use detail::{DetailV1, ErrorV1, FileV1, ToolCallV1, TurnV1};
pub use document::{
    DoctorV1, Document, LimitsV1, PortsV1, ReclaimV1, SessionPageV1, SnapshotV1, VERSION, WholeSessionV1, WhyV1,
    doctor, limits, ports, reclaim, session, snapshot, why,
};
pub use event::{EventV1, Kept, WhatV1, kept};
pub use evidence::{EvidencePlaceV1, EvidenceV1, StrengthV1};
pub use fact::{CallFactV1, FactV1, LimitFactV1, SessionFactV1, StateFactV1, TurnFactV1, UsageFactV1};
pub use git::GitV1;
pub use health::{HealthStateV1, HealthV1, PlaceSeenV1, ProblemV1, ProgramV1, UnknownRecordsV1};
pub use leaf::TimeV1;
pub use leftover::{LeftoverV1, WorktreeV1};
pub use limit::{AccountLimitV1, ForecastV1, LimitV1, WindowV1};
pub use peers::{AgentsV1, PeerV1, agents};
pub use price::{PartPricesV1, PriceCheckV1, PriceGapV1, PriceListV1, PriceRowV1, PriceTableV1, price_check, prices};
pub use process::{OwnerV1, PortUseV1, PortV1, ProcessV1, TieV1};
pub use session::{KindV1, SessionV1, SubagentV1};
pub use spending::{ModelTallyV1, SpendingV1, TallyV1, UsageReportV1, UsageRowV1, usage};
pub use status::{GroupV1, StallV1, StatusV1};
pub use subject::SubjectV1;
pub use summary::{NearestV1, ReachedV1, SummaryV1, WaitingV1, reached, status};
pub use usage::{ContextV1, ToolsV1, TurnsV1, UsageV1};
pub use wait::{SpanV1, WaitReportV1, WaitRowV1, WaitTallyV1, WaitedV1, waits};
