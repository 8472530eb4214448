//! Follows the sessions of one agent.

mod index;
mod kin;
mod ledger;
mod notes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use topside_model::{
    AgentId, AgentProcess, Bytes, Event, EventKind, Health, HealthState, Place, PlaceSeen, Presence, Problem,
    ProcessRef, SessionId, SessionKey, SourceFact, SourceId, Timestamp, Untrusted, elapsed,
};
use topside_probe::{Host, Process, Processes};

use self::index::Index;
use self::kin::Kin;
use self::ledger::Ledger;
use self::notes::Notes;
use crate::agent::{Agent, Live, Look, Output, Role, Scope, Source};
use crate::files::Files;
use crate::host::vitals::Meters;
use crate::host::{family, ports};
use crate::round::Pace;
use crate::tail::{Polled, Tail};

/// Bytes read in one round; what is left waits for the next, so that the screen is never late.
const BUDGET: u64 = 64 * 1024 * 1024;
/// Looks between two readings of what is kept beside the transcripts.
const NOTES_EVERY: u32 = 15;
/// Looks between two readings of listening ports, once every process has had its time to open them.
const PORTS_EVERY: u32 = 4;
/// The time a process has to open its ports.
const YOUTH: Duration = Duration::from_secs(5);

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
    files: Files,
    homes: Vec<PathBuf>,
    index: Index,
    tails: BTreeMap<PathBuf, Tail>,
    live: Vec<Live>,
    kin: Kin,
    notes: Notes,
    presences: BTreeMap<SessionId, Presence>,
    ledger: Ledger,
    looks: u32,
    next_source: u32,
}

impl Follower {
    pub(crate) fn new(agent: &'static dyn Agent, scope: Scope, root: Option<PathBuf>) -> Self {
        Self {
            agent,
            scope,
            root,
            files: Files::default(),
            homes: Vec::new(),
            index: Index::default(),
            tails: BTreeMap::new(),
            live: Vec::new(),
            kin: Kin::default(),
            notes: Notes::default(),
            presences: BTreeMap::new(),
            ledger: Ledger::default(),
            looks: 0,
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
        self.ledger.events += part.events.len() as u64;
        self.ledger.last_round = elapsed(now, host.now());
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
        let look = Look { host, processes, files: &self.files };
        let homes = self.agent.homes(&look).into_iter();
        let homes: Vec<PathBuf> =
            homes.filter(|home| self.root.as_ref().is_none_or(|root| home.starts_with(root))).collect();
        self.live = self.agent.live(&look, &homes);
        if changed || homes != self.homes {
            self.index = Index::of(self.agent, &look, &homes);
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
        if self.looks.is_multiple_of(PORTS_EVERY) || any_young(&presences, host.now()) {
            ports::add(host, manifest, processes, &mut presences);
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
        let chosen = match self.scope {
            Scope::All => self.index.files(&self.live, |_| true),
            Scope::Current { recent } => {
                let mut sight = self.index.written_within(recent, now);
                sight.extend(self.presences.keys().cloned());
                self.kin.complete(&mut sight);
                self.index.files(&self.live, |session| sight.contains(session))
            }
        };
        let dropped: Vec<PathBuf> =
            self.tails.keys().filter(|path| !chosen.contains_key(path.as_path())).cloned().collect();
        let fresh: Vec<Source> = chosen
            .values()
            .filter(|source| !self.tails.contains_key(&source.path))
            .map(|source| (*source).clone())
            .collect();
        let dropped: Vec<Tail> = dropped.iter().filter_map(|path| self.tails.remove(path)).collect();
        self.ledger.bytes_let_go += dropped.iter().map(|tail| tail.read().0).sum::<u64>();
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
        self.tails.insert(source.path.clone(), Tail::new(self.agent, source));
    }

    /// Keeps notes for when their session comes into sight, and passes on those of sessions that are.
    fn note(&mut self, noted: Vec<Event>, part: &mut Part) {
        let in_sight: BTreeSet<&SessionId> = self.tails.values().map(|tail| &tail.source.session).collect();
        part.events.extend(noted.iter().filter(|event| in_sight.contains(&event.session)).cloned());
        for event in noted {
            self.kin.note(&event);
            self.notes.keep(event);
        }
    }

    fn read(&mut self, host: &dyn Host, check_paths: bool, part: &mut Part) {
        let live: BTreeSet<&SessionId> = self.live.iter().map(|live| &live.session).collect();
        let mut budget = BUDGET;
        let (mut replaced, mut misnamed) = (Vec::new(), Vec::new());
        for (path, tail) in &mut self.tails {
            if budget == 0 {
                part.more = true;
                break;
            }
            let is_live = live.contains(&tail.source.session);
            if !is_live && !check_paths && tail.unread() == 0 {
                continue;
            }
            let mut out = Output::default();
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
            self.ledger.note(path, &out);
            out.events.iter().for_each(|event| self.kin.note(event));
            let opened = out.events.iter().find(|event| matches!(event.kind, EventKind::SessionOpened(_)));
            let own = opened.map(|event| &event.session).filter(|own| **own != tail.source.session);
            misnamed.extend(own.map(|own| (path.clone(), own.clone())));
            part.events.extend(out.events);
        }
        for (path, session) in misnamed {
            self.rename(&path, session, part);
        }
        for session in replaced {
            self.restart(&session, part);
        }
    }

    /// A file says of itself whose it is; what its name said is taken back.
    fn rename(&mut self, path: &Path, session: SessionId, part: &mut Part) {
        let Some(tail) = self.tails.get_mut(path) else { return };
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
        let manifest = self.agent.manifest();
        let idle = move |process: &&Process| manifest.runs(process) && !owners.contains(&process.id);
        processes.by_pid.values().filter(idle).filter_map(|process| match self.agent.role(process) {
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
        let directories = self.files.directories();
        let place = |home: &PathBuf| {
            let exists = directories.iter().any(|dir| dir.starts_with(home));
            PlaceSeen { path: shown(home), files: exists.then(|| self.index.count(home)) }
        };
        let problems = self.files.problems().into_iter().chain(self.ledger.unreadable());
        Health {
            agent: id.clone(),
            title,
            state: HealthState::Up,
            places: self.homes.iter().map(place).collect(),
            unknown: self.ledger.unknown(),
            problems: problems.map(|(path, what)| Problem { path: shown(&path), what }).collect(),
            bytes_read: Bytes(self.ledger.bytes_let_go + self.tails.values().map(|tail| tail.read().0).sum::<u64>()),
            events: self.ledger.events,
            last_round: self.ledger.last_round,
        }
    }
}

fn fact(agent: &dyn Agent, source: &Source) -> SourceFact {
    let agent = AgentId::new(agent.manifest().id);
    SourceFact {
        session: SessionKey { agent, id: source.session.clone() },
        id: source.id,
        path: shown(&source.path),
        home: shown(&source.home),
        archived: source.archived,
    }
}

fn shown(path: &Path) -> Untrusted {
    Untrusted::new(path.to_string_lossy())
}

fn any_young(presences: &BTreeMap<SessionId, Presence>, now: Timestamp) -> bool {
    let mut processes = presences.values().flat_map(|presence| &presence.processes);
    processes.any(|process| process.started_at.is_some_and(|started| elapsed(started, now) < YOUTH))
}
