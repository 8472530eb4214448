//! What a person may want ended, and exactly what ends with it.

use std::collections::BTreeSet;

use crate::id::{ProcessRef, SessionKey};
use crate::leftover::Leftover;
use crate::process::{AgentProcess, ProcessView, Tie, Vitals};
use crate::session::Session;
use crate::snapshot::Snapshot;
use crate::text::Untrusted;
use crate::unit::Bytes;

/// Processes that end together. It names them once and for all: what starts later is not meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// The session they belong to; `None` for an agent's program that has none.
    pub session: Option<SessionKey>,
    /// Name of its project.
    pub project: Option<Untrusted>,
    /// The one that ends first, then what descends from it. Never empty.
    pub processes: Vec<ProcessView>,
    /// How many other sessions end with them, because they share the first process.
    pub others: u32,
}

impl Ending {
    /// The process that ends first.
    pub fn first(&self) -> ProcessRef {
        self.processes[0].process
    }

    /// True when the session's own agent ends, not only something that it started.
    pub fn ends_agent(&self) -> bool {
        self.processes[0].tie == Tie::Owner
    }

    /// Resident memory of all of them together; `None` where it is known of none.
    pub fn memory(&self) -> Option<Bytes> {
        let known = self.processes.iter().filter_map(|process| process.vitals.memory);
        known.reduce(|sum, one| Bytes(sum.0 + one.0))
    }
}

impl Snapshot {
    /// What ends when a session is stopped: the process that has it loaded and what it started, or what it left behind
    /// where it is over. `None` where nothing of it runs. A process that has another session loaded is spared.
    pub fn ending_of(&self, session: &Session) -> Option<Ending> {
        let owners: BTreeSet<ProcessRef> = self.sessions.iter().filter_map(|session| session.owner).collect();
        let is_foreign =
            |process: &ProcessView| owners.contains(&process.process) && Some(process.process) != session.owner;
        let foreign = session.processes.iter().filter(|process| is_foreign(process));
        let spared: BTreeSet<u32> =
            foreign.flat_map(|process| descent(&session.processes, process.process.pid)).collect();
        let processes = session.processes.iter().filter(|process| !spared.contains(&process.process.pid));
        ending(Some(session), processes.cloned().collect(), session.owner_sessions.saturating_sub(1))
    }

    /// What ends when the process with this number is: it and what descends from it, or its session where it has one
    /// loaded. `None` where no agent has to do with it.
    pub fn ending_at(&self, pid: u32) -> Option<Ending> {
        if let Some(session) = self.sessions.iter().find(|session| session.owner.is_some_and(|owner| owner.pid == pid))
        {
            return self.ending_of(session);
        }
        let owner = self.sessions.iter().find(|session| session.processes.iter().any(|one| one.process.pid == pid));
        if let Some(session) = owner {
            let whole = self.ending_of(session)?;
            let below = descent(&whole.processes, pid);
            let mut processes = whole.processes;
            processes.retain(|process| below.contains(&process.process.pid));
            return ending(Some(session), processes, 0);
        }
        let is_in = |one: &&Leftover| one.processes.iter().any(|process| process.process.pid == pid);
        if let Some(whole) = self.leftovers.iter().find(is_in).and_then(Leftover::ending) {
            let below = descent(&whole.processes, pid);
            let processes = whole.processes.into_iter().filter(|one| below.contains(&one.process.pid)).collect();
            return Some(Ending { processes, ..whole });
        }
        let program = self.programs.iter().find(|program| program.process.pid == pid)?;
        ending(None, vec![alone(program)], 0)
    }
}

fn ending(session: Option<&Session>, processes: Vec<ProcessView>, others: u32) -> Option<Ending> {
    let (session, project) = (session.map(|one| one.key.clone()), session.and_then(|one| one.project.name.clone()));
    (!processes.is_empty()).then_some(Ending { session, project, processes, others })
}

/// Numbers of a process and all that descends from it.
fn descent(processes: &[ProcessView], pid: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::from([pid]);
    // Parents mostly stand before their children; the rest takes another pass.
    loop {
        let before = found.len();
        let below = processes.iter().filter(|one| found.contains(&one.parent)).map(|one| one.process.pid);
        let below: Vec<u32> = below.collect();
        found.extend(below);
        if found.len() == before {
            return found;
        }
    }
}

/// A program of an agent that has no session, of which little is known.
fn alone(program: &AgentProcess) -> ProcessView {
    ProcessView {
        process: program.process,
        parent: 0,
        depth: 0,
        command: Untrusted::new(format!("{} ({})", program.agent, program.role)),
        vitals: Vitals::default(),
        started_at: None,
        tie: Tie::Owner,
    }
}
