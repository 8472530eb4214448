//! Which sessions belong together.

use std::collections::{BTreeMap, BTreeSet};

use topside_model::{Event, EventKind, SessionId};

/// Parents and children of each session.
#[derive(Default)]
pub(super) struct Kin {
    related: BTreeMap<SessionId, BTreeSet<SessionId>>,
    /// Children whose end their parent was told.
    done: BTreeSet<SessionId>,
}

impl Kin {
    /// Takes what an event tells of a parent or a child.
    pub(super) fn note(&mut self, event: &Event) {
        let other = match &event.kind {
            EventKind::SessionOpened(identity) => identity.parent.clone(),
            EventKind::SubagentLinked { child, done } => {
                if *done {
                    self.done.insert(child.clone());
                }
                Some(child.clone())
            }
            _ => None,
        };
        if let Some(other) = other {
            self.related.entry(event.session.clone()).or_default().insert(other.clone());
            self.related.entry(other).or_default().insert(event.session.clone());
        }
    }

    /// True for a child whose parent was told that it is done.
    pub(super) fn is_done(&self, child: &SessionId) -> bool {
        self.done.contains(child)
    }

    /// Adds everybody who is related to one of `sessions`: a family is seen as a whole or not at all.
    pub(super) fn complete(&self, sessions: &mut BTreeSet<SessionId>) {
        let mut open: Vec<SessionId> = sessions.iter().cloned().collect();
        while let Some(session) = open.pop() {
            for other in self.related.get(&session).into_iter().flatten() {
                if sessions.insert(other.clone()) {
                    open.push(other.clone());
                }
            }
        }
    }
}
