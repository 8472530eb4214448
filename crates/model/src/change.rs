//! What came to be between two snapshots.

use std::sync::Arc;

use crate::conflict::Conflict;
use crate::detail::{ToolCall, TurnView};
use crate::fact::LimitSeen;
use crate::process::Port;
use crate::session::Session;
use crate::state::StateKind;
use crate::unit::Timestamp;

/// Something that came to be between two snapshots.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// When, as far as records tell; otherwise when it was seen.
    pub at: Timestamp,
    /// What.
    pub what: ChangeKind,
}

/// What came to be. Sessions are as they were when it was seen.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeKind {
    /// A session runs that did not.
    SessionAppeared(Arc<Session>),
    /// A session that ran does no more.
    SessionEnded(Arc<Session>),
    /// A session that goes on running does something else.
    StatusChanged {
        /// The session, as it is now.
        session: Arc<Session>,
        /// What it did before.
        from: StateKind,
    },
    /// A session at work is silent for longer than what it does usually takes.
    SessionStalled(Arc<Session>),
    /// A turn came to rest.
    TurnDone {
        /// Whose turn.
        session: Arc<Session>,
        /// Which.
        turn: TurnView,
    },
    /// A tool was asked for.
    ToolStarted {
        /// Whose call.
        session: Arc<Session>,
        /// Which.
        call: ToolCall,
    },
    /// A tool came back.
    ToolFinished {
        /// Whose call.
        session: Arc<Session>,
        /// Which.
        call: ToolCall,
    },
    /// An account has used another share of a limit, or the limit starts afresh at another time.
    LimitObserved(LimitSeen),
    /// Sessions got in each other's way.
    ConflictBegan {
        /// About what.
        conflict: Conflict,
        /// Between whom, in the order of the conflict.
        sessions: Vec<Arc<Session>>,
    },
    /// They are in each other's way no more.
    ConflictEnded {
        /// About what it was.
        conflict: Conflict,
        /// Between whom.
        sessions: Vec<Arc<Session>>,
    },
    /// Somebody listens on a port.
    PortOpened {
        /// Whose process; `None` for one that is not among the sessions any more.
        session: Option<Arc<Session>>,
        /// Which port.
        port: Port,
    },
    /// Nobody listens on a port any more.
    PortClosed {
        /// Whose process it was.
        session: Option<Arc<Session>>,
        /// Which port.
        port: Port,
    },
}

impl Change {
    /// The one session it is about; none for limits and conflicts.
    pub fn session(&self) -> Option<&Arc<Session>> {
        match &self.what {
            ChangeKind::SessionAppeared(session)
            | ChangeKind::SessionEnded(session)
            | ChangeKind::SessionStalled(session)
            | ChangeKind::StatusChanged { session, .. }
            | ChangeKind::TurnDone { session, .. }
            | ChangeKind::ToolStarted { session, .. }
            | ChangeKind::ToolFinished { session, .. } => Some(session),
            ChangeKind::PortOpened { session, .. } | ChangeKind::PortClosed { session, .. } => session.as_ref(),
            ChangeKind::LimitObserved(_) | ChangeKind::ConflictBegan { .. } | ChangeKind::ConflictEnded { .. } => None,
        }
    }
}
