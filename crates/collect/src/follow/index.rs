//! The transcripts there are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use topside_model::{SessionId, Timestamp, elapsed};

use crate::agent::{Agent, Live, Look, Source};

/// Transcripts by session.
#[derive(Default)]
pub(super) struct Index(BTreeMap<SessionId, Vec<Source>>);

impl Index {
    /// Everything `agent` has in `homes`.
    pub(super) fn of(agent: &dyn Agent, look: &Look<'_>, homes: &[PathBuf]) -> Self {
        let mut sessions: BTreeMap<SessionId, Vec<Source>> = BTreeMap::new();
        for source in homes.iter().flat_map(|home| agent.sources(look, home)) {
            sessions.entry(source.session.clone()).or_default().push(source);
        }
        Self(sessions)
    }

    /// Sessions that were written to within `recent`.
    pub(super) fn written_within(&self, recent: Duration, now: Timestamp) -> BTreeSet<SessionId> {
        let fresh = |source: &Source| elapsed(source.stat.modified, now) <= recent;
        self.0.iter().filter(|(_, sources)| sources.iter().any(fresh)).map(|(session, _)| session.clone()).collect()
    }

    /// All transcripts of the sessions that are `wanted`, by path.
    pub(super) fn files<'a>(
        &'a self,
        live: &[Live],
        wanted: impl Fn(&SessionId) -> bool,
    ) -> BTreeMap<&'a Path, &'a Source> {
        let loaded: BTreeMap<&SessionId, &Path> = live.iter().map(|one| (&one.session, one.home.as_path())).collect();
        let wanted = self.0.iter().filter(|(session, _)| wanted(session));
        let files = wanted.flat_map(|(session, sources)| one_home(sources, loaded.get(session).copied()));
        files.map(|source| (source.path.as_path(), source)).collect()
    }

    /// How many transcripts lie in `home`.
    pub(super) fn count(&self, home: &Path) -> u64 {
        self.0.values().flatten().filter(|source| source.home == home).count() as u64
    }
}

/// The files of a session in one home. The same session in another is a copy of it, or the same folder by another name:
/// the home in which it is loaded counts, else the one that has more of it, else the first.
fn one_home<'a>(sources: &'a [Source], loaded: Option<&Path>) -> impl Iterator<Item = &'a Source> {
    let mut best: Option<((bool, u64), &Path)> = None;
    for source in sources {
        let home = source.home.as_path();
        let bytes = sources.iter().filter(|other| other.home == home).map(|other| other.stat.len).sum();
        let worth = (loaded == Some(home), bytes);
        if best.is_none_or(|(known, _)| known < worth) {
            best = Some((worth, home));
        }
    }
    sources.iter().filter(move |source| best.is_some_and(|(_, home)| source.home == home))
}
