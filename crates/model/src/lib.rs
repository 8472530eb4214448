//! The words of topside.
//!
//! Everything else is written in them. This crate does no I/O, asks no clock and knows no wire format.
//!
//! **Invariant.** Nothing here derives `Serialize`; `export` owns the shapes that leave the program.
//! **Invariant.** What is not known is `None` or a named value, never `0`, `""` or `"-"`.

mod alert;
mod bill;
mod board;
mod budget;
mod change;
mod charge;
mod conflict;
mod detail;
mod ending;
mod event;
mod evidence;
mod fact;
mod growth;
mod history;
mod id;
mod identity;
mod leftover;
mod limit;
mod person;
mod price;
mod process;
mod project;
mod report;
mod session;
mod settings;
mod signal;
mod snapshot;
mod spending;
mod stall;
mod state;
mod status;
mod text;
mod title;
mod unit;
mod usage;
mod wait;
mod world;

pub use alert::{Alert, AlertAbout, AlertKind, AlertPolicy, Delivery, QuietHours, Rule, Told};
pub use bill::{Bill, Part, PartBill, ReportedCost, ReportedFor, SessionCost};
pub use board::{AgentUse, Backfill, DayUse, History, ProjectUse, TurnUse, UsageBoard, WeekHours};
pub use budget::{Amount, Budget, BudgetLevel, BudgetPer, BudgetState, Consumer, LimitUse, PastName};
pub use change::{Change, ChangeKind};
pub use charge::{Billing, Money, SizeClass, Terms, Tier};
pub use conflict::{Conflict, Contested};
pub use detail::{Detail, ErrorView, FileTouch, SubagentLink, ToolCall, TurnView};
pub use ending::Ending;
pub use event::{
    CompactionRecord, Covers, ErrorClass, Event, EventKind, FileChange, Origin, Outcome, Share, SourceId, ToolStart,
    TurnEnd, WindowSource, Work,
};
pub use evidence::{Evidence, Place, Strength};
pub use fact::{Bookmark, CallFact, Fact, FactKind, LimitSeen, StateSpan, TurnFact, TurnsOfDay};
pub use growth::{Added, Addition, Growth};
pub use history::{Bucket, Chapter, Charge, FileCursor, FileMark, LeafNews, Lineage, PastSession};
pub use id::{AgentId, CallId, LimitId, ModelId, ProcessRef, PromptId, ResponseId, SessionId, SessionKey, TurnId};
pub use identity::{Identity, SessionKind};
pub use leftover::{Leftover, LeftoverKind, Worktree};
pub use limit::{Limit, LimitMark, LimitSample, LimitWindow};
pub use price::{
    CostByPart, Price, PriceChange, PriceCheck, PriceGap, PriceList, PriceNeeds, PriceRow, PriceTable, PriceUpdate,
    Uncovered,
};
pub use process::{AgentProcess, Port, PortUse, ProcessView, Tie, Vitals};
pub use project::{GitState, Project};
pub use report::{Activity, Report};
pub use session::{Context, ReportedTotal, Session, ToolCounts, TurnCounts};
pub use settings::{Setting, Settings};
pub use signal::{Figures, Signal, SignalWord};
pub use snapshot::{Health, HealthState, PlaceSeen, Problem, Snapshot, UnknownRecords};
pub use spending::{Cost, ModelTally, Period, RowKey, Spending, Tally, UsageQuery, UsageReport, UsageRow};
pub use stall::Stall;
pub use state::StateKind;
pub use status::{Status, StatusGroup};
pub use text::Untrusted;
pub use title::{Title, TitleWord};
pub use unit::{Bytes, Date, NoDay, Percent, Time, TimeZone, Timestamp, Tokens, elapsed, written_day};
pub use usage::Usage;
pub use wait::{Wait, WaitQuery, WaitReport, WaitRow, WaitTally, Waited, WaitsBy, WaitsOn};
pub use world::{Command, Owner, Presence, SourceFact, World};
