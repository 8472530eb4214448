//! Hands that do nothing and remember everything.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use topside_model::{Ending, ProcessRef, ProcessView, Tie, Untrusted, Vitals};

use super::{Hands, Signal, User};

/// Something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// A signal went to the process with this number.
    Sent(u32, Signal),
    /// So many processes were waited for.
    Waited(usize),
}

/// How a process of the fake machine behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) user: User,
    /// True when only SIGKILL ends it.
    pub(crate) stubborn: bool,
}

/// A machine made of a map.
#[derive(Default)]
pub(crate) struct FakeHands {
    pub(crate) running: Mutex<BTreeMap<ProcessRef, Subject>>,
    pub(crate) ancestry: Vec<u32>,
    deeds: Mutex<Vec<Deed>>,
}

impl FakeHands {
    /// A machine on which these run.
    pub(crate) fn with(running: impl IntoIterator<Item = (ProcessRef, Subject)>) -> Self {
        Self { running: Mutex::new(running.into_iter().collect()), ..Self::default() }
    }

    /// Everything that was done, in order.
    pub(crate) fn deeds(&self) -> Vec<Deed> {
        self.deeds.lock().expect("nobody panicked").clone()
    }

    fn note(&self, deed: Deed) {
        self.deeds.lock().expect("nobody panicked").push(deed);
    }
}

impl Hands for FakeHands {
    fn user(&self, process: ProcessRef) -> io::Result<Option<User>> {
        Ok(self.running.lock().expect("nobody panicked").get(&process).map(|subject| subject.user))
    }

    fn signal(&self, process: ProcessRef, signal: Signal) -> io::Result<bool> {
        let mut running = self.running.lock().expect("nobody panicked");
        let Some(subject) = running.get(&process).copied() else { return Ok(false) };
        self.note(Deed::Sent(process.pid, signal));
        if signal == Signal::Kill || !subject.stubborn {
            running.remove(&process);
        }
        Ok(true)
    }

    fn wait(&self, processes: &[ProcessRef], _: Duration) -> io::Result<Vec<ProcessRef>> {
        self.note(Deed::Waited(processes.len()));
        let running = self.running.lock().expect("nobody panicked");
        Ok(processes.iter().filter(|process| running.contains_key(process)).copied().collect())
    }

    fn ancestry(&self) -> Vec<u32> {
        self.ancestry.clone()
    }
}

/// A process of the fake machine.
pub(crate) fn process(pid: u32) -> ProcessRef {
    ProcessRef { pid, started: 5 }
}

/// An end of these processes and of so many other sessions.
pub(crate) fn ending(pids: &[u32], others: u32) -> Ending {
    let view = |pid: &u32| ProcessView {
        process: process(*pid),
        parent: 1,
        depth: 0,
        command: Untrusted::new("codex"),
        vitals: Vitals::default(),
        started_at: None,
        tie: Tie::Owner,
    };
    Ending { session: None, project: None, processes: pids.iter().map(view).collect(), others }
}
