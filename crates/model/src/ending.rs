//! What a person may want ended, and exactly what ends with it.

use std::collections::{BTreeMap, BTreeSet};

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

    /// All of them, the first one first.
    pub fn refs(&self) -> Vec<ProcessRef> {
        self.processes.iter().map(|view| view.process).collect()
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
    /// where it is over. `None` where nothing of it runs. Spared is what runs in or with another session's process, or in a
    /// program of a person.
    pub fn ending_of(&self, session: &Session) -> Option<Ending> {
        let processes = self.ends_with(session, None);
        ending(Some(session), processes, session.owner_sessions.saturating_sub(1))
    }

    /// What ends when the process with this number is: it and what descends from it, or its session where it has one
    /// loaded. `None` where no agent has to do with it.
    pub fn ending_at(&self, pid: u32) -> Option<Ending> {
        // A helper that works in its parent's process carries its owner; the process is the parent's.
        let is_owner = |one: &ProcessView| one.process.pid == pid && one.tie == Tie::Owner;
        if let Some(session) = self.sessions.iter().find(|session| session.processes.iter().any(is_owner)) {
            return self.ending_of(session);
        }
        let owner = self.sessions.iter().find(|session| session.processes.iter().any(|one| one.process.pid == pid));
        if let Some(session) = owner {
            let below = descent(&session.processes, pid);
            let mut processes = self.ends_with(session, Some(pid));
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

    /// Processes of a session without those that are spared. What a person `named` by its number is not, whatever it is.
    fn ends_with(&self, session: &Session, named: Option<u32>) -> Vec<ProcessView> {
        let own = session.owner.map(|owner| owner.pid);
        let owners = self.sessions.iter().filter_map(|session| Some(session.owner?.pid));
        let foreign: BTreeSet<u32> = owners.filter(|pid| Some(*pid) != own).collect();
        let by_pid: BTreeMap<u32, &ProcessView> =
            session.processes.iter().map(|process| (process.process.pid, process)).collect();
        // The nearest one above decides: a session may run in a terminal that it started itself earlier.
        let is_spared = |process: &&ProcessView| {
            let mut pid = process.process.pid;
            for _ in 0..=by_pid.len() {
                if named == Some(pid) || own == Some(pid) {
                    return false;
                }
                let above = by_pid.get(&pid);
                if foreign.contains(&pid) || above.is_some_and(|process| process.serves_a_person()) {
                    return true;
                }
                let Some(process) = above else { return false };
                pid = process.parent;
            }
            false
        };
        session.processes.iter().filter(|process| !is_spared(process)).cloned().collect()
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::id::{AgentId, SessionId};
    use crate::status::Status;
    use crate::unit::Timestamp;

    /// A process that names its session, or has it loaded where it is its owner.
    fn process(pid: u32, parent: u32, command: &str, tie: Tie) -> ProcessView {
        ProcessView {
            process: ProcessRef { pid, started: 1 },
            parent,
            depth: 0,
            command: Untrusted::new(command),
            vitals: Vitals::default(),
            started_at: None,
            tie,
        }
    }

    fn session(id: &str, owner: Option<u32>, processes: Vec<ProcessView>) -> Arc<Session> {
        let key = SessionKey { agent: AgentId::new("codex"), id: SessionId::new(id) };
        let owner = owner.map(|pid| ProcessRef { pid, started: 1 });
        Arc::new(Session { owner, processes, ..Session::new(key, Status::New { since: None }) })
    }

    fn fleet(sessions: &[Arc<Session>]) -> Snapshot {
        Snapshot { sessions: sessions.to_vec(), ..Snapshot::empty(Timestamp::UNIX_EPOCH) }
    }

    fn pids(ending: Option<Ending>) -> Vec<u32> {
        ending.into_iter().flat_map(|ending| ending.processes).map(|process| process.process.pid).collect()
    }

    #[test]
    fn a_terminal_that_a_session_started_is_spared_unless_it_is_named() {
        let (own, started) = (Tie::Owner, Tie::Environment);
        let a = session(
            "a",
            Some(10),
            vec![
                process(10, 1, "codex", own),
                process(11, 10, "cargo test", started),
                process(20, 1, "tmux: server", started),
                process(21, 20, "bash", started),
            ],
        );
        let snapshot = fleet(std::slice::from_ref(&a));
        assert_eq!(pids(snapshot.ending_of(&a)), [10, 11]);
        assert_eq!(pids(snapshot.ending_at(20)), [20, 21]);
        assert_eq!(pids(snapshot.ending_at(21)), [21]);
    }

    #[test]
    fn a_session_in_a_terminal_that_it_started_earlier_ends_with_what_it_started() {
        let processes = vec![
            process(10, 21, "codex", Tie::Owner),
            process(11, 10, "cargo test", Tie::Tree),
            process(20, 1, "tmux: server", Tie::Environment),
            process(21, 20, "bash", Tie::Environment),
        ];
        let a = session("a", Some(10), processes);
        assert_eq!(pids(fleet(std::slice::from_ref(&a)).ending_of(&a)), [10, 11]);
    }

    #[test]
    fn what_runs_below_the_process_of_another_session_is_spared() {
        // The other process had this session loaded first, and its servers still name it.
        let servers = vec![
            process(10, 1, "codex", Tie::Owner),
            process(31, 30, "npx mcp", Tie::Environment),
            process(32, 31, "node mcp", Tie::Environment),
        ];
        let (a, b) =
            (session("a", Some(10), servers), session("b", Some(30), vec![process(30, 1, "codex", Tie::Owner)]));
        assert_eq!(pids(fleet(&[a.clone(), b]).ending_of(&a)), [10]);
    }

    #[test]
    fn a_process_is_of_the_session_that_runs_in_it_and_not_of_its_helper() {
        let (helper, parent) = (session("helper", Some(10), Vec::new()), vec![process(10, 1, "codex", Tie::Owner)]);
        let ending = fleet(&[helper, session("parent", Some(10), parent)]).ending_at(10).expect("it runs");
        assert_eq!(ending.session.expect("it has one").id, SessionId::new("parent"));
    }
}
