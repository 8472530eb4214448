//! Follows the sessions of one agent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use topside_model::{
    AgentId, AgentProcess, Bytes, Event, EventKind, Health, HealthState, Place, PlaceSeen, Presence, Problem,
    ProcessRef, SessionId, SessionKey, SourceFact, SourceId, Timestamp, UnknownRecords, Untrusted, elapsed,
};
use topside_probe::{Host, Processes};

use crate::agent::{Agent, Live, Look, Output, Role, Scope, Source};
use crate::files::Files;
use crate::host::vitals::Meters;
use crate::host::{family, ports};
use crate::round::Pace;
use crate::tail::{Polled, Tail};

/// Bytes read in one round; what is left waits for the next, so that the screen is never late.
const BUDGET: u64 = 64 * 1024 * 1024;
/// Looks between two readings of what is kept beside the transcripts.
const NOTES_EVERY: u32 = 10;
/// Looks between two readings of listening ports.
const PORTS_EVERY: u32 = 2;

/// What one agent brought in one round.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) void: Vec<SessionId>,
    pub(crate) gone: Vec<SessionId>,
    pub(crate) sources: Vec<SourceFact>,
    pub(crate) events: Vec<Event>,
    pub(crate) more: bool,
}

/// Follows the sessions of one agent.
pub(crate) struct Follower {
    agent: &'static dyn Agent,
    scope: Scope,
    root: Option<PathBuf>,
    extra_homes: Vec<PathBuf>,
    files: Files,
    homes: Vec<PathBuf>,
    index: BTreeMap<SessionId, Vec<Source>>,
    tails: BTreeMap<PathBuf, Tail>,
    live: Vec<Live>,
    /// Parents and children of sessions in sight.
    family: BTreeSet<SessionId>,
    notes: BTreeMap<SessionId, Vec<Event>>,
    presences: BTreeMap<SessionId, Presence>,
    unknown: BTreeMap<(String, Option<String>), u64>,
    unreadable: BTreeMap<PathBuf, u64>,
    /// Bytes of tails that were let go of.
    bytes_read: u64,
    events: u64,
    looks: u32,
    last_round: Duration,
    next_source: u32,
}

impl Follower {
    pub(crate) fn new(
        agent: &'static dyn Agent,
        scope: Scope,
        root: Option<PathBuf>,
        extra_homes: Vec<PathBuf>,
    ) -> Self {
        Self {
            agent,
            scope,
            root,
            extra_homes,
            files: Files::default(),
            homes: Vec::new(),
            index: BTreeMap::new(),
            tails: BTreeMap::new(),
            live: Vec::new(),
            family: BTreeSet::new(),
            notes: BTreeMap::new(),
            presences: BTreeMap::new(),
            unknown: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            bytes_read: 0,
            events: 0,
            looks: 0,
            last_round: Duration::ZERO,
            next_source: 0,
        }
    }

    /// Looks once.
    pub(crate) fn round(
        &mut self,
        host: &dyn Host,
        processes: &Processes,
        meters: &Meters,
        now: Timestamp,
        pace: Pace,
    ) -> Part {
        let mut part = Part::default();
        if pace >= Pace::Look {
            self.look(host, processes, meters, now, pace, &mut part);
        }
        self.read(host, pace >= Pace::Look, &mut part);
        self.events += part.events.len() as u64;
        self.last_round = elapsed(now, host.now());
        part
    }

    fn look(
        &mut self,
        host: &dyn Host,
        processes: &Processes,
        meters: &Meters,
        now: Timestamp,
        pace: Pace,
        part: &mut Part,
    ) {
        let changed = if pace == Pace::Sweep {
            self.files.forget();
            true
        } else {
            self.files.refresh(host)
        };
        let look = Look { host, processes, files: &self.files, extra_homes: &self.extra_homes };
        let homes = self.agent.homes(&look).into_iter();
        let homes: Vec<PathBuf> =
            homes.filter(|home| self.root.as_ref().is_none_or(|root| home.starts_with(root))).collect();
        self.live = self.agent.live(&look, &homes);
        let strangers = self.live.iter().any(|live| !self.index.contains_key(&live.session));
        if changed || strangers || homes != self.homes {
            self.index = index(self.agent, &look, &homes);
        }
        let notes_due = self.looks.is_multiple_of(NOTES_EVERY);
        let noted =
            if notes_due { homes.iter().flat_map(|home| self.agent.notes(&look, home)).collect() } else { Vec::new() };
        self.homes = homes;
        self.presences = self.join(host, processes, meters);
        self.looks = self.looks.wrapping_add(1);
        self.choose(now, part);
        self.note(noted, part);
    }

    fn join(&self, host: &dyn Host, processes: &Processes, meters: &Meters) -> BTreeMap<SessionId, Presence> {
        let manifest = self.agent.manifest();
        let mut presences = family::presences(manifest, &self.live, processes, meters);
        if self.looks.is_multiple_of(PORTS_EVERY) {
            ports::add(host, &mut presences);
        } else {
            for (session, presence) in &mut presences {
                let before = self.presences.get(session).map(|before| before.ports.clone());
                presence.ports = before.unwrap_or_default();
            }
        }
        presences
    }

    /// Follows what is wanted and lets go of the rest.
    fn choose(&mut self, now: Timestamp, part: &mut Part) {
        let live: BTreeSet<&SessionId> = self.live.iter().map(|live| &live.session).collect();
        let wanted = |source: &Source| match self.scope {
            Scope::All => true,
            Scope::Current { recent } => {
                live.contains(&source.session)
                    || self.family.contains(&source.session)
                    || self.presences.contains_key(&source.session)
                    || elapsed(source.stat.modified, now) <= recent
            }
        };
        let chosen: BTreeMap<&Path, &Source> = self
            .index
            .values()
            .flatten()
            .filter(|source| wanted(source))
            .map(|source| (source.path.as_path(), source))
            .collect();
        let dropped: Vec<PathBuf> =
            self.tails.keys().filter(|path| !chosen.contains_key(path.as_path())).cloned().collect();
        let fresh: Vec<Source> = chosen
            .values()
            .filter(|source| !self.tails.contains_key(&source.path))
            .map(|source| (*source).clone())
            .collect();
        for path in dropped {
            if let Some(tail) = self.tails.remove(&path) {
                self.bytes_read += tail.read().0;
                let session = &tail.source.session;
                if !self.tails.values().any(|other| other.source.session == *session) {
                    part.gone.push(session.clone());
                }
            }
        }
        for source in fresh {
            self.follow(source, part);
        }
    }

    fn follow(&mut self, mut source: Source, part: &mut Part) {
        source.id = SourceId(self.next_source);
        self.next_source += 1;
        let agent = AgentId::new(self.agent.manifest().id);
        part.sources.push(SourceFact {
            session: SessionKey { agent, id: source.session.clone() },
            id: source.id,
            path: shown(&source.path),
            home: shown(&source.home),
            archived: source.archived,
        });
        part.events.extend(self.notes.get(&source.session).into_iter().flatten().cloned());
        self.tails.insert(source.path.clone(), Tail::new(self.agent, source));
    }

    /// Keeps notes for when their session comes into sight, and passes on those of sessions that are.
    fn note(&mut self, noted: Vec<Event>, part: &mut Part) {
        let in_sight: BTreeSet<&SessionId> = self.tails.values().map(|tail| &tail.source.session).collect();
        part.events.extend(noted.iter().filter(|event| in_sight.contains(&event.session)).cloned());
        for event in noted {
            let kept = self.notes.entry(event.session.clone()).or_default();
            kept.retain(|old| !(old.origin.rank == event.origin.rank && same_note(&old.kind, &event.kind)));
            kept.push(event);
        }
    }

    fn read(&mut self, host: &dyn Host, check_paths: bool, part: &mut Part) {
        let live: BTreeSet<SessionId> = self.live.iter().map(|live| live.session.clone()).collect();
        let mut budget = BUDGET;
        let mut replaced = Vec::new();
        let mut out = Output::default();
        for (path, tail) in &mut self.tails {
            if budget == 0 {
                part.more = true;
                break;
            }
            let is_live = live.contains(&tail.source.session);
            if !is_live && !check_paths && tail.unread() == 0 {
                continue;
            }
            let before = out.unreadable;
            match tail.poll(host, check_paths, !is_live, &mut budget, &mut out) {
                Ok(Polled::Quiet) => {}
                Ok(Polled::Read { rest }) => {
                    part.more |= rest;
                    self.files.learn(path, tail.source.stat);
                    self.files.clear(path);
                }
                Ok(Polled::Replaced) => replaced.push(tail.source.session.clone()),
                Err(error) => self.files.note(path, error.to_string()),
            }
            if !is_live {
                tail.cool();
            }
            *self.unreadable.entry(path.clone()).or_default() += out.unreadable - before;
        }
        self.take(out, part);
        for session in replaced {
            self.restart(&session, part);
        }
    }

    fn take(&mut self, out: Output, part: &mut Part) {
        for (kind, count) in out.unknown {
            *self.unknown.entry(kind).or_default() += count;
        }
        self.unreadable.retain(|_, count| *count > 0);
        for event in &out.events {
            match &event.kind {
                EventKind::SessionOpened(identity) => {
                    self.family.extend(identity.parent.clone());
                }
                EventKind::SubagentLinked { child, .. } => {
                    self.family.insert(child.clone());
                }
                _ => {}
            }
        }
        part.events.extend(out.events);
    }

    /// Reads all files of a session again.
    fn restart(&mut self, session: &SessionId, part: &mut Part) {
        part.void.push(session.clone());
        part.events.retain(|event| event.session != *session);
        let again: Vec<Source> = self
            .tails
            .values()
            .filter(|tail| tail.source.session == *session)
            .map(|tail| tail.source.clone())
            .collect();
        for source in again {
            self.tails.remove(&source.path);
            self.follow(source, part);
        }
        part.more = true;
    }

    /// What runs for each session.
    pub(crate) fn presences(&self) -> &BTreeMap<SessionId, Presence> {
        &self.presences
    }

    /// Processes of the agent that could own sessions and own none.
    pub(crate) fn programs<'a>(
        &'a self,
        processes: &'a Processes,
        id: &'a AgentId,
    ) -> impl Iterator<Item = AgentProcess> + 'a {
        let owners: BTreeSet<ProcessRef> = self.live.iter().map(|live| live.owner).collect();
        let names = self.agent.manifest().programs;
        let own = move |process: &&topside_probe::Process| {
            let program = process.exe.as_deref().and_then(Path::file_stem).and_then(|name| name.to_str());
            program.is_some_and(|name| names.contains(&name)) && !owners.contains(&process.id)
        };
        processes.by_pid.values().filter(own).filter_map(|process| match self.agent.role(process) {
            Role::Owner { word, .. } => Some(AgentProcess {
                agent: id.clone(),
                process: process.id,
                role: word,
                cwd: process.cwd.as_deref().map(shown),
            }),
            Role::Helper | Role::Other => None,
        })
    }

    /// Directories in which something that matters may happen at any time: those of loaded transcripts and what lies
    /// between them and the home, those of their locks, and the ones directly in a home. A home itself is left out: the
    /// agent's databases change there all the time.
    pub(crate) fn hot_directories(&self) -> BTreeSet<PathBuf> {
        let live: BTreeSet<&SessionId> = self.live.iter().map(|live| &live.session).collect();
        let hot = self.tails.values().filter(|tail| live.contains(&tail.source.session));
        let below = |tail: &Tail| {
            let home = tail.source.home.clone();
            tail.path().ancestors().skip(1).take_while(|dir| **dir != home).map(Path::to_owned).collect::<Vec<_>>()
        };
        let locks = self.live.iter().filter_map(|live| match &live.proof {
            Place::Lock { path, .. } => Path::new(path.raw()).parent().map(Path::to_owned),
            Place::File { .. } | Place::Process { .. } | Place::Nowhere => None,
        });
        let first = self.files.directories();
        let first = first.into_iter().filter(|dir| self.homes.iter().any(|home| dir.parent() == Some(home)));
        hot.flat_map(below).chain(locks).chain(first).collect()
    }

    /// How it fares.
    pub(crate) fn health(&self, id: &AgentId, title: &'static str) -> Health {
        let place = |home: &PathBuf| {
            let files = self.index.values().flatten().filter(|source| source.home == *home).count() as u64;
            let exists = self.files.directories().iter().any(|dir| dir.starts_with(home));
            PlaceSeen { path: shown(home), files: exists.then_some(files) }
        };
        let unknown = self.unknown.iter().map(|((kind, version), count)| UnknownRecords {
            kind: Untrusted::new(kind),
            version: version.as_ref().map(Untrusted::new),
            count: *count,
        });
        let unreadable = self.unreadable.iter().map(|(path, count)| {
            (path.clone(), format!("{count} {} not JSON", if *count == 1 { "line is" } else { "lines are" }))
        });
        let problems = self.files.problems().into_iter().chain(unreadable);
        Health {
            agent: id.clone(),
            title,
            state: HealthState::Up,
            places: self.homes.iter().map(place).collect(),
            unknown: unknown.collect(),
            problems: problems.map(|(path, what)| Problem { path: shown(&path), what }).collect(),
            bytes_read: Bytes(self.bytes_read + self.tails.values().map(|tail| tail.read().0).sum::<u64>()),
            events: self.events,
            last_round: self.last_round,
        }
    }
}

fn index(agent: &dyn Agent, look: &Look<'_>, homes: &[PathBuf]) -> BTreeMap<SessionId, Vec<Source>> {
    let mut index: BTreeMap<SessionId, Vec<Source>> = BTreeMap::new();
    for source in homes.iter().flat_map(|home| agent.sources(look, home)) {
        index.entry(source.session.clone()).or_default().push(source);
    }
    index
}

/// Notes of one kind replace each other; links stand side by side.
fn same_note(old: &EventKind, new: &EventKind) -> bool {
    match (old, new) {
        (EventKind::SubagentLinked { child: old, .. }, EventKind::SubagentLinked { child: new, .. }) => old == new,
        _ => std::mem::discriminant(old) == std::mem::discriminant(new),
    }
}

fn shown(path: &Path) -> Untrusted {
    Untrusted::new(path.to_string_lossy())
}
