//! Runs the agents: each alone, in bounded time and memory, and seen to fail when it fails.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use topside_model::{
    AgentId, Bytes, Health, HealthState, PlaceSeen, Presence, Problem, ProcessRef, SessionKey, Timestamp,
    UnknownRecords, Untrusted, World,
};
use topside_probe::{Host, Process, Processes, SEAT_VARIABLES, Seat};

use crate::agent::{Agent, Scope, Source};
use crate::follow::{Follower, Part};
use crate::host::vitals::Meters;
use crate::round::{Pace, Round};
use crate::signals::{Inbox, Letter};
use crate::titles::{Seated, Titles};
use crate::transcript::{Transcript, Transcripts};

/// Collects from every agent.
pub struct Runner {
    agents: Vec<Slot>,
    root: Option<PathBuf>,
    meters: Meters,
    processes: Processes,
    titles: Titles,
    /// True where nobody is asked for a title.
    no_titles: bool,
    inbox: Inbox,
    /// Why what agents tell is no longer read.
    inbox_panicked: Option<String>,
    /// True once the first round began.
    started: bool,
}

/// One agent. It fails alone: what panicked is never called again, and the rest goes on.
struct Slot {
    id: AgentId,
    agent: &'static dyn Agent,
    follower: Follower,
    panicked: Option<String>,
}

impl Runner {
    /// A runner of `agents`. Under `root` only files below it are read and only processes whose home lies below it are
    /// looked at.
    pub fn new(agents: &[&'static dyn Agent], scope: Scope, root: Option<PathBuf>) -> Self {
        let slot = |agent: &&'static dyn Agent| Slot {
            id: AgentId::new(agent.manifest().id),
            agent: *agent,
            follower: Follower::new(*agent, scope, root.clone()),
            panicked: None,
        };
        let agents = agents.iter().map(slot).collect();
        Self {
            agents,
            root,
            meters: Meters::default(),
            processes: Processes::default(),
            titles: Titles::default(),
            no_titles: false,
            inbox: Inbox::default(),
            inbox_panicked: None,
            started: false,
        }
    }

    /// Looks into `home` too, besides what the agent finds by itself.
    pub fn add_home(&mut self, agent: &AgentId, home: PathBuf) {
        if let Some(slot) = self.agents.iter_mut().find(|slot| slot.id == *agent) {
            slot.follower.add_home(home);
        }
    }

    /// Has the first round bring sessions that are loaded, and only the next one those that ended lately: what runs is
    /// shown before a long history is looked through.
    pub fn loaded_first(&mut self) {
        self.agents.iter_mut().for_each(|slot| slot.follower.loaded_first());
    }

    /// Has no terminal be asked for a title.
    pub fn leave_titles(&mut self) {
        self.no_titles = true;
    }

    /// True while a program was asked of its sessions and has not answered: the next round may know more.
    pub fn is_settling(&self) -> bool {
        let mut agents = self.agents.iter();
        agents.any(|slot| slot.panicked.is_none() && slot.follower.is_settling()) || self.titles.is_settling()
    }

    /// Asks for the titles of the terminals of these sessions, and of no others, as long as their processes have no other
    /// session. What they say comes with the rounds that follow.
    pub fn watch_titles(&mut self, host: &dyn Host, sessions: &BTreeSet<SessionKey>) {
        let seated = |key: &SessionKey| {
            let slot = self.agents.iter().find(|slot| slot.id == key.agent && slot.panicked.is_none())?;
            Some((key.clone(), self.seated(slot, slot.follower.presences().get(&key.id)?)?))
        };
        let wanted = sessions.iter().filter(|_| !self.no_titles).filter_map(seated).collect();
        self.titles.watch(host, wanted);
    }

    /// The terminal of a session that has its process for itself.
    fn seated(&self, slot: &Slot, presence: &Presence) -> Option<Seated> {
        let owner = presence.owner.as_ref().filter(|owner| owner.sessions == 1)?;
        let process = self.processes.by_pid.get(&owner.process.pid).filter(|one| one.id == owner.process)?;
        Some(Seated { read: slot.agent.titles()?, seat: Seat::of(process)? })
    }

    /// How asking for titles fares; nothing where nobody is asked or all answer.
    fn titles_health(&self) -> Option<Health> {
        let agents = self.agents.iter().filter(|slot| !self.no_titles && slot.panicked.is_none());
        let presences = agents.flat_map(|slot| slot.follower.presences().values().map(move |one| (slot, one)));
        let seats: Vec<Seat> = presences.filter_map(|(slot, one)| Some(self.seated(slot, one)?.seat)).collect();
        self.titles.health(&seats)
    }

    /// Looks once.
    pub fn round(&mut self, host: &dyn Host, pace: Pace) -> Round {
        let now = host.now();
        if pace >= Pace::Look {
            self.processes = host.processes();
            if let Some(root) = &self.root {
                self.processes.by_pid.retain(|_, process| lives_below(process, root));
            }
            self.meters.look(&self.processes, now);
        }
        let mut round = Round::default();
        let first = !std::mem::replace(&mut self.started, true);
        let (processes, meters) = (&self.processes, &self.meters);
        let agents = self.agents.iter_mut().filter(|slot| slot.panicked.is_none());
        let run = |slot: &mut Slot| slot.round(host, processes, meters, now, pace);
        let parts: Vec<(AgentId, Option<Part>)> = if first {
            // Everything is yet to be found: each agent goes through it by itself, at the same time.
            std::thread::scope(|scope| {
                let running: Vec<_> = agents.map(|slot| (slot.id.clone(), scope.spawn(|| run(slot)))).collect();
                let joined = running.into_iter().map(|(id, thread)| (id, thread.join().ok().flatten()));
                joined.collect()
            })
        } else {
            agents.map(|slot| (slot.id.clone(), run(slot))).collect()
        };
        for (agent, part) in parts {
            if let Some(part) = part {
                merge(&mut round, &agent, part);
            }
        }
        self.open_inbox(host, pace, &mut round);
        round.titles = self.titles.news();
        if pace >= Pace::Look {
            round.world = Some(self.world(host, now));
        }
        if pace >= Pace::Look || self.agents.iter().any(|slot| slot.panicked.is_some()) {
            round.health =
                self.agents.iter().map(Slot::health).chain(self.inbox_health()).chain(self.titles_health()).collect();
        }
        round
    }

    /// Directories whose change is worth a look.
    pub fn directories(&self) -> BTreeSet<PathBuf> {
        let hot = self.agents.iter().flat_map(|slot| slot.follower.hot_directories());
        hot.chain(self.inbox.directory()).cloned().collect()
    }

    /// Transcripts that are followed.
    pub fn transcripts(&self) -> Vec<Transcript> {
        self.agents.iter().flat_map(|slot| listed(slot.agent, slot.follower.sources())).collect()
    }

    /// Those of them of which the last round read something.
    pub fn grown(&self) -> Vec<Transcript> {
        let agents = self.agents.iter().filter(|slot| slot.panicked.is_none());
        agents.flat_map(|slot| listed(slot.agent, slot.follower.grown())).collect()
    }

    /// Processes whose end is worth a look at once: those that have a session loaded.
    pub fn owners(&self) -> BTreeSet<ProcessRef> {
        let presences = self.agents.iter().flat_map(|slot| slot.follower.presences().values());
        presences.filter_map(|presence| Some(presence.owner.as_ref()?.process)).collect()
    }

    /// Takes what agents tell. It fails alone, like an agent.
    fn open_inbox(&mut self, host: &dyn Host, pace: Pace, round: &mut Round) {
        if self.inbox_panicked.is_some() {
            return;
        }
        let agents = &self.agents;
        let mut take = |letter: Letter<'_>| {
            let (Letter::Hook(said) | Letter::StatusLine(said)) = &letter;
            let Some(id) = said.agent() else { return false };
            let Some(slot) = agents.iter().find(|slot| slot.id.as_str() == id) else { return false };
            let key = |session| SessionKey { agent: slot.id.clone(), id: session };
            match letter {
                Letter::Hook(said) => {
                    let signal = slot.agent.signal(&said).map(|(session, signal)| (key(session), signal));
                    signal.map(|signal| round.signals.push(signal)).is_some()
                }
                Letter::StatusLine(said) => {
                    let figures = slot.agent.figures(&said).map(|(session, figures)| (key(session), figures));
                    figures.map(|figures| round.figures.push(figures)).is_some()
                }
            }
        };
        let inbox = &mut self.inbox;
        let read = catch_unwind(AssertUnwindSafe(|| inbox.read(host, pace, &mut take)));
        self.inbox_panicked = read.err().map(|panic| words(&*panic));
    }

    /// How reading what agents tell fares; nothing where they tell nothing.
    fn inbox_health(&self) -> Option<Health> {
        let folder = self.inbox.directory().filter(|_| self.inbox.files() > 0 || self.inbox.problem().is_some())?;
        let shown = |path: &Path| Untrusted::new(path.to_string_lossy());
        let state = self.inbox_panicked.clone().map_or(HealthState::Up, HealthState::Panicked);
        let problem = self.inbox.problem().map(|(path, what)| Problem { path: shown(path), what: what.clone() });
        let unknown = UnknownRecords { kind: Untrusted::new("signal"), version: None, count: self.inbox.unreadable };
        Some(Health {
            agent: AgentId::new("hooks"),
            title: "Hooks",
            state,
            places: vec![PlaceSeen { path: shown(folder), files: Some(self.inbox.files()) }],
            unknown: Some(unknown).filter(|unknown| unknown.count > 0).into_iter().collect(),
            problems: problem.into_iter().collect(),
            bytes_read: Bytes::default(),
            events: self.inbox.count,
            last_round: Duration::ZERO,
        })
    }

    fn world(&self, host: &dyn Host, at: Timestamp) -> World {
        let some = self.processes.by_pid.keys().next();
        let owners_known = some.is_none_or(|pid| host.open_files(*pid).is_ok()) || host.locks().is_ok();
        let mut world =
            World { at, sessions: BTreeMap::new(), elsewhere: BTreeSet::new(), programs: Vec::new(), owners_known };
        for slot in self.agents.iter().filter(|slot| slot.panicked.is_none()) {
            let presences = slot.follower.presences().iter();
            let key = |id: &topside_model::SessionId| SessionKey { agent: slot.id.clone(), id: id.clone() };
            world.sessions.extend(presences.map(|(id, presence)| (key(id), presence.clone())));
            world.elsewhere.extend(slot.follower.elsewhere().iter().map(key));
            world.programs.extend(slot.follower.programs(&self.processes, &slot.id));
        }
        world
    }
}

/// Transcripts of an agent.
fn listed<'a>(agent: &'static dyn Agent, sources: impl Iterator<Item = &'a Source>) -> Vec<Transcript> {
    let mut found = Transcripts::of(agent);
    sources.cloned().for_each(|source| found.push(source));
    found.list
}

impl Slot {
    /// Lets the agent look once; one that panics is noted and gives nothing.
    fn round(
        &mut self,
        host: &dyn Host,
        processes: &Processes,
        meters: &Meters,
        now: Timestamp,
        pace: Pace,
    ) -> Option<Part> {
        let work = || self.follower.round(host, processes, meters, now, pace);
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(part) => Some(part),
            Err(panic) => {
                self.panicked = Some(words(&*panic));
                None
            }
        }
    }

    fn health(&self) -> Health {
        let mut health = self.follower.health(&self.id, self.agent.manifest().title);
        if let Some(words) = &self.panicked {
            health.state = HealthState::Panicked(words.clone());
        }
        health
    }
}

fn merge(round: &mut Round, agent: &AgentId, part: Part) {
    let key = |id| SessionKey { agent: agent.clone(), id };
    round.void.extend(part.void.into_iter().map(key));
    round.gone.extend(part.gone.into_iter().map(key));
    round.sources.extend(part.sources);
    round.events.extend(part.events.into_iter().map(|event| (agent.clone(), event)));
    round.reports.extend(part.reports.into_iter().map(|(id, report)| (key(id), report)));
    round.limits.extend(part.limits.into_iter().map(|(home, sample)| (agent.clone(), home, sample)));
    round.look |= part.look;
    round.more |= part.more;
}

/// True for a process one of whose kept variables names a place below `root`: its home or its agent's home.
fn lives_below(process: &Process, root: &Path) -> bool {
    let mut of_agents = process.variables.iter().filter(|(name, _)| !SEAT_VARIABLES.contains(&name.as_str()));
    of_agents.any(|(_, value)| Path::new(value).starts_with(root))
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
