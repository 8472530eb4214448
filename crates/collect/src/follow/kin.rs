//! Which sessions belong together.

use std::collections::{BTreeMap, BTreeSet};

use topside_model::{Event, EventKind, SessionId};

/// Parents and children of each session.
#[derive(Default)]
pub(super) struct Kin(BTreeMap<SessionId, BTreeSet<SessionId>>);

impl Kin {
    /// Takes what an event tells of a parent or a child.
    pub(super) fn note(&mut self, event: &Event) {
        let other = match &event.kind {
            EventKind::SessionOpened(identity) => identity.parent.clone(),
            EventKind::SubagentLinked { child, .. } => Some(child.clone()),
            _ => None,
        };
        if let Some(other) = other {
            self.0.entry(event.session.clone()).or_default().insert(other.clone());
            self.0.entry(other).or_default().insert(event.session.clone());
        }
    }

    /// Adds everybody who is related to one of `sessions`: a family is seen as a whole or not at all.
    pub(super) fn complete(&self, sessions: &mut BTreeSet<SessionId>) {
        let mut open: Vec<SessionId> = sessions.iter().cloned().collect();
        while let Some(session) = open.pop() {
            for other in self.0.get(&session).into_iter().flatten() {
                if sessions.insert(other.clone()) {
                    open.push(other.clone());
                }
            }
        }
    }
}
