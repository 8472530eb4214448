//! Facts that agents keep beside the transcripts, remembered until their session comes into sight.

use std::collections::BTreeMap;

use topside_model::{Event, EventKind, SessionId};

/// The latest notes of each session.
#[derive(Default)]
pub(super) struct Notes(BTreeMap<SessionId, Vec<Event>>);

impl Notes {
    /// Remembers a note in place of the one it replaces.
    pub(super) fn keep(&mut self, note: Event) {
        let kept = self.0.entry(note.session.clone()).or_default();
        kept.retain(|old| old.origin.rank != note.origin.rank || !same(&old.kind, &note.kind));
        kept.push(note);
    }

    /// Notes of one session.
    pub(super) fn of(&self, session: &SessionId) -> impl Iterator<Item = &Event> {
        self.0.get(session).into_iter().flatten()
    }
}

/// Notes of one kind replace each other; links stand side by side.
fn same(old: &EventKind, new: &EventKind) -> bool {
    match (old, new) {
        (EventKind::SubagentLinked { child: old, .. }, EventKind::SubagentLinked { child: new, .. }) => old == new,
        _ => std::mem::discriminant(old) == std::mem::discriminant(new),
    }
}
