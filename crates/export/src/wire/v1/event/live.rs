//! Events of what was seen to change.

use std::sync::Arc;

use topside_model::{Change, ChangeKind, Conflict, Session, Timestamp};

use super::super::conflict::ConflictV1;
use super::super::detail::{ToolCallV1, TurnV1};
use super::super::fact::LimitFactV1;
use super::super::leaf::time;
use super::super::process::PortUseV1;
use super::super::status::StatusV1;
use super::super::subject::SubjectV1;
use super::{EventV1, WhatV1, limit_owner};

impl EventV1 {
    /// The event of a change; `text` lets the questions of agents through.
    pub fn of(change: &Change, text: bool) -> Self {
        let about = change.session().map(|session| SubjectV1::from(&**session));
        let (what, which) = told(change, text);
        let owner = match &what {
            WhatV1::LimitObserved { limit } => limit_owner(limit),
            _ => "topside".to_owned(),
        };
        Self::new(change.at, about, &owner, what, &which)
    }
}

/// What happened, and what tells it from others of its name.
fn told(change: &Change, text: bool) -> (WhatV1, String) {
    let now = change.at.as_millisecond();
    let status = |session: &Session| StatusV1::new(session, text);
    match &change.what {
        ChangeKind::SessionAppeared(session) => {
            (WhatV1::SessionAppeared { status: Some(status(session)) }, now.to_string())
        }
        ChangeKind::SessionEnded(session) => {
            (WhatV1::SessionEnded { status: status(session) }, state(session, change.at))
        }
        ChangeKind::StatusChanged { session, from } => {
            let which = format!("{}/{now}", session.status.id());
            (WhatV1::StatusChanged { from: Some(from.id()), to: status(session) }, which)
        }
        ChangeKind::SessionStalled(session) => {
            let since = session.stall.map(|stall| stall.since);
            // One state may fall silent more than once.
            let which = format!("{}/{}", session.status.id(), since.unwrap_or(change.at).as_millisecond());
            (WhatV1::SessionStalled { status: status(session), silent_since: time(since) }, which)
        }
        ChangeKind::ConflictBegan { conflict, sessions } => {
            let conflict = between(conflict, sessions);
            let which = format!("{}/{now}", conflict.about());
            (WhatV1::ConflictBegan { conflict }, which)
        }
        ChangeKind::ConflictEnded { conflict, sessions } => {
            let conflict = between(conflict, sessions);
            let which = format!("{}/{now}", conflict.about());
            (WhatV1::ConflictEnded { conflict }, which)
        }
        ChangeKind::TurnDone { turn, .. } => {
            let turn = TurnV1::from(turn);
            let which = turn.id.clone();
            (WhatV1::TurnDone { turn }, which)
        }
        ChangeKind::ToolStarted { call, .. } => {
            let call = ToolCallV1::from(call).without_result();
            let which = call.id.clone();
            (WhatV1::ToolStarted { call }, which)
        }
        ChangeKind::ToolFinished { call, .. } => {
            let call = ToolCallV1::from(call);
            let which = call.id.clone();
            (WhatV1::ToolFinished { call }, which)
        }
        ChangeKind::LimitObserved(seen) => {
            (WhatV1::LimitObserved { limit: LimitFactV1::from(seen) }, seen.at.as_millisecond().to_string())
        }
        ChangeKind::PortOpened { port, .. } => {
            (WhatV1::PortOpened { port: PortUseV1::from(&port.port) }, format!("{}/{now}", port.port.port))
        }
        ChangeKind::PortClosed { port, .. } => {
            (WhatV1::PortClosed { port: PortUseV1::from(&port.port) }, format!("{}/{now}", port.port.port))
        }
    }
}

fn between(conflict: &Conflict, sessions: &[Arc<Session>]) -> ConflictV1 {
    ConflictV1::new(conflict, sessions.iter().map(|session| &**session))
}

/// A state and when it began: where no record tells, when it was seen.
fn state(session: &Session, seen: Timestamp) -> String {
    let since = session.status.since().unwrap_or(seen);
    format!("{}/{}", session.status.id(), since.as_millisecond())
}
