//! Which transcripts are followed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use topside_model::{SessionId, SourceId, Timestamp, elapsed};

use super::index::{Index, Wanted};
use super::{Follower, Part, fact};
use crate::agent::{Look, Scope, Source};
use crate::tail::Tail;
use crate::transcript::Transcript;

impl Follower {
    /// Follows what is wanted and lets go of the rest. Most of the time the same is wanted as before: only directories
    /// that changed, and sessions that come and go, are a reason to look.
    pub(super) fn choose(
        &mut self,
        look: &Look<'_>,
        now: Timestamp,
        changed: Option<&BTreeSet<PathBuf>>,
        part: &mut Part,
    ) {
        let stale = self.index.is_partial() || changed.is_none_or(|changed| self.index.depends_on(changed));
        let mut sight = self.in_sight(now);
        let known = |session: &&SessionId| self.asked.contains(*session) || self.index.has(session);
        let loaded = || self.running.live().iter().map(|live| &live.session);
        let strangers = !sight.iter().chain(loaded()).all(|session| known(&session));
        if strangers {
            // Their files may lie where nothing was expected.
            look.files.refresh(look.host, |_| true);
        }
        let rebuilt = stale || strangers;
        if rebuilt {
            let wanted = |one: &Transcript| match self.scope {
                Scope::All => true,
                Scope::Current { recent } => elapsed(one.stat.modified, now) <= recent || sight.contains(&one.session),
            };
            let loaded_ones = (self.loaded_first && self.looks == 1).then(|| self.loaded_ones(look)).flatten();
            let everything = || Index::of(self.agent, look, &self.homes, &Wanted::Kept(&wanted));
            self.index = loaded_ones.unwrap_or_else(everything);
            self.asked = loaded().cloned().collect();
            self.asked.append(&mut sight);
            sight = self.in_sight(now);
        }
        let attached = changed.is_none_or(|changed| changed.iter().any(|dir| self.attached_in.contains(dir)));
        if rebuilt || attached || sight != self.sight {
            let chosen = self.chosen(look, &sight);
            self.sight = sight;
            self.change_over(chosen, part);
        }
    }

    /// Transcripts of loaded sessions alone. `None` where that would not show each of them, and where nothing runs.
    fn loaded_ones(&self, look: &Look<'_>) -> Option<Index> {
        let Scope::Current { .. } = self.scope else { return None };
        if look.processes.by_pid.is_empty() {
            return None;
        }
        let loaded = self.running.live().iter().filter(|live| !live.is_starting()).map(|live| &live.session);
        let loaded: BTreeSet<SessionId> = loaded.chain(self.running.elsewhere()).cloned().collect();
        let index = Index::of(self.agent, look, &self.homes, &Wanted::Named(&loaded));
        loaded.iter().all(|session| index.has(session)).then_some(index)
    }

    /// Sessions that are to be seen.
    fn in_sight(&self, now: Timestamp) -> BTreeSet<SessionId> {
        let Scope::Current { recent } = self.scope else { return self.index.sessions().cloned().collect() };
        let mut sight: BTreeSet<SessionId> = self.index.written_within(recent, now).cloned().collect();
        sight.extend(self.running.presences().keys().chain(self.running.elsewhere()).cloned());
        self.kin.complete(&mut sight);
        sight
    }

    /// Files of the sessions in `sight`, and those that hang on them.
    fn chosen(&mut self, look: &Look<'_>, sight: &BTreeSet<SessionId>) -> BTreeMap<OsString, Source> {
        let named = |source: Source| (source.path.clone().into_os_string(), source);
        let own = || sight.iter().flat_map(|session| self.index.of_session(session, self.running.live()));
        let (attached, dirs) = look.files.traced(|| {
            let anchors = own().filter_map(Source::anchor);
            anchors.flat_map(|anchor| self.agent.attached(look, anchor)).map(named).collect::<Vec<_>>()
        });
        let chosen = own().cloned().map(named).chain(attached).collect();
        self.attached_in = dirs;
        chosen
    }

    fn change_over(&mut self, chosen: BTreeMap<OsString, Source>, part: &mut Part) {
        let dropped: Vec<OsString> = self.tails.keys().filter(|path| !chosen.contains_key(*path)).cloned().collect();
        let fresh: Vec<Source> =
            chosen.into_iter().filter(|(path, _)| !self.tails.contains_key(path)).map(|(_, source)| source).collect();
        let dropped: Vec<Tail> = dropped.iter().filter_map(|path| self.tails.remove(path)).collect();
        self.ledger.bytes_let_go += dropped.iter().map(|tail| tail.read().0).sum::<u64>();
        part.gone.extend(dropped.iter().flat_map(|tail| &tail.others).cloned());
        let sessions: BTreeSet<SessionId> = dropped.into_iter().map(|tail| tail.source.session).collect();
        for session in sessions {
            // What came from a file that moved comes again from where it is now.
            if self.tails.values().any(|tail| tail.source.session == session) {
                self.restart(&session, part);
            } else {
                part.gone.push(session);
            }
        }
        for source in fresh {
            self.follow(source, part);
        }
    }

    fn follow(&mut self, mut source: Source, part: &mut Part) {
        source.id = SourceId(self.next_source);
        self.next_source += 1;
        part.sources.push(fact(self.agent, &source));
        part.events.extend(self.notes.of(&source.session).cloned());
        self.ledger.begin(&source.path);
        self.tails.insert(source.path.clone().into_os_string(), Tail::new(self.agent, source));
    }

    /// A file says of itself whose it is; what its name said is taken back.
    pub(super) fn rename(&mut self, path: &Path, session: SessionId, part: &mut Part) {
        let Some(tail) = self.tails.get_mut(path.as_os_str()) else { return };
        part.events.extend(self.notes.of(&session).cloned());
        let named = std::mem::replace(&mut tail.source.session, session);
        let fact = fact(self.agent, &tail.source);
        part.sources.retain(|source| source.id != fact.id);
        part.sources.push(fact);
        if !self.tails.values().any(|tail| tail.source.session == named) {
            part.gone.push(named);
        }
    }

    /// Reads all files of a session again.
    pub(super) fn restart(&mut self, session: &SessionId, part: &mut Part) {
        part.void.push(session.clone());
        part.events.retain(|event| event.session != *session);
        let again: Vec<Source> = self
            .tails
            .values()
            .filter(|tail| tail.source.session == *session)
            .map(|tail| tail.source.clone())
            .collect();
        for source in again {
            let others = self.tails.remove(source.path.as_os_str()).map(|tail| tail.others).unwrap_or_default();
            part.events.retain(|event| !others.contains(&event.session));
            part.void.extend(others);
            self.follow(source, part);
        }
        part.more = true;
    }
}
