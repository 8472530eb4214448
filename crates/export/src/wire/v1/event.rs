//! What happens, event by event: lines of a stream.

mod kept;
mod live;

use serde::Serialize;
use topside_model::Timestamp;

use super::conflict::ConflictV1;
use super::detail::{ToolCallV1, TurnV1};
use super::document::VERSION;
use super::fact::LimitFactV1;
use super::leaf::TimeV1;
use super::process::PortUseV1;
use super::status::StatusV1;
use super::subject::SubjectV1;

pub use kept::{Kept, kept};

/// One line of `topside watch --jsonl`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct EventLineV1<'a> {
    /// Version of the shape.
    v: u32,
    /// Place among the lines of this run, from 1.
    seq: u64,
    /// Where to go on after this line: give it to `--since`.
    cursor: &'a str,
    /// What happened.
    #[serde(flatten)]
    event: &'a EventV1,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventV1 {
    /// Names the event: one whose time a record tells has the same one where it is told again, after `--since`.
    pub id: String,
    /// When it happened, as far as records tell; otherwise when it was seen.
    pub at: TimeV1,
    /// The session it is about; `null` for limits, conflicts and gaps.
    pub session: Option<SubjectV1>,
    /// What happened.
    #[serde(flatten)]
    pub what: WhatV1,
    /// `at`, for those who sort and show it.
    #[serde(skip)]
    pub moment: Timestamp,
}

/// What happened. More may come.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum WhatV1 {
    /// A session runs that did not; also each that runs when watching begins.
    SessionAppeared {
        /// What it does; `null` where only history tells of it.
        status: Option<StatusV1>,
    },
    /// A session that ran does no more.
    SessionEnded {
        /// What became of it.
        status: StatusV1,
    },
    /// A session that runs does something else, or needs a person anew.
    StatusChanged {
        /// What it did before: the name of a state, where that is known.
        from: Option<&'static str>,
        /// What it does.
        to: StatusV1,
    },
    /// A session at work is silent for longer than what it does usually takes.
    SessionStalled {
        /// What it does.
        status: StatusV1,
        /// When the last sign of life came.
        silent_since: Option<TimeV1>,
    },
    /// A turn came to rest.
    TurnDone {
        /// Which, and how.
        turn: TurnV1,
    },
    /// A tool was asked for.
    ToolStarted {
        /// Which.
        call: ToolCallV1,
    },
    /// A tool came back.
    ToolFinished {
        /// Which, and how.
        call: ToolCallV1,
    },
    /// An account has used another share of a limit; also each that is known when watching begins.
    LimitObserved {
        /// The figure.
        limit: LimitFactV1,
    },
    /// Sessions got in each other's way; also for each conflict when watching begins.
    ConflictBegan {
        /// About what, between whom.
        conflict: ConflictV1,
    },
    /// They are in each other's way no more.
    ConflictEnded {
        /// About what, between whom.
        conflict: ConflictV1,
    },
    /// Somebody listens on a port; also on each when watching begins.
    PortOpened {
        /// Which.
        port: PortUseV1,
    },
    /// Nobody listens on a port any more.
    PortClosed {
        /// Which.
        port: PortUseV1,
    },
    /// Not everything of a stretch of time is told.
    Gap {
        /// Start of the stretch.
        from: TimeV1,
        /// Its end.
        to: TimeV1,
        /// Events of these names are missing.
        lacks: Vec<&'static str>,
        /// Some events of these names may be missing.
        may_lack: Vec<&'static str>,
        /// Why.
        why: &'static str,
    },
}

impl WhatV1 {
    /// Name of the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SessionAppeared { .. } => "session_appeared",
            Self::SessionEnded { .. } => "session_ended",
            Self::StatusChanged { .. } => "status_changed",
            Self::SessionStalled { .. } => "session_stalled",
            Self::TurnDone { .. } => "turn_done",
            Self::ToolStarted { .. } => "tool_started",
            Self::ToolFinished { .. } => "tool_finished",
            Self::LimitObserved { .. } => "limit_observed",
            Self::ConflictBegan { .. } => "conflict_began",
            Self::ConflictEnded { .. } => "conflict_ended",
            Self::PortOpened { .. } => "port_opened",
            Self::PortClosed { .. } => "port_closed",
            Self::Gap { .. } => "gap",
        }
    }
}

impl WhatV1 {
    /// Place among events of one moment.
    fn place(&self) -> u8 {
        match self {
            Self::SessionAppeared { .. } => 0,
            Self::ToolStarted { .. } => 1,
            Self::ToolFinished { .. } => 2,
            Self::TurnDone { .. } => 3,
            Self::StatusChanged { .. } => 4,
            Self::SessionEnded { .. } => 5,
            Self::LimitObserved { .. } => 6,
            // Nobody keeps these.
            Self::SessionStalled { .. }
            | Self::ConflictBegan { .. }
            | Self::ConflictEnded { .. }
            | Self::PortOpened { .. }
            | Self::PortClosed { .. }
            | Self::Gap { .. } => 7,
        }
    }
}

impl EventV1 {
    /// An event about a session or, without one, about `owner`; `which` tells it from others of its name.
    fn new(at: Timestamp, session: Option<SubjectV1>, owner: &str, what: WhatV1, which: &str) -> Self {
        let of = session.as_ref().map_or_else(|| owner.to_owned(), |one| format!("{}/{}", one.agent, one.id));
        Self { id: format!("{of}/{}/{which}", what.name()), at: at.into(), session, what, moment: at }
    }

    /// Says that of the time from one moment to another events are missing, and why.
    pub fn gap(
        (from, to): (Timestamp, Timestamp),
        lacks: &[&'static str],
        may_lack: &[&'static str],
        why: &'static str,
    ) -> Self {
        let which = format!("{}/{}", from.as_millisecond(), to.as_millisecond());
        let (lacks, may_lack) = (lacks.to_vec(), may_lack.to_vec());
        let what = WhatV1::Gap { from: from.into(), to: to.into(), lacks, may_lack, why };
        Self::new(to, None, "topside", what, &which)
    }

    /// The event as one line of JSON, without a line end: the `seq`th of its run; after it, `cursor` goes on.
    pub fn to_json_line(&self, seq: u64, cursor: &str) -> String {
        let line = EventLineV1 { v: VERSION, seq, cursor, event: self };
        serde_json::to_string(&line).expect("string keys and derived serialisers cannot fail")
    }
}

/// What tells a figure of a limit from others.
fn limit_owner(limit: &LimitFactV1) -> String {
    let minutes = limit.minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
    format!("{}/{}/{}/{minutes}", limit.agent, limit.home, limit.id)
}

impl ToolCallV1 {
    /// The call as it was when it started.
    fn without_result(self) -> Self {
        Self { finished_at: None, took_ms: None, outcome: None, exit_code: None, ..self }
    }
}
