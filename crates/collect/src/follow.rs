//! Follows the sessions of one agent.

mod choice;
mod hot;
mod index;
mod kin;
mod ledger;
mod notes;
mod running;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use topside_model::{
    AgentId, AgentProcess, Bytes, Event, EventKind, Health, HealthState, LimitSample, PlaceSeen, Presence, Problem,
    Report, SessionId, SessionKey, SourceFact, Timestamp, Untrusted, elapsed,
};
use topside_probe::{FileKind, Host, Processes};

use self::index::Index;
pub(crate) use self::index::best_home;
use self::kin::Kin;
use self::ledger::Ledger;
use self::notes::Notes;
use self::running::Running;
use crate::agent::{Agent, Look, News, Scope, Source, homes};
use crate::files::Files;
use crate::host::vitals::Meters;
use crate::poll::{Done, Job, poll};
use crate::round::Pace;
use crate::tail::{Polled, Tail};

/// Bytes read in one round; what is left waits for the next, so that the screen is never late.
const BUDGET: u64 = 2 * 1024 * 1024;
/// Looks between two readings of what is kept beside the transcripts.
const NOTES_EVERY: u32 = 15;

/// What one agent brought in one round.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) void: Vec<SessionId>,
    pub(crate) gone: Vec<SessionId>,
    pub(crate) sources: Vec<SourceFact>,
    pub(crate) events: Vec<Event>,
    /// What agents say anew of their sessions.
    pub(crate) reports: Vec<(SessionId, Report)>,
    /// Limits as they are told anew, each with its home.
    pub(crate) limits: Vec<(Untrusted, LimitSample)>,
    /// True when processes are worth a look at once.
    pub(crate) look: bool,
    pub(crate) more: bool,
}

/// Follows the sessions of one agent.
pub(crate) struct Follower {
    agent: &'static dyn Agent,
    scope: Scope,
    root: Option<PathBuf>,
    /// Homes the user named.
    named: Vec<PathBuf>,
    files: Files,
    homes: Vec<PathBuf>,
    /// Those of them that are there.
    there: BTreeSet<PathBuf>,
    index: Index,
    /// Sessions the index was asked to keep.
    asked: BTreeSet<SessionId>,
    /// Sessions whose files are followed.
    sight: BTreeSet<SessionId>,
    /// Directories in which a change may mean another file that hangs on a followed one.
    attached_in: BTreeSet<PathBuf>,
    /// Directories in which something that matters may happen at any time.
    hot: BTreeSet<PathBuf>,
    /// By path. Compared as bytes: that is what most of the time goes into otherwise.
    tails: BTreeMap<OsString, Tail>,
    /// Paths of those of which the last round read something.
    grown: Vec<PathBuf>,
    running: Running,
    kin: Kin,
    notes: Notes,
    ledger: Ledger,
    looks: u32,
    /// True where the first look is for transcripts of loaded sessions alone.
    loaded_first: bool,
    next_source: u32,
}

impl Follower {
    pub(crate) fn new(agent: &'static dyn Agent, scope: Scope, root: Option<PathBuf>) -> Self {
        Self {
            agent,
            scope,
            root,
            named: Vec::new(),
            files: Files::default(),
            homes: Vec::new(),
            there: BTreeSet::new(),
            index: Index::default(),
            asked: BTreeSet::new(),
            sight: BTreeSet::new(),
            attached_in: BTreeSet::new(),
            hot: BTreeSet::new(),
            tails: BTreeMap::new(),
            grown: Vec::new(),
            running: Running::new(agent),
            kin: Kin::default(),
            notes: Notes::default(),
            ledger: Ledger::default(),
            looks: 0,
            loaded_first: false,
            next_source: 0,
        }
    }

    /// Adds a home to look into.
    pub(crate) fn add_home(&mut self, home: PathBuf) {
        self.named.push(home);
    }

    /// Has the first look be for transcripts of loaded sessions alone.
    pub(crate) fn loaded_first(&mut self) {
        self.loaded_first = true;
    }

    /// Files that are followed.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.tails.values().map(|tail| &tail.source)
    }

    /// Those of them of which the last round read something.
    pub(crate) fn grown(&self) -> impl Iterator<Item = &Source> {
        self.grown.iter().filter_map(|path| Some(&self.tails.get(path.as_os_str())?.source))
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
        } else {
            let look = Look { host, processes, files: &self.files };
            part.look |= !self.running.listen(&look, &mut part.reports);
        }
        self.hear(host.passed(), &mut part);
        self.read(host, pace >= Pace::Look, &mut part);
        if pace >= Pace::Look {
            self.hot = self.find_hot();
        }
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
            None
        } else {
            Some(self.refresh(host))
        };
        let look = Look { host, processes, files: &self.files };
        let homes = homes(self.agent, &look, &self.named, self.root.as_deref());
        self.running.look(&look, &homes, meters, self.looks);
        let changed = changed.filter(|_| homes == self.homes);
        let notes_due = self.looks.is_multiple_of(NOTES_EVERY);
        let noted =
            if notes_due { homes.iter().flat_map(|home| self.agent.notes(&look, home)).collect() } else { Vec::new() };
        self.there = homes.iter().filter(|home| is_directory(host, home)).cloned().collect();
        self.homes = homes;
        self.looks = self.looks.wrapping_add(1);
        let files = std::mem::take(&mut self.files);
        self.choose(&Look { host, processes, files: &files }, now, changed.as_ref(), part);
        self.files = files;
        self.seat_guests();
        self.note(noted, part);
    }

    /// Takes what else the agent's programs told.
    fn hear(&mut self, passed: Duration, part: &mut Part) {
        for News { place, home, out, limits, look } in self.running.news(passed) {
            part.look |= look;
            part.limits.extend(limits.into_iter().map(|sample| (shown(&home), sample)));
            self.ledger.note(&place, &out);
            self.note(out.events, part);
        }
    }

    /// True while a program was asked of its sessions and has not answered.
    pub(crate) fn is_settling(&self) -> bool {
        self.running.is_settling()
    }

    /// Helpers that live in their parent's process are there as long as it is, or until the parent was told their end.
    fn seat_guests(&mut self) {
        let helpers = self.tails.values().map(|tail| &tail.source);
        self.running.seat_guests(helpers.filter(|helper| !self.kin.is_done(&helper.session)));
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
        let live: BTreeSet<&SessionId> = self.running.live().iter().map(|live| &live.session).collect();
        let jobs = self.tails.values_mut().filter_map(|tail| {
            let is_live = live.contains(tail.source.parent.as_ref().unwrap_or(&tail.source.session));
            (is_live || check_paths || tail.unread() > 0).then_some(Job { tail, is_live })
        });
        let (done, left) = poll(host, jobs, check_paths, BUDGET);
        part.more |= left;
        self.grown.clear();
        let (mut replaced, mut misnamed) = (Vec::new(), Vec::new());
        for Done { job: Job { tail, is_live }, polled, out } in done {
            if !is_live {
                tail.cool();
            }
            let path = &tail.source.path;
            match polled {
                Ok(Polled::Quiet) => continue,
                Ok(Polled::Read { rest }) => {
                    part.more |= rest;
                    self.grown.push(path.clone());
                    self.files.learn(path, tail.source.stat);
                    self.files.clear(path);
                }
                Ok(Polled::Replaced) => replaced.push(tail.source.session.clone()),
                Err(error) => self.files.note(path, error.to_string()),
            }
            self.ledger.note(path, &out);
            out.events.iter().for_each(|event| self.kin.note(event));
            misnamed.extend(own_name(&tail.source, &out.events).map(|own| (path.clone(), own.clone())));
            tail.others.extend(others(&tail.source.session, &out.events));
            part.events.extend(out.events);
        }
        for (path, session) in misnamed {
            self.rename(&path, session, part);
        }
        for session in replaced {
            self.restart(&session, part);
        }
    }

    /// Sessions that run where they cannot be seen.
    pub(crate) fn elsewhere(&self) -> &[SessionId] {
        self.running.elsewhere()
    }

    /// What runs for each session.
    pub(crate) fn presences(&self) -> &BTreeMap<SessionId, Presence> {
        self.running.presences()
    }

    /// Processes of the agent that could own sessions and own none.
    pub(crate) fn programs<'a>(
        &'a self,
        processes: &'a Processes,
        id: &'a AgentId,
    ) -> impl Iterator<Item = AgentProcess> + 'a {
        self.running.programs(processes, id)
    }

    /// How it fares.
    pub(crate) fn health(&self, id: &AgentId, title: &'static str) -> Health {
        let place = |home: &PathBuf| {
            let is_there = self.there.contains(home);
            PlaceSeen { path: shown(home), files: is_there.then(|| self.index.count(home)) }
        };
        let unread = self.files.problems().into_iter().chain(self.ledger.unreadable());
        let problems = unread.chain(self.running.problems());
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

/// Whose a transcript says it is, where that is not what its name says. Helpers in the midst of it introduce themselves as
/// its children.
fn own_name<'a>(source: &Source, events: &'a [Event]) -> Option<&'a SessionId> {
    let introduces = |event: &&Event| match &event.kind {
        EventKind::SessionOpened(identity) => identity.parent.as_ref() != Some(&source.session),
        _ => false,
    };
    events.iter().find(introduces).map(|event| &event.session).filter(|own| **own != source.session)
}

/// Sessions that events of a transcript are about besides its own: helpers in the midst of it.
fn others(own: &SessionId, events: &[Event]) -> BTreeSet<SessionId> {
    events.iter().map(|event| &event.session).filter(|session| *session != own).cloned().collect()
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

/// True for a directory, also by a link.
fn is_directory(host: &dyn Host, path: &Path) -> bool {
    host.stat(path).is_ok_and(|stat| match stat.kind {
        FileKind::Directory => true,
        FileKind::Link => host.list(path).is_ok(),
        FileKind::File | FileKind::Other => false,
    })
}

fn shown(path: &Path) -> Untrusted {
    Untrusted::new(path.to_string_lossy())
}
