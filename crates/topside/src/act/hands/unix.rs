//! macOS and other Unix systems without pidfds: the start of a process is compared right before the signal.

use std::collections::BTreeSet;
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{self as system, Pid, kill_process};
use topside_collect::{REGISTRY, interest};
use topside_model::ProcessRef;
use topside_probe::{Host, OsHost};

use super::{Hands, Signal, User};

/// Time between two looks at processes that are waited for.
const LOOK: Duration = Duration::from_millis(100);

/// The machine topside runs on.
pub(crate) struct OsHands(OsHost);

impl OsHands {
    /// Hands on this machine.
    pub(crate) fn new() -> io::Result<Self> {
        OsHost::new(interest(REGISTRY), None).map(Self)
    }

    /// Those of `processes` that still run.
    fn running(&self, processes: &[ProcessRef]) -> Vec<ProcessRef> {
        let now: BTreeSet<ProcessRef> = self.0.processes().by_pid.values().map(|process| process.id).collect();
        processes.iter().filter(|process| now.contains(process)).copied().collect()
    }
}

impl Hands for OsHands {
    fn user(&self, process: ProcessRef) -> io::Result<Option<User>> {
        if self.running(&[process]).is_empty() {
            return Ok(None);
        }
        // Only root may send signals to others at all; whose a process is, is not asked here.
        let anybody = system::getuid().is_root();
        Ok(Some(if anybody { User::Other(None) } else { User::Same }))
    }

    fn signal(&self, process: ProcessRef, signal: Signal) -> io::Result<bool> {
        let Some(pid) = i32::try_from(process.pid).ok().and_then(Pid::from_raw) else { return Ok(false) };
        if self.running(&[process]).is_empty() {
            return Ok(false);
        }
        let signal = match signal {
            Signal::Terminate => system::Signal::TERM,
            Signal::Kill => system::Signal::KILL,
        };
        match kill_process(pid, signal) {
            Ok(()) => Ok(true),
            Err(Errno::SRCH) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn wait(&self, processes: &[ProcessRef], most: Duration) -> io::Result<Vec<ProcessRef>> {
        let until = Instant::now() + most;
        loop {
            let left = self.running(processes);
            if left.is_empty() || Instant::now() >= until {
                return Ok(left);
            }
            sleep(LOOK);
        }
    }

    fn ancestry(&self) -> Vec<u32> {
        let parent = std::os::unix::process::parent_id();
        vec![std::process::id(), parent]
    }
}
