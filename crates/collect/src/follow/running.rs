//! What runs: the sessions that are loaded, and the processes of each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use topside_model::{AgentId, AgentProcess, Owner, Presence, ProcessRef, Report, SessionId, Timestamp, elapsed};
use topside_probe::{Host, Process, Processes};

use super::shown;
use crate::agent::{Agent, Listener, Live, Look, News, Role, Source};
use crate::host::vitals::Meters;
use crate::host::{family, ports};

/// Looks between two readings of listening ports, once every process has had its time to open them.
const PORTS_EVERY: u32 = 4;
/// The time a process has to open its ports.
const YOUTH: Duration = Duration::from_secs(5);

/// What runs of one agent, as of the last look.
pub(super) struct Running {
    agent: &'static dyn Agent,
    live: Vec<Live>,
    /// Hears what the agent's programs tell over connections.
    listener: Option<Box<dyn Listener>>,
    /// Processes that have had a session.
    settled: BTreeSet<ProcessRef>,
    elsewhere: Vec<SessionId>,
    presences: BTreeMap<SessionId, Presence>,
}

impl Running {
    pub(super) fn new(agent: &'static dyn Agent) -> Self {
        Self {
            agent,
            live: Vec::new(),
            listener: agent.listener(),
            settled: BTreeSet::new(),
            elsewhere: Vec::new(),
            presences: BTreeMap::new(),
        }
    }

    /// Looks at what runs now, after so many `looks`.
    pub(super) fn look(&mut self, look: &Look<'_>, homes: &[PathBuf], meters: &Meters, looks: u32) {
        self.live = self.agent.live(look, homes);
        if let Some(listener) = &mut self.listener {
            listener.attend(look, homes, &self.live);
            listener.report(&mut self.live);
        }
        self.elsewhere = self.agent.elsewhere(look, homes);
        self.settle(look.processes);
        self.presences = self.join(look.host, look.processes, meters, looks);
    }

    /// A process that had a session and is seen without one comes to its end; it is not about to start.
    fn settle(&mut self, processes: &Processes) {
        self.settled.retain(|id| processes.by_pid.get(&id.pid).is_some_and(|process| process.id == *id));
        self.live.retain(|live| !live.is_starting() || !self.settled.contains(&live.owner));
        self.settled.extend(self.live.iter().filter(|live| !live.is_starting()).map(|live| live.owner));
    }

    fn join(
        &self,
        host: &dyn Host,
        processes: &Processes,
        meters: &Meters,
        looks: u32,
    ) -> BTreeMap<SessionId, Presence> {
        let mut presences = family::presences(self.agent, &self.live, processes, meters);
        if looks.is_multiple_of(PORTS_EVERY) || any_young(&presences, host.now()) {
            ports::add(host, self.agent, processes, &mut presences);
        } else {
            let runs = |id: ProcessRef| processes.by_pid.get(&id.pid).is_some_and(|process| process.id == id);
            for (session, presence) in &mut presences {
                let before = self.presences.get(session).into_iter().flat_map(|before| &before.ports);
                presence.ports = before.filter(|port| port.process.is_none_or(runs)).cloned().collect();
            }
        }
        presences
    }

    /// Helpers that live in their parent's process are there as long as it is.
    pub(super) fn seat_guests<'a>(&mut self, helpers: impl Iterator<Item = &'a Source>) {
        let guests: Vec<(SessionId, Owner, Option<Timestamp>)> = helpers
            .filter_map(|helper| {
                let parent = self.presences.get(helper.parent.as_ref()?)?;
                let owner = Owner { guest: true, cwd: None, window: None, ..parent.owner.clone()? };
                Some((helper.session.clone(), owner, parent.youngest_child))
            })
            .collect();
        for (session, owner, youngest_child) in guests {
            let presence = self.presences.entry(session).or_default();
            if presence.owner.is_none() {
                // Nothing tells whose a command is that the process runs.
                (presence.owner, presence.youngest_child) = (Some(owner), youngest_child);
            }
        }
    }

    /// Hears what agents say of their sessions now, and notes in `reports` what they say anew. False when processes are
    /// worth a look at once.
    pub(super) fn listen(&mut self, look: &Look<'_>, reports: &mut Vec<(SessionId, Report)>) -> bool {
        if self.live.is_empty() {
            return true;
        }
        let is_as_found = self.agent.refresh(look, &mut self.live);
        if let Some(listener) = &self.listener {
            listener.report(&mut self.live);
        }
        let said = self.live.iter().filter(|live| live.report.is_some());
        let by_owner: BTreeMap<ProcessRef, &Live> = said.clone().map(|live| (live.owner, live)).collect();
        let by_session: BTreeMap<&SessionId, &Live> = said.map(|live| (&live.session, live)).collect();
        for (session, presence) in &mut self.presences {
            let Some(owner) = &mut presence.owner else { continue };
            // A guest has no word of its own: what is said is said of the session whose process it is in.
            let live = if owner.guest { by_owner.get(&owner.process) } else { by_session.get(session) };
            let Some(live) = live.filter(|live| live.owner == owner.process) else { continue };
            if owner.report != live.report {
                owner.report.clone_from(&live.report);
                reports.extend(live.report.clone().map(|report| (session.clone(), report)));
            }
        }
        is_as_found
    }

    /// What else the agent's programs told since the last call.
    pub(super) fn news(&mut self, passed: Duration) -> Vec<News> {
        self.listener.as_mut().map(|listener| listener.news(passed)).unwrap_or_default()
    }

    /// True while a program was asked of its sessions and has not answered.
    pub(super) fn is_settling(&self) -> bool {
        self.listener.as_ref().is_some_and(|listener| listener.is_settling())
    }

    /// Places where nobody answers, and why.
    pub(super) fn problems(&self) -> impl Iterator<Item = (PathBuf, String)> {
        self.listener.iter().flat_map(|listener| listener.problems())
    }

    /// Sessions that are loaded.
    pub(super) fn live(&self) -> &[Live] {
        &self.live
    }

    /// Sessions that run where they cannot be seen.
    pub(super) fn elsewhere(&self) -> &[SessionId] {
        &self.elsewhere
    }

    /// What runs for each session.
    pub(super) fn presences(&self) -> &BTreeMap<SessionId, Presence> {
        &self.presences
    }

    /// Processes of the agent that could own sessions and own none.
    pub(super) fn programs<'a>(
        &'a self,
        processes: &'a Processes,
        id: &'a AgentId,
    ) -> impl Iterator<Item = AgentProcess> + 'a {
        let owners: BTreeSet<ProcessRef> = self.live.iter().map(|live| live.owner).collect();
        let idle = move |process: &&Process| !owners.contains(&process.id);
        processes.by_pid.values().filter(idle).filter_map(|process| match self.agent.role(process)? {
            Role::Owner { word, .. } => Some(AgentProcess {
                agent: id.clone(),
                process: process.id,
                role: word,
                cwd: process.cwd.as_deref().map(shown),
            }),
            Role::Helper | Role::Other => None,
        })
    }
}

fn any_young(presences: &BTreeMap<SessionId, Presence>, now: Timestamp) -> bool {
    let mut processes = presences.values().flat_map(|presence| &presence.processes);
    processes.any(|process| process.started_at.is_some_and(|started| elapsed(started, now) < YOUTH))
}
