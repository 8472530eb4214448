//! The transcripts there are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use topside_model::{Bytes, SessionId, Timestamp, elapsed};

use crate::agent::{Agent, Live, Look, Source};
use crate::transcript::{Transcript, Transcripts};

/// Transcripts by session. Of a long history only those are kept that somebody asked for.
#[derive(Default)]
pub(crate) struct Index {
    sessions: BTreeMap<SessionId, Vec<Source>>,
    /// Kept sessions by the time of their last record, latest first.
    latest: Vec<(Timestamp, SessionId)>,
    /// How many transcripts lie in each home, kept or not.
    counts: BTreeMap<PathBuf, u64>,
    /// Directories in which a change may mean another transcript.
    dirs: BTreeSet<PathBuf>,
    /// True when only transcripts of some sessions were looked for.
    is_partial: bool,
}

/// What an index is to hold.
pub(super) enum Wanted<'a> {
    /// Every transcript of the sessions of which this wants one.
    Kept(&'a dyn Fn(&Transcript) -> bool),
    /// Those of these sessions, as far as their names tell. Nothing else is looked at.
    Named(&'a BTreeSet<SessionId>),
}

impl Index {
    /// Everything that `agent` has in `homes` and that is `wanted`.
    pub(super) fn of(agent: &'static dyn Agent, look: &Look<'_>, homes: &[PathBuf], wanted: &Wanted<'_>) -> Self {
        let mut counts = BTreeMap::new();
        let mut sessions: BTreeMap<SessionId, Vec<Source>> = BTreeMap::new();
        let names: Option<BTreeSet<&str>> = match wanted {
            Wanted::Kept(_) => None,
            Wanted::Named(named) => Some(named.iter().map(SessionId::as_str).collect()),
        };
        let is_named = |name: &str| names.as_ref().is_none_or(|names| names.contains(name));
        let mut found = Transcripts::of(agent);
        let ((), dirs) = look.files.traced(|| {
            for home in homes {
                let before = found.list.len();
                agent.sources(look, home, &is_named, &mut found);
                *counts.entry(home.clone()).or_default() += (found.list.len() - before) as u64;
            }
        });
        let keep = |one: &Transcript| match wanted {
            Wanted::Kept(keep) => keep(one),
            Wanted::Named(_) => true,
        };
        let kept: BTreeSet<SessionId> =
            found.list.iter().filter(|one| keep(one)).map(|one| one.session.clone()).collect();
        for one in found.list.iter().filter(|one| kept.contains(&one.session)) {
            sessions.entry(one.session.clone()).or_default().push(one.source());
        }
        let last = |sources: &[Source]| sources.iter().map(|source| source.stat.modified).max();
        let mut latest: Vec<(Timestamp, SessionId)> =
            sessions.iter().filter_map(|(session, sources)| Some((last(sources)?, session.clone()))).collect();
        latest.sort_unstable_by(|one, other| other.cmp(one));
        Self { sessions, latest, counts, dirs, is_partial: names.is_some() }
    }

    /// True when only transcripts of some sessions were looked for.
    pub(super) fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// True when what is in one of the `changed` directories may be another transcript.
    pub(super) fn depends_on(&self, changed: &BTreeSet<PathBuf>) -> bool {
        changed.iter().any(|dir| self.dirs.contains(dir))
    }

    /// Sessions that were written to within `recent`.
    pub(super) fn written_within(&self, recent: Duration, now: Timestamp) -> impl Iterator<Item = &SessionId> {
        let fresh = move |modified: &Timestamp| elapsed(*modified, now) <= recent;
        self.latest.iter().take_while(move |(modified, _)| fresh(modified)).map(|(_, session)| session)
    }

    /// All transcripts of a session in one home. The same session in another is a copy of it, or the same folder by
    /// another name: the home in which it is loaded counts, else the one that has more of it, else the first.
    pub(super) fn of_session(&self, session: &SessionId, live: &[Live]) -> impl Iterator<Item = &Source> {
        let sources = self.sessions.get(session).map(Vec::as_slice).unwrap_or_default();
        let loaded = || live.iter().find(|one| one.session == *session).map(|one| one.home.as_path());
        let home = best_home(sources.iter().map(|source| (&*source.home, Bytes(source.stat.len))), loaded);
        sources.iter().filter(move |source| home == Some(&*source.home))
    }

    /// True for a session that is kept.
    pub(super) fn has(&self, session: &SessionId) -> bool {
        self.sessions.contains_key(session)
    }

    /// Every session that is kept.
    pub(super) fn sessions(&self) -> impl Iterator<Item = &SessionId> {
        self.sessions.keys()
    }

    /// How many transcripts lie in `home`.
    pub(super) fn count(&self, home: &Path) -> u64 {
        self.counts.get(home).copied().unwrap_or_default()
    }
}

/// The home whose copy of a session counts, among those of its transcripts: each with its home and how long it is.
pub(crate) fn best_home<'a, 'b>(
    transcripts: impl Iterator<Item = (&'a Path, Bytes)>,
    loaded: impl Fn() -> Option<&'b Path>,
) -> Option<&'a Path> {
    let transcripts: Vec<(&Path, Bytes)> = transcripts.collect();
    let (first, _) = *transcripts.first()?;
    if transcripts.iter().all(|(home, _)| *home == first) {
        return Some(first);
    }
    let loaded = loaded();
    let mut best: Option<((bool, u64), &Path)> = None;
    for (home, _) in &transcripts {
        let bytes = transcripts.iter().filter(|(other, _)| other == home).map(|(_, len)| len.0).sum();
        let worth = (loaded == Some(*home), bytes);
        if best.is_none_or(|(known, _)| known < worth) {
            best = Some((worth, home));
        }
    }
    best.map(|(_, home)| home)
}
