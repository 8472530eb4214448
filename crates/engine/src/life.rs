//! Signs of life that the machine shows of a session.

use std::collections::BTreeSet;

use topside_model::{Percent, Presence, ProcessRef, Tie, Timestamp};

/// A process that uses less of a core waits; servers that only listen use next to nothing.
const AT_WORK: Percent = Percent(2.0);

/// When something last stirred among the processes that a session started. Its own process does not count: it draws and
/// looks at its clock whatever the session does.
#[derive(Debug, Default)]
pub(crate) struct Life {
    /// The processes at the last look; `None` before the first.
    children: Option<BTreeSet<ProcessRef>>,
    pub(crate) stirred: Option<Timestamp>,
}

impl Life {
    /// Takes what runs at `at`.
    pub(crate) fn look(&mut self, presence: &Presence, at: Timestamp) {
        let children = || presence.processes.iter().filter(|process| process.tie != Tie::Owner);
        let now: BTreeSet<ProcessRef> = children().map(|process| process.process).collect();
        let changed = self.children.as_ref().is_some_and(|before| *before != now);
        let works = children().any(|process| process.vitals.cpu.is_some_and(|cpu| cpu >= AT_WORK));
        let youngest = children().filter_map(|process| process.started_at).max();
        self.stirred = self.stirred.max(youngest).max((changed || works).then_some(at));
        self.children = Some(now);
    }
}
